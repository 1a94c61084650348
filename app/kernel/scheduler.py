"""The clocks of the register: what has to happen when a time has passed, whoever is signed in.

A feature registers a clock; `python3 run.py clocks` runs them all, and so does a served register every minute. Each
clock commits step by step, and a step that another process has taken meanwhile is not taken again.
"""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as

log = logging.getLogger(__name__)

EVERY = 60  # seconds, where a served register keeps its clocks itself

_clocks = {}


def clock(name):
    """Decorates `tick(session)`, which takes every step that is due and gives their number."""

    def keep(tick):
        _clocks[name] = tick
        return tick

    return keep


def run(app):
    """name → the number of steps that were taken."""
    with app.app_context():
        act_as(db.session, THE_REGISTER)
        try:
            return {name: tick(db.session) for name, tick in _clocks.items()}
        finally:
            db.session.remove()


def keep_running(app):
    """Run them until the process ends. Several processes may do so: each step is taken once."""

    def go_on():
        while True:
            try:
                run(app)
            except SQLAlchemyError:
                log.exception("The clocks of the register stand still")
            stop.wait(EVERY)

    stop = threading.Event()
    threading.Thread(target=go_on, name="clocks", daemon=True).start()
