"""The REST API of corrections: read, and asked for. To decide and to carry out is for people at a screen, who give
their password anew for it (`needs_fresh_sign_in`); no token stands for that."""

from flask import abort
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from app.corrections import actions, correctable_records, views
from app.corrections.errors import Refused
from app.corrections.models import CHANGE, VOID
from app.corrections.request_form import Asking
from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.actions import Act, sent
from app.kernel.api.record_api import RecordApi
from app.kernel.api.serialization import answer
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.forms.inputs import NumberBox, TextArea, TextBox
from app.kernel.forms.record_form import Filled, Fits

CHANGES = "changes"


class AskBody(request_body.BodyForm):
    """Of which record, what, why and by which letter; the new values of its fields stand in `changes`."""

    entity = TextBox(validators=[Filled()])
    entity_id = NumberBox(validators=[Filled()])
    kind = TextBox(validators=[Filled()])
    reason = TextArea(validators=[Filled()])
    letter_no = TextBox(validators=[Filled(), Fits(60)])


class AskAct(Act):
    """The chief of a province asks for the change of a shut record, or that it be struck out."""

    path, status = "/", 201
    right, form = ("can_ask", "Correction"), AskBody

    def describe(self, body_of):
        told = body_of(self.form)
        told["properties"] |= {
            "kind": {"enum": [CHANGE, VOID]},
            CHANGES: {"type": "object", "description": "field → new value, as a PUT would send it"},
        }
        return told | {"required": ["entity", "entity_id", "kind", "reason", "letter_no"]}

    def answer(self, api):
        body = request_body.read_body()
        changes = body.pop(CHANGES, {})
        form = sent(self.form, body)
        record = correctable_records.find(form.entity.data, form.entity_id.data)
        if record is None:
            abort(404)
        if not actions.may_ask(current_user, record):
            abort(403)
        access_log.opened_for(access_log.CORRECTING, "", record)
        formdata, errors = self._typed(form, record, changes)
        asking = Asking(record, formdata, {}, by_program=True)
        if errors or not asking.hear():
            return answer({"errors": errors or _problems(asking)}, UNPROCESSABLE)
        try:
            correction = asking.send(current_user)
            db.session.commit()
        except (IntegrityError, Refused) as refusal:
            db.session.rollback()
            under_way = gettext("A correction of this record is under way already: this one.")
            return answer({"message": str(getattr(refusal, "text", under_way))}, CONFLICT)
        return api.done(str(correction.id), 201)

    @staticmethod
    def _typed(form, record, changes):
        if form.kind.data not in (CHANGE, VOID) or not isinstance(changes, dict):
            text = gettext("The kind is change, with its changes, or void.")
            return None, {"kind": request_body.refused(text)}
        formdata, errors = request_body.to_formdata(changes, correctable_records.form_of(type(record)))
        for name in ("kind", "reason", "letter_no"):
            formdata.setdefault(name, form[name].data)
        return formdata, errors


def _problems(asking):
    """Everything that stands in the way, by field."""
    said = {name: request_body.refused(text) for name, text in asking.problems.items()}
    return said | request_body.answers_of(asking.form)


class CorrectionApi(RecordApi):
    view, resource_name = views.CorrectionView, "corrections"
    more_columns = ("entity", "entity_id")
    acts = (AskAct("ask"),)


APIS = (CorrectionApi,)
