"""Deadline alerts for custodies, detentions and follow-ups: before a limit and after it.

Each alert is sent once. The alerts and their messages are written together, for some hundreds of records in one
transaction. A killed run therefore leaves no half-sent alert, and the next run sends the rest.
"""
# commits: each alert, so that the job can be killed between two

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload, selectinload

from app.custody.deadline_display import get_warning_times
from app.custody.derived_state import compute_arrest_limit
from app.custody.models import Arrest, Custody, Detention, Release, SentAlert
from app.custody.notifications import notify_unit_and_chief
from app.custody.rules.time_limits import PROVISIONAL
from app.custody.unserved_sentences import select_unserved
from app.kernel.database.engine import dialect_insert
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.people import status
from app.reference.models import Unit

BATCH_SIZE = 500  # records in one transaction
BEFORE_DETENTION_ENDS = timedelta(days=15)
BEFORE_A_RELEASE = (timedelta(days=30), timedelta(days=7))
BEFORE_SUPERVISION_ENDS = timedelta(days=7)
OVER = "over"


@dataclass(frozen=True)
class Alert:
    """An alert that is due at a time: `send(session, record)` sends it.

    With the `last` alert of a record, the status of the person can end.
    """

    name: str
    at: datetime
    send: object
    last: bool = False


def send_alerts_now(session):
    """Send the alerts that are due now. Runs as a scheduled job."""
    return send_due_alerts(session, dates.now())


def send_due_alerts(session, now):
    """Send the alerts that are due at `now`, and return the number of records. Commits after each batch."""
    return sum(
        _send_for(session, statement, list_alerts, now) for statement, list_alerts in _deadline_queries(now)
    )


def _deadline_queries(now):
    """Yield (statement for the records with a deadline near `now`, function that lists their alerts)."""
    today = now.date()
    yield (
        select(Arrest)
        .where(Arrest.awaits_custody, Arrest.voided_at.is_(None))
        .options(
            joinedload(Arrest.by_unit),
            joinedload(Arrest.person),
            joinedload(Arrest.case),
            selectinload(Arrest.custodies).selectinload(Custody.steps),
        ),  # fmt: skip
        list_arrest_alerts,
    )
    yield (
        select(Custody)
        .where(Custody.ended_at.is_(None), Custody.voided_at.is_(None))
        .where(Custody.limit_at <= now + timedelta(hours=12))
        .options(joinedload(Custody.held_by)),
        list_custody_alerts,
    )
    yield (
        select(Detention)
        .where(Detention.ended_on.is_(None), Detention.voided_at.is_(None))
        .where(Detention.due_on <= today + BEFORE_A_RELEASE[0])
        .options(joinedload(Detention.person)),
        list_detention_alerts,
    )
    yield (
        select(Release)
        .where(Release.ended_on.is_(None), Release.voided_at.is_(None))
        .where(Release.supervised_until <= today + BEFORE_SUPERVISION_ENDS, ~_has_final_alert()),
        list_release_alerts,
    )


def _has_final_alert():
    """Return the condition that the last alert was sent, after which no alert follows.

    The job runs every minute, and the number of ended follow-ups grows every year, so it must not read them again.
    """
    same_record = SentAlert.entity == Release.__tablename__, SentAlert.entity_id == Release.id
    return exists().where(
        *same_record, SentAlert.name.startswith(OVER), SentAlert.sent_at > Release.supervised_until
    )


def _send_for(session, statement, list_alerts, now):
    model, count, last = statement.column_descriptions[0]["entity"], 0, 0
    while True:
        records = (
            session.scalars(statement.where(model.id > last).order_by(model.id).limit(BATCH_SIZE))
            .unique()
            .all()
        )
        if not records:
            return count
        last = records[-1].id
        sent = _load_sent(session, model.__tablename__, [one.id for one in records])
        due = {one: _due_alerts(list_alerts(one), sent.get(one.id, ()), now) for one in records}
        count += _send_batch(session, {one: alerts for one, alerts in due.items() if alerts}, now)


def _load_sent(session, entity, ids):
    found = {}
    rows = select(SentAlert.entity_id, SentAlert.name).where(
        SentAlert.entity == entity, SentAlert.entity_id.in_(ids)
    )
    for pk, name in session.execute(rows):
        found.setdefault(pk, set()).add(name)
    return found


def _due_alerts(alerts, sent, now):
    return [alert for alert in alerts if alert.at <= now and alert.name not in sent]


def _send_batch(session, due, now):
    """Store the alerts of these records, send them, and return the number of records.

    If several alerts of a record are due, only the latest is sent. If another process stores an alert first, that process
    sends it.
    """
    rows = [
        {"entity": one.__tablename__, "entity_id": one.id, "name": alert.name, "sent_at": now}
        for one, alerts in due.items()
        for alert in alerts
    ]
    if not rows:
        return 0
    table, count = SentAlert.__table__, 0
    statement = (
        dialect_insert(session, table).on_conflict_do_nothing().returning(table.c.entity_id, table.c.name)
    )
    claimed = {tuple(row) for row in session.execute(statement, rows)}
    ended = set()
    with session.no_autoflush:  # write all messages of a batch in one flush
        for one, alerts in due.items():
            alerts = [alert for alert in alerts if (one.id, alert.name) in claimed]
            if alerts:
                alert = max(alerts, key=lambda alert: alert.at)
                alert.send(session, one)
                ended |= {one.person_id} if alert.last else set()
                count += 1
    status.refresh_statuses(session, ended)
    commit(session)
    return count


def list_arrest_alerts(arrest):
    """Yield the alerts of an arrest without a recorded custody: the limit runs from the arrest or the first arrival."""
    code, limit_at = compute_arrest_limit(arrest)
    until = dates.format_datetime(limit_at, "en")
    receiver = arrest.receiving_unit  # it must record the arrival
    units = [arrest.by_unit] if receiver is None else [receiver, arrest.by_unit]
    facts = {"number": arrest.number, "unit": arrest.by_unit.name_km, "until": until}

    def sender(text_key):
        def send(session, one):
            for unit in units:
                notify_unit_and_chief(session, text_key, one, unit.code, **facts)

        return send

    for before in get_warning_times(code):
        yield Alert(f"-{before} {until}", limit_at - before, sender("arrest.due_soon"))
    yield Alert(f"{OVER} {until}", limit_at, sender("arrest.overdue"))


def list_custody_alerts(custody):
    """Yield the alerts of a custody. Their names include the limit: an extension starts new alerts."""
    until = dates.format_datetime(custody.limit_at, "en")
    facts = {"number": custody.number, "unit": custody.held_by.name_km, "until": until}

    def sender(text_key):
        return lambda session, one: notify_unit_and_chief(session, text_key, one, one.held_by_code, **facts)

    for before in get_warning_times(custody.limit_code):
        yield Alert(f"-{before} {until}", custody.limit_at - before, sender("custody.due_soon"))
    yield Alert(f"{OVER} {until}", custody.limit_at, sender("custody.overdue"))


def list_detention_alerts(detention):
    """Yield the alerts of a detention."""
    due, until = _midnight(detention.due_on), f"{detention.due_on:%d/%m/%Y}"
    facts = {"number": detention.number, "until": until}

    def sender(text_key):
        return lambda session, one: notify_unit_and_chief(session, text_key, one, one.unit_code, **facts)

    if detention.kind == PROVISIONAL:
        yield Alert(f"soon {until}", due - BEFORE_DETENTION_ENDS, sender("detention.due_soon"))
    else:
        for before in BEFORE_A_RELEASE:
            yield Alert(f"-{before.days} {until}", due - before, _notify_home_province)
    yield Alert(f"{OVER} {until}", due + timedelta(days=1), sender("detention.overdue"))


def _notify_home_province(session, detention):
    """Notify the commissariat of the person's home province, or of the unit in charge if unknown.

    The units of the sentences that the person still has to serve are notified too: the prosecutor can have them executed.
    """
    home = (detention.person.home_code or "")[:2]
    units = select(Unit.code).where(Unit.kind.endswith("commissariat"), Unit.area_code == home)
    unit_code = (session.scalar(units.limit(1)) if home else None) or detention.unit_code
    facts = {"person": detention.person.number, "until": f"{detention.due_on:%d/%m/%Y}"}
    unserved = session.execute(select_unserved(detention.person_id, detention.due_on)).all()
    if not unserved:
        notify_unit_and_chief(session, "release.due_soon", detention, unit_code, **facts)
    facts["sentences"] = " · ".join(f"S-{one.id:07d}" for one in unserved)
    units = [unit_code, *(one.unit_code for one in unserved)] if unserved else ()
    for code in filter(None, dict.fromkeys(units)):
        notify_unit_and_chief(session, "release.due_soon_unserved", detention, code, **facts)


def list_release_alerts(release):
    """Yield the alerts of a follow-up."""
    ends, until = _midnight(release.supervised_until), f"{release.supervised_until:%d/%m/%Y}"
    facts = {"number": release.number, "until": until}
    yield Alert(
        f"soon {until}",
        ends - BEFORE_SUPERVISION_ENDS,
        lambda session, one: notify_unit_and_chief(
            session, "supervision.ends_soon", one, one.reports_to_code, **facts
        ),
    )
    # After this day the person has no status from this release.
    yield Alert(
        f"{OVER} {until}",
        ends + timedelta(days=1),
        lambda session, one: notify_unit_and_chief(
            session, "supervision.ended", one, one.reports_to_code, number=one.number
        ),
        last=True,
    )


def _midnight(day):
    return datetime.combine(day, time())
