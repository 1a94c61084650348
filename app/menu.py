"""The registration of all screens and REST APIs. Only this file imports all views.

A record view with a `resource_name` is registered by its class: screens, menu entry (`icon`) and API. `PAGES` names the
other entries of the menu, and the record views with another title or another place.
"""

from flask_babel import lazy_gettext as _

from app.accounts import lookups as account_lookups
from app.accounts.scope_change_views import ScopeChangeView
from app.accounts.staff_request_views import StaffRequestView
from app.accounts.staff_review_views import StaffReviewView
from app.accounts.staff_views import StaffView
from app.audit_review.court_access_views import CourtAccessView
from app.audit_review.log_views import LogView
from app.audit_review.purpose_views import PrintedView, PurposeView
from app.cases import api as case_api
from app.cases import lookups as case_lookups
from app.cases import views as cases
from app.cases.addition_views import AdditionView
from app.cases.entry_views import EntryView
from app.cases.list_filters import suspect_filters
from app.corrections import api as correction_api
from app.corrections.views import CorrectionView
from app.court_orders import action_views, match_views, worklist_views
from app.court_orders import api as order_api
from app.court_orders import lookups as order_lookups
from app.court_orders import views as orders
from app.court_orders.arrest_link_views import ArrestLinkView
from app.court_orders.verification_views import CheckView
from app.crashes.views import CrashView, RoadUserView
from app.custody import api as custody_api
from app.custody import lookups as custody_lookups
from app.custody.views import custodies, lists, prisons, scans
from app.duplicates.merge_views import MergeView
from app.duplicates.views import DuplicateView
from app.evidence import inventory_views, paper_views
from app.evidence import lookups as evidence_lookups
from app.evidence import views as evidence
from app.exports.views import ExportView
from app.help.views import HelpView
from app.imports.acknowledgement_views import AcknowledgementView
from app.imports.profile_views import ImportProfileView
from app.imports.rejected_views import RejectedEntryView
from app.imports.views import ImportView
from app.inbox.views import InboxView
from app.indices import lookups as index_lookups
from app.indices.views import ItemMatchView, LinkChartView, PlaceCasesView, RelationView
from app.investigation import lookups as investigation_lookups
from app.investigation.views import (
    ActExhibitView,
    CaseAssignmentView,
    CaseReviewView,
    ChargeView,
    InvestigationActView,
    MyCasesView,
    OutcomeNoticeView,
    team_filters,
)
from app.jobs.views import JobView
from app.kernel.api.change_feed import ChangesApi
from app.kernel.api.record_api import make_api
from app.kernel.api.uploads import UploadsApi
from app.kernel.files.views import FileView, register_file_kind
from app.kernel.screens import selection
from app.kernel.screens.lookup_view import LookupView
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.saved_view_pages import SavedViewView
from app.letters import lookups as letter_lookups
from app.letters.models import LetterFile
from app.letters.views import LetterView
from app.lineups.session_views import LineupRecordView, LineupSessionView
from app.lineups.views import LineupView
from app.minors import lookups as minor_lookups
from app.minors.views import MinorContactView, ReferralLetterView
from app.missing import lookups as missing_lookups
from app.missing import views as missing
from app.name_search import lookups as person_lookups
from app.openapi import OpenApi
from app.people import api as people_api
from app.people import views as people
from app.practice.views import ExerciseView
from app.prevention.views import ProgrammeView
from app.printouts import views as printouts
from app.printouts.copy_views import PrintedCopyView
from app.printouts.opened_cases import OpenedCaseView
from app.protection_orders import lookups as protection_lookups
from app.protection_orders.views import ProtectionOrderSummaryView, ProtectionOrderView
from app.reference import lookups as reference_lookups
from app.reference import views as reference
from app.retention import lookups as retention_lookups
from app.retention.views import RetentionActView, RetentionReviewView, list_holds
from app.search.saved_views import SavedSearchView
from app.search.text_views import TextView
from app.search.views import SearchView
from app.series.template_globals import MEMBERS_OF_CASE
from app.series.views import SeriesView
from app.special_access.views import BreakGlassView, RevealView, ShareView
from app.statistics.api import MeasuresApi, StatisticsTablesApi
from app.statistics.crime_views import CrimeView
from app.statistics.map_views import MapView
from app.statistics.national_extract.views import NationalExtractView
from app.statistics.official_reports.draft_views import StatisticsReportView
from app.statistics.official_reports.views import OfficialReportView
from app.statistics.query_builder.views import TableBuilderView, TableFileView
from app.statistics.timeliness_views import MeasuresView, TimelinessView
from app.tasks.views import TaskApi, TaskView
from app.training import lookups as training_lookups
from app.training.session_views import QuestionApi
from app.training.views import CertificatePdfView, CertificateView, CourseReportView, TrainingView
from app.web.about import AboutView
from app.web.health import HealthView
from app.web.metrics import MetricsView
from app.web.operations import OperationsView

WORK, RECORDS, REFERENCE, STAFF = "Work", "Records", "Reference data", "Administration"
STATISTICS = "Statistics"
HEADINGS = {
    WORK: _("Work"),
    STATISTICS: _("Statistics"),
    STAFF: _("Administration"),
    RECORDS: _("Records"),
    REFERENCE: _("Reference data"),
}

PAGES = (
    (InboxView, _("Tasks and notices"), "inbox", WORK),
    (TaskView, _("Tasks given"), "list-checks", WORK),
    (LetterView, _("Letters"), "message-square", WORK),
    (EntryView, _("Enter an offence"), "file-plus", WORK),
    (MyCasesView, _("Cases in my charge"), "briefcase", WORK),
    (LineupSessionView, _("Line-ups to show"), "eye", WORK),
    (LineupView, _("Photo line-ups"), "users", RECORDS),
    (RetentionReviewView, _("Ended retention periods"), "timer", RECORDS),
    (RetentionActView, _("Retention acts"), "lock", RECORDS),
    (cases.CaseView, _("Cases"), "folder", WORK),
    (people.PersonView, _("People"), "users", WORK),
    (worklist_views.WorkListView, _("Orders to execute"), "target", WORK),
    (match_views.OrderMatchView, _("Matches"), "siren", WORK),
    (orders.CourtOrderView, _("Court orders"), "gavel", WORK),
    (evidence.ExhibitCustodyView, _("Evidence"), "package", WORK),
    (ItemMatchView, _("Matches of stolen items"), "siren", WORK),
    (missing.ReportMatchView, _("Matches of reports"), "siren", WORK),
    (lists.InCustodyView, _("In custody"), "clock", WORK),
    (lists.DueReleaseView, _("Upcoming releases"), "calendar-clock", WORK),
    (lists.SupervisionView, _("Post-release supervision"), "footprints", WORK),
    (CorrectionView, _("Corrections"), "pencil-line", WORK),
    (DuplicateView, _("Likely duplicates"), "copy", WORK),
    (ImportView, _("Imports"), "upload", WORK),
    (BreakGlassView, _("Break-glass reviews"), "door-open", WORK),
    (ExportView, _("Exports"), "download", WORK),
    (TrainingView, _("Training"), "book-open", WORK),
    (PrintedCopyView, _("Check a printout"), "printer", WORK),
    (JobView, _("My background work"), "layers", WORK),
    (TimelinessView, _("Timely work"), "timer", STATISTICS),
    (CrimeView, _("What happened"), "chart-column", STATISTICS),
    (MapView, _("Map"), "map-pin", STATISTICS),
    (SeriesView, _("Similar cases"), "copy", STATISTICS),
    (TableBuilderView, _("Build a table"), "list", STATISTICS),
    (ProgrammeView, _("Prevention programmes"), "target", STATISTICS),
    (OfficialReportView, _("Official reports"), "file-text", STATISTICS),
    (MeasuresView, _("How the figures are counted"), "book-open", STATISTICS),
    (StaffView, _("Users and roles"), "user-cog", STAFF),
    (StaffReviewView, _("Quarterly review"), "list-checks", STAFF),
    (StaffRequestView, _("Second person"), "users", STAFF),
    (LogView, _("Audit log"), "scroll-text", STAFF),
    (OperationsView, _("Operations"), "timer", STAFF),
    (reference.PlaceView, _("Places"), "map-pin", REFERENCE),
    (reference.OffenceView, _("Offences of the law"), "gavel", REFERENCE),
    (reference.LawView, _("Laws"), "book-open", REFERENCE),
    (reference.UnitView, _("Units"), "building-2", REFERENCE),
    (evidence.EvidenceStoreView, _("Evidence stores"), "package", REFERENCE),
    (reference.CourtView, _("Courts"), "landmark", REFERENCE),
    (reference.PrisonView, _("Prisons"), "door-closed", REFERENCE),
    (reference.LetterTemplateView, _("Letter templates"), "file-text", REFERENCE),
    (reference.TimeLimitView, _("Legal time limits"), "timer", REFERENCE),
    (reference.RetentionPeriodView, _("Retention periods"), "timer", REFERENCE),
    (reference.CodeView, _("Code lists"), "list", REFERENCE),
    (AboutView, _("About the data"), "info", REFERENCE),
)
WITHOUT_MENU = (
    HealthView,
    MetricsView,
    HelpView,
    ExerciseView,
    AdditionView,
    CheckView,
    ArrestLinkView,
    *action_views.ACTION_VIEWS,
    SearchView,
    TextView,
    SavedSearchView,
    SavedViewView,
    LookupView,
    FileView,
    PurposeView,
    ScopeChangeView,
    PrintedView,
    MergeView,
    RejectedEntryView,
    ImportProfileView,
    AcknowledgementView,
    RevealView,
    ShareView,
    *printouts.PRINTOUT_VIEWS,
    OpenedCaseView,
    paper_views.LabelView,
    paper_views.HandOverView,
    inventory_views.InventoryReportView,
    StatisticsReportView,
    NationalExtractView,
    TableFileView,
    CertificateView,
    CertificatePdfView,
    CourseReportView,
    LinkChartView,
    LineupRecordView,
    PlaceCasesView,
    missing.ReportNoticeView,
    missing.PropertyReceiptView,
    ProtectionOrderSummaryView,
    ReferralLetterView,
    CourtAccessView,
)
# The related lists of arrest, custody, prison and release on a person's page.
CUSTODY_VIEWS = (custodies.CustodyView, prisons.DetentionView, prisons.JudgmentView, prisons.ReleaseView)

EXPLICIT_APIS = (
    *people_api.APIS,
    *case_api.APIS,
    *order_api.APIS,
    *custody_api.APIS,
    *correction_api.APIS,
    evidence.ExhibitMovementApi,
    evidence.QuantityChangeApi,
    TaskApi,
    QuestionApi,
    missing.ReportEndApi,
    ChangesApi,
    StatisticsTablesApi,
    MeasuresApi,
    UploadsApi,
    OpenApi,
)

# The record views of a case, in the order of the procedure. All others follow in the order of their definition.
FIRST = (
    cases.InvolvementView, cases.CaseOffenceView, cases.ExhibitView, cases.SupplementView, cases.CaseDispositionView, orders.OrderEventView,
    custodies.ArrestView, custodies.CustodyView, prisons.DetentionView, prisons.JudgmentView, prisons.SentenceView,
    prisons.ReleaseView,
)  # fmt: skip
_listed = {page[0] for page in PAGES}
_declared = [view for view in dict.fromkeys((*FIRST, *RecordView.registered)) if view not in _listed]
_with_api = {getattr(api, "view", None) for api in EXPLICIT_APIS}
_entries = (
    *PAGES,
    *((view, view.list_title, view.icon, view.heading_in_menu) for view in _declared if view.icon),
)
SCREENS = tuple(sorted(_entries, key=lambda entry: list(HEADINGS).index(entry[3])))  # stable
HIDDEN_VIEWS = (*(view for view in _declared if not view.icon), *WITHOUT_MENU)
APIS = (*EXPLICIT_APIS, *(make_api(view) for view in RecordView.registered if view not in _with_api))


def register_views(appbuilder):
    """Register every view with FAB. A menu entry needs the permission of its view (`can_list` on its resource)."""
    for lookups in (
        reference_lookups, account_lookups, person_lookups, case_lookups, order_lookups, custody_lookups,
        letter_lookups, training_lookups, investigation_lookups, evidence_lookups, index_lookups,
        missing_lookups, retention_lookups, protection_lookups, minor_lookups,
    ):  # fmt: skip
        lookups.register()
    _complete_pages()
    for view in HIDDEN_VIEWS:
        appbuilder.add_view_no_menu(view)
    for view, title, icon, heading in SCREENS:
        appbuilder.add_view(
            view,
            view.class_permission_name,
            label=title,
            icon=icon,
            category=heading,
            category_label=HEADINGS[heading],
        )
    for api in APIS:
        appbuilder.add_api(api)


def _complete_pages():
    """Add to the pages of people, cases and letters what features above them show there."""
    # People are below the cases, so the filters by their cases are added here.
    people.PersonView.list_filters = people.PersonView.list_filters | suspect_filters(people.Person.id)
    register_file_kind("person-photo", people.PersonPhoto, "PersonPhoto")
    register_file_kind("case-file", cases.CaseFile, "CaseFile")
    register_file_kind("order-file", orders.OrderFile, "OrderFile")
    register_file_kind("letter-file", LetterFile, "Letter")
    register_file_kind("custody-document", scans.CustodyDocument, "CustodyDocument")
    # A person's page shows every case and order. The people package does not import these, so the lists are added here.
    people.PersonView.related_views = [
        cases.InvolvementView,
        ProtectionOrderView,
        orders.CourtOrderView,
        *CUSTODY_VIEWS,
        *people.IDENTITY_VIEWS,
        LetterView,
    ]
    # A case shows its orders, arrests, custody and judgments, the tasks and the letters about it.
    cases.CaseView.list_filters = cases.CaseView.list_filters | team_filters()
    cases.CaseView.related_views = [
        CaseAssignmentView,
        InvestigationActView,
        ChargeView,
        CaseReviewView,
        LineupView,
        CrashView,
        RoadUserView,
        ProtectionOrderView,
        MinorContactView,
        orders.CourtOrderView,
        custodies.ArrestView,
        *CUSTODY_VIEWS,
        TaskView,
        LetterView,
        RelationView,
    ]
    people.PersonView.note_sources = cases.CaseView.note_sources = (list_holds,)
    cases.CaseView.rows_of_higher_features = (MEMBERS_OF_CASE,)
    LetterView.related_views = [TaskView]
    cases.CaseDispositionView.related_views = [OutcomeNoticeView]
    cases.ExhibitView.related_views = [*evidence.EXHIBIT_LISTS, ActExhibitView]
    selection.add_action(paper_views.make_selection_action)
    # The button to the cases at a place.
    reference.PlaceView.show_template = "indices/place.html"
