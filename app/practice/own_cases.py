"""The cases of which a trainee sees nothing: model cases of teachers, and what other trainees have entered."""
# unrestricted: reads who has entered the cases of a practice system

from flask import current_app
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from app.accounts.admin_scope import get_role_names
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.system_kind import is_practice
from app.practice.models import Attempt


def find_hidden_cases(user):
    """Return the ids of the cases of other officers that a trainee could copy; none outside a practice system.

    Cases that an exercise has prepared have no draft. Those of the trainee's own attempts stay visible.
    """
    table = current_app.extensions["ecrime.permission_table"]
    if not is_practice() or table.get_permissions(get_role_names(user)).may("can_add", "Exercise"):
        return ()
    entered = select(Case.id).where(Case.draft_token.is_not(None), Case.recorded_by_id != user.id)
    prepared = select(Attempt.case_id).where(Attempt.case_id.is_not(None), Attempt.user_id != user.id)
    with Session(db.engine) as session:  # the scope of the reader is not known yet
        act_as(session, SYSTEM)
        return set(session.scalars(union(entered, prepared)))
