"""Matches of protected people, found after the save by a scheduled job and reported to the unit that owns their case.

A save compares people with a card only (`detection`), so its author does not learn that a protected person matches. The
job reads the changed people from the audit log, in the order of the commits. A pair with a suspect below 18 is listed
like others and sends no task.
"""
# commits: each window of the audit log, so that the job can be resumed

from collections import defaultdict

from flask_babel import lazy_gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import aliased, joinedload

from app.accounts.chain_of_command import find_responsible_chief
from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.cases.row_filter import is_hidden
from app.duplicates import detection
from app.duplicates.match_keys import MATCH_KEYS
from app.duplicates.models import WAITING, Duplicate, DuplicateScan
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK, Message
from app.kernel.actor import Scope, actor_of
from app.kernel.audit.change_feed import Cursor, changes_since, latest_cursor
from app.kernel.database.engine import dialect_insert
from app.kernel.database.transactions import commit
from app.people.models import Person, PersonDocument, PersonPhoto
from app.people.nationwide import nationwide_session
from app.people.visibility import is_visible
from app.reference.models import Unit

SCAN = "protected"  # the row of the progress of this job
TEXT = "duplicate.protected"
REPEATED = "case.protected_twice"
COMPARED = (Person, PersonDocument, PersonPhoto)

register_texts(
    **{
        TEXT: _(
            "%(person)s, entered by %(unit)s, may be a protected person of case %(case)s. Show the protected name"
            " for a reason, then compare the two."
        ),
        REPEATED: _(
            "Case %(number)s names one protected person twice in one role. %(officer)s entered the second row. Ask this"
            " officer to withdraw it."
        ),
    }
)


def find_protected_matches(session):
    """Compare the people changed since the last run with the protected ones. Return the number of tasks sent."""
    scan = session.get(DuplicateScan, SCAN, with_for_update=True)
    if scan is None:  # the full scan compares everything before the first run
        first = dialect_insert(session, DuplicateScan.__table__).values(
            match_key=SCAN, last=list(latest_cursor())
        )
        session.execute(first.on_conflict_do_nothing())  # two servers may start at the same time
        commit()
        return 0
    sent, more = 0, True
    while more:
        changes, cursor, more = changes_since(Cursor(*scan.last), (*COMPARED, Involvement))
        records = [one.record for one in changes]
        sent += _compare_changes(session, records) + _report_repeated_rows(session, records)
        scan.last = list(cursor)
        commit()
        session.refresh(scan, with_for_update=True)
    return sent


def _compare_changes(session, records):
    holders = {}
    for match_key in MATCH_KEYS:
        found = set()
        for model in match_key.source_columns:
            ids = [one.id for one in records if type(one) is model]
            rows = session.scalars(
                select(model).where(model.id.in_(ids)).execution_options(populate_existing=True)
            )
            found |= {(_get_person_id(row), value) for row in rows for value in match_key.values_of(row)}
        if found:
            holders[match_key] = found
    with nationwide_session(protected_too=True) as nationwide:
        pairs = detection.find_pairs(nationwide, holders, defaultdict(set))
        people = {person_id for pair in pairs for person_id in pair}
        has_card = Person.id.in_(people), is_visible(Person.id, Scope(sees_minors=False))
        hidden = people - set(nationwide.scalars(select(Person.id).where(*has_card)))
    pairs = {pair: evidence for pair, evidence in pairs.items() if hidden.intersection(pair)}
    detection.save_pairs(session, pairs)
    return sum(_send_tasks(session, pair, hidden) for pair in sorted(pairs))


def _get_person_id(row):
    return row.id if isinstance(row, Person) else row.person_id


def _send_tasks(session, ids, hidden):
    """Send one task for each protected person of a new pair. Return their number."""
    is_sent = exists().where(Message.entity == Duplicate.__tablename__, Message.entity_id == Duplicate.id)
    pair = session.scalar(
        select(Duplicate).where(
            Duplicate.first_id == ids[0], Duplicate.second_id == ids[1], Duplicate.state == WAITING, ~is_sent
        )
    )
    sent = 0
    for one, other in (ids, ids[::-1]) if pair is not None else ():
        case = _find_protected_case(session, one) if one in hidden else None
        if case is not None:
            _send_task(session, pair, session.get(Person, other), case)
            sent += 1
    return sent


def _report_repeated_rows(session, records):
    """Notify the chiefs of cases that name a protected person twice in one role: the save was not refused.

    Return the number of notices.
    """
    row, first = Involvement, aliased(Involvement)
    same = [getattr(first, name) == getattr(row, name) for name in ("case_id", "person_id", "role")]
    is_repeated = exists().where(*same, first.id < row.id, first.voided_at.is_(None))
    ids = [one.id for one in records if isinstance(one, Involvement)]
    rows = session.scalars(
        select(row).where(row.id.in_(ids), row.voided_at.is_(None), is_hidden(row), is_repeated)
    )
    repeated = rows.unique().all()
    for one in repeated:
        role, unit = find_responsible_chief(one.case.unit_code)
        about = {"entity": "case", "entity_id": one.case_id, "number": one.case.number}
        author = session.get(User, one.recorded_by_id)
        officer = author.name_km or author.get_full_name()
        send_message(session, NOTICE, text_key=REPEATED, to_role=role, to_unit=unit, officer=officer, **about)
    return len(repeated)


def notify_owners(session, pair):
    """Send the task for each case that protects one person of the pair and names the other: they are asked to be merged.

    The officer who asks does not see that row, and would learn of it from their own inbox.
    """
    row, other = Involvement, aliased(Involvement)
    rows = (
        select(row, other.person_id).join(other, other.case_id == row.case_id).options(joinedload(row.case))
    )
    rows = rows.where(
        row.person_id.in_(pair.ids), other.person_id.in_(pair.ids), row.person_id != other.person_id
    )
    with nationwide_session(protected_too=True) as nationwide:
        valid = is_hidden(row), row.voided_at.is_(None), other.voided_at.is_(None)
        found = [
            (nationwide.get(Person, one), row.case) for row, one in nationwide.execute(rows.where(*valid))
        ]
    for person, case in found:
        if find_responsible_chief(case.unit_code)[0] not in actor_of(session).roles:
            _send_task(session, pair, person, case)


def _send_task(session, pair, person, case):
    """Send the chief of the case the task that `person` may be a protected person of the case."""
    role, unit = find_responsible_chief(case.unit_code)
    entered_by = session.get(Unit, person.unit_code or "")
    send_message(
        session, TASK, text_key=TEXT, to_role=role, to_unit=unit, entity=Duplicate.__tablename__, entity_id=pair.id,
        person=person.number, unit=entered_by.name_km if entered_by else "—", case=case.number,
    )  # fmt: skip


def _find_protected_case(session, person_id):
    """Return the newest case that protects the person, or None."""
    rows = select(Case).join(Involvement, Involvement.case_id == Case.id)
    rows = rows.where(Involvement.person_id == person_id, is_hidden(Involvement))
    return session.scalar(rows.order_by(Case.id.desc()).limit(1))
