"""The quarterly review: every ninety days somebody says of each person of his unit that the roles are still right.

An administrator judges whom nobody else may judge: chiefs, unit administrators and the national roles.
"""

from datetime import timedelta
from typing import NamedTuple

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.accounts import staff_actions
from app.accounts.admin_scope import role_names, rules
from app.accounts.models import User
from app.accounts.staff_models import StaffReview, StaffReviewLine
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.text import dates

EVERY = timedelta(days=90)


class State(NamedTuple):
    """When the last review was signed (None: never), until when the next one is due, and whether that day is past."""

    last: StaffReview | None
    due: object
    overdue: bool


def judged(granter):
    """The open accounts that this administrator confirms or takes the roles of; never his own."""
    statement = select(User).where(
        User.active.is_(True), User.unit_code.is_not(None), User.id != granter.user_id
    )
    if granter.reach is None:
        lower = {role for by in rules().gives if not rules().everywhere([by]) for role in rules().ways([by])}
        statement = statement.where(User.roles.any(Role.name.not_in(lower)))
    else:
        above = Role.name.not_in(rules().ways(granter.roles).keys())
        statement = statement.where(User.unit_code.in_(granter.reach), ~User.roles.any(above))
    statement = statement.order_by(User.unit_code, User.id).options(selectinload(User.roles))
    return db.session.scalars(statement).unique().all()


def state(unit_code, of_all=False):
    """How it stands with the reviews of a unit, or with those of the nation."""
    where = [StaffReview.of_all.is_(of_all)]
    oldest = select(func.min(func.coalesce(User.opened_at, User.created_on)))
    if not of_all:
        where.append(StaffReview.unit_code == unit_code)
        oldest = oldest.where(User.unit_code == unit_code)
    last = db.session.scalar(select(StaffReview).where(*where).order_by(StaffReview.id.desc()).limit(1))
    begun = last.signed_at if last is not None else db.session.scalar(oldest)
    due = (begun or dates.now()) + EVERY
    return State(last, due.date(), due < dates.now())


def of_units():
    """(unit, State) of every unit that has a unit administrator, the overdue ones first."""
    looked_after = [role for role in rules().gives if not rules().everywhere([role])]
    statement = select(User).join(User.roles).where(Role.name.in_(looked_after), User.active.is_(True))
    units = {user.unit_code: user.unit for user in db.session.scalars(statement).unique() if user.unit}
    found = [(unit, state(code)) for code, unit in sorted(units.items())]
    return sorted(found, key=lambda pair: (not pair[1].overdue, pair[1].due))


def sign(granter, kept, reason):
    """Sign the review off. `kept`: id of a user → whether the roles stay; it must name each one who is judged.

    Gives the review, or None where somebody is missing, is not his to judge, or has roles that he may not take.
    """
    people = judged(granter)
    if {user.id for user in people} != set(kept) or not people:
        return None
    review = StaffReview(
        unit_code=granter.unit,
        of_all=granter.reach is None,
        signed_by_id=granter.user_id,
        signed_at=dates.now(),
    )
    db.session.add(review)
    for user in people:
        roles = ", ".join(sorted(role_names(user)))
        review.lines.append(StaffReviewLine(user_id=user.id, roles=roles[:500], kept=kept[user.id]))
    db.session.flush()
    for user in people:
        if not kept[user.id] and not staff_actions.take_all(granter, user, reason):
            return None
    recorder.note(
        db.session(),
        "review.signed",
        "staff_review",
        review.id,
        unit=review.unit_code,
        people=len(people),
        taken=sum(not stays for stays in kept.values()),
    )
    return review
