"""Job kinds for tests. A run stores what it finds in `observed`."""

from datetime import timedelta

from flask import abort, current_app, g
from flask_babel import gettext
from sqlalchemy import func, select

from app import jobs
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema import code_lists

observed = {}


@jobs.register_kind("test.look", label="Look around", result_lifetime=timedelta(days=2))
def record_surroundings(work, **arguments):
    observed.update(
        arguments=arguments,
        cases=db.session.scalar(select(func.count()).select_from(Case)),
        actor=actor_of(db.session),
        word=gettext("Cases"),
        sex=code_lists.label("sex", "F"),
        may=current_app.appbuilder.sm.has_access("can_list", "Log"),
        reader=g.user.username,
    )
    work.set_total(1)
    work.report_progress(1, "looked")
    work.set_result(b"what was seen", "seen.txt", "text/plain")


@jobs.register_kind("test.steps", label="Steps")
def run_steps(work, then=None):
    """Run three steps; the second one does the action `then`."""
    for number in range(1, 4):
        if number == 2 and then:
            ACTIONS[then](work)
        observed["progress"] = number
        work._next_write = 0  # a test does not wait for a second
        work.report_progress(number, f"step {number}")


ACTIONS = {
    "fault": lambda work: 1 / 0,
    "refused row": lambda work: (db.session.add(Case()), db.session.flush()),
    "refusal": lambda work: refuse_job("សំណុំរឿងនេះមិនមាន។"),
    "page": lambda work: abort(400, "This list cannot be filtered by that."),
}


def refuse_job(sentence):
    raise jobs.JobRefused(sentence)
