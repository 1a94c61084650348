"""Screens of detentions, judgments, sentences and releases."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.custody.models import (
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
    TrackingStep,
)
from app.custody.views.custody_view import HeldView, StepView
from app.custody.views.scans import HeldFileView, ScannedView
from app.kernel.schema import code_lists


class NumberedView(HeldView):
    """A record that people know by its number."""

    label_columns = {"number": _("Record number")}

    def cell(self, record, name):
        return record.number if name == "number" else super().cell(record, name)


class PaperView(ScannedView, NumberedView):
    """The same, with a paper that may be attached."""


class DetentionStepView(StepView):
    datamodel = SQLAInterface(DetentionStep)
    class_permission_name = "DetentionStep"
    list_title, show_title, add_title, edit_title = (
        _("Steps of detentions"),
        _("Step of a detention"),
        _("Enter a step of a detention"),
        _("Change a step of a detention"),
    )
    list_columns = ["kind", "detention", "done_on", "prison", "months", "reason", "paper_no"]
    add_columns = ["detention", "kind", "done_on", "months", "prison", "reason", "paper_no", "note"]
    cell_kinds = {"kind": "lead", "detention": "id", "done_on": "id"}
    related_title = _("What was done")
    hangs_on = "detention"
    spoken = ("months", "prison", "reason")
    always = ("detention", "done_on")
    boxes_of = {
        "extension": ("months", "paper_no"),
        "transfer": ("prison", "paper_no"),
        "escape": (),
        "recapture": (),
        "end": ("reason", "paper_no"),
    }
    needs = boxes_of


class TrackingStepView(StepView):
    datamodel = SQLAInterface(TrackingStep)
    class_permission_name = "TrackingStep"
    list_title, show_title, add_title, edit_title = (
        _("Steps of the follow-up"),
        _("Step of the follow-up"),
        _("Enter a visit or another step"),
        _("Change a step of the follow-up"),
    )
    list_columns = ["kind", "release", "done_on", "paper_no", "note"]
    add_columns = ["release", "kind", "done_on", "paper_no", "note"]
    cell_kinds = {"kind": "lead", "release": "id", "done_on": "id"}
    related_title = _("Visits and follow-up")
    hangs_on = "release"
    always = ("release", "done_on")
    boxes_of = {"visit": (), "missed": (), "moved": (), "breach": (), "end": ("paper_no",)}
    needs = boxes_of


class ReleaseView(PaperView):
    datamodel = SQLAInterface(Release)
    class_permission_name = "Release"
    list_title, show_title, add_title, edit_title = (
        _("Releases"),
        _("Release"),
        _("Enter a release"),
        _("Change a release"),
    )
    add_columns = ["detention", "released_on", "kind", "paper_no", "conditions", "place", "place_text", "reports_to",
                   "track_until"]  # fmt: skip
    list_columns = ["person", "number", "released_on", "kind", "reports_to", "track_until", "ended_on"]
    base_order = ("released_on", "desc")
    cell_kinds = {"person": "lead", "number": "id"}
    spoken = ("detention",)
    related_views = [TrackingStepView, HeldFileView]
    scans = "release"


class DetentionView(PaperView):
    datamodel = SQLAInterface(Detention)
    class_permission_name = "Detention"
    list_title, show_title, add_title, edit_title = (
        _("Detentions"),
        _("Detention"),
        _("Enter a detention"),
        _("Change a detention"),
    )
    add_columns = ["involvement", "kind", "since", "offence_class", "first_prison", "court", "paper_no", "paper_on",
                   "sentence"]  # fmt: skip
    list_columns = ["person", "number", "kind", "prison", "since", "due_on", "ended_on", "how"]
    extra_columns = ("end_reason",)
    label_columns = NumberedView.label_columns | {"how": _("How it ended")}
    base_order = ("since", "desc")
    cell_kinds = {"person": "lead", "number": "id"}
    spoken = ("involvement",)
    related_views = [DetentionStepView, ReleaseView, HeldFileView]
    scans = "detention"

    def cell(self, record, name):
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
        return super().cell(record, name)


class SentenceChangeView(StepView):
    datamodel = SQLAInterface(SentenceChange)
    class_permission_name = "SentenceChange"
    list_title, show_title, add_title, edit_title = (
        _("Reductions and pardons"),
        _("Change of a sentence"),
        _("Enter a reduction or a pardon"),
        _("Change a reduction or a pardon"),
    )
    list_columns = ["kind", "sentence", "done_on", "paper_no", "days"]
    add_columns = ["sentence", "kind", "done_on", "paper_no", "days", "note"]
    cell_kinds = {"kind": "lead", "sentence": "id", "done_on": "id"}
    hangs_on = "sentence"
    spoken = ("days",)
    always = ("sentence", "done_on", "paper_no")
    boxes_of = {
        **dict.fromkeys(("reduction", "pardon", "amnesty"), ("days",)),
        "proposal": (),
        "pardon_proposal": (),
    }
    needs = {"reduction": ("days",), "amnesty": ("days",)}


class SentenceView(NumberedView):
    datamodel = SQLAInterface(Sentence)
    class_permission_name = "Sentence"
    list_title, show_title, add_title, edit_title = (
        _("Sentences"),
        _("Sentence"),
        _("Enter a sentence"),
        _("Change a sentence"),
    )
    list_columns = ["person", "number", "kind", "years", "months", "days", "starts_on", "expected_on"]
    cell_kinds = {"person": "lead", "number": "id"}
    related_views = [SentenceChangeView, DetentionView]


class JudgmentStepView(StepView):
    datamodel = SQLAInterface(JudgmentStep)
    class_permission_name = "JudgmentStep"
    list_title, show_title, add_title, edit_title = (
        _("Steps of judgments"),
        _("Step of a judgment"),
        _("Enter a step of a judgment"),
        _("Change a step of a judgment"),
    )
    list_columns = ["kind", "judgment", "done_on", "paper_no"]
    add_columns = ["judgment", "kind", "done_on", "paper_no", "note"]
    cell_kinds = {"kind": "lead", "judgment": "id", "done_on": "id"}
    related_title = _("What became of it")
    hangs_on = "judgment"
    always = ("judgment", "done_on", "paper_no")
    boxes_of = dict.fromkeys(("notified", "opposition", "appeal", "cassation", "set_aside", "final"), ())


class JudgmentView(PaperView):
    datamodel = SQLAInterface(Judgment)
    class_permission_name = "Judgment"
    list_title, show_title, add_title, edit_title = (
        _("Judgments"),
        _("Judgment"),
        _("Enter a judgment"),
        _("Change a judgment"),
    )
    add_columns = ["involvement", "case_offence", "court", "court_no", "decided_on", "verdict", "in_absence"]
    list_columns = ["person", "number", "verdict", "court", "court_no", "decided_on", "final_on"]
    base_order = ("decided_on", "desc")
    cell_kinds = {"person": "lead", "number": "id"}
    spoken = ("involvement",)
    related_views = [JudgmentStepView, SentenceView, HeldFileView]
    scans = "judgment"
