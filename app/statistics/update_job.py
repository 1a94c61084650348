"""The job that keeps the figures up to date: it follows the audit log, or writes the whole file again.

Nothing of it is in the transaction of a save. The rebuild reads ranges of ids and stores how far it is, so that it
continues after an interruption. The log is read from the number at which the rebuild began.
"""

import csv
import json
import logging
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from sqlalchemy import and_, func, or_, select

from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.corrections.models import Correction
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import Custody, Detention, Judgment
from app.investigation.models import Charge
from app.kernel.access.row_filter import read_columns
from app.kernel.audit import change_feed, row_hashes
from app.kernel.audit.models import AuditEvent, AuditHead, AuditPayload, AuditRowHashes
from app.kernel.database.transactions import rollback
from app.kernel.text import dates
from app.people.models import Person, PersonDocument, PersonPhoto
from app.statistics import facts, store

log = logging.getLogger(__name__)

RANGE = 5000  # ids that one step of the rebuild reads
WINDOW = 5000  # events of the log that one step of the update reads
IDS_PER_STATEMENT = 500
SECONDS = 10  # of one run; the thread of the scheduler has other jobs
# How a changed row leads to the root that is read again: the column of the root's id.
_LINKS = {
    "case": (Case, Case.id), "case_offence": (Case, CaseOffence.case_id), "involvement": (Case, Involvement.case_id),
    "exhibit": (Case, Exhibit.case_id), "case_file": (Case, CaseFile.case_id), "custody": (Custody, Custody.id),
    "court_order": (CourtOrder, CourtOrder.id), "order_event": (CourtOrder, OrderEvent.order_id),
    "correction": (Correction, Correction.id),
    # Decisions give a person another role in the case.
    "judgment": (Case, Judgment.case_id), "detention": (Case, Detention.case_id), "charge": (Case, Charge.case_id),
}  # fmt: skip
# A change of a person leads to the cases of the person; one of an order too, because it may name no case.
_OF_PERSON = {
    "court_order": CourtOrder.person_id,
    "person": Person.id,
    "person_photo": PersonPhoto.person_id,
    "person_document": PersonDocument.person_id,
}

# A row that names another person or case now still concerns the former one.
_MOVING_COLUMNS = ("person_id", "case_id")


def update_figures(session, seconds=SECONDS):
    """Bring the figures up to date, for at most `seconds`, and return the number of records read.

    Does nothing if another process is at it.
    """
    with store.hold_lock() as held:
        return _update(session, time.monotonic() + seconds) if held else 0


def rebuild_figures(session, report=lambda _text: None):
    """Write the file of the figures again from the register; an interrupted rebuild continues."""
    with store.hold_lock(wait=True), store.open_work_file() as work:
        state = _State(work)
        if not state.is_building:
            _begin_rebuild(session, work, state)
        while state.is_building:
            _rebuild_step(session, work, state)
            report(f"{state.progress}")
    return update_figures(session, seconds=3600)


class _State:
    """The progress of the job, stored in its own file."""

    def __init__(self, work):
        self.work = work
        self.values = dict(work.execute("SELECT name, value FROM state").fetchall())

    def save(self, **values):
        self.work.executemany(
            "INSERT OR REPLACE INTO state VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in values.items()],
        )
        self.values |= {name: json.dumps(value) for name, value in values.items()}

    def get(self, name, default=None):
        return json.loads(self.values[name]) if name in self.values else default

    @property
    def is_building(self):
        return bool(self.get("building"))

    @property
    def progress(self):
        return " ".join(map(str, self.get("building") or ("done",)))


def _update(session, until):
    read, head = 0, session.scalar(select(AuditHead.seq))
    with store.open_work_file() as work:
        state = _State(work)
        if state.get("version") != store.VERSION or state.get("seq", head + 1) > head:  # another register
            _begin_rebuild(session, work, state)
        while time.monotonic() < until:
            if state.is_building:
                read += _rebuild_step(session, work, state)
            elif state.get("seq") < head:
                read += _follow_log(session, work, state, head)
            else:
                break
        if not state.is_building:
            read += _read_open_matches(session, work) + _read_rejected(session, work)
        is_ready = not state.is_building and (read or not state.get("is_published"))
        if is_ready:
            state.save(as_of=dates.now().isoformat(timespec="seconds"), is_published=True)
        work.execute("CHECKPOINT")
    if is_ready:
        store.publish()
    return read


def _begin_rebuild(session, work, state):
    for table, columns in store.TABLES.items():
        work.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")  # an older file has other columns
    head = session.scalar(select(AuditHead.seq))
    state.save(version=store.VERSION, seq=head, building=[_names()[0], 0], is_published=False)


def _names():
    return [model.__tablename__ for model in facts.ROOTS]


def _rebuild_step(session, work, state):
    """Read the next range of ids; after the last range of the last root the rebuild is done."""
    name, after = state.get("building")
    model = next(one for one in facts.ROOTS if one.__tablename__ == name)
    last = read_columns(session, select(func.max(model.id))).scalar() or 0
    if after < last:
        rows = _read_root(session, model, lambda column: and_(column > after, column <= after + RANGE))
        work.execute("BEGIN")
        _insert(work, rows)
        state.save(building=[name, after + RANGE])
        work.execute("COMMIT")
        rollback(session)  # ends the read transaction of a long job
        return sum(map(len, rows.values()))
    names = _names()
    following = names[names.index(name) + 1 :]
    state.save(building=[following[0], 0] if following else None)
    return 0


def _read_root(session, model, matches):
    reader, _tables = facts.ROOTS[model]
    return reader(session, matches, store.load_key())


def _insert(work, rows):
    for table, values in rows.items():
        if not values:
            continue
        if len(values) < 200:
            # DuckDB runs a statement for each row of `executemany`, which takes forty times as long.
            columns = [list(column) for column in zip(*values, strict=True)]
            marks = ", ".join(["unnest(?)"] * len(columns))
            work.execute(f"INSERT INTO {table} SELECT {marks}", columns)
            continue
        with tempfile.TemporaryDirectory(dir=store.get_folder()) as folder:
            path = Path(folder) / "rows.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(values)
            work.execute(
                f"COPY {table} FROM '{path}' (FORMAT csv, AUTO_DETECT false, HEADER false, NULLSTR '')"
            )


def _follow_log(session, work, state, head):
    """Read the records of the next window of the log again, and return their number."""
    after = state.get("seq")
    until = min(after + WINDOW, head)
    roots = _find_roots(session, after, until)
    count = 0
    work.execute("BEGIN")
    for model, ids in roots.items():
        count += _replace(session, work, model, sorted(ids))
    state.save(seq=until)
    work.execute("COMMIT")
    rollback(session)  # ends the read transaction of a long job
    return count


def _replace(session, work, model, ids):
    _reader, tables = facts.ROOTS[model]
    for first in range(0, len(ids), IDS_PER_STATEMENT):
        part = ids[first : first + IDS_PER_STATEMENT]
        rows = _read_root(session, model, lambda column, part=part: column.in_(part))
        listed = ", ".join(map(str, part))
        for table in tables:
            column = "id" if table == tables[0] else "case_id"
            work.execute(f"DELETE FROM {table} WHERE {column} IN ({listed})")
        _insert(work, rows)
    return len(ids)


def _find_roots(session, after, until):
    """Return {root: ids} of the records that the events of this window changed."""
    is_batch = AuditEvent.entity.in_(change_feed.ADDING_BATCHES) & (AuditEvent.row_hash != "")
    is_change = AuditEvent.action.in_(change_feed.CHANGE_KINDS) & AuditEvent.entity.in_(
        (*_LINKS, *_OF_PERSON)
    )
    found = select(AuditEvent.entity, AuditEvent.entity_id).where(
        AuditEvent.seq > after, AuditEvent.seq <= until, or_(is_batch, is_change)
    )
    changed, batches = defaultdict(set), []
    for entity, entity_id in session.execute(found):
        if entity in change_feed.ADDING_BATCHES:
            batches.append((entity, entity_id))
        else:
            changed[entity].add(entity_id)
    for batch, number in batches:
        for entity, first, size in session.execute(
            select(AuditRowHashes.entity, AuditRowHashes.first_id, func.length(AuditRowHashes.hashes)).where(
                AuditRowHashes.batch == batch, AuditRowHashes.number == number
            )
        ):
            changed[entity] |= set(range(first, first + size // row_hashes.SHORT_SIZE))
    former = _find_former_links(session, after, until)
    roots, people = defaultdict(set), former["person_id"]
    for entity, (model, column) in _LINKS.items():
        roots[model] |= _select_roots(session, column, column.class_.id, changed[entity])
    for entity, column in _OF_PERSON.items():
        people |= _select_roots(session, column, column.class_.id, changed[entity])
    roots[Case] |= former["case_id"] | _select_roots(
        session, Involvement.case_id, Involvement.person_id, people
    )
    # A correction has the place, the unit and the protection of its case.
    roots[Correction] |= _select_roots(session, Correction.id, Correction.case_id, roots[Case])
    return roots


def _find_former_links(session, after, until):
    """Return {column: ids} of the people and cases that a changed row named before the events of this window."""
    moved = or_(*(AuditPayload.body.contains(f'"{name}"', autoescape=True) for name in _MOVING_COLUMNS))
    found = select(AuditPayload.body).join(AuditEvent, AuditEvent.seq == AuditPayload.seq)
    found = found.where(
        AuditEvent.seq > after, AuditEvent.seq <= until, AuditEvent.action == "record.changed",
        AuditEvent.entity.in_((*_LINKS, *_OF_PERSON)), moved,
    )  # fmt: skip
    former = {name: set() for name in _MOVING_COLUMNS}
    for body in session.scalars(found):
        for name in _MOVING_COLUMNS:
            former[name] |= {body.get("before", {}).get(name)} - {None}
    return former


def _select_roots(session, column, key, ids):
    if column is key:
        return set(ids)
    found, ids = set(), sorted(ids)
    for first in range(0, len(ids), IDS_PER_STATEMENT):
        part = ids[first : first + IDS_PER_STATEMENT]
        found |= set(read_columns(session, select(column).where(key.in_(part))).scalars())
    return found - {None}


def _read_open_matches(session, work):
    """Read new matches, and those without a final answer, again: the log has no row of a match."""
    last = work.execute("SELECT coalesce(max(id), 0) FROM matches").fetchone()[0]
    held = work.execute("SELECT * FROM matches WHERE state IN ('waiting', 'extended') ORDER BY id").fetchall()
    ids = [row[0] for row in held]
    rows = facts.read_matches(session, lambda column: column > last)["matches"]
    for first in range(0, len(ids), IDS_PER_STATEMENT):
        part = ids[first : first + IDS_PER_STATEMENT]
        rows += facts.read_matches(session, lambda column, part=part: column.in_(part))["matches"]
    before = {row[0]: row for row in held}
    changed = [row for row in rows if before.get(row[0]) != tuple(row)]
    if changed:
        work.execute(f"DELETE FROM matches WHERE id IN ({', '.join(str(row[0]) for row in changed)})")
        _insert(work, {"matches": changed})
    return len(changed)


def _read_rejected(session, work):
    """Read the rejected entries of the imports again if they have changed; the log has no row of them."""
    rows = facts.read_rejected(session)
    if rows == work.execute("SELECT * FROM rejected ORDER BY id").fetchall():
        return 0
    work.execute("DELETE FROM rejected")
    _insert(work, {"rejected": rows})
    return 1
