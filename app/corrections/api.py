"""The REST API of corrections: read, and asked for. To decide and to carry out is for people at a screen, who give
their password anew for it (`needs_fresh_sign_in`); no token stands for that."""

from flask import abort
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from app.corrections import actions, subjects, views
from app.corrections.asking import Asking
from app.corrections.models import CHANGE, VOID
from app.corrections.refusals import Refused
from app.extensions import db
from app.kernel import api_body, looking
from app.kernel.api import RecordApi
from app.kernel.api_acts import Act, sent
from app.kernel.api_words import answer
from app.kernel.forms import Filled, Fits
from app.kernel.inputs import NumberBox, TextArea, TextBox
from app.kernel.refusals import CONFLICT, UNPROCESSABLE

CHANGES = "changes"


class AskBody(api_body.BodyForm):
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
        body = api_body.read_body()
        changes = body.pop(CHANGES, {})
        form = sent(self.form, body)
        record = subjects.find(form.entity.data, form.entity_id.data)
        if record is None:
            abort(404)
        if not actions.may_ask(current_user, record):
            abort(403)
        looking.opened_for(looking.CORRECTING, "", record)
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
            return None, {"kind": api_body.refused(text)}
        formdata, errors = api_body.to_formdata(changes, subjects.form_of(type(record)))
        for name in ("kind", "reason", "letter_no"):
            formdata.setdefault(name, form[name].data)
        return formdata, errors


def _problems(asking):
    """Everything that stands in the way, by field."""
    said = {name: api_body.refused(text) for name, text in asking.problems.items()}
    return said | api_body.answers_of(asking.form)


class CorrectionApi(RecordApi):
    view, resource_name = views.CorrectionView, "corrections"
    more_columns = ("entity", "entity_id")
    acts = (AskAct("ask"),)


APIS = (CorrectionApi,)
