"""Every screen in order: title, icon, heading. The only file that imports all views."""

from flask_babel import lazy_gettext as _

from app.accounts import dashboard as account_boards  # noqa: F401  (registers itself)
from app.accounts.staff_request_views import StaffRequestView
from app.accounts.staff_review_views import StaffReviewView
from app.accounts.staff_views import StaffView
from app.audit_review.log_views import LogView
from app.audit_review.purpose_views import PrintedView, PurposeView
from app.cases import api as case_api
from app.cases import lookups as case_lookups
from app.cases import timeline as case_timeline  # noqa: F401  (registers itself)
from app.cases import views as cases
from app.cases.entry_views import EntryView
from app.corrections import api as correction_api
from app.corrections.views import CorrectionView
from app.court_orders import action_views, match_views, timeline, worklist_views  # noqa: F401  (one registers itself)
from app.court_orders import api as order_api
from app.court_orders import dashboard as order_boards  # noqa: F401  (registers itself)
from app.court_orders import lookups as order_lookups
from app.court_orders import views as orders
from app.court_orders.verification_views import CheckView
from app.custody import api as custody_api
from app.custody import lookups as custody_lookups
from app.custody import timeline as custody_timeline  # noqa: F401  (registers itself)
from app.custody.views import custodies, lists, prisons, scans
from app.duplicates.merge_views import JoiningView
from app.duplicates.views import DuplicateView
from app.exports import export_job  # noqa: F401  (registers its kind of job)
from app.exports.views import ExportView
from app.imports.rejected_views import WaitingView
from app.imports.views import ImportView
from app.inbox.views import InboxView
from app.jobs.views import JobView
from app.kernel.api.change_feed import ChangesApi
from app.kernel.api.uploads import UploadsApi
from app.kernel.files.views import FileView, serve
from app.kernel.schema.lookups import LookupView
from app.name_search import lookups as person_lookups
from app.people import api as person_api
from app.people import views as people
from app.printouts import views as papers
from app.reference import api as reference_api
from app.reference import lookups as reference_lookups
from app.reference import views as reference
from app.search.saved_views import SavedSearchView
from app.search.text_views import TextView
from app.search.views import SearchView
from app.special_access.views import BreakGlassView, RevealView, ShareView
from app.web.about import AboutView

WORK, RECORDS, REFERENCE, STAFF = "Work", "Records", "Reference data", "Administration"
HEADINGS = {
    WORK: _("Work"),
    RECORDS: _("Records"),
    REFERENCE: _("Reference data"),
    STAFF: _("Administration"),
}

SCREENS = (
    (InboxView, _("Tasks and notices"), "inbox", WORK),
    (EntryView, _("Enter an offence"), "file-plus", WORK),
    (cases.CaseView, _("Cases"), "folder", WORK),
    (people.PersonView, _("People"), "users", WORK),
    (worklist_views.WorkListView, _("Orders to carry out"), "target", WORK),
    (match_views.HitView, _("Hits"), "siren", WORK),
    (orders.CourtOrderView, _("Court orders"), "gavel", WORK),
    (lists.HeldNowView, _("Held now"), "clock", WORK),
    (lists.DueReleaseView, _("Releases coming"), "calendar-clock", WORK),
    (lists.FollowedView, _("Followed after release"), "footprints", WORK),
    (CorrectionView, _("Corrections"), "pencil-line", WORK),
    (DuplicateView, _("Likely duplicates"), "copy", WORK),
    (ImportView, _("Imports"), "upload", WORK),
    (BreakGlassView, _("Break-glass reviews"), "door-open", WORK),
    (ExportView, _("Exports"), "download", WORK),
    (JobView, _("My background work"), "layers", WORK),
    (StaffView, _("Users and roles"), "user-cog", STAFF),
    (StaffReviewView, _("Quarterly review"), "list-checks", STAFF),
    (StaffRequestView, _("Second administrator"), "users", STAFF),
    (LogView, _("Log of the register"), "scroll-text", STAFF),
    (cases.InvolvementView, _("People in cases"), "user", RECORDS),
    (cases.CaseOffenceView, _("Offences in cases"), "scale", RECORDS),
    (cases.ExhibitView, _("Exhibits"), "package", RECORDS),
    (cases.SupplementView, _("Supplements"), "file-text", RECORDS),
    (orders.OrderEventView, _("Acts on orders"), "file-clock", RECORDS),
    (custodies.ArrestView, _("Arrests"), "hand", RECORDS),
    (custodies.CustodyView, _("Custodies"), "clock", RECORDS),
    (prisons.DetentionView, _("Detentions"), "door-closed", RECORDS),
    (prisons.JudgmentView, _("Judgments"), "landmark", RECORDS),
    (prisons.SentenceView, _("Sentences"), "gavel", RECORDS),
    (prisons.ReleaseView, _("Releases"), "door-open", RECORDS),
    (people.PersonNameView, _("Other names"), "tag", RECORDS),
    (people.PersonDocumentView, _("Identity documents"), "id-card", RECORDS),
    (people.PersonAddressView, _("Addresses"), "map", RECORDS),
    (people.PersonMarkView, _("Marks"), "fingerprint-pattern", RECORDS),
    (reference.PlaceView, _("Places"), "map-pin", REFERENCE),
    (reference.OffenceView, _("Offences of the law"), "gavel", REFERENCE),
    (reference.LawView, _("Laws"), "book-open", REFERENCE),
    (reference.UnitView, _("Units"), "building-2", REFERENCE),
    (reference.CourtView, _("Courts"), "landmark", REFERENCE),
    (reference.PrisonView, _("Prisons"), "door-closed", REFERENCE),
    (reference.TimeLimitView, _("Time limits of the law"), "timer", REFERENCE),
    (reference.CodeView, _("Code lists"), "list", REFERENCE),
    (AboutView, _("About the data"), "info", REFERENCE),
)
UNLISTED = (
    people.PersonPhotoView,
    cases.CaseFileView,
    orders.OrderFileView,
    CheckView,
    *action_views.ACTS,
    custodies.CustodyStepView,
    prisons.DetentionStepView,
    prisons.JudgmentStepView,
    prisons.SentenceChangeView,
    prisons.TrackingStepView,
    scans.HeldFileView,
    SearchView,
    TextView,
    SavedSearchView,
    LookupView,
    FileView,
    PurposeView,
    PrintedView,
    JoiningView,
    WaitingView,
    RevealView,
    ShareView,
    *papers.ALL,
)
# What a person's page shows of arrest, custody, prison and release.
HELD = (custodies.CustodyView, prisons.DetentionView, prisons.JudgmentView, prisons.ReleaseView)

APIS = (
    *case_api.APIS, *order_api.APIS, *custody_api.APIS, *person_api.APIS, *correction_api.APIS, *reference_api.APIS,
    ChangesApi,
    UploadsApi,
)  # fmt: skip


def fill(appbuilder):
    """Register every view with FAB. The menu's permission is the view's own (`can_list` on its resource)."""
    for lookups in (reference_lookups, person_lookups, case_lookups, order_lookups, custody_lookups):
        lookups.register()
    serve("person-photo", people.PersonPhoto, "PersonPhoto")
    serve("case-file", cases.CaseFile, "CaseFile")
    serve("order-file", orders.OrderFile, "OrderFile")
    serve("held-file", scans.HeldFile, "HeldFile")
    # A person's page shows every case and order; people know nothing of these, so the lists are hung on here.
    people.PersonView.related_views = [
        cases.InvolvementView,
        orders.CourtOrderView,
        *HELD,
        *people.IDENTITY_VIEWS,
    ]
    for view in UNLISTED:
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
