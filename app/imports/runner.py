"""An import as it runs: batch after batch, each whole or not at all, and begun again exactly where it was stopped.

How far it is stands in the same transaction as what was made. A batch that the register refuses below the rules is
tried again entry by entry, so that one bad row keeps none of its neighbours out.
"""

import gc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.imports import (
    batch_writer,
    cases,
    involvements,
    notifications,
    orders,
    rejected_entries,
    target_fields,
)
from app.imports.entries import of_table, read
from app.imports.models import CHECKED, DONE, ImportEntry, ImportRun
from app.kernel import gc_pause
from app.kernel.audit import recorder
from app.kernel.database import wal_checkpoint
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem, RuleBroken
from app.kernel.text import dates

AT_ONCE = 1000  # entries of one transaction: what each costs whatever it holds was a quarter of an import of 250 at a time
EXAMPLES = 200  # wrong entries that a trial run shows
MAKERS = {
    target_fields.PEOPLE: involvements.make,
    target_fields.CASES: cases.make,
    target_fields.ORDERS: orders.make,
}
TAKEN = _("Somebody else registered the same at this moment. Try it again.")


def carry_on(run, rows, reached=lambda number: None):
    """Bring in the rest of the file, in the name of whoever acts in the session. `reached(row)` hears how far it is."""
    profile, run_id = run.profile, run.id
    with gc_pause.left_alone(), ThreadPoolExecutor(1) as beside:
        for batch in batches(of_table(profile, rows, run.last_row)):
            bring_in(run_id, profile, batch)
            # The next batch is made meanwhile: else its commit would wait for the pages of this one. Where it fails,
            # the limit of `databases.PRAGMAS` holds.
            beside.submit(wal_checkpoint.bring_home, db.engine)
            reached(batch[-1].last_row)
            gc.collect()  # records point to each other; what a batch has made goes before the next
    db.session.execute(
        update(ImportRun).where(ImportRun.id == run_id).values(state=DONE, ended_at=dates.now())
    )
    recorder.note(db.session, "import.done", "import_run", run_id)
    db.session.commit()


def bring_in(run_id, profile, entries):
    """One batch, in one transaction; where it is refused, each of its entries in one of its own."""
    try:
        _try(run_id, profile, entries)
    except (RuleBroken, IntegrityError) as refusal:
        db.session.rollback()
        if len(entries) > 1:
            for entry in entries:
                bring_in(run_id, profile, [entry.afresh])
            return
        problems = refusal.problems if isinstance(refusal, RuleBroken) else [Problem("", TAKEN)]
        _try(run_id, profile, [entries[0].afresh], problems)


def try_again(run_id, profile, entries):
    """What waits, with other values, batch by batch. What somebody else brought in meanwhile stays as it is."""
    for batch in batches(iter(entries)):
        try:
            bring_in(run_id, profile, batch)
        except batch_writer.Overtaken:
            db.session.rollback()
            if len(batch) > 1:
                for one in batch:
                    try_again(run_id, profile, [one.afresh])


def _try(run_id, profile, entries, refused=()):
    run, held_before = db.session.get(ImportRun, run_id), list(db.session)
    known = prepare(profile, entries, (run.read_by_id, run.let_in_by_id))
    if refused:
        rejected_entries.hear(entries[0], refused)
    batch_writer.write(run, profile, entries, known)
    db.session.expunge_all()  # nobody reads the rest again; a commit would make each of them ready for that
    db.session.add_all(held_before)
    db.session.commit()


def prepare(profile, entries, actors):
    """Build the records of a batch and ask every rule. Gives the entries that are there already, or stood before."""
    with db.session.no_autoflush:
        read(profile, entries)
        known = _known(entries)
        fresh = [one for one in entries if id(one) not in known and not one.is_wrong]
        MAKERS[profile.kind](profile, fresh, actors, dates.now())
    return known


def _known(entries):
    """The ids of those entries (Python's) of which the register has one with the same content."""
    asked = {one.fingerprint for one in entries if one.id is None}
    found = select(ImportEntry.fingerprint).where(ImportEntry.fingerprint.in_(asked))
    there, known = set(db.session.scalars(found)), set()
    for one in entries:
        if one.id is None and one.fingerprint in there:
            known.add(id(one))
        there.add(one.fingerprint)
    return known


def check(run, rows, reached=lambda number: None):
    """A trial run of the whole file: everything as in the import, and nothing is written but what it found."""
    profile, run_id, report = run.profile, run.id, Report()
    actors = run.read_by_id, None
    for batch in batches(of_table(profile, rows)):
        known = prepare(profile, batch, actors)
        for entry in batch:
            report.add(entry, id(entry) in known)
        db.session.rollback()
        reached(batch[-1].last_row)
    values = {"report": report.told, "state": CHECKED}
    db.session.execute(update(ImportRun).where(ImportRun.id == run_id).values(values))
    recorder.note(db.session, "import.check", "import_run", run_id, entries=report.count["entries"])
    notifications.tried(run_id)
    db.session.commit()


def batches(entries):
    """As many at a time as one transaction takes."""
    while batch := list(islice(entries, AT_ONCE)):
        yield batch


class Report:
    """What a trial run found: how many entries, how often each rule spoke, and the first that are wrong, row by row."""

    def __init__(self):
        self.count, self.rules, self.examples, self.last_row = Counter(), Counter(), [], 1

    def add(self, entry, is_known):
        wrong, self.last_row = entry.is_wrong, entry.last_row
        self.count.update(
            entries=1, known=is_known, wrong=wrong and not is_known, right=not (wrong or is_known),
            warned=bool(entry.problems) and not (wrong or is_known), matched=entry.matched, rows=len(entry.rows),
        )  # fmt: skip
        if is_known:
            return
        self.rules.update((one.rule, one.severity, one.field) for one in entry.problems)
        if wrong and len(self.examples) < EXAMPLES:
            self.examples.append({"row": entry.row, "problems": rejected_entries.told(entry.problems)})

    @property
    def told(self):
        rules = [[*key, count] for key, count in self.rules.most_common()]
        return dict(self.count) | {"rules": rules, "examples": self.examples, "last_row": self.last_row}
