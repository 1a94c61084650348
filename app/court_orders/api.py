"""The REST API of orders: the paper as it was received, every act on it, and the hits of whom it names."""

from functools import cached_property

from flask import abort
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import ValidationError

from app.court_orders import match_answers, verification, views
from app.court_orders.action_views import ACTS
from app.court_orders.models import Hit
from app.extensions import db
from app.kernel.api import uploads
from app.kernel.api.actions import Act, RowAct, sent
from app.kernel.api.record_api import RecordApi
from app.kernel.api.request_body import BodyForm
from app.kernel.api.serialization import answer
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.files import store
from app.kernel.forms.inputs import TextBox
from app.kernel.forms.record_form import Filled
from app.kernel.schema.rules import RuleBroken
from app.kernel.screens.record_view import RecordView


class OrderEventApi(RecordApi):
    view, resource_name = views.OrderEventView, "order-acts"


class CheckBody(verification.CheckBoxes, BodyForm):
    """The check as a program sends it."""

    def fill(self, record, formdata):
        record.note = self.note.data  # whom it finds is not copied but weighed


class CheckAct(RowAct):
    """The check by a second officer, which may register the person whom the paper names."""

    form = CheckBody

    def begun(self, pk, model, row, form):
        row.kind = "checked"
        return verification.begin(row, db.session.get(model, pk), form)


class OrderFileApi(RecordApi):
    view, resource_name = views.OrderFileView, "order-files"


class ScanBody(BodyForm):
    """A scan: the word that /api/v1/uploads/ gave for it."""

    file = TextBox(_("File"), [Filled()])
    stored = None

    def validate_file(self, box):
        self.stored = store.unsign(box.data or "", current_user.id)
        if self.stored is None:
            raise ValidationError(
                gettext("This is no file that you have sent. Send it first, then its word.")
            )

    def fill(self, record, formdata):
        for name, value in self.stored.columns.items() if self.stored else ():
            setattr(record, name, value)


class ScanAct(RowAct):
    """A scan comes to an order at any time: the paper does not change by it."""

    right = ("can_edit", "CourtOrder")
    form = ScanBody


uploads.takes(*ScanAct.right)


def _word(view):
    return view.route_base.removeprefix("/order-")


class CourtOrderApi(RecordApi):
    view, resource_name = views.CourtOrderView, "court-orders"
    acts = (
        CheckAct("check", OrderEventApi, "order", (), {"kind": "checked"}),
        *(
            RowAct(_word(one), OrderEventApi, one.hangs_on, one.add_columns, {"kind": one.kind})
            for one in ACTS
        ),
        ScanAct("scan", OrderFileApi, "order", (), {}),
    )


class HitRecords(RecordView):
    """Hits as records. Their pages are boards and a comparison, `hit_views`."""

    datamodel = SQLAInterface(Hit)
    class_permission_name = "Hit"
    base_permissions = ["can_list", "can_show"]
    search_columns = ["state"]
    needs_purpose = frozenset((access_log.OPEN,))


class AnswerBody(match_answers.AnswerBoxes, BodyForm):
    """The answer as a program sends it."""


class AnswerAct(Act):
    """One of the three answers to a hit."""

    right = ("can_answer", "Hit")

    def __init__(self, name, kind):
        super().__init__(name)
        self.kind = kind

    @cached_property
    def form(self):
        return AnswerBody

    def answer(self, api, pk):
        hit = api.find(pk)
        form = sent(self.form)
        if not match_answers.may_answer(current_user, hit):
            abort(403)
        try:
            match_answers.answer(db.session, hit, self.kind, form.reason.data, form.minutes.data)
            db.session.commit()
        except match_answers.TooLate as refusal:
            db.session.rollback()
            return answer({"message": str(refusal)}, CONFLICT)
        except RuleBroken as refusal:
            db.session.rollback()
            return form.refused(refusal.problems)
        return answer({"result": api.told(pk)})


class HitApi(RecordApi):
    view, resource_name = HitRecords, "hits"
    more_columns = ("order_id", "case_id")
    acts = (
        AnswerAct("confirm", "hit_confirmed"),
        AnswerAct("deny", "hit_denied"),
        AnswerAct("take-longer", "hit_longer"),
    )


APIS = (CourtOrderApi, OrderEventApi, OrderFileApi, HitApi)
