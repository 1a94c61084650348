"""Database errors of a save: the HTTP status and the message, the same for pages, API and imports."""

import logging

from flask_babel import lazy_gettext as _
from sqlalchemy.exc import DataError, IntegrityError

from app.kernel.access.row_filter import OUTSIDE_SCOPE
from app.kernel.audit.hash_chain import ClockSetBack
from app.kernel.audit.signing_key import AuditWriteFailed

log = logging.getLogger(__name__)

UNPROCESSABLE, CONFLICT, UNAVAILABLE = 422, 409, 503
UNIQUE_VIOLATIONS = {
    "SQLITE_CONSTRAINT_UNIQUE",
    "SQLITE_CONSTRAINT_PRIMARYKEY",
    "23505",
}  # the last is the PostgreSQL code

ROW_POLICY_VIOLATION = "42501"  # PostgreSQL: insufficient privilege, which row-level security reports too

DUPLICATE_VALUE = _("Not saved: another record already has this value. Enter a different value.")
TOO_LARGE = _("A value does not fit its field. Correct it.")
AUDIT_UNAVAILABLE = _(
    "E-Crime cannot write the audit log now, so nothing is shown or saved. Contact the administrator."
)
CLOCK_BEHIND = _(
    "Not saved: the clock of the server is behind the audit log, so times of records would be wrong. Contact the"
    " administrator. Reading and searching continue."
)
DATABASE_UNAVAILABLE = _("Not saved: the database did not respond. Save again.")
REJECTED = _("Not saved: the database rejected these values. Check the values.")


def status_and_message(error, where):
    """Return (status, message) of an SQLAlchemyError that ended a save in `where`. Unexpected errors are logged."""
    if isinstance(error, ClockSetBack):
        return UNAVAILABLE, CLOCK_BEHIND
    if isinstance(error, AuditWriteFailed):
        return UNAVAILABLE, AUDIT_UNAVAILABLE
    if isinstance(error, DataError):
        return UNPROCESSABLE, TOO_LARGE
    if isinstance(error, IntegrityError):
        code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None)
        if code in UNIQUE_VIOLATIONS:
            return CONFLICT, DUPLICATE_VALUE
        log.exception("The database rejected a save in %s", where)
        return CONFLICT, REJECTED
    if getattr(getattr(error, "orig", None), "sqlstate", None) == ROW_POLICY_VIOLATION and "row-level" in str(
        error.orig
    ):
        return UNPROCESSABLE, OUTSIDE_SCOPE
    log.exception("A save failed in %s", where)
    return UNAVAILABLE, DATABASE_UNAVAILABLE
