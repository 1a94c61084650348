"""A mended sheet that comes back: a small one is worked off at once, a larger one behind the pages.

Each entry of it is tried once, batch by batch, each batch whole or not at all. What is in the register by then, through
this sheet, another one or a page, stays as it is: so a sheet that comes twice, or is begun again, brings nothing twice.
"""

from collections import Counter

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update

from app import jobs
from app.extensions import db
from app.imports import actions, page_data, readers, runner, uploads
from app.imports.fix_sheet_reader import MendedSheet, has_more_than
from app.imports.models import ENTERED, WAITS, ImportEntry, ImportRun

SMALL = 250  # rows that are worked off while their sender waits
UNDER_WAY = _("A mended sheet of this import is being brought in. Send this one when that has ended.")


def take(run, user_id, stream):
    """(how many are in, how many still wait) of a small sheet; of a larger one the job, which the commit sends off.

    Raises reading.Unusable and actions.Refused.
    """
    name, sha256 = uploads.keep_sheet(stream)
    job = None
    try:
        is_large = has_more_than(run, uploads.path_of(name), SMALL)
        small = None if is_large else MendedSheet(run, uploads.path_of(name))
        there = _under_way(run)
        if there is not None:
            if there.arguments["sha256"] == sha256 and there.owner_id == user_id:
                return there
            raise actions.Refused(UNDER_WAY)
        if small is not None:
            return work_off(run, small)
        title = _("Mended sheet of %(file)s", file=run.title)
        job = jobs.start(db.session, uploads.SHEETS, title=title, run=run.id, sheet=name, sha256=sha256)
        return job
    finally:
        if job is None:
            uploads.drop(name)


def _under_way(run):
    """The job of another sheet of this import. Who asks that at the same moment waits here until the first has gone on."""
    db.session.execute(update(ImportRun).where(ImportRun.id == run.id).values(waiting=ImportRun.waiting))
    return page_data.job_of(run, uploads.SHEETS)


def work_off(run, sheet, reached=lambda count: None):
    """(how many of its entries are in the register, how many still wait). Raises reading.Unusable."""
    run_id, profile, found, ended = run.id, actions.mending_profile(run), Counter(), 0
    for some in runner.batches(iter(sorted(sheet.rows))):
        entries = select(ImportEntry).where(ImportEntry.run_id == run_id, ImportEntry.id.in_(some))
        waits = entries.where(ImportEntry.state == WAITS).order_by(ImportEntry.id)
        runner.try_again(run_id, profile, [sheet.mended(one) for one in db.session.scalars(waits)])
        states = entries.with_only_columns(ImportEntry.state, func.count()).group_by(ImportEntry.state)
        found.update(dict(db.session.execute(states).all()))
        ended += len(some)
        reached(ended)
    if not found:
        raise readers.Unusable(_("No row of this sheet waits in this import. Download its own sheet."))
    return found[ENTERED], found[WAITS]


@jobs.kind(
    uploads.SHEETS,
    label=_("Mended sheet of an import"),
    right=("can_let_in", "Import"),
    of=("WaitingView.list", "run"),
)
def _bring_in(work, run, sheet, sha256):
    path = uploads.path_of(sheet)
    if not path.exists():
        raise jobs.Refused(gettext("The file is no longer kept."))
    one = db.session.get(ImportRun, run)
    try:
        mended = MendedSheet(one, path)
        work.total(len(mended.rows))
        told = actions.said(*work_off(one, mended, work.reached))
    except readers.Unusable as fault:
        raise jobs.Refused(str(fault)) from None
    work.reached(len(mended.rows), told)
    uploads.drop(sheet)
