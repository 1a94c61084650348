"""Views of printouts: one endpoint and permission each.

A print needs a purpose and is recorded in the access log.
"""

from dataclasses import replace

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.cases.models import Case, Exhibit
from app.court_orders import queries, worklist
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.investigation.models import InvestigationAct
from app.jobs.models import Job
from app.kernel.actor import actor_of, without_minors, without_temporary_grants
from app.kernel.audit import access_log
from app.kernel.concurrency import idempotency
from app.kernel.screens import selection
from app.kernel.screens.record_lists import get_list_view
from app.kernel.screens.saved_views import ListViews
from app.letters.models import Letter
from app.people.models import Person
from app.printouts import (
    act_records,
    batches,
    bulletins,
    case_sheets,
    dossier_indices,
    execution_returns,
    list_printouts,
    official_letters,
    patrol_lists,
    person_files,
    receipts,
)
from app.printouts.footer import build_frame_texts
from app.printouts.printed_copies import find_serial, hash_content
from app.printouts.typesetting import LANGUAGE, typeset

ENGLISH = "en"
UNOFFICIAL = _("Unofficial translation. Recorded texts are as entered. The Khmer document prevails.")


class PrintoutView(BaseView):
    """One kind of printout. `name` identifies it in the audit log."""

    default_view = "print_pdf"
    method_permission_name = {"print_pdf": "print"}
    name = ""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.route_base = f"/printout/{cls.name}"

    @classmethod
    def is_allowed(cls, security):
        return security.has_access("can_print", cls.class_permission_name)

    def respond_with_pdf(self, printouts, entity, entity_id, people, **facts):
        """Record the print and return the PDF; the number of the audit entry begins the serial number."""
        facts |= {"paper": self.name, "sha256": hash_content(printouts)}
        number = access_log.log_print(entity, entity_id, people, **facts)
        texts = build_frame_texts(current_user, actor_of(db.session), find_serial(number), request.url_root)
        response = make_response(typeset(printouts, texts))
        response.headers["Content-Type"] = "application/pdf"
        response.headers["Content-Disposition"] = f'attachment; filename="{self.name}-{number}.pdf"'
        response.headers["Cache-Control"] = "no-store"
        return response


class RecordPrintoutView(PrintoutView):
    """A printout of one record, built by `module`; `title` is the text of its link."""

    registered = []  # all kinds, also those of higher features
    title, model, module = "", None, None
    page = "CourtOrderView.show"  # page of the record, shown if the printout is refused
    languages = (LANGUAGE,)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        RecordPrintoutView.registered.append(cls)

    @classmethod
    def explain_refusal(cls, record):
        """Return why this record has no such printout, or an empty string if it has."""
        explain = getattr(cls.module, "explain_refusal", None)
        return explain(record) if explain is not None else ""

    @classmethod
    def list_rows(cls, record):
        """Return the record and the rows that its printout shows."""
        load_more = getattr(cls.module, "load_more_rows", None)
        more = load_more(record) if load_more is not None else ()
        return [record, *access_log.iterate_loaded_rows(record), *more]

    @classmethod
    def list_naming_rows(cls, record):
        """Return the rows that name the people of the printout."""
        return [record, *access_log.iterate_loaded_rows(record)]

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_pdf(self, pk):
        access_log.require_purpose()
        language = request.args.get("language", LANGUAGE)
        if language not in self.languages:
            abort(404)
        with without_temporary_grants(db.session), force_locale(language):
            record = self.module.load_record(pk) or abort(404)
            if not self.explain_refusal(record):
                printout, facts = self.module.build_printout(record), {}
                if language != LANGUAGE:
                    printout, facts = replace(printout, subtitle=str(UNOFFICIAL)), {"language": language}
                facts |= access_log.find_named(self.list_naming_rows(record))
                return self.respond_with_pdf([printout], record.__tablename__, record.id, **facts)
        flash(self.explain_refusal(record), "warning")
        return redirect(url_for(self.page, pk=pk))


class CaseSheetView(RecordPrintoutView):
    name, title, class_permission_name = "case-sheet", _("Print the case sheet"), "CaseSheet"
    model, module, languages = Case, case_sheets, (LANGUAGE, ENGLISH)


class DossierIndexView(RecordPrintoutView):
    name, title, class_permission_name = "dossier-index", _("Print the dossier index"), "CaseSheet"
    model, module, page = Case, dossier_indices, "CaseView.show"


class PersonFileView(RecordPrintoutView):
    name, title, class_permission_name = "person-file", _("Print the person's file"), "PersonFile"
    model, module, languages = Person, person_files, (LANGUAGE, ENGLISH)


class WantedBulletinView(RecordPrintoutView):
    name, title, class_permission_name = "bulletin", _("Print a wanted bulletin"), "WantedBulletin"
    model, module = CourtOrder, bulletins


class ReturnOfExecutionView(RecordPrintoutView):
    name, title, class_permission_name = "return", _("Print the return of execution"), "ReturnOfExecution"
    model, module = CourtOrder, execution_returns


class ExhibitReceiptView(RecordPrintoutView):
    name, title, class_permission_name = "receipt", _("Print a receipt"), "ExhibitReceipt"
    model, module = Exhibit, receipts


class OfficialLetterView(RecordPrintoutView):
    name, title, class_permission_name = "letter", _("Print the official letter"), "OfficialLetter"
    model, module, page = Letter, official_letters, "LetterView.show"


class ActRecordView(RecordPrintoutView):
    name, title, class_permission_name = "act-record", _("Print the record of the act"), "CaseSheet"
    model, module, page = InvestigationAct, act_records, "InvestigationActView.show"


class CaseSheetsView(PrintoutView):
    """Prints the sheets of the selected cases or of a filtered list; a job makes one PDF."""

    name, class_permission_name = "case-sheets", "CaseSheet"

    @expose("/", methods=["POST"])
    @has_access
    def print_pdf(self):
        access_log.require_purpose()
        cases = get_list_view("CaseView")
        keys = selection.read_keys(cases, request.form)
        listing = cases.build_list_page([selection.is_selected(cases, keys)] if keys else [])
        access_log.log_list(cases, listing)
        ids = batches.list_case_ids(listing)
        if not ids:
            flash(gettext("There is no case on this list."), "warning")
            return redirect(listing.url())
        sent = MultiDict(
            [
                (idempotency.FORM_FIELD, request.form.get(idempotency.FORM_FIELD, "")),
                *(("id", str(pk)) for pk in ids),
            ]
        )
        job = idempotency.run_once(
            Job, sent, lambda: batches.start_job(ids, request.url_root), lambda job: not job.is_unsuccessful
        )
        return redirect(url_for("JobView.show", pk=job.id))


class PatrolListView(PrintoutView):
    """Prints the work list, as filtered, for a patrol."""

    name, class_permission_name = "patrol", "PatrolList"

    @expose("/", methods=["GET"])
    @has_access
    def print_pdf(self):
        access_log.require_purpose()
        filters = worklist.WorklistQuery.from_args(request.args)
        if filters.list not in patrol_lists.LISTS:
            abort(404)
        with without_temporary_grants(db.session), force_locale(LANGUAGE):
            orders = patrol_lists.load_orders(filters, queries.current_scope(), g.user.unit_code)
            printout = patrol_lists.build_printout(orders, worklist.LISTS[filters.list])
            facts = worklist.find_people(orders) | {
                "ids": [order.id for order in orders],
                "count": len(orders),
            }
            return self.respond_with_pdf([printout], CourtOrder.__tablename__, None, **facts)


class ListPrintoutView(PrintoutView):
    """Prints the selected rows of a list, with the columns and in the order of its page."""

    name, class_permission_name = "list", "ListPrintout"

    @expose("/<name>", methods=["POST"])
    @has_access
    def print_pdf(self, name):
        access_log.require_purpose()
        view = get_list_view(name)
        keys = selection.read_keys(view, request.form) or abort(400, gettext("Select at least one row."))
        columns = ListViews(view, request.args).columns
        with without_temporary_grants(db.session), without_minors(db.session), force_locale(LANGUAGE):
            listing = view.build_list_page([selection.is_selected(view, keys)], columns=columns)
            rows = listing.rows
            if rows:
                facts = access_log.find_named(rows)
                printout = list_printouts.build_printout(view, listing, names_people=any(facts.values()))
                facts["ids"] = [getattr(row, listing.pk.key) for row in rows]
                entity = view.datamodel.obj.__tablename__
                return self.respond_with_pdf([printout], entity, None, count=len(rows), **facts)
        flash(gettext("Nothing found that you may view."), "warning")
        return redirect(listing.url())


PRINTOUT_VIEWS = (*RecordPrintoutView.registered, CaseSheetsView, PatrolListView, ListPrintoutView)
