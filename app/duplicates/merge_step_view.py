"""A step of a joining as a page takes it: committed, or refused with its sentence and all that was typed."""

from flask import request
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.corrections.errors import NotYours, Refused
from app.duplicates.actions import SHORTEST_REASON
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.concurrency import database_errors
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.schema.display import said
from app.kernel.schema.rules import RuleBroken
from app.kernel.screens.record_view import RecordView
from app.kernel.text import khmer


def reason_typed(name):
    """(the reason in the box of that name, what is wrong with it)."""
    try:
        text = khmer.normal(request.form.get(name, ""), lines=True).strip()
    except khmer.Refused:
        return "", gettext("This text holds characters that cannot be kept.")
    if len(text) < SHORTEST_REASON:
        return text, gettext("Say why, in at least %(n)s characters.", n=said(SHORTEST_REASON))
    return text, ""


class Stepping(RecordView):
    """A view whose records go through steps."""

    def _step(self, act, done, refused, before=lambda: None):
        """Take a step: `done(what it gave)` is the answer, or `refused(status, sentence)`.

        `before` is asked where the same step was taken at the same moment; None: nobody knows.
        """
        entity, pk = self.datamodel.obj.__tablename__, request.view_args["pk"]
        try:
            made = act()
            db.session.commit()
        except NotYours as refusal:
            db.session.rollback()
            recorder.tell("refused", entity, pk, outcome="refused", step=request.endpoint.rpartition(".")[2])
            return refused(403, refusal.text)
        except IntegrityError as fault:
            db.session.rollback()
            return before() or refused(*database_errors.meaning(fault, type(self).__name__))
        except Refused as refusal:
            db.session.rollback()
            return before() or refused(CONFLICT, refusal.text)
        except RuleBroken as refusal:
            db.session.rollback()
            return refused(UNPROCESSABLE, " ".join(str(problem.text) for problem in refusal.problems))
        except StaleDataError:
            db.session.rollback()
            return refused(
                CONFLICT, gettext("Somebody else took this step at the same moment. See what was done.")
            )
        except SQLAlchemyError as fault:
            db.session.rollback()
            return refused(*database_errors.meaning(fault, type(self).__name__))
        return done(made)
