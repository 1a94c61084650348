"""The section of the guides that explains a page, by the view of the page.

A page without a section of its own opens the contents of the help.
"""

import re

CONTENTS = "/help/"
# guide#section → views.
SECTIONS = {
    "clerk#signing-in": "AccountView OwnPasswordView SecondFactorView ReauthenticationView SignInView",
    "clerk#entering-an-offence": "EntryView",
    "clerk#practising": "ExerciseView",
    "clerk#registered-people": "PersonNameView PersonDocumentView PersonAddressView PersonMarkView PersonPhotoView",
    "clerk#duplicate-records": "DuplicateView",
    "clerk#after-the-save": "AdditionView CaseOffenceView InvolvementView ExhibitView CaseFileView SupplementView",
    "clerk#case-status-exhibits-and-deaths": "CaseDispositionView DeathReportView",
    "clerk#evidence": "ExhibitMovementView ExhibitSealView QuantityChangeView ExhibitCustodyView EvidenceStoreView ShelfView"
    " InventoryView LabelView HandOverView InventoryReportView",
    "clerk#printouts": "PrintedCopyView ListPrintoutView CaseSheetView CaseSheetsView DossierIndexView ExhibitReceiptView ActRecordView",
    "clerk#arrest-and-custody": "ArrestView CustodyView CustodyStepView CustodyDocumentView",
    "clerk#prison-and-release": "DetentionView DetentionStepView JudgmentView JudgmentStepView SentenceView"
    " SentenceChangeView ReleaseView SupervisionStepView",
    "clerk#letters": "LetterView LetterTemplateView OfficialLetterView OpenedCaseView",
    "clerk#items-and-relations": "ItemView ItemMatchView OrganisationView RelationView LinkChartView PlaceCasesView",
    "clerk#missing-people-and-property": "PersonReportView PropertyReportView ReportEndView ReportMatchView ReportNoticeView PropertyReceiptView",
    "clerk#crashes": "CrashView RoadUserView",
    "clerk#protection-orders": "ProtectionOrderView ProtectionOrderStepView ProtectionOrderSummaryView",
    "clerk#contacts-with-minors": "MinorContactView MinorStepView ReferralLetterView",
    "clerk#training": "TrainingView CertificatePdfView",
    "clerk#searching-and-lists": "TextView SavedSearchView SavedViewView JobView",
    "warrant-officer#receiving-an-order": "CourtOrderView OrderEventView OrderFileView AssignView AttemptView SeenView"
    " ValidateView NoticeView ExecuteView ReturnView RecallView ReplaceView AcquittedView RestoredView DiedView"
    " RevivedView RejectView",
    "warrant-officer#the-second-officer": "CheckView ArrestLinkView",
    "warrant-officer#the-work-list": "WorkListView",
    "warrant-officer#printouts": "PatrolListView WantedBulletinView ReturnOfExecutionView",
    "warrant-officer#matches": "OrderMatchView OrderMatchRecordView",
    "manager#latest-cases-and-dashboard": "HomeView",
    "manager#finding-a-person-or-a-case": "SearchView PurposeView",
    "manager#reading-a-case": "CaseView",
    "manager#reading-a-persons-page": "PersonView PersonFileView",
    "manager#people-in-custody-and-time-limits": "InCustodyView DueReleaseView SupervisionView TimeLimitView",
    "manager#correcting-locked-records": "CorrectionView",
    "manager#merging-two-records-of-one-person": "MergeView",
    "manager#tasks-and-notices": "InboxView TaskView",
    "manager#officers-and-investigation-acts": "MyCasesView CaseAssignmentView InvestigationActView ActExhibitView ChargeView OutcomeNoticeView CaseReviewView",
    "manager#photo-line-ups": "LineupView LineupSessionView LineupRecordView",
    "manager#retention-of-records": "RetentionActView RetentionReviewView RetentionPeriodView CourtAccessView",
    "manager#access-outside-your-area-of-responsibility": "BreakGlassView RevealView ShareView",
    "manager#exporting-data": "ExportView AcknowledgementView TableFileView NationalExtractView",
    "manager#map": "MapView",
    "manager#timely-work": "TimelinessView MeasuresView",
    "manager#what-happened": "CrimeView StatisticsReportView",
    "manager#building-a-table": "TableBuilderView",
    "manager#similar-cases": "SeriesView",
    "manager#prevention-programmes": "ProgrammeView",
    "manager#courses-and-certificates": "CourseView CourseSessionView QuestionView CertificateView CourseReportView",
    "manager#official-reports": "OfficialReportView",
    "imports#read-a-file": "ImportView",
    "imports#rows-to-fix": "RejectedEntryView",
    "imports#profiles": "ImportProfileView",
    "unit-administrator#visible-accounts": "StaffView StaffSessionsView",
    "unit-administrator#requests-of-others": "StaffRequestView",
    "unit-administrator#the-quarterly-review": "StaffReviewView",
    "administrator#roles": "RoleView",
    "administrator#the-state-of-the-system": "OperationsView",
    "administrator#changes-that-need-approval": "ScopeChangeView",
    "administrator#closing-or-merging-a-unit": "UnitView",
    "administrator#maintaining-the-code-lists": "CodeView OffenceView LawView CourtView PrisonView",
    "administrator#data-sources": "AboutView PlaceView",
    "auditor#the-audit-log": "LogView",
}
TOPICS = {view: section for section, views in SECTIONS.items() for view in re.findall(r"\w+", views)}


def find_address(endpoint):
    """Return the address of the help for a page, given the endpoint of its route."""
    view = (endpoint or "").partition(".")[0]
    return f"/help/{TOPICS[view]}" if view in TOPICS else CONTENTS
