"""Every ten minutes a look whether a break-glass was left without its review."""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.special_access.break_glass import tell_late

log = logging.getLogger(__name__)

LOOK = 600  # seconds between two looks


def look(app):
    """One look. Gives the number of tasks that were sent."""
    with app.app_context():
        act_as(db.session, THE_REGISTER)
        told = tell_late(db.session)
        db.session.commit()
        return told


def keep_watching(app):
    """Look until the process ends. Several processes may do so: each task is sent once."""

    def watch():
        while True:
            try:
                look(app)
            except SQLAlchemyError:
                log.exception("Nobody could look for a break-glass without its review")
            stop.wait(LOOK)

    stop = threading.Event()
    threading.Thread(target=watch, name="break-glass", daemon=True).start()
