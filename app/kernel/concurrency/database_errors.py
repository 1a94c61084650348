"""What it means when the database does not take a save: the status and the sentence, the same for every door."""

import logging

from flask_babel import lazy_gettext as _
from sqlalchemy.exc import DataError, IntegrityError

from app.kernel.audit.signing_key import NotWritten

log = logging.getLogger(__name__)

UNPROCESSABLE, CONFLICT, UNAVAILABLE = 422, 409, 503
DOUBLES = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"}  # the last is PostgreSQL's

DOUBLE = _("Another record already has this value.")
TOO_LARGE = _("A value does not fit into its field.")
NOT_WRITTEN = _(
    "The register cannot write its log now, so nothing is shown or saved. Tell the administrator."
)
NO_ANSWER = _("The database did not answer. Save again.")
REFUSED = _("The database did not accept these values.")


def meaning(fault, where):
    """(status, sentence) of an SQLAlchemyError that ended a save in `where`. What is not expected is logged."""
    if isinstance(fault, NotWritten):
        return UNAVAILABLE, NOT_WRITTEN
    if isinstance(fault, DataError):
        return UNPROCESSABLE, TOO_LARGE
    if isinstance(fault, IntegrityError):
        code = getattr(fault.orig, "sqlite_errorname", None) or getattr(fault.orig, "sqlstate", None)
        if code in DOUBLES:
            return CONFLICT, DOUBLE
        log.exception("A save was refused by the database in %s", where)
        return CONFLICT, REFUSED
    log.exception("A save failed in %s", where)
    return UNAVAILABLE, NO_ANSWER
