"""Writes a batch in one transaction: records, legacy numbers, import entries and progress.

A fix of rejected entries writes only the entries.
"""
# unrestricted: records the result of each row of a file, in the batch that creates the records

import hashlib
import json

from sqlalchemy import func, insert, select, update

from app.cases.models import Case
from app.cases.numbering import next_numbers
from app.extensions import db
from app.imports import notifications, rejected_entries, row_outcomes
from app.imports.models import ENTERED, FIXED, WAITING, ImportEntry, ImportRun
from app.kernel.audit import recorder
from app.kernel.database.bulk_insert import insert_if_absent
from app.kernel.schema import bulk_save
from app.kernel.schema.legacy_numbers import LegacyNumber, legacy_number_key
from app.kernel.text import dates

BATCH_ENTITY = "import"  # entity of the audit entry of a batch


class ConcurrentUpdate(RuntimeError):
    """Another worker wrote this batch first, or another officer fixed an entry of it."""


def write_fixes(run_id, profile, entries, user_id):
    """Store the values and problems of rejected entries in the caller's transaction; valid ones become fixed."""
    valid_count = sum(not entry.is_wrong for entry in entries)
    model = ImportRun
    values = {"waiting": model.waiting - valid_count, "fixed": model.fixed + valid_count}
    db.session.execute(update(model).where(model.id == run_id).values(values))
    stored = {one.id: one for one in load_entries(run_id, [entry.id for entry in entries], WAITING)}
    if len(stored) != len(entries):
        raise ConcurrentUpdate(f"Another officer fixed an entry of import {run_id}.")
    for entry in entries:
        row = stored[entry.id]
        row.file_values = row.file_values or row.values
        row.values = rejected_entries.extract_values(profile, entry)
        row.problems = rejected_entries.serialize_problems(entry.problems)
        row.fixed_by_id = user_id
        row.state = WAITING if entry.is_wrong else FIXED
    fixed = [row for row in stored.values() if row.state == FIXED]
    if fixed:
        facts = {"entries": len(fixed), "sha256": hash_values(fixed)}
        recorder.record(db.session, "import.fixed", "import_run", run_id, **facts)
        notifications.update_task_of_fixes(run_id, len(fixed))


def load_entries(run_id, ids, state):
    """Return the entries of this import with these ids that have this state."""
    entry = ImportEntry
    query = select(entry).where(entry.run_id == run_id, entry.id.in_(ids), entry.state == state)
    return db.session.scalars(query.order_by(entry.id).execution_options(populate_existing=True)).all()


def hash_values(entries):
    """Return the hash of the values of entries, which the approving officer approves."""
    values = [[entry.id, entry.values] for entry in entries]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def write_batch(run, profile, entries, known, approver_id):
    """Write a batch in the caller's transaction.

    `known` entries are only counted as already registered. A fixed entry gets the officer who approved it.
    """
    fresh = [entry for entry in entries if id(entry) not in known]
    valid, invalid = (
        [entry for entry in fresh if not entry.is_wrong],
        [entry for entry in fresh if entry.is_wrong],
    )
    with db.session.no_autoflush:
        _update_progress(run, entries, valid, invalid, known)
        digest = hashlib.sha256("".join(entry.fingerprint for entry in valid).encode()).hexdigest()
        with recorder.batched(
            db.session, BATCH_ENTITY, run=run.id, entries=len(valid), sha256=digest
        ) as batch:
            _assign_case_numbers([entry.built.lead for entry in valid if isinstance(entry.built.lead, Case)])
            records = bulk_save.save_new(
                db.session(), [record for entry in valid for record in entry.built.records]
            )
            _save_legacy_numbers(profile.source, valid)
            batch.number = _save_entries(run, profile, valid, invalid, approver_id)
            row_outcomes.save(run.id, entries, known)
        bulk_save.clear_collections(records)


def _update_progress(run, entries, valid, invalid, known):
    """Update the counts of the import; raise ConcurrentUpdate if another writer was first.

    This comes before everything else: the row lock makes two writers of one import wait for each other, and
    the later one stops.
    """
    fixed_ids = [entry.id for entry in entries if entry.id is not None]
    model = ImportRun
    values = {
        "entered": model.entered + len(valid),
        "waiting": model.waiting + len(invalid),
        "fixed": model.fixed - len(fixed_ids),
        "known": model.known + len(known),
        "matched": model.matched + sum(entry.matched for entry in valid),
        "warned": model.warned + sum(bool(entry.problems) for entry in valid),
    }
    statement = update(model).where(model.id == run.id)
    if not fixed_ids:
        statement = statement.where(model.last_row == run.last_row)
        values["last_row"] = entries[-1].last_row
    result = db.session.execute(statement.values(values).execution_options(synchronize_session=False))
    if result.rowcount != 1 or _count_fixed(fixed_ids) != len(fixed_ids):
        raise ConcurrentUpdate(f"Import {run.id} was continued by another worker or officer.")


def _count_fixed(ids):
    query = select(func.count()).where(ImportEntry.id.in_(ids), ImportEntry.state == FIXED)
    return db.session.scalar(query) if ids else 0


def _assign_case_numbers(cases):
    """Number the cases in the order of the file, with one statement per province."""
    by_province = {}
    for case in cases:
        by_province.setdefault((case.place_code or "")[:2], []).append(case)
    for place, province_cases in by_province.items():
        for case, number in zip(
            province_cases, next_numbers(place, dates.now().year, len(province_cases)), strict=True
        ):
            case.number = number


def _save_legacy_numbers(source, entries):
    rows = {
        (record.__tablename__, legacy_number_key(number)): {
            "source": source, "entity": record.__tablename__, "entity_id": record.id, "number": number,
            "number_key": legacy_number_key(number),
        }
        for entry in entries
        for record, number in entry.built.numbers
    }  # fmt: skip
    if rows:
        insert_if_absent(db.session(), LegacyNumber.__table__, list(rows.values()))


def _save_entries(run, profile, valid, invalid, approver_id):
    """Save the entries and return the id of the first one, which identifies the batch in the audit log."""
    rows = [
        _build_entry_row(
            run, entry, ENTERED, entity=entry.built.lead.__tablename__, entity_id=entry.built.lead.id
        )
        for entry in valid
    ]
    rows += [
        _build_entry_row(run, entry, WAITING, values=rejected_entries.extract_values(profile, entry))
        for entry in invalid
    ]
    updates = [row for row in rows if row["id"] is not None]
    for row in updates:
        entry = db.session.get(ImportEntry, row["id"])
        for name in ("state", "entity", "entity_id", "problems", "values"):
            setattr(entry, name, row[name])
        if entry.state == ENTERED:
            entry.approved_by_id, entry.file_values = approver_id, None
    inserts = [
        {name: value for name, value in row.items() if name != "id"} for row in rows if row["id"] is None
    ]
    table = ImportEntry.__table__
    ids = db.session.scalars(insert(table).returning(table.c.id), inserts).all() if inserts else []
    return min([*ids, *(row["id"] for row in updates)], default=0)


def _build_entry_row(run, entry, state, entity=None, entity_id=None, values=None):
    return {
        "id": entry.id, "run_id": run.id, "row": entry.row, "state": state, "fingerprint": entry.fingerprint,
        "entity": entity, "entity_id": entity_id, "values": values,
        "problems": rejected_entries.serialize_problems(entry.problems) if entry.problems else None,
    }  # fmt: skip
