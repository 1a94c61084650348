"""Screens of detentions, judgments, sentences and releases."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.accounts.lookups import officer_filter
from app.cases.list_filters import offence_filters
from app.custody import queries
from app.custody.models import (
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
    SupervisionStep,
)
from app.custody.rules.custodies import list_offence_classes
from app.custody.rules.releases import END_OF_TERM
from app.custody.rules.time_limits import FELONY, MISDEMEANOUR, PROVISIONAL, SENTENCE
from app.custody.views.custody_view import (
    CustodyRecordView,
    CustodyStepFormView,
    is_open,
    open_filter,
    show_unserved,
)
from app.custody.views.scans import CustodyDocumentView, ScannedView
from app.kernel.schema import code_lists
from app.kernel.schema.fields import fields_of
from app.kernel.screens.list_filters import due_filter
from app.kernel.text import dates
from app.reference.list_filters import area_filter, unit_filter


def _case_filters(model, day):
    """Return the filters of a record that follows from a case; `day` is the column with the day of its fact."""
    return {
        "area": area_filter(model),
        "unit": unit_filter(model.unit_code),
        "officer": officer_filter(model.recorded_by_id),
        **offence_filters(model.case_id),
        day: fields_of(model)[day],
    }


class NumberedView(CustodyRecordView):
    """A record with a record number."""

    label_columns = {"number": _("Record number")}

    def format_cell(self, record, name):
        return record.number if name == "number" else super().format_cell(record, name)


class ScannedNumberedView(ScannedView, NumberedView):
    """A record with a record number and scanned documents."""


class DetentionStepView(CustodyStepFormView):
    datamodel = SQLAInterface(DetentionStep)
    class_permission_name = "DetentionStep"
    resource_name = "detention-steps"
    list_title, show_title, add_title, edit_title = (
        _("Detention steps"),
        _("Detention step"),
        _("Enter a detention step"),
        _("Edit a step of a detention"),
    )
    list_columns = ["kind", "detention", "done_on", "prison", "months", "reason", "document_no"]
    add_columns = ["detention", "kind", "done_on", "months", "prison", "reason", "document_no", "note"]
    cell_kinds = {"kind": "lead", "detention": "id", "done_on": "id"}
    related_title = _("Action taken")
    parent_link, sets_free = "detention", True
    rule_required = ("months", "prison", "reason")
    common_fields = ("detention", "done_on")
    kind_fields = {
        "extension": ("months", "document_no"),
        "transfer": ("prison", "document_no"),
        "escape": (),
        "recapture": (),
        "end": ("reason", "document_no"),
    }
    required_fields = kind_fields


class SupervisionStepView(CustodyStepFormView):
    datamodel = SQLAInterface(SupervisionStep)
    class_permission_name = "SupervisionStep"
    resource_name = "supervision-steps"
    list_title, show_title, add_title, edit_title = (
        _("Follow-up steps"),
        _("Follow-up step"),
        _("Enter a visit or another step"),
        _("Edit a step of the follow-up"),
    )
    list_columns = ["kind", "release", "done_on", "document_no", "note"]
    add_columns = ["release", "kind", "done_on", "document_no", "note"]
    cell_kinds = {"kind": "lead", "release": "id", "done_on": "id"}
    related_title = _("Visits and follow-up")
    parent_link = "release"
    common_fields = ("release", "done_on")
    kind_fields = {"visit": (), "missed": (), "moved": (), "breach": (), "end": ("document_no",)}
    required_fields = kind_fields


class ReleaseView(ScannedNumberedView):
    datamodel = SQLAInterface(Release)
    class_permission_name = "Release"
    resource_name, icon = "releases", "door-open"
    list_title, show_title, add_title, edit_title = (
        _("Releases"),
        _("Release"),
        _("Enter a release"),
        _("Edit a release"),
    )
    add_columns = ["detention", "released_on", "kind", "document_no", "handed_to", "conditions", "place", "place_text", "reports_to",
                   "supervised_until"]  # fmt: skip
    list_columns = ["person", "number", "released_on", "kind", "reports_to", "supervised_until", "ended_on"]
    base_order = ("released_on", "desc")
    list_filters = {
        "due": due_filter(Release.supervised_until, is_open(Release, Release.ended_on)),
        **_case_filters(Release, "released_on"),
    }
    cell_kinds = {"person": "lead", "number": "id"}
    rule_required = ("detention",)
    related_views = [SupervisionStepView, CustodyDocumentView]
    scans = "release"

    def prefill(self, form):
        """Propose today, and the type that the detention suggests: the end of the term, or an order of the court."""
        super().prefill(form)
        detention, today = form.detention.data, dates.now().date()
        if detention is not None:
            show_unserved(detention.person)
            is_served = detention.due_on is not None and detention.due_on <= today
            form.released_on.data = today
            form.kind.data = END_OF_TERM if detention.kind == SENTENCE and is_served else None
            form.kind.data = "order" if detention.kind == PROVISIONAL else form.kind.data


class DetentionView(ScannedNumberedView):
    datamodel = SQLAInterface(Detention)
    class_permission_name = "Detention"
    resource_name, icon = "detentions", "door-closed"
    list_title, show_title, add_title, edit_title = (
        _("Detentions"),
        _("Detention"),
        _("Enter a detention"),
        _("Edit a detention"),
    )
    add_columns = ["involvement", "kind", "since", "offence_class", "first_prison", "court", "document_no", "document_date",
                   "sentence"]  # fmt: skip
    list_columns = ["person", "number", "kind", "prison", "since", "due_on", "ended_on", "how"]
    extra_columns = ("end_reason",)
    list_filters = {
        "open": open_filter(Detention, Detention.ended_on),
        "due": due_filter(Detention.due_on, is_open(Detention, Detention.ended_on)),
        "area": area_filter(Detention, label=_("Area of the prison")),
        "unit": unit_filter(Detention.unit_code),
        "prison": fields_of(Detention)["prison"],
        "officer": officer_filter(Detention.recorded_by_id),
        **offence_filters(Detention.case_id),
        "since": fields_of(Detention)["since"],
    }
    label_columns = NumberedView.label_columns | {"how": _("Detention outcome")}
    base_order = ("since", "desc")
    cell_kinds = {"person": "lead", "number": "id"}
    rule_required = ("involvement",)
    related_views = [DetentionStepView, ReleaseView, CustodyDocumentView]
    scans = "detention"

    def prefill(self, form):
        """Propose what the sentence and its judgment say, or the end of the custody and the class of the offences."""
        super().prefill(form)
        sentence, involvement = form.sentence.data, form.involvement.data
        if sentence is not None:
            judgment = sentence.judgment
            form.kind.data, form.involvement.data = SENTENCE, judgment.involvement
            form.since.data = max(filter(None, (sentence.starts_on, judgment.decided_on)))
            form.document_no.data, form.document_date.data = judgment.court_no, judgment.decided_on
            form.court.data = judgment.court
            held = queries.find_open_detention(sentence.person_id)
            form.first_prison.data = held.prison if held is not None else None
        elif involvement is not None:
            form.kind.data = PROVISIONAL
            form.since.data = queries.find_handover_day(involvement)
            known = list_offence_classes(involvement.case)
            form.offence_class.data = next((one for one in (FELONY, MISDEMEANOUR) if one in known), None)

    def format_cell(self, record, name):
        if name == "how":
            lists = ("release_kind", "detention_end")
            return next(
                (
                    code_lists.label(one, record.end_reason)
                    for one in lists
                    if record.end_reason in code_lists.keys(one)
                ),
                "",
            )
        return super().format_cell(record, name)


class SentenceChangeView(CustodyStepFormView):
    datamodel = SQLAInterface(SentenceChange)
    class_permission_name = "SentenceChange"
    resource_name = "sentence-changes"
    list_title, show_title, add_title, edit_title = (
        _("Reductions and pardons"),
        _("Sentence change"),
        _("Enter a reduction or a pardon"),
        _("Edit a reduction or a pardon"),
    )
    list_columns = ["kind", "sentence", "done_on", "document_no", "days"]
    add_columns = ["sentence", "kind", "done_on", "document_no", "days", "years", "note"]
    cell_kinds = {"kind": "lead", "sentence": "id", "done_on": "id"}
    parent_link = "sentence"
    rule_required = ("days", "years")
    common_fields = ("sentence", "done_on", "document_no")
    kind_fields = {
        **dict.fromkeys(("reduction", "pardon", "amnesty"), ("days",)),
        "commutation": ("years",),
        "proposal": (),
        "pardon_proposal": (),
    }
    required_fields = {"reduction": ("days",), "amnesty": ("days",), "commutation": ("years",)}


class SentenceView(NumberedView):
    datamodel = SQLAInterface(Sentence)
    class_permission_name = "Sentence"
    resource_name, icon = "sentences", "gavel"
    list_title, show_title, add_title, edit_title = (
        _("Sentences"),
        _("Sentence"),
        _("Enter a sentence"),
        _("Edit a sentence"),
    )
    list_columns = ["person", "number", "kind", "years", "months", "days", "starts_on", "expected_on"]
    omitted_columns = CustodyRecordView.omitted_columns | {"judgment": "on the page of the sentence"}
    list_filters = _case_filters(Sentence, "starts_on")
    cell_kinds = {"person": "lead", "number": "id"}
    related_views = [SentenceChangeView, DetentionView]

    def prefill(self, form):
        """Propose the date of the judgment as the beginning, and the days in provisional detention as credit."""
        super().prefill(form)
        judgment = form.judgment.data
        if judgment is not None:
            form.starts_on.data = judgment.decided_on
            form.credit_days.data = queries.count_held_days(judgment) or None


class JudgmentStepView(CustodyStepFormView):
    datamodel = SQLAInterface(JudgmentStep)
    class_permission_name = "JudgmentStep"
    resource_name = "judgment-steps"
    list_title, show_title, add_title, edit_title = (
        _("Judgment steps"),
        _("Judgment step"),
        _("Enter a judgment step"),
        _("Edit a step of a judgment"),
    )
    list_columns = ["kind", "judgment", "done_on", "document_no"]
    add_columns = ["judgment", "kind", "done_on", "document_no", "note"]
    cell_kinds = {"kind": "lead", "judgment": "id", "done_on": "id"}
    related_title = _("Further proceedings")
    parent_link = "judgment"
    common_fields = ("judgment", "done_on", "document_no")
    kind_fields = dict.fromkeys(("notified", "opposition", "appeal", "cassation", "set_aside", "final"), ())
    required_fields = dict.fromkeys(("set_aside", "final"), ("document_no",))


class JudgmentView(ScannedNumberedView):
    datamodel = SQLAInterface(Judgment)
    class_permission_name = "Judgment"
    resource_name, icon = "judgments", "landmark"
    list_title, show_title, add_title, edit_title = (
        _("Judgments"),
        _("Judgment"),
        _("Enter a judgment"),
        _("Edit a judgment"),
    )
    add_columns = ["involvement", "case_offence", "court", "court_no", "decided_on", "verdict", "in_absence"]
    list_columns = ["person", "number", "verdict", "court", "court_no", "decided_on", "final_on"]
    # The page of the case says which judgment is in force, and what is not decided.
    extra_columns = ("set_aside_on", "replaced_on", "contested_on", "case_offence_id")
    omitted_columns = CustodyRecordView.omitted_columns | dict.fromkeys(
        ("contested_on", "case_offence"), "on the page of the judgment"
    )
    base_order = ("decided_on", "desc")
    list_filters = _case_filters(Judgment, "decided_on") | {"court": fields_of(Judgment)["court"]}
    cell_kinds = {"person": "lead", "number": "id"}
    rule_required = ("involvement",)
    related_views = [JudgmentStepView, SentenceView, CustodyDocumentView]
    scans = "judgment"

    def prefill(self, form):
        """Propose what a step of procedure says, and the court of the person's open detention."""
        super().prefill(form)
        for name in {"court_no", "decided_on"} & request.args.keys():
            form[name].process(request.args)
        involvement = form.involvement.data
        detention = queries.find_open_detention(involvement.person_id) if involvement is not None else None
        if detention is not None:
            form.court.data = detention.court
