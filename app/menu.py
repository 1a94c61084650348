"""Every screen in order: title, icon, heading. The only file that imports all views."""

from flask_babel import lazy_gettext as _

from app.about import AboutView
from app.accounts.staff_request_views import StaffRequestView
from app.accounts.staff_review_views import StaffReviewView
from app.accounts.staff_views import StaffView
from app.cases import api as case_api
from app.cases import lookups as case_lookups
from app.cases import views as cases
from app.cases.entry_views import EntryView
from app.cases.search_views import SearchView
from app.corrections.views import CorrectionView
from app.duplicates.joining_views import JoiningView
from app.duplicates.views import DuplicateView
from app.kernel.file_views import FileView, serve
from app.kernel.lookups import LookupView
from app.looks.log_views import LogView
from app.looks.purpose_views import PrintedView, PurposeView
from app.messages.views import InboxView
from app.names import lookups as person_lookups
from app.openings.views import BreakGlassView, RevealView, ShareView
from app.people import api as person_api
from app.people import views as people
from app.reference import api as reference_api
from app.reference import lookups as reference_lookups
from app.reference import views as reference

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
    (CorrectionView, _("Corrections"), "pencil-line", WORK),
    (DuplicateView, _("Likely duplicates"), "copy", WORK),
    (BreakGlassView, _("Break-glass reviews"), "door-open", WORK),
    (StaffView, _("Users and roles"), "user-cog", STAFF),
    (StaffReviewView, _("Quarterly review"), "list-checks", STAFF),
    (StaffRequestView, _("Second administrator"), "users", STAFF),
    (LogView, _("Log of the register"), "scroll-text", STAFF),
    (cases.InvolvementView, _("People in cases"), "user", RECORDS),
    (cases.CaseOffenceView, _("Offences in cases"), "scale", RECORDS),
    (cases.ExhibitView, _("Exhibits"), "package", RECORDS),
    (cases.SupplementView, _("Supplements"), "file-text", RECORDS),
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
    (reference.CodeView, _("Code lists"), "list", REFERENCE),
    (AboutView, _("About the data"), "info", REFERENCE),
)
UNLISTED = (
    people.PersonPhotoView,
    cases.CaseFileView,
    SearchView,
    LookupView,
    FileView,
    PurposeView,
    PrintedView,
    JoiningView,
    RevealView,
    ShareView,
)


def fill(appbuilder):
    """Register every view with FAB. The menu's permission is the view's own (`can_list` on its resource)."""
    for register in (reference_lookups.register, person_lookups.register, case_lookups.register):
        register()
    serve("person-photo", people.PersonPhoto, "PersonPhoto")
    serve("case-file", cases.CaseFile, "CaseFile")
    # A person's page shows every case; people know nothing of cases, so the list is hung on here.
    people.PersonView.related_views = [cases.InvolvementView, *people.IDENTITY_VIEWS]
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
    for api in (*case_api.APIS, *person_api.APIS, *reference_api.APIS):
        appbuilder.add_api(api)
