"""Every record with screens has an API to read and write it, or a reason why not."""

from app.kernel.api.record_api import RecordApi
from app.kernel.schema.record import Record
from app.kernel.screens.record_view import RecordView

# model → why no program needs it
FOR_PEOPLE_ONLY = {
    "Duplicate": "two people judge side by side, by photo and paper, whether two records are of one person",
    "PersonMerge": "the same: what they asked and decided",
    "Letter": "an officer writes, signs and answers a letter",
    "Lineup": "an officer compares photos, and another one shows them on a screen",
    "RetentionAct": "an officer reads the document before a record is held, and another one before the end",
    "RetentionReview": "an officer judges whether a record is still needed",
    "ImportRun": "a file is read on screen and let in by a second officer, who looks at its trial run",
}
# Actions of a record's screen that a program does on the row itself, or not at all.
NOT_AN_ACT = {
    "CourtOrderView.scan": "the act `scan`, which takes the word of a file that came in before",
    **dict.fromkeys(
        (f"{one}View.scan" for one in ("Arrest", "Custody", "Detention", "Judgment", "Release", "Person")),
        "files come in by /file/upload",
    ),
    **dict.fromkeys(
        (
            f"{one}View.withdraw"
            for one in (
                "CaseOffence",
                "Involvement",
                "Exhibit",
                "ExhibitMovement",
                "CaseFile",
                "Supplement",
                "InvestigationAct",
                "ActExhibit",
                "OutcomeNotice",
                "Charge",
                "Crash",
                "RoadUser",
                "MinorContact",
                "MinorStep",
                "ProtectionOrder",
                "ProtectionOrderStep",
                "PersonName",
                "PersonDocument",
                "PersonAddress",
                "PersonMark",
                "PersonPhoto",
            )  # fmt: skip
        ),
        "POST /api/v1/<rows>/<pk>/withdraw",
    ),
    **dict.fromkeys(
        ("CaseReviewView.decide", "CaseReviewView.answer"),
        "a chief reads the case before the decision, and the team the remarks before the answers",
    ),
    "CorrectionView.request_correction": "POST /api/v1/corrections/",
    "CorrectionView.decide": "needs the password of the last ten minutes",
    "DeathReportView.decide": "POST /api/v1/death-reports/<pk>/confirm and reject",
    "ExhibitMovementView.decide": "POST /api/v1/exhibit-movements/<pk>/confirm and reject",
    "QuantityChangeView.decide": "POST /api/v1/quantity-changes/<pk>/confirm and reject",
    "InvestigationActView.choose": "POST /api/v1/act-exhibits/ adds one",
    "InvestigationActView.scan": "the signed record is scanned on the page of the act",
    "ExhibitView.scan": "a photo is taken on the page of the exhibit",
    "ExhibitCustodyView.scan": "redirects a scanner to a page",
    "InventoryView.count": "an officer counts with a scanner on the page",
    **dict.fromkeys(
        (f"LineupView.{one}" for one in ("choose", "fix", "enter", "cancel", "face", "withdraw")),
        "an officer compares photos on a page",
    ),
    "RetentionActView.decide": "needs the password of the last ten minutes",
    "RetentionReviewView.decide": "an officer decides on the page of the record",
    "TaskView.end": "POST /api/v1/tasks/<pk>/do and withdraw",
    "OrderEventView.decide": "POST /api/v1/order-events/<pk>/confirm and reject",
    "CaseView.show_part": "shows rows that have lists of their own",
    "CorrectionView.apply": "needs the password of the last ten minutes",
    "SeriesView.decide": "an officer decides on the page with the map and the timeline",
    "SeriesView.repeat_cases": "lists of people by the number of their cases",
    "ProtectionOrderStepView.decide": "POST /api/v1/protection-order-steps/<pk>/confirm and reject",
    "ReportEndView.decide": "POST /api/v1/report-ends/<pk>/confirm and reject",
    "ReportMatchView.answer": "an officer compares the two descriptions on the page of the match",
    "ItemMatchView.answer": "an officer compares the item on the page of the match",
    "OfficialReportView.draft": "a report is drafted by an officer who reads it",
    "OfficialReportView.review": "needs the password of the last ten minutes",
    "OfficialReportView.file": "the API has the figures; the files are for people",
    "OfficialReportView.compare": "compares the figures on a page",
    "QuestionView.decide": "POST /api/v1/questions/<pk>/confirm and reject",
    "QuestionView.enter_supplied": "a planner fills an empty bank on its page",
    "QuestionView.retire": "a planner reads the question and retires it on its page",
    **dict.fromkeys(
        (
            "CourseSessionView.cancel_test",
            "CourseSessionView.enrol",
            "CourseSessionView.save_attendance",
            "CourseSessionView.prepare_test",
            "CourseSessionView.remove",
            "CourseSessionView.enter_result",
            "CourseSessionView.enter_practice",
            "CourseSessionView.issue",
            "CourseSessionView.results",
        ),
        "trainers and planners run a session on its page",
    ),
}
OF_EVERY_VIEW = {"list", "show", "add", "edit", "search", "download", "delete", "action", "action_post"}


def views(app):
    return [one for one in app.extensions["appbuilder"].baseviews if isinstance(one, RecordView)]


def apis(app):
    return [one for one in app.extensions["appbuilder"].baseviews if isinstance(one, RecordApi)]


def test_every_record_with_screens_has_an_api_or_a_reason(registers):
    app = registers("sqlite").app
    with_screens = {view.datamodel.obj for view in views(app)}
    without = {model.__name__ for model in with_screens - {api.datamodel.obj for api in apis(app)}}
    assert without == FOR_PEOPLE_ONLY.keys()


def test_fields_writable_on_screens_are_writable_by_the_api(registers):
    app = registers("sqlite").app
    may = {api.datamodel.obj: {*api.base_permissions} for api in apis(app)}
    for view in views(app):
        rights = may.get(view.datamodel.obj)
        if rights is not None:
            assert "can_add" not in view.base_permissions or "can_post" in rights, view
            assert "can_edit" not in view.base_permissions or "can_put" in rights or not view.edit_columns, (
                view
            )


def test_every_form_action_on_an_order_is_in_the_api(registers):
    from app.court_orders.action_views import ACTION_VIEWS, OrderActionView

    forms = {type(view) for view in views(registers("sqlite").app) if isinstance(view, OrderActionView)}
    orders = next(api for api in apis(registers("sqlite").app) if api.resource_name == "court-orders")
    kinds = {act.fixed["kind"] for act in orders.api_actions if act.fixed}
    assert forms == set(ACTION_VIEWS) and {view.kind for view in forms} | {"checked"} == kinds


def test_every_screen_action_outside_the_api_has_a_reason(registers):
    there = set()
    for view in views(registers("sqlite").app):
        named = {name for name in dir(type(view)) if hasattr(getattr(type(view), name), "_urls")}
        named &= view.include_route_methods or named
        there |= {f"{type(view).__name__}.{name}" for name in named - OF_EVERY_VIEW}
    without_api = ("MergeView.", "LetterView.", "DuplicateView.", "ImportView.")
    assert {one for one in there if not one.startswith(without_api)} == NOT_AN_ACT.keys()


def test_every_imported_row_is_in_the_change_feed(registers):
    app = registers("sqlite").app
    records = {api.datamodel.obj for api in apis(app) if issubclass(api.datamodel.obj, Record)}
    assert all(isinstance(model.__mapper__.primary_key[0].type.python_type(), int) for model in records)
