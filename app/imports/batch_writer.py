"""What of a batch reaches the register, in one transaction: records, old numbers, its entries, and how far it is."""

import hashlib

from sqlalchemy import func, insert, select, update

from app.cases.models import Case
from app.cases.numbering import next_numbers
from app.extensions import db
from app.imports import rejected_entries
from app.imports.models import ENTERED, WAITS, ImportEntry, ImportRun
from app.kernel.audit import recorder
from app.kernel.database.bulk_insert import insert_missing
from app.kernel.schema import bulk_save
from app.kernel.schema.legacy_numbers import OldNumber, key_of
from app.kernel.text import dates

BATCH = "import"  # its name in the log


class Overtaken(RuntimeError):
    """Another worker has dealt with this batch meanwhile, or another officer with an entry that waited."""


def write(run, profile, entries, known):
    """The transaction is the caller's. Of the `known` entries nothing is written but that they came again."""
    fresh = [one for one in entries if id(one) not in known]
    right, wrong = [one for one in fresh if not one.is_wrong], [one for one in fresh if one.is_wrong]
    with db.session.no_autoflush:
        _move_on(run, entries, right, wrong, known)
        mark = hashlib.sha256("".join(one.fingerprint for one in right).encode()).hexdigest()
        with recorder.as_one(db.session, BATCH, run=run.id, entries=len(right), sha256=mark) as batch:
            _give_numbers([one.made.lead for one in right if isinstance(one.made.lead, Case)])
            written = bulk_save.add(db.session(), [record for one in right for record in one.made.records])
            _keep_old_numbers(profile.source, right)
            batch.number = _keep_entries(run, profile, right, wrong)
        bulk_save.part(written)


def _move_on(run, entries, right, wrong, known):
    """First of all, so that two who write for one import wait for each other, and the later one stops."""
    again = [one.id for one in entries if one.id is not None]
    table = ImportRun
    counted = {
        "entered": table.entered + len(right),
        "waiting": table.waiting + len(wrong) - len(again),
        "known": table.known + len(known),
        "matched": table.matched + sum(one.matched for one in right),
        "warned": table.warned + sum(bool(one.problems) for one in right),
    }
    moved = update(table).where(table.id == run.id)
    if not again:
        moved = moved.where(table.last_row == run.last_row)
        counted["last_row"] = entries[-1].last_row
    done = db.session.execute(moved.values(counted).execution_options(synchronize_session=False))
    if done.rowcount != 1 or _still_waiting(again) != len(again):
        raise Overtaken(f"Import {run.id} was carried on by somebody else.")


def _still_waiting(ids):
    waits = select(func.count()).where(ImportEntry.id.in_(ids), ImportEntry.state == WAITS)
    return db.session.scalar(waits) if ids else 0


def _give_numbers(cases):
    """In the order of the file, one statement for each province."""
    by_province = {}
    for case in cases:
        by_province.setdefault((case.located_at or "")[:2], []).append(case)
    for place, some in by_province.items():
        for case, number in zip(some, next_numbers(place, dates.now().year, len(some)), strict=True):
            case.number = number


def _keep_old_numbers(source, entries):
    rows = {
        (record.__tablename__, key_of(number)): {
            "source": source, "entity": record.__tablename__, "entity_id": record.id, "number": number,
            "number_key": key_of(number),
        }
        for entry in entries
        for record, number in entry.made.numbers
    }  # fmt: skip
    if rows:
        insert_missing(db.session(), OldNumber.__table__, list(rows.values()))


def _keep_entries(run, profile, right, wrong):
    """Gives the number of the first entry, by which the log names the batch."""
    rows = [
        _row(run, one, ENTERED, entity=one.made.lead.__tablename__, entity_id=one.made.lead.id)
        for one in right
    ]
    rows += [_row(run, one, WAITS, values=rejected_entries.values_of(profile, one)) for one in wrong]
    again = [row for row in rows if row["id"] is not None]
    for row in again:
        entry = db.session.get(ImportEntry, row["id"])
        for name in ("state", "entity", "entity_id", "problems", "values"):
            setattr(entry, name, row[name])
    fresh = [
        {name: value for name, value in row.items() if name != "id"} for row in rows if row["id"] is None
    ]
    table = ImportEntry.__table__
    ids = db.session.scalars(insert(table).returning(table.c.id), fresh).all() if fresh else []
    return min([*ids, *(row["id"] for row in again)], default=0)


def _row(run, entry, state, entity=None, entity_id=None, values=None):
    return {
        "id": entry.id, "run_id": run.id, "row": entry.row, "state": state, "fingerprint": entry.fingerprint,
        "entity": entity, "entity_id": entity_id, "values": values,
        "problems": rejected_entries.told(entry.problems) if entry.problems else None,
    }  # fmt: skip
