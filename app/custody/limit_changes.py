"""The job that moves the ends of open custodies and detentions after a change of a legal time limit.

The new amount counts for new records and for arrests at once. Open records of the whole country follow in a job of the
administrator who approved the change. It computes each end from the acts, so it can stop and start again at any record.
"""
# unrestricted: a changed time limit moves the ends of open records in all provinces; shows no row
# commits: a part of the records, so that the job can be killed between two

from dataclasses import replace

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app import jobs
from app.custody.derived_state import UPDATERS, load_of_people
from app.custody.models import Custody, Detention
from app.extensions import db
from app.kernel.actor import UNRESTRICTED, act_as, actor_of
from app.kernel.database.transactions import commit
from app.kernel.schema.display import format_value
from app.kernel.schema.record import has_changed
from app.reference.models import TimeLimit

KIND = "time_limit"
BATCH_SIZE = 200  # records in one transaction
CHANGED = "time limits with another amount"  # a key in `Session.info`
ENDS = {Custody: Custody.ended_at, Detention: Detention.ended_on}
OPTIONS = {
    Custody: (selectinload(Custody.steps), joinedload(Custody.person), joinedload(Custody.case)),
    Detention: (
        selectinload(Detention.steps), joinedload(Detention.person), joinedload(Detention.case),
        selectinload(Detention.releases), joinedload(Detention.sentence),
    ),
}  # fmt: skip


def collect_changes(session, _context):
    """Collect the time limits that get another amount. Nothing can be added during a flush."""
    changed = {
        one.code for one in session.dirty if isinstance(one, TimeLimit) and has_changed(one, ("amount",))
    }
    session.info.setdefault(CHANGED, set()).update(changed)


def start_jobs(session):
    """Start a job for each changed limit with open records. Runs before the commit."""
    if session.in_nested_transaction() or actor_of(session).user_id is None:
        return
    session.flush()
    for code in sorted(session.info.pop(CHANGED, ())):
        limit = session.get(TimeLimit, code)
        jobs.start_job(
            session, KIND, title=gettext("New ends by the limit: %(name)s", name=str(limit)), code=code
        )


def discard_pending(session):
    session.info.pop(CHANGED, None)


@jobs.register_kind(
    KIND, label=_("Ends of open custodies and detentions"), record_page=("TimeLimitView.show", "code")
)
def move_ends(work, code):
    """Compute the end of every open custody and detention with this limit again."""
    act_as(db.session, replace(actor_of(db.session), scope=UNRESTRICTED))
    total = sum(
        db.session.scalar(select(func.count()).select_from(model).where(*_is_open(model, code)))
        for model in ENDS
    )
    work.set_total(total)
    done = moved = 0
    for model in ENDS:
        last = 0
        while ids := _move_part(model, code, last):
            last, done, moved = max(ids), done + len(ids), moved + sum(ids.values())
            work.report_progress(done)
    text = gettext("%(moved)s of %(count)s ends moved", moved=format_value(moved), count=format_value(done))
    work.report_progress(done, text)


def _is_open(model, code):
    return model.limit_code == code, ENDS[model].is_(None), model.voided_at.is_(None)


def _move_part(model, code, last):
    """Compute the ends of the next records, and return id → whether the end has moved."""
    found = select(model).where(*_is_open(model, code), model.id > last).options(*OPTIONS[model])
    rows = db.session.scalars(found.order_by(model.id).limit(BATCH_SIZE)).unique().all()
    held = load_of_people(db.session, {one.person for one in rows})
    for one in rows:
        UPDATERS[model](one, held.get(one.person))
    moved = {one.id: db.session.is_modified(one, include_collections=False) for one in rows}
    commit()
    return moved
