"""The doors of papers: one for each, with a right of its own. A print needs a purpose and is a look in the log."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.cases.models import Case, Exhibit
from app.cases.views import CaseView
from app.court_orders import queries, worklist
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.jobs.models import Job
from app.kernel.actor import actor_of, seeing_what_lasts
from app.kernel.audit import access_log
from app.kernel.concurrency import idempotency
from app.people.models import Person
from app.printouts import (
    batches,
    bulletins,
    case_sheets,
    execution_returns,
    patrol_lists,
    person_files,
    receipts,
)
from app.printouts.footer import words_of
from app.printouts.typesetting import LANGUAGE, typeset


class PaperView(BaseView):
    """One kind of paper. `name` is what the log calls it."""

    default_view = "make"
    method_permission_name = {"make": "print"}
    name = ""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.route_base = f"/paper/{cls.name}"

    @classmethod
    def may(cls, security):
        return security.has_access("can_print", cls.class_permission_name)

    def printed(self, sheets, entity, entity_id, people, **facts):
        """The answer with the PDF, once the log tells of it: its entry is the serial number of the paper."""
        serial = access_log.printed(entity, entity_id, people, paper=self.name, **facts)
        pdf = typeset(sheets, words_of(current_user, actor_of(db.session), serial))
        answer = make_response(pdf)
        answer.headers["Content-Type"] = "application/pdf"
        answer.headers["Content-Disposition"] = f'attachment; filename="{self.name}-{serial}.pdf"'
        answer.headers["Cache-Control"] = "no-store"
        return answer


class RecordPaperView(PaperView):
    """A paper of one record, from the module that reads it and says what stands on it; `title` is what its link says."""

    title, model, module = "", None, None
    page = "CourtOrderView.show"  # of the record, where there is no such paper of it

    @classmethod
    def why_not(cls, record):
        """Why there is no such paper of this record, in a sentence; empty where there is one."""
        say = getattr(cls.module, "why_not", None)
        return say(record) if say is not None else ""

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def make(self, pk):
        access_log.need_purpose()
        with seeing_what_lasts(db.session), force_locale(LANGUAGE):
            record = self.module.read(pk) or abort(404)
            if not self.why_not(record):
                sheet = self.module.sheet_of(record)
                people = access_log.people_of([record, *access_log.rows_of(record)])
                return self.printed([sheet], record.__tablename__, record.id, people)
        flash(self.why_not(record), "warning")
        return redirect(url_for(self.page, pk=pk))


class CaseSheetView(RecordPaperView):
    name, title, class_permission_name = "case-sheet", _("Print the case sheet"), "CaseSheet"
    model, module = Case, case_sheets


class PersonFileView(RecordPaperView):
    name, title, class_permission_name = "person-file", _("Print the person's file"), "PersonFile"
    model, module = Person, person_files


class WantedBulletinView(RecordPaperView):
    name, title, class_permission_name = "bulletin", _("Print a wanted bulletin"), "WantedBulletin"
    model, module = CourtOrder, bulletins


class ReturnOfExecutionView(RecordPaperView):
    name, title, class_permission_name = "return", _("Print the return of execution"), "ReturnOfExecution"
    model, module = CourtOrder, execution_returns


class ExhibitReceiptView(RecordPaperView):
    name, title, class_permission_name = "receipt", _("Print a receipt"), "ExhibitReceipt"
    model, module = Exhibit, receipts


class CaseSheetsView(PaperView):
    """The sheets of a list of cases, as it was filtered: a job makes one PDF of them."""

    name, class_permission_name = "case-sheets", "CaseSheet"

    @expose("/", methods=["POST"])
    @has_access
    def make(self):
        access_log.need_purpose()
        cases = next(view for view in self.appbuilder.baseviews if isinstance(view, CaseView))
        listing = cases.listing()
        access_log.listed(cases, listing)
        ids = batches.ids_of(listing)
        if not ids:
            flash(gettext("There is no case on this list."), "warning")
            return redirect(listing.url())
        sent = MultiDict(
            [(idempotency.BOX, request.form.get(idempotency.BOX, "")), *(("id", str(pk)) for pk in ids)]
        )
        job = idempotency.made(Job, sent, lambda: batches.start(ids), lambda job: not job.came_to_nothing)
        return redirect(url_for("JobView.show", pk=job.id))


class PatrolListView(PaperView):
    """The list that a patrol takes along: the work list as it was filtered."""

    name, class_permission_name = "patrol", "PatrolList"

    @expose("/", methods=["GET"])
    @has_access
    def make(self):
        access_log.need_purpose()
        asked = worklist.Asked.read(request.args)
        if asked.list not in patrol_lists.LISTS:
            abort(404)
        with seeing_what_lasts(db.session), force_locale(LANGUAGE):
            found = patrol_lists.read(asked, queries.scope(), g.user.unit_code)
            sheet = patrol_lists.sheet_of(found, worklist.LISTS[asked.list])
            people = [order.person_id for order in found if order.person_id]
            ids = [order.id for order in found]
            return self.printed([sheet], CourtOrder.__tablename__, None, people, ids=ids, count=len(ids))


OF_RECORDS = (CaseSheetView, PersonFileView, WantedBulletinView, ReturnOfExecutionView, ExhibitReceiptView)
ALL = (*OF_RECORDS, CaseSheetsView, PatrolListView)
