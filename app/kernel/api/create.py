"""Creation of records by the API: the add form and its rules check the body; one idempotency key creates one record."""

from collections.abc import Callable
from typing import Any

from flask import abort
from flask_appbuilder.api import ModelRestApi, expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound

from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.authorization import authorized
from app.kernel.api.problem_details import invalid_values_response, problem_response
from app.kernel.api.serialization import json_response, resolve_key
from app.kernel.audit import access_log
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import LOST_RACE, SaveRejected, unit_of_work
from app.kernel.database.transactions import rollback
from app.kernel.schema.rules import RuleViolation
from app.kernel.validation import warning_overrides

PROTECTED_BY_SAVE = _("Saved. The law now protects this person, so E-Crime no longer shows you this row.")


class CreateEndpoint(ModelRestApi):
    """The endpoint of a RecordApi that creates rows, and the steps that all its saves share."""

    # Defined by RecordApi.
    screen: Any
    post_form: Callable[..., Any]
    to_json: Callable[..., dict]

    @expose("/", methods=["POST"])
    @authorized
    @permission_name("post")
    def post(self):
        """Create a record; repeated requests with one `Idempotency-Key` create it once."""
        return self.create_row(self.post_form)

    def create_row(self, form_class, fill_row=None, url_values=()):
        """Return the response to a body that creates a record of this API.

        An action on another record also uses it: `fill_row(record, form)` sets the values that follow from its URL and
        returns problems; `url_values` are pairs from that URL, so that one idempotency key cannot serve two actions.
        """
        access_log.require_purpose_for(self.screen, access_log.OPEN)  # the response shows the created record
        formdata, errors = request_body.build_formdata(request_body.read_body(), form_class)
        key = request_body.read_idempotency_key()
        if errors:
            return invalid_values_response(errors)
        formdata.update(dict(url_values))
        repeated = self.find_repeated_response(key, formdata)
        if repeated is not None:
            return repeated
        record, form = self.datamodel.obj(), form_class(formdata)
        if not self._validate(form, formdata, record, fill_row):
            # The rules may have found the record that the first of two requests has just created.
            return self.find_repeated_response(key, formdata) or invalid_values_response(
                form.problems_by_field()
            )
        response = self._save(form, record, 201, formdata, key)
        return response or problem_response(CONFLICT, str(LOST_RACE))

    def find_repeated_response(self, key, formdata):
        """Return the response of the first request with this idempotency key, or None."""
        used = idempotency.find_key(key)
        if used is None:
            return None
        if (used.entity, used.request_digest) != (
            self.datamodel.obj.__tablename__,
            idempotency.digest_request(formdata),
        ):
            text = gettext("This Idempotency-Key was used for another request. Send a new one.")
            return problem_response(UNPROCESSABLE, text, "idempotency_key_reused")
        return self.saved_response(used.entity_key, 201)

    def _validate(self, form, formdata, record, fill_row=None):
        """Fill the record and return True if its fields and rules accept the body.

        The rules run even if a field cannot be parsed: a body is rejected once, with all its problems. A rejected
        record is rolled back.
        """
        readable = form.validate()
        try:
            with db.session.no_autoflush:
                form.populate(record, formdata)
                problems = fill_row(record, form) if fill_row else []
                valid = (
                    form.show_problems([*problems, *self.screen.find_fixable_problems(record)], formdata)
                    and readable
                )
        except RuleViolation as violation:  # `fill_row` may flush, which runs rules before the ones below
            valid = form.show_problems(violation.problems, {})
        if not valid:
            rollback()
        return valid

    def _save(self, form, record, status, formdata=None, key=""):
        """Commit and return the response; None if another user saved first and the version no longer matches."""
        try:
            with unit_of_work(record=record, form=form, where=type(self).__name__):
                db.session.add(record)
                db.session.flush()
                warning_overrides.save_overrides(form.overrides, record)
                if key:
                    idempotency.store_key(key, record, formdata)
        except SaveRejected as rejection:
            if rejection.is_lost_race:
                return None
            repeated = self.find_repeated_response(key, formdata) if rejection.is_conflict else None
            return repeated or rejected_response(rejection, form)
        return self.saved_response(str(self.datamodel.get_pk_value(record)), status)

    def saved_response(self, key, status):
        """Return the response after a save: the record as it is now, and its URL.

        A row that now protects a person, also from its author, is described by a message alone.
        """
        access_log.mark_created(self.datamodel.obj, key)
        try:
            content: dict[str, Any] = {"result": self.to_json(key)}
        except NotFound:
            content = {"message": str(PROTECTED_BY_SAVE)}
        return json_response(content, status, Location=f"{self.route_base}/{key}")

    def find(self, key_or_number, joins=None):
        """Return the record that a URL names by its key or by its public number."""
        record = self.screen.find(resolve_key(self.datamodel.obj, key_or_number), joins)
        if not key_or_number.isdecimal() and getattr(record, "number", key_or_number) != key_or_number:
            abort(404)  # another letter before the digits of the number
        return record


def rejected_response(rejection, form):
    """Return the response to a SaveRejected: problems of the body with 422, else a message and the field it concerns."""
    if rejection.status == UNPROCESSABLE:
        return form.error_response(rejection.problems)
    errors = {one.field: request_body.build_problem_list(one.text) for one in rejection.problems if one.field}
    return problem_response(rejection.status, rejection.message, **({"errors": errors} if errors else {}))
