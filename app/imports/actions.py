"""The steps of an import: a file is read, tried, let in by a second officer; what waits is mended.

Reading, trying and bringing in run behind the pages. None of them writes anything into the register but the last.
"""

from dataclasses import replace
from itertools import islice

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from app import jobs
from app.extensions import db
from app.imports import notifications, profiles, readers, rejected_entries, runner, uploads
from app.imports.entries import Entry, named
from app.imports.models import CHECKED, READ, REFUSED, RUNNING, WAITS, ImportEntry, ImportProfile, ImportRun
from app.kernel.audit import recorder
from app.kernel.schema.display import language
from app.kernel.text import dates

PREVIEW = 3  # rows that are shown before anything is done
UNCHANGED = _("This step was taken already, or by somebody else. See what is there now.")
SECOND = _("Another officer lets it in: not the one who read the file.")


class Refused(Exception):
    """A step that cannot be taken; the text is a sentence."""


def read_file(user_id, stream, title, profile):
    """Keep an upload and begin its import. Raises reading.Unusable where it is no table."""
    sha256, size = uploads.keep(stream)
    try:
        _look_into(sha256, profile)
    except readers.Unusable:
        if db.session.scalar(select(ImportRun.id).where(ImportRun.sha256 == sha256).limit(1)) is None:
            uploads.drop(sha256)
        raise
    run = ImportRun(
        title=title[:120],
        kind=profile.kind,
        settings=profile.settings,
        sha256=sha256,
        size=size,
        read_by_id=user_id,
    )
    db.session.add(run)
    db.session.flush()
    return run


def _look_into(sha256, profile):
    """Raises reading.Unusable where it is no table, or one without a row. Its encoding may be told later."""
    try:
        rows = list(islice(readers.table_of(uploads.path_of(sha256), profile.encoding), 2))
    except readers.WrongLetters:
        return
    if not rows or not any(named(cell) for cell in rows[0][1]):
        raise readers.Unusable(_("The file is empty. Choose another file."))
    if len(rows) == 1:
        raise readers.Unusable(_("The file has no row below its headings. Choose another file."))


def table_of(run):
    return readers.table_of(uploads.path_of(run.sha256), run.profile.encoding)


def head_of(run):
    """(headings, first rows) of the file as it stands. Raises reading.Unusable."""
    rows = list(islice(table_of(run), PREVIEW + 1))
    headings = [named(cell) for cell in rows[0][1]] if rows else []
    return headings, rows[1:]


def choose_columns(run, profile, name, user_id):
    """Take another profile for a file that was not let in, and keep it under a name for the next one."""
    if name:
        profile = _named(profile, name)
    _step(run, (READ, CHECKED, REFUSED), state=READ, settings=profile.settings, report=None)
    if name:
        there = db.session.scalar(select(ImportProfile).where(ImportProfile.name == name))
        if there is None:
            there = ImportProfile(name=name, made_by_id=user_id)
            db.session.add(there)
        there.kind, there.settings = profile.kind, profile.settings
        recorder.note(db.session, "import.profile", "import_run", run.id)


def try_it(run):
    """Start the trial run."""
    _step(run, (READ, CHECKED, REFUSED), state=READ, report=None)
    return jobs.start(
        db.session, "import_check", title=_("Trial run of %(file)s", file=run.title), run=run.id
    )


def let_in(run, user_id):
    """The second officer lets in what the first has read and tried."""
    if user_id == run.read_by_id:
        raise Refused(SECOND)
    _step(run, (CHECKED,), state=RUNNING, let_in_by_id=user_id, let_in_at=dates.now())
    recorder.note(db.session, "import.let_in", "import_run", run.id)
    return jobs.start(db.session, "import", title=_("Import of %(file)s", file=run.title), run=run.id)


def go_on(run, user_id):
    """Begin again where it was stopped; he who let it in, for what it writes is written in his name."""
    if run.state != RUNNING or user_id != run.let_in_by_id:
        raise Refused(UNCHANGED)
    return jobs.start(db.session, "import", title=_("Import of %(file)s", file=run.title), run=run.id)


def _step(run, states, **values):
    table = ImportRun
    moved = update(table).where(table.id == run.id, table.state.in_(states)).values(values)
    if db.session.execute(moved).rowcount != 1:
        raise Refused(UNCHANGED)
    notifications.over(run.id)
    db.session.expire(run)


@jobs.kind("import_check", label=_("Trial run of an import"), of=("ImportView.show", "run"))
def _check(work, run):
    one = db.session.get(ImportRun, run)
    try:
        # To count them first takes an eighth of the trial run of a workbook, and of a text next to nothing.
        behind = _behind(work, max((number for number, _cells in table_of(one)), default=1))
        runner.check(one, table_of(one), behind)
    except readers.Unusable as fault:
        db.session.rollback()
        report = {"refused": rejected_entries.in_both(fault.sentence)}
        db.session.execute(update(ImportRun).where(ImportRun.id == run).values(state=REFUSED, report=report))
        db.session.commit()
        raise jobs.Refused(str(fault)) from None
    report = db.session.get(ImportRun, run).report
    behind(report["last_row"], _found(report))


@jobs.kind("import", label=_("Import"), of=("ImportView.show", "run"))
def _bring_in(work, run):
    one = db.session.get(ImportRun, run)
    if one.state != RUNNING:
        return
    behind = _behind(work, (one.report or {}).get("last_row", 1))
    behind(max(one.last_row, 1))  # one that was stopped does not begin at its first row
    try:
        runner.carry_on(one, table_of(one), behind)
    except readers.Unusable as fault:
        raise jobs.Refused(str(fault)) from None
    one = db.session.get(ImportRun, run)
    uploads.drop(one.sha256)
    behind(one.last_row, said(one.entered, one.waiting))


def _behind(work, last_row):
    """A function that tells the work behind which row it is; rows are numbered as in the file, the first is the headings."""
    work.total(last_row - 1)
    return lambda row, words="": work.reached(row - 1, words)


def _found(report):
    """What a trial run found, in a sentence."""
    right, wrong = (dates.say_number(report.get(name, 0), language()) for name in ("right", "wrong"))
    return gettext("Right: %(right)s. Wrong: %(wrong)s.", right=right, wrong=wrong)


def said(done, left):
    """What became of the entries that were brought in, or brought in again, in a sentence."""
    done, left = (dates.say_number(count, language()) for count in (done, left))
    return gettext("In the register: %(done)s. Still waiting: %(left)s.", done=done, left=left)


# What waits


def mend(entry, cells):
    """Try an entry again with other values: [[row, {target: text}]]. True where it is in the register now."""
    rows = [(number, {key: text or None for key, text in values.items()}) for number, values in cells]
    runner.try_again(entry.run_id, mending_profile(entry.run), [Entry(rows, id=entry.id)])
    return db.session.get(ImportEntry, entry.id, populate_existing=True).state != WAITS


def mending_profile(run):
    """Of an entry that waits every text is in Unicode, and stands under the name of its target."""
    profile = run.profile
    return replace(profile, limon=())


def own_profiles():
    found = select(ImportProfile).order_by(ImportProfile.name)
    return db.session.scalars(found).all()


def profile_named(key):
    """The profile behind a choice of the form: one that ships, one that somebody made, or an empty one of a kind."""
    if key in profiles.shipped():
        return profiles.shipped()[key]
    if key.startswith("own-") and key[4:].isdecimal() and len(key) < 14:
        kept = db.session.get(ImportProfile, int(key[4:]))
        return _named(profiles.Profile.of(kept.settings), kept.name) if kept is not None else None
    kind = key.removeprefix("new-")
    return profiles.Profile(kind=kind, source="paper") if kind in profiles.targets.KINDS else None


def _named(profile, name):
    """The profile as somebody's own of that name, under which its next change is kept too."""
    return replace(profile, key="", name_km=name, name_en=name)
