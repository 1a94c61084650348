"""Sealing a person: nobody sees the record, and every comparison answers as if it did not exist.

The visibility rows of a sealed person are hidden, so that the row filter and row-level security leave the person out. In the
cases stays an anonymous row. A named role opens the record for a reason, for minutes.
"""
# unrestricted: writes the visibility of a person whom nobody sees

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import aliased

from app.cases.flush_hooks import build_visibility_insert
from app.cases.models import Involvement
from app.confirmations.models import CONFIRMED
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.access.access_grants import REVEAL, AccessGrant
from app.kernel.actor import actor_of, unrestricted
from app.kernel.audit import recorder
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.people.models import Person
from app.people.visibility import SealedPerson, Visibility
from app.retention.models import AUDITOR_ROLE, RetentionAct
from app.retention.rules import SEAL, UNSEAL

OPENED_FOR = timedelta(minutes=30)
CHANGED = "people with a changed seal"  # a key in `Session.info`
_sealed, _visibility, _act = SealedPerson.__table__, Visibility.__table__, RetentionAct.__table__

register_texts(
    **{
        "retention.opened": _(
            "A sealed record was opened for a reason: %(number)s. Check it in the audit log."
        )
    }
)


def collect_changes(session, _context):
    """Collect the people whose seal may change. Rows that follow are written after the flush."""
    for act in (*session.new, *session.dirty):
        if (
            isinstance(act, RetentionAct)
            and act.kind in (SEAL, UNSEAL)
            and has_changed(act, ("confirmation", "voided_at"))
        ):
            person_id = act.person_id if act.kind == SEAL else act.ends.person_id
            session.info.setdefault(CHANGED, set()).add(person_id)


def set_seals(session, _context):
    """Seal or unseal the people of changed acts."""
    for person_id in sorted(session.info.pop(CHANGED, ())):
        with session.no_autoflush, unrestricted(session):
            act_id = session.scalar(_select_seal(person_id))
            stored = session.scalar(select(_sealed.c.act_id).where(_sealed.c.person_id == person_id))
            if stored is not None and stored != act_id:
                session.execute(delete(_sealed).where(_sealed.c.person_id == person_id))
                _show(session, person_id)
            if act_id is not None and stored != act_id:
                session.execute(insert(_sealed).values(person_id=person_id, act_id=act_id))


def _select_seal(person_id):
    """Return the statement for the act that seals the person now."""
    end = aliased(_act)
    ended = select(end.c.id).where(
        end.c.ends_id == _act.c.id, end.c.confirmation == CONFIRMED, end.c.voided_at.is_(None)
    )
    return (
        select(_act.c.id)
        .where(
            _act.c.person_id == person_id,
            _act.c.kind == SEAL,
            _act.c.confirmation == CONFIRMED,
            _act.c.voided_at.is_(None),
            ~ended.exists(),
        )
        .order_by(_act.c.id)
        .limit(1)
    )


def _show(session, person_id):
    """Write the visibility of the person again: by the cases, and by everything else, which hides no person."""
    involvement = Involvement.__table__.c
    cases = session.scalars(
        select(involvement.case_id).where(involvement.person_id == person_id).distinct()
    ).all()
    session.execute(delete(_visibility).where(_visibility.c.case_id.in_(cases)))
    session.execute(build_visibility_insert(involvement.case_id.in_(cases)))
    others = _visibility.c.person_id == person_id, _visibility.c.case_id.is_(None)
    session.execute(update(_visibility).where(*others).values(hidden=False))


def is_sealed_by(session, act):
    """Return whether this act seals a record now."""
    return session.scalar(select(_sealed.c.person_id).where(_sealed.c.act_id == act.id)) is not None


def open_record(session, act, reason):
    """Open the sealed record to the actor for some minutes, and notify the auditors. Return the id of the person."""
    if not reason:
        raise RuleViolation([Problem("reason", _("Enter the reason."))])
    if not is_sealed_by(session, act):
        raise RuleViolation([Problem("", _("This act seals no record now."))])
    now, user_id = dates.now(), actor_of(session).user_id
    session.add(
        AccessGrant(
            kind=REVEAL, entity=Person.__tablename__, entity_id=act.person_id, user_id=user_id, granted_by_id=user_id,
            reason=reason, granted_at=now, expires_at=now + OPENED_FOR, owner_unit=act.unit_code,
        )
    )  # fmt: skip
    recorder.record(
        session, "seal.opened", Person.__tablename__, act.person_id, act=act.id, private={"reason": reason}
    )
    about = {"entity": RetentionAct.__tablename__, "entity_id": act.id, "number": act.number}
    send_message(session, NOTICE, text_key="retention.opened", to_role=AUDITOR_ROLE, **about)
    session.flush()
    return act.person_id
