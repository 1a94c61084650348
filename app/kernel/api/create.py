"""How a program makes a record: the body in the boxes of the add form, its rules, and one record for each key."""

from flask import abort
from flask_appbuilder.api import expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.authorization import guarded
from app.kernel.api.serialization import answer, key_of
from app.kernel.audit import access_log
from app.kernel.concurrency import database_errors, idempotency
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unique_conflicts import Sent
from app.kernel.schema.rules import RuleBroken
from app.kernel.screens.edit_pages import LOST
from app.kernel.validation import warning_overrides


class Making:
    """The part of a RecordApi that writes new rows, and what every save of it shares."""

    @expose("/", methods=["POST"])
    @guarded
    @permission_name("post")
    def post(self):
        """A new record; with an `Idempotency-Key` the same request makes one, however often it comes."""
        return self.make(self.post_form)

    def make(self, form_class, begun=None, asked=()):
        """The answer to a body that asks for a new record of this kind.

        An act on another record comes here too: `begun(record, form)` sets what its address says, and gives what is
        wrong with that; `asked` are words of the address, so that one key is never good for two acts.
        """
        access_log.before(self.screen, access_log.OPEN)  # the answer shows what it made
        formdata, errors = request_body.to_formdata(request_body.read_body(), form_class)
        key = request_body.read_key()
        if errors:
            return answer({"errors": errors}, UNPROCESSABLE)
        formdata.update(dict(asked))
        before = self.made_before(key, formdata)
        if before is not None:
            return before
        record, form = self.datamodel.obj(), form_class(formdata)
        if not self._agreed(form, formdata, record, begun):
            # The rules may have found the record that the first of two requests has made meanwhile.
            return self.made_before(key, formdata) or answer({"errors": form.answers()}, UNPROCESSABLE)
        told = self._saved(form, record, 201, formdata, key)
        return told or answer({"message": str(LOST)}, CONFLICT)

    def made_before(self, key, formdata):
        """The answer of the first request with this key; None where there was none."""
        used = idempotency.used(key)
        if used is None:
            return None
        if (used.entity, used.mark) != (self.datamodel.obj.__tablename__, idempotency.mark_of(formdata)):
            text = gettext("This Idempotency-Key was used for another request. Send a new one.")
            return answer({"message": text}, UNPROCESSABLE)
        return self.done(used.entity_key, 201)

    def _agreed(self, form, formdata, record, begun=None):
        """Fill the record and ask its rules, also where a box cannot be read: a body is refused once, with all that is wrong
        in it. Where they refuse, nothing of it stays in the session.
        """
        readable = form.validate()
        try:
            with db.session.no_autoflush:
                form.fill(record, formdata)
                problems = begun(record, form) if begun else []
                agreed = form.hear([*problems, *self.screen.problems(record)], formdata) and readable
        except RuleBroken as refusal:  # what an act begins with is flushed before its own rules are asked
            agreed = form.hear(refusal.problems, {})
        if not agreed:
            db.session.rollback()
        return agreed

    def _saved(self, form, record, status, formdata=None, key=""):
        """Commit and answer; None where a race was lost: a version was no longer the one in the database."""
        try:
            db.session.add(record)
            db.session.flush()
            warning_overrides.keep(form.passed, record)
            if key:
                idempotency.keep(key, record, formdata)
            db.session.commit()
        except RuleBroken as refusal:
            db.session.rollback()
            return form.refused(refusal.problems)
        except StaleDataError:
            db.session.rollback()
            return None
        except SQLAlchemyError as fault:
            sent = Sent.of(record)
            db.session.rollback()
            if not isinstance(fault, IntegrityError):
                return self.refused(fault)
            return self.made_before(key, formdata) or self.refused(fault, sent.box(form._fields))
        return self.done(str(self.datamodel.get_pk_value(record)), status)

    def done(self, key, status):
        """The answer after a save: the record as it is now, and where it is found."""
        access_log.made(self.datamodel.obj, key)
        return answer({"result": self.told(key)}, status, Location=f"{self.route_base}/{key}")

    def refused(self, fault, box=""):
        """The answer to what the database refused; `box` has the value that it refused."""
        status, sentence = database_errors.meaning(fault, type(self).__name__)
        if status == UNPROCESSABLE:
            return answer({"errors": {request_body.WHOLE: request_body.refused(str(sentence))}}, status)
        beside = {"errors": {box: request_body.refused(sentence)}} if box else {}
        return answer({"message": str(sentence)} | beside, status)

    def find(self, named, joins=None):
        """The record that an address names, by its key or by the number that people know it by."""
        record = self.screen.find(key_of(self.datamodel.obj, named), joins)
        if not named.isdecimal() and getattr(record, "number", named) != named:
            abort(404)  # another letter before the digits
        return record
