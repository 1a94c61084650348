"""Kinds of jobs for tests. What a run has seen is told in `seen`."""

from datetime import timedelta

from flask import abort, current_app, g
from flask_babel import gettext
from sqlalchemy import func, select

from app import jobs
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema import code_lists

seen = {}


@jobs.kind("test.look", label="Look around", keeps=timedelta(days=2))
def look(work, **arguments):
    seen.update(
        arguments=arguments,
        cases=db.session.scalar(select(func.count()).select_from(Case)),
        actor=actor_of(db.session),
        word=gettext("Cases"),
        sex=code_lists.label("sex", "F"),
        may=current_app.appbuilder.sm.has_access("can_list", "Log"),
        reader=g.user.username,
    )
    work.total(1)
    work.reached(1, "looked")
    work.gives(b"what was seen", "seen.txt", "text/plain")


@jobs.kind("test.steps", label="Steps")
def steps(work, then=None):
    """Go three steps; at the second one `then` happens."""
    for number in range(1, 4):
        if number == 2 and then:
            happens[then](work)
        seen["reached"] = number
        work._next = 0  # a test does not wait for a second
        work.reached(number, f"step {number}")


happens = {
    "fault": lambda work: 1 / 0,
    "refused row": lambda work: (db.session.add(Case()), db.session.flush()),
    "refusal": lambda work: refuse("សំណុំរឿងនេះមិនមាន។"),
    "page": lambda work: abort(400, "This list cannot be filtered by that."),
}


def refuse(sentence):
    raise jobs.Refused(sentence)
