"""REST API of corrections: read and request. Decisions and their application need a screen and the password again
(`require_fresh_sign_in`); no token replaces it."""
# commits: the request of a correction by the API
# chosen fields: what a request states; the steps of the correction follow

from flask import abort
from flask_babel import gettext
from flask_login import current_user

from app.corrections import actions, correctable_records, views
from app.corrections.errors import ActionRefused
from app.corrections.models import CHANGE, VOID
from app.corrections.request_form import OWN, CorrectionRequest
from app.kernel.api import request_body
from app.kernel.api.actions import ApiAction, parse_form
from app.kernel.api.problem_details import invalid_values_response, problem_response
from app.kernel.api.record_api import RecordApi
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.forms.inputs import IntegerField, MultilineField, TextField
from app.kernel.forms.validators import MaxLength, Required

CHANGES_KEY = "changes"


class RequestBody(request_body.BodyForm):
    """Record, kind, cause, reason and letter of a request; `changes` holds the new values of its fields."""

    entity = TextField(validators=[Required()])
    entity_id = IntegerField(validators=[Required()])
    kind = TextField(validators=[Required()])
    cause = TextField(validators=[Required()])
    reason = MultilineField(validators=[Required()])
    letter_no = TextField(validators=[Required(), MaxLength(60)])


class RequestAction(ApiAction):
    """Request of a provincial chief to change or to void a locked record."""

    path, status = "/", 201
    right, form = ("can_request", "Correction"), RequestBody

    def describe_body(self, body_of):
        schema = body_of(self.form)
        schema["properties"] |= {
            "kind": {"enum": [CHANGE, VOID]},
            "cause": {"type": "string", "description": "key of the code list correction_cause"},
            CHANGES_KEY: {"type": "object", "description": "field → new value, as a PUT would send it"},
        }
        return schema | {"required": ["entity", "entity_id", "kind", "cause", "reason", "letter_no"]}

    def respond(self, api):
        body = request_body.read_body()
        changes = body.pop(CHANGES_KEY, {})
        form = parse_form(self.form, body)
        record = correctable_records.find_record(form.entity.data, form.entity_id.data)
        if record is None:
            abort(404)
        if not actions.may_request(current_user, record):
            abort(403)
        access_log.log_view_for(access_log.DATA_QUALITY, "", record)
        formdata, errors = self._typed(form, record, changes)
        correction_request = CorrectionRequest(record, formdata, form.kind.data, from_api=True)
        if errors or not correction_request.validate():
            return invalid_values_response(errors or _collect_problems(correction_request))
        try:
            with unit_of_work(where="CorrectionApi"):
                correction = correction_request.submit(current_user)
        except (SaveRejected, ActionRefused) as refusal:
            under_way = gettext("This correction of the record is already in progress.")
            return problem_response(CONFLICT, str(getattr(refusal, "text", under_way)))
        return api.saved_response(str(correction.id), 201)

    @staticmethod
    def _typed(form, record, changes):
        if form.kind.data not in (CHANGE, VOID) or not isinstance(changes, dict):
            text = gettext("The kind must be change, with changes, or void.")
            return None, {"kind": request_body.build_problem_list(text)}
        formdata, errors = request_body.build_formdata(
            changes, correctable_records.make_correction_form(record), record
        )
        for name in ("cause", "reason", "letter_no"):
            formdata[f"{OWN}{name}"] = form[name].data
        return formdata, errors


def _collect_problems(correction_request):
    """Return all problems of the request by field."""
    errors = {
        name: request_body.build_problem_list(text) for name, text in correction_request.problems.items()
    }
    return errors | request_body.collect_problems(correction_request.form)


class CorrectionApi(RecordApi):
    view, resource_name = views.CorrectionView, "corrections"
    additional_columns = ("entity", "entity_id")
    api_actions = (RequestAction("ask"),)


APIS = (CorrectionApi,)
