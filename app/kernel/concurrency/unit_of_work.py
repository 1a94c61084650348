"""One unit of work: commits or rolls back a session, and translates database errors into messages.

    with unit_of_work():
        db.session.add(record)

commits at the end of the block. On any exception it rolls back. A rule violation, a lost race and a database error
become one exception, `SaveRejected`, with the status and the problems to show. Every other exception passes unchanged.
"""

from contextlib import contextmanager

from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE, status_and_message
from app.kernel.concurrency.unique_conflicts import AttemptedRow
from app.kernel.schema.rules import Problem, RuleViolation

LOST_RACE = _("Several users are changing this record at the moment. Save again.")


class SaveRejected(Exception):
    """A unit of work that was rolled back, with the HTTP status and the problems to show at their fields.

    `is_lost_race`: another user changed the record first. `is_conflict`: the database refused a constraint.
    """

    def __init__(self, status, problems, is_lost_race=False, is_conflict=False):
        self.status, self.problems = status, list(problems)
        self.is_lost_race, self.is_conflict = is_lost_race, is_conflict
        super().__init__(self.message)

    @property
    def message(self):
        """Return the problems as one text."""
        return " ".join(str(problem.text) for problem in self.problems)


@contextmanager
def unit_of_work(session=None, record=None, form=None, where=""):
    """Commit what the block wrote, or roll back and raise.

    With `record` and its `form`, a duplicate value is reported at its field. `where` names the caller in the server
    log. Raises SaveRejected.
    """
    session = db.session if session is None else session
    try:
        yield
        session.commit()
    except RuleViolation as violation:
        session.rollback()
        raise SaveRejected(UNPROCESSABLE, violation.problems) from violation
    except StaleDataError as error:
        session.rollback()
        raise SaveRejected(CONFLICT, [Problem("", LOST_RACE)], is_lost_race=True) from error
    except SQLAlchemyError as error:
        is_conflict = isinstance(error, IntegrityError)
        attempted = AttemptedRow.from_record(record) if is_conflict and form is not None else None
        session.rollback()
        status, message = status_and_message(error, where)
        problem = attempted.find_problem(error) if attempted else None
        if problem is None:
            names = [field.short_name for field in form] if attempted else ()
            problem = Problem(attempted.conflicting_field(names) if attempted else "", message)
        raise SaveRejected(status, [problem], is_conflict=is_conflict) from error
    except BaseException:
        session.rollback()
        raise
