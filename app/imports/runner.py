"""Runs an import in batches, each whole or not at all.

A stopped import continues after the last batch. Progress is stored in the transaction of the records. A
batch that the database or model checks reject is imported again entry by entry, so that one bad row does not
keep its neighbours out.
"""
# commits: each batch of an import, so that the job can be killed between two

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
from app.imports.entries import parse_entries, split_entries
from app.imports.models import BEFORE_APPROVAL, CHECKED, DONE, ImportEntry, ImportRun
from app.jobs import JobRefused
from app.kernel import gc_pause
from app.kernel.actor import actor_of
from app.kernel.audit import daily_limit, denied_requests, recorder
from app.kernel.database import wal_checkpoint
from app.kernel.database.transactions import commit, lock_rows, rollback
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.people.comparison import find_pending_people

# Entries per transaction. At 250, the fixed cost of a transaction was a quarter of the import time.
BATCH_SIZE = 1000
MAX_EXAMPLES = 200  # wrong entries shown after a trial run
BUILDERS = {
    target_fields.PEOPLE: involvements.build_entries,
    target_fields.CASES: cases.build_entries,
    target_fields.ORDERS: orders.build_entries,
}
TOO_MANY_PEOPLE = _("The fix names more registered people than you may see in a day. Continue tomorrow.")
STALE_TRIAL = _("This trial run no longer applies: the columns were changed, or the import was approved.")
DUPLICATE_ENTRY = _("Another user registered the same entry at this moment. Try again.")


def run_import(run, rows, on_progress=lambda number: None):
    """Import the rest of the file in the name of the session's actor.

    `on_progress(row)` receives the last row.
    """
    profile, run_id, file_rows = run.profile, run.id, CountedRows(rows)
    with gc_pause.gc_paused(), ThreadPoolExecutor(1) as checkpointer:
        for batch in split_batches(split_entries(profile, file_rows, run.last_row)):
            import_batch(run_id, profile, batch, (run.read_by_id, run.approved_by_id))
            # The next batch is built during the checkpoint; else its commit would wait for these pages. If the
            # checkpoint fails, the limit of `engine.PRAGMAS` applies.
            checkpointer.submit(wal_checkpoint.checkpoint, db.engine)
            on_progress(batch[-1].last_row)
            gc.collect()  # records reference each other; free those of a batch before the next one
    run = db.session.get(ImportRun, run_id)
    run.state, run.ended_at = DONE, dates.now()
    # The first row holds the headings. A join of two sheets has rows after the last one of the file.
    run.read_rows = max(file_rows.count - 1, 0)
    run.end_row = max((run.report or {}).get("end_row", 0), run.last_row)
    recorder.record(db.session, "import.completed", "import_run", run_id)
    notifications.notify_changed_cases(run_id)
    commit()


class CountedRows:
    """An iterator that counts the rows as they are read, independently of what becomes of them."""

    def __init__(self, rows):
        self.rows, self.count = iter(rows), 0

    def __iter__(self):
        return self

    def __next__(self):
        row = next(self.rows)
        self.count += 1
        return row


def import_batch(run_id, profile, entries, actors):
    """Import a batch in one transaction; if it is rejected, import each entry in its own transaction.

    `actors` are the ids of the officer who read or fixed the entries and of the officer who approved them.
    """
    try:
        _import_once(run_id, profile, entries, actors)
    except (RuleViolation, IntegrityError) as error:
        rollback()
        if len(entries) > 1:
            for entry in entries:
                import_batch(run_id, profile, [entry.fresh_copy], actors)
            return
        problems = error.problems if isinstance(error, RuleViolation) else [Problem("", DUPLICATE_ENTRY)]
        _import_once(run_id, profile, [entries[0].fresh_copy], actors, problems)


def fix_entries(run_id, profile, entries):
    """Check rejected entries with other values, in batches. Valid ones wait for the approval of another officer.

    Entries that another officer has fixed stay unchanged.
    """
    for batch in split_batches(iter(entries)):
        try:
            _fix_batch(run_id, profile, batch)
        except batch_writer.ConcurrentUpdate:
            rollback()
            if len(batch) > 1:
                for entry in batch:
                    fix_entries(run_id, profile, [entry.fresh_copy])


def _fix_batch(run_id, profile, entries):
    user_id = actor_of(db.session).user_id
    build_batch(profile, entries, (user_id, None))
    if _exceeds_daily_limit():
        rollback()
        for entry in entries:
            rejected_entries.add_errors(entry, [Problem("", TOO_MANY_PEOPLE)])
    batch_writer.write_fixes(run_id, profile, entries, user_id)
    commit()


def _import_once(run_id, profile, entries, actors, problems=()):
    run, session_objects = db.session.get(ImportRun, run_id), list(db.session)
    known = build_batch(profile, entries, actors)
    if problems:
        rejected_entries.add_errors(entries[0], problems)
    batch_writer.write_batch(run, profile, entries, known, actors[1])
    fixed_ids = [entry.id for entry in entries if entry.id is not None]
    if fixed_ids:
        notifications.notify_changed_cases(run_id, fixed_ids)
    db.session.flush()  # the notices too
    db.session.expunge_all()  # the records are not read again; a commit would expire each of them
    db.session.add_all(session_objects)
    commit()


def build_batch(profile, entries, actors):
    """Build the records of a batch and check every rule.

    Return the entries that are registered already (`_find_known`).
    """
    with db.session.no_autoflush:
        parse_entries(profile, entries)
        known = _find_known(entries)
        fresh = [one for one in entries if id(one) not in known]
        valid, wrong = (
            [one for one in fresh if not one.is_wrong],
            [one for one in fresh if one.is_wrong],
        )
        # The rules also check entries with unreadable cells, so that one trial run shows all problems. Valid entries
        # are built first: they must not share the people of the others.
        for batch in (valid, wrong):
            if batch:
                BUILDERS[profile.kind](profile, batch, actors, dates.now())
    return known


def _find_known(entries):
    """Return Python id → (import, row) of the registered or earlier entry with the content of an entry.

    The import is None for an earlier entry of the batch.
    """
    stored, known = ImportEntry, {}
    fingerprints = {entry.fingerprint for entry in entries if entry.id is None}
    query = select(stored.fingerprint, stored.run_id, stored.row).where(stored.fingerprint.in_(fingerprints))
    places = {fingerprint: (run_id, row) for fingerprint, run_id, row in db.session.execute(query)}
    for entry in entries:
        if entry.id is None and entry.fingerprint in places:
            known[id(entry)] = places[entry.fingerprint]
        places.setdefault(entry.fingerprint, (None, entry.row))
    return known


def run_trial(run, rows, on_progress=lambda number: None, end_row=0):
    """Process the whole file as in the import, but write only the report. `end_row` is the last row of the file."""
    profile, run_id, report = run.profile, run.id, TrialReport()
    mapping, actors = run.mapping_hash, (run.read_by_id, None)
    for batch in split_batches(split_entries(profile, rows)):
        known = build_batch(profile, batch, actors)
        for entry in batch:
            report.add(entry, id(entry) in known)
        rollback()
        on_progress(batch[-1].last_row)
    _limit_report(report)
    values = {"report": report.data | {"end_row": end_row}, "state": CHECKED}
    save_trial(run_id, mapping, **values)
    recorder.record(db.session, "import.checked", "import_run", run_id, entries=report.count["entries"])
    notifications.notify_approvers(run_id)
    commit()


def save_trial(run_id, mapping, **values):
    """Save the result of a trial run of this mapping. Raise JobRefused if the mapping has changed or the import is approved."""
    lock_rows(db.session, ImportRun, [run_id])
    run = db.session.get(ImportRun, run_id, populate_existing=True)
    if run.mapping_hash != mapping or run.state not in BEFORE_APPROVAL:
        raise JobRefused(str(STALE_TRIAL))
    db.session.execute(update(ImportRun).where(ImportRun.id == run_id).values(values))


def _limit_report(report):
    """Withhold the examples if the trial has found more people than its officer may see in a day."""
    if _exceeds_daily_limit():
        report.withhold_examples()


def _exceeds_daily_limit():
    """Return whether the officer has found more people than allowed in a day; the auditors are then alerted."""
    found = find_pending_people(db.session())
    exceeds = daily_limit.exceeds_limit(found, actor_of(db.session))
    if exceeds:
        denied_requests.report_limit(daily_limit.DAILY_LIMIT, len(found))
    return exceeds


def split_batches(entries):
    """Yield as many entries at a time as one transaction takes."""
    while batch := list(islice(entries, BATCH_SIZE)):
        yield batch


class TrialReport:
    """Result of a trial run: entry counts, problem counts by rule, and the first wrong entries."""

    def __init__(self):
        self.count, self.rules, self.examples, self.last_row = Counter(), Counter(), [], 1
        self.is_withheld = False

    def add(self, entry, is_known):
        is_wrong, self.last_row = entry.is_wrong, entry.last_row
        self.count.update(
            entries=1, known=is_known, wrong=is_wrong and not is_known, right=not (is_wrong or is_known),
            warned=bool(entry.problems) and not (is_wrong or is_known), matched=entry.matched, rows=len(entry.rows),
        )  # fmt: skip
        if is_known:
            return
        self.rules.update((problem.rule, problem.severity, problem.field) for problem in entry.problems)
        if is_wrong and len(self.examples) < MAX_EXAMPLES:
            self.examples.append(
                {"row": entry.row, "problems": rejected_entries.serialize_problems(entry.problems)}
            )

    def withhold_examples(self):
        self.examples, self.is_withheld = [], True

    @property
    def data(self):
        rules = [[*key, count] for key, count in self.rules.most_common()]
        shown = {"examples": self.examples, "is_withheld": self.is_withheld}
        return dict(self.count) | {"rules": rules, "last_row": self.last_row} | shown
