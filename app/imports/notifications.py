"""Messages about an import: a file waits for approval, or added people to the cases of a unit.

They name the import and cases only; the file name may contain a person's name.
"""
# unrestricted: notifies the units of the cases that an import changed

from flask_babel import lazy_gettext as _
from sqlalchemy import distinct, exists, func, select
from sqlalchemy.orm import aliased

from app.cases.models import Case, Involvement
from app.extensions import db
from app.imports.models import ImportEntry, ImportRun
from app.inbox import message_texts
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK

APPROVER_ROLES = "Head of planning", "Technical working group"

message_texts.register_texts(
    **{
        "import.checked": _(
            "The trial run of import %(number)s is finished. Another officer must review and approve it."
        ),
        "import.fixed": _(
            "Rows of import %(number)s were fixed. Another officer must review and approve them."
        ),
        "import.cases": _(
            "Import %(number)s added people to cases of this unit: %(count)s. The first one is %(case)s."
        ),
    }
)


def notify_approvers(run_id):
    """Send the approval task of an import to the approving roles."""
    finish_tasks(run_id)
    _send_task(run_id, "import.checked")


def update_task_of_fixes(run_id, new=0):
    """Send the task to approve fixed rows with the first `new` ones, and close it once there is none."""
    count = db.session.get(ImportRun, run_id, populate_existing=True).fixed
    if count == 0:
        finish_tasks(run_id)
    elif count == new:
        _send_task(run_id, "import.fixed")


def _send_task(run_id, text_key):
    about = {"entity": ImportRun.__tablename__, "entity_id": run_id}
    for role in APPROVER_ROLES:
        send_message(db.session, TASK, text_key=text_key, to_role=role, number=run_id, **about)


def notify_changed_cases(run_id, fixed_ids=None):
    """Notify each unit of the cases to which this import added people; cases of the same import are new.

    With `fixed_ids`, only the fixed entries with these ids count.
    """
    row, case = Involvement.__table__.c, Case.__table__.c
    entry, own = ImportEntry.__table__.c, aliased(ImportEntry.__table__).c
    is_new = exists().where(own.run_id == run_id, own.entity == Case.__tablename__, own.entity_id == case.id)
    conditions = () if fixed_ids is None else (entry.id.in_(fixed_ids),)
    changed = (
        select(case.unit_code, func.count(distinct(case.id)), func.min(case.id))
        .where(
            entry.run_id == run_id, entry.entity == Involvement.__tablename__, row.id == entry.entity_id,
            case.id == row.case_id, case.unit_code.is_not(None), ~is_new, *conditions,
        )
        .group_by(case.unit_code)
    )  # fmt: skip
    for unit_code, count, first in db.session.execute(changed).all():
        facts = {"number": run_id, "count": count, "case": db.session.get(Case, first).number}
        about = {"entity": Case.__tablename__, "entity_id": first, "to_unit": unit_code}
        send_message(db.session, NOTICE, text_key="import.cases", **about, **facts)


def finish_tasks(run_id):
    """Close the approval tasks of an import that was approved or will be tried again."""
    complete_tasks(db.session, ImportRun.__tablename__, run_id)
