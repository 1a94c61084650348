"""The job that reports silent units to their chief, once for each silence.

The message is about the last case of the unit, so a repeated or killed job finds what it has sent already.
"""
# commits: a scheduled job has no view, and each sent message is complete in itself

from flask_babel import lazy_gettext as _
from sqlalchemy import func, not_, select

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import Case
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, Message
from app.kernel.database.transactions import commit
from app.kernel.schema.origin import IMPORTED
from app.kernel.text import dates
from app.reference.models import Unit
from app.statistics import reader, store, timeliness

SILENT = "statistics.silent_unit"
register_texts(
    **{
        SILENT: _(
            "%(unit)s has registered no case for %(days)s days. This is longer than usual for the unit."
        )
    }
)


def report_silent_units(session):
    """Send a notice about each silent unit without one, and return their number."""
    figures, sent = reader.open_reader(), 0
    if figures is None:
        return 0
    with store.hold_lock() as held:  # one process at a time, so that none sends a second notice
        if not held:
            return 0
        for silence in timeliness.find_silence(figures, reader.NATIONWIDE, dates.now()):
            if (
                silence.is_unusual
                and not _is_reported(session, silence)
                and not _has_entered(session, silence)
            ):
                _report(session, silence)
                commit(session)
                sent += 1
    return sent


def _is_reported(session, silence):
    about = Message.entity == Case.__tablename__, Message.entity_id == silence.last_case
    return session.scalar(select(Message.id).where(*about, Message.text_key == SILENT).limit(1)) is not None


def _has_entered(session, silence):
    """Return whether the unit has registered a case that is not in the figures yet."""
    is_newer = Case.unit_code == silence.unit, Case.recorded_at > silence.last_entry
    is_own = Case.voided_at.is_(None), not_(func.coalesce(Case.origin, "").startswith(IMPORTED))
    return session.scalar(select(Case.id).where(*is_newer, *is_own).limit(1)) is not None


def _report(session, silence):
    unit = session.get(Unit, silence.unit)
    role, chief_unit = find_responsible_chief(silence.unit)
    send_message(
        session, NOTICE, text_key=SILENT, to_role=role, to_unit=chief_unit, entity=Case.__tablename__,
        entity_id=silence.last_case, unit=unit.name_km if unit is not None else silence.unit, days=silence.days,
    )  # fmt: skip
