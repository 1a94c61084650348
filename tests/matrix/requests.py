"""Every request of a route for a record, derived from the URL map, the views and their models.

An unknown route fails the test: add its requests here.
"""

from dataclasses import dataclass, field

from app.cases.views import PARTS
from app.kernel.api.record_api import RecordApi
from app.kernel.api.serialization import OPERATORS
from app.kernel.files.views import SIZES, _file_kinds
from app.kernel.schema import lookups
from app.kernel.schema.fields import fields_of
from app.kernel.screens.filters import Filters
from app.kernel.screens.record_view import RecordView
from app.people.models import Person
from tests.matrix.provinces import NAME, NAME_LATIN

# Routes without a record of a province: reference data, the frame, the user's own account.
PLAIN = {
    "HomeView", "AboutView", "HealthView", "MetricsView", "OperationsView", "HelpView", "ExerciseView", "MenuApi", "UtilView", "LocaleView", "SignInView", "OwnPasswordView", "UserInfoEditView",
    "UserDBModelView", "RoleView", "ReauthenticationView", "SecondFactorView", "PurposeView", "StaffReviewView",
    "static", "appbuilder",
}  # fmt: skip
# Accounts have a scope of their own (tests/accounts/test_delegation.py); here the requests name a foreign
# user.
ACCOUNTS = {"StaffView", "StaffRequestView", "StaffSessionsView", "AccountView"}
SIGNS_OUT = {"SignInView.logout"}


@dataclass
class Ask:
    """One request. `outside`: it names a foreign record and must not return one.

    `card`: the answer may contain the name on a person's card. `echoes`: the page repeats the input.
    """

    method: str
    url: str
    data: dict = field(default_factory=dict)
    json: dict | None = None
    outside: bool = False
    card: bool = False
    echoes: bool = False
    column: bool = False  # of one column of a list


def asks(app, there, columns=True):
    """Yield (rule, method, Ask) of every route; raise LookupError for an unknown one.

    Without `columns`, lists are not sorted and filtered by each column of their table.
    """
    views = {type(view).__name__: view for view in app.extensions["appbuilder"].baseviews}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            if rule.endpoint in SIGNS_OUT and method == "POST":
                continue
            made = list(_of_rule(app, views, rule, method, there))
            if not made:
                raise LookupError(
                    f"{method} {rule.rule} ({rule.endpoint}): say in tests/matrix/requests.py how it is asked."
                )
            yield from ((rule, method, one) for one in made if columns or not one.column)


def _of_rule(app, views, rule, method, there):
    name, _dot, act = rule.endpoint.partition(".")
    view = views.get(name)
    if rule.endpoint in OWN:
        yield from OWN[rule.endpoint](method, there)
    elif isinstance(view, RecordView):
        yield from OF_VIEWS[act](view, method, there) if act in OF_VIEWS else ()
    elif isinstance(view, RecordApi):
        yield from OF_APIS[act](view, there) if act in OF_APIS else _api_acts(view, rule, there)
    elif name in PLAIN | ACCOUNTS:
        yield Ask(method, _with_user(rule, there))


def _with_user(rule, there):
    url = rule.rule
    for part in ("<int:pk>", "<int(max=2147483647):pk>", "<pk>"):
        url = url.replace(part, str(there.writer.id))
    for part in (
        "<path:filename>",
        "<string:locale>",
        "<string(maxlength=40):guide>",
        "<string(maxlength=40):token>",
    ):
        url = url.replace(part, "en")
    if "<" in url:
        raise LookupError(f"{rule.rule}: its variable is not known in tests/matrix/requests.py.")
    return url


# The screens of a record


def _key(view, there):
    """Return the key of the foreign record of a view; None for reference data."""
    return there.rows.get(view.datamodel.obj.__tablename__)


def _foreign(act):
    def make_requests(view, method, there):
        row = _key(view, there)
        yield Ask(method, f"{view.route_base}/{act}/{row.id if row else 1}", outside=row is not None)

    return make_requests


def _lists(view, _method, there):
    base, name = f"{view.route_base}/list/", type(view).__name__
    yield Ask("GET", base)
    yield Ask("GET", f"{base}?psize_{name}=1000000")
    for column in [
        *view.datamodel.obj.__mapper__.columns.keys(),
        "recorded_by.password",
        "person.name",
        "case.number",
    ]:
        for way in ("asc", "desc"):
            yield Ask("GET", f"{base}?_oc_{name}={column}&_od_{name}={way}", column=True)
        yield Ask("GET", f"{base}?_flt_0_{column}={_typed(view, there, column)}", echoes=True, column=True)


def _searches(view, _method, there):
    filters = Filters(view, {})
    for column in view.search_columns:
        for number in range(len(filters.operators(column))):
            typed = {f"_flt_{number}_{column}": _typed(view, there, column)}
            yield Ask("POST", f"{view.route_base}/search", typed, echoes=True, column=True)
    yield Ask("POST", f"{view.route_base}/search", {"_flt_0_id": "1"})


def _typed(view, there, column):
    """Return the search input of a user who knows the foreign row."""
    row = _key(view, there)
    attribute = view.datamodel.obj.__mapper__.attrs.get(column) if row is not None else None
    value = getattr(row, column) if attribute is not None and hasattr(attribute, "columns") else None
    return f"{value:%d/%m/%Y}" if hasattr(value, "year") else str(value if value is not None else 1)


def _linked(view, there):
    """Return the fields of an add form that take foreign keys."""
    meanings = fields_of(view.datamodel.obj)
    keys = {name: row.id for name, row in there.rows.items()} | {"order": there.rows["court_order"].id}
    keys["held_exhibit"] = keys["exhibit"]
    return {
        name: str(keys[meanings[name].lookup]) for name in view.add_columns if meanings[name].lookup in keys
    }


def _adds(view, method, there):
    linked = _linked(view, there)
    if method == "GET":
        yield Ask("GET", f"{view.route_base}/add")
        for name, key in linked.items():
            yield Ask("GET", f"{view.route_base}/add?{name}={key}")
    else:
        yield Ask("POST", f"{view.route_base}/add", _filled(view) | linked, outside=bool(linked))


def _filled(view):
    return {name: VALUES[name] for name in view.add_columns if name in VALUES}


VALUES = {
    "kind": "alias",
    "text_km": "តូច",
    "text": "តូច",
    "number": "012345678",
    "country": "KH",
    "learned_on": "01/01/2026",
}

OF_VIEWS = {
    "list": _lists, "search": _searches, "add": _adds, "show": _foreign("show"), "edit": _foreign("edit"),
    "request_correction": lambda view, method, there: _corrections(method, there),
    "scan": _foreign("scan"), "withdraw": _foreign("withdraw"), "decide": _foreign("decide"), "end": _foreign("end"), "apply": _foreign("apply"), "request_undo": _foreign("undo"),
}  # fmt: skip


def _corrections(method, there):
    for entity, row in there.rows.items():
        yield Ask(method, f"/correction/request/{entity}/{row.id}", outside=True)


# The API of a record


def _api_lists(api, there):
    yield Ask("GET", f"{api.route_base}/")
    for column in [
        *api.datamodel.obj.__mapper__.columns.keys(),
        "recorded_by.password",
        "person.name",
        "case.number",
    ]:
        yield Ask("GET", f"{api.route_base}/?order={column}&direction=desc", column=True)
    for column in api.search_columns:
        yield Ask("GET", f"{api.route_base}/?{column}={_typed(api, there, column)}", column=True)


def _api_searches(api, there):
    yield Ask("POST", f"{api.route_base}/search", json={})
    for column in api.search_columns:
        for word in OPERATORS:
            typed = {f"{column}__{word}": _typed(api, there, column)}
            yield Ask("POST", f"{api.route_base}/search", json=typed, column=True)


def _api_foreign(method):
    def make_requests(api, there):
        row = _key(api, there)
        body = {"version": getattr(row, "version", 1)} if method == "PUT" else None
        yield Ask(method, f"{api.route_base}/{row.id if row else 1}", json=body, outside=row is not None)

    return make_requests


def _api_adds(api, there):
    linked = _linked(api.screen, there)
    yield Ask("POST", f"{api.route_base}/", json=_filled(api.screen) | linked, outside=bool(linked))


def _api_acts(api, rule, there):
    """Return an action on a foreign record, with an empty body and with all fields of its form."""
    if api.resource_name == "corrections":
        for entity, row in there.rows.items():
            words = {"kind": "void", "cause": "typing_error", "reason": "a" * 20, "letter_no": "1"}
            body = words | {"entity": entity, "entity_id": row.id}
            yield Ask("POST", rule.rule, json=body, outside=True)
        return
    row = _key(api, there)
    url = rule.rule.replace("<pk>", str(row.id if row else 1))
    for body in ({}, VALUES | _linked(api.screen, there)):
        yield Ask("POST", url, json=body, outside=row is not None)


OF_APIS = {
    "get_list": _api_lists, "search": _api_searches, "get": _api_foreign("GET"), "put": _api_foreign("PUT"),
    "post": _api_adds, "info": lambda api, there: [Ask("GET", f"{api.route_base}/_info")],
}  # fmt: skip


# Other screens


def _words_of(there):
    person = there.rows["person"]
    names = (NAME, NAME_LATIN, f"{NAME} {NAME}")
    numbers = (there.rows["person_document"].number, person.number, str(person.id), there.case.number)
    return (*names, *numbers, there.case.number[:7], there.rows["exhibit"].plate)


def _finds(method, there):
    return [Ask(method, "/find/", {"q": text}, card=True, echoes=True) for text in ("", *_words_of(there))]


def _suggests(method, there):
    return [Ask(method, "/find/suggest", {"q": text}, card=True) for text in _words_of(there)]


def _texts(method, there):
    words = (there.case.summary[:20], there.rows["person_mark"].text[:20], NAME)
    return [Ask(method, "/text-search/", {"q": text}, echoes=True) for text in words]


def _lookups(method, there):
    for name in [*lookups._lookups, "code.sex"]:
        # The other method is refused, or does not read the text.
        is_read = lookups.get_lookup(name).private == (method == "POST")
        for text in _words_of(there) if is_read else (NAME,):
            if method == "GET":
                yield Ask("GET", f"/lookup/{name}?q={text}", echoes=True)
            else:
                yield Ask("POST", f"/lookup/{name}", {"q": text}, card=name == "card")


def _files(method, there):
    for kind, (model, _resource) in _file_kinds.items():
        for size in SIZES:
            yield Ask(method, f"/file/{kind}/{there.rows[model.__tablename__].id}/{size}", outside=True)


def _drafts(end, refused=False):
    """Return the token of a foreign draft, and of a foreign case, which is a new draft here."""

    def make_requests(method, there):
        for token, outside in ((there.draft.token, refused), (there.case.draft_token, False)):
            yield Ask(
                method, f"/entry/{token}{end}", _entry_of(there), outside=outside, card=True, echoes=True
            )

    return make_requests


def _additions(end):
    """Return the page that adds rows to a foreign case."""
    path = "/addition/{pk}/token-of-matrix" + end
    return lambda method, there: [
        Ask(method, path.format(pk=there.case.id), _entry_of(there), card=True, echoes=True)
    ]


def _entry_of(there):
    """Return an entry that links the foreign person to a case by key, and copies their name and document."""
    person, document = there.rows["person"], there.rows["person_document"]
    return {
        "people-0-known-known": str(person.id), "people-0-role": "suspect", "people-1-role": "suspect",
        "people-1-person-surname_km": person.surname_km, "people-1-person-given_km": person.given_km,
        "people-1-person-sex": "M", "people-1-document-kind": "national_id", "people-1-document-number": document.number,
    }  # fmt: skip


def _one(path, pk=lambda there: 1, data=None, outside=True):
    return lambda method, there: [Ask(method, path.format(pk=pk(there)), data or {}, outside=outside)]


def _row_of(table):
    return lambda there: there.rows[table].id


def _opened(kind):
    return lambda there: there.openings[kind].id


REASON = {
    "reason": "ត្រូវការសម្រាប់ការងារស៊ើបអង្កេតនេះ",
    "verdict": "justified",
    "note": "ត្រូវការសម្រាប់ការងារស៊ើបអង្កេត",
}

AS_FILE = {"format": "csv", "case_number": "02-2026-000001"}

OWN = {
    "SearchView.search": _finds,
    "SearchView.more": _one("/find/more", data={"search": "no token"}),
    "SearchView.suggest": _suggests,
    "TextView.search": _texts,
    "SavedSearchView.save": _one("/saved-searches/save", data={"search": "no token"}),
    **{
        f"SavedSearchView.{method}": _one("/saved-searches/{pk}/" + act, lambda there: there.saved.id)
        for method, act in (("open", "open"), ("delete", "drop"), ("watch", "watch"), ("end", "end"))
    },
    "UploadsApi.post": _one("/api/v1/uploads/", outside=False),
    "ChangesApi.get_list": lambda _method, _there: [Ask("GET", "/api/v1/changes/")],
    "StatisticsTablesApi.get_list": _one("/api/v1/statistics-tables/?rows=province", outside=False),
    "StatisticsTablesApi.info": _one("/api/v1/statistics-tables/_info", outside=False),
    "MeasuresApi.get_list": _one("/api/v1/measures/", outside=False),
    "OpenApi.get": lambda _method, _there: [Ask("GET", "/api/v1/openapi/")],
    "LookupView.find": _lookups,
    "FileView.open": _files,
    "FileView.pending": lambda method, there: [
        Ask(method, f"/file/pending/{there.photo_token}", outside=True)
    ],
    "FileView.upload": _one("/file/upload", outside=False),
    "EntryView.begin": _one("/entry/", outside=False),
    "EntryView.list_drafts": _one("/entry/drafts/", outside=False),
    "EntryView.show_offline": _one("/entry/offline/", outside=False),
    "EntryView.page": _drafts("", refused=True),
    "EntryView.save": _drafts(""),
    "EntryView.save_draft": _drafts("/draft"),
    "EntryView.check": _drafts("/check"),
    "EntryView.drop": _drafts("/delete"),
    "MapView.show_nation": _one("/statistics/map/", outside=False),
    "MapView.show_place": _one("/statistics/map/{pk}", lambda there: there.case.province_code, outside=False),
    "SavedViewView.change": _one("/list-views/{pk}/change", outside=False),
    "SavedViewView.columns": _one("/list-views/PersonView/columns", outside=False),
    "SavedViewView.save": _one("/list-views/PersonView/save", data={"title": "x"}, outside=False),
    "ExportView.of_selection": _one("/export/selection/PersonView", data={"id": "1"} | REASON, outside=False),
    "CaseView.show_part": lambda method, there: [
        Ask(method, f"/case/show/{there.case.id}/{part}", outside=True) for part in PARTS
    ],
    "EntryView.take_over": _one("/entry/sent/{pk}", lambda there: there.draft.id),
    "AdditionView.begin": _one("/addition/{pk}", lambda there: there.case.id, outside=False),
    "AdditionView.page": _additions(""),
    "AdditionView.save": _additions(""),
    "AdditionView.check": _additions("/check"),
    "ScopeChangeView.change": _one("/scope-changes/unit/PC-12", outside=False),
    **{
        f"CaseReviewView.{act}": _one(
            f"/casereview/{act}/{{pk}}", _row_of("case_review"), {"step": "approve"}
        )
        for act in ("decide", "answer")
    },
    "MyCasesView.list": _one("/my-cases/", outside=False),
    "InboxView.list": _one("/inbox/list/", outside=False),
    "InboxView.show": _one("/inbox/show/{pk}", lambda there: there.message.id),
    "BreakGlassView.request_access": _one("/break-glass/request", data={"word": "no word"}, outside=False),
    "BreakGlassView.open": _one("/break-glass/open", data={"word": "no word"} | REASON),
    "BreakGlassView.list": _one("/break-glass/list/", outside=False),
    "BreakGlassView.show": _one("/break-glass/show/{pk}", _opened("break_glass")),
    "BreakGlassView.review": _one("/break-glass/review/{pk}", _opened("break_glass"), REASON),
    "RevealView.request_reveal": _one("/reveal/{pk}", lambda there: there.rows["involvement"].id, REASON),
    "ShareView.share_case": _one("/share/{pk}", lambda there: there.case.id, REASON | {"unit": "PC-02"}),
    "ShareView.end_share": _one("/share/end/{pk}", _opened("share")),
    "CourtOrderView.scan": _one("/courtorder/scan/{pk}", lambda there: there.rows["court_order"].id),
    **{
        f"{name}View.scan": _one(f"/{name.lower()}/scan/{{pk}}", _row_of(name.lower()))
        for name in ("Arrest", "Custody", "Detention", "Judgment", "Release")
    },
    "TimelinessView.units": _one("/statistics/timeliness/", outside=False),
    "TimelinessView.unit": _one("/statistics/timeliness/unit/PC-12", outside=False),
    "TimelinessView.records": _one("/statistics/timeliness/records/entered/PC-12", outside=False),
    "StatisticsReportView.print_pdf": _one("/printout/statistics-report/", outside=False),
    "StatisticsReportView.download_workbook": _one("/printout/statistics-report/workbook", outside=False),
    "NationalExtractView.page": _one("/statistics/national/", outside=False),
    "NationalExtractView.download": _one("/statistics/national/csv?year=2026", outside=False),
    "OfficialReportView.draft": _one("/officialreport/draft", data={"unit": "PC-12"}, outside=False),
    "OfficialReportView.review": _one("/officialreport/review/{pk}", lambda there: there.official_report.id),
    "OfficialReportView.file": _one(
        "/officialreport/file/{pk}/report.xlsx", lambda there: there.official_report.id
    ),
    "OfficialReportView.compare": _one(
        "/officialreport/compare/{pk}", lambda there: there.official_report.id
    ),
    "LetterView.scan": _one("/letter/scan/{pk}", _row_of("letter")),
    "LetterView.take_step": _one("/letter/step/{pk}", _row_of("letter"), {"step": "submit"} | REASON),
    "LetterView.show_received": _one("/letter/received/{pk}", _row_of("letter_recipient")),
    "OpenedCaseView.show": _one("/opened-case/{pk}", _row_of("letter")),
    "OpenedCaseView.file": _one("/opened-case/{pk}/file/1", _row_of("letter")),
    "OfficialLetterView.print_pdf": _one("/printout/letter/{pk}", _row_of("letter")),
    "SeriesView.decide": _one(
        "/caseseries/decide/{pk}", lambda there: there.series.id, {"step": "reject"} | REASON
    ),
    "ItemMatchView.answer": _one(
        "/itemmatch/answer/{pk}", lambda there: there.item_match.id, {"state": "denied"} | REASON
    ),
    "ReportMatchView.answer": _one(
        "/reportmatch/answer/{pk}", lambda there: there.report_match.id, {"decision": "other"} | REASON
    ),
    "ReportNoticeView.print_pdf": _one("/printout/notice/{pk}", _row_of("person_report")),
    "ProtectionOrderSummaryView.print_pdf": _one(
        "/printout/protection-order/{pk}", _row_of("protection_order")
    ),
    "CourtAccessView.print_pdf": _one("/printout/court-access/{pk}", _row_of("retention_act")),
    "ReferralLetterView.print_pdf": _one("/printout/referral/{pk}", _row_of("minor_step")),
    "PropertyReceiptView.print_pdf": _one("/printout/property-receipt/{pk}", _row_of("property_report")),
    "LinkChartView.show": lambda method, there: [
        Ask(method, f"/links/case/{there.case.id}", outside=True),
        Ask(method, f"/links/person/{there.rows[Person.__tablename__].id}", outside=True),
    ],
    "PlaceCasesView.show": _one("/place-cases/020310", outside=False),
    "SeriesView.repeat_cases": _one("/caseseries/repeats/", outside=False),
    **{
        f"CourseSessionView.{act}": _one(f"/coursesession/{path}/{{pk}}", outside=False)
        for act, path in (
            ("enrol", "enrol"),
            ("remove", "remove"),
            ("cancel_test", "cancel-test"),
            ("save_attendance", "attendance"),
            ("enter_practice", "practice"),
            ("prepare_test", "test"),
            ("enter_result", "result"),
            ("issue", "issue"),
            ("results", "results"),
        )
    },
    "QuestionView.enter_supplied": _one("/question/enter-supplied", outside=False),
    "QuestionView.retire": _one("/question/retire/{pk}", outside=False),
    "TrainingView.list": _one("/training/list/", outside=False),
    "TrainingView.take": _one("/training/test/{pk}", outside=False),
    "TrainingView.work": _one("/training/test/{pk}", data={"act": "start"}, outside=False),
    "TrainingView.result": _one("/training/result/{pk}", outside=False),
    "TrainingView.check": _one("/training/check", data={"number": "EC-2026-00001-0"}, outside=False),
    "CertificateView.preview": _one("/certificate/preview", outside=False),
    "CertificateView.revoke": _one("/certificate/revoke", data={"number": "EC-1"} | REASON, outside=False),
    "CertificatePdfView.print_pdf": _one("/printout/certificate/{pk}", outside=False),
    "CourseReportView.print_pdf": _one("/printout/course-report/{pk}", outside=False),
    "CrimeView.page": _one("/statistics/crime/", outside=False),
    "CrimeView.records": _one(
        "/statistics/crime/records/cases?first=2026-01-01&last=2026-12-31&area=12", outside=False
    ),
    "TableBuilderView.page": _one("/statistics/tables/?rows=province", outside=False),
    "TableBuilderView.save": _one("/statistics/tables/save", data={"name": "x"}, outside=False),
    "TableBuilderView.change": _one("/statistics/tables/{pk}/delete", outside=False),
    "TableFileView.print_pdf": _one("/printout/table/", outside=False),
    "TableFileView.download": _one("/printout/table/csv?rows=province", outside=False),
    "MeasuresView.page": _one("/statistics/measures/", outside=False),
    "InCustodyView.list": _one("/in-custody/list/", outside=False),
    "DueReleaseView.list": _one("/releases-due/list/", outside=False),
    "SupervisionView.list": _one("/supervision/list/", outside=False),
    "PrintedView.log_print": lambda method, there: [
        Ask(method, f"/print-log/case/{there.case.id}", outside=True),
        Ask(method, f"/print-log/person/{there.rows[Person.__tablename__].id}", outside=True),
    ],
    "CaseSheetView.print_pdf": _one("/printout/case-sheet/{pk}", lambda there: there.case.id),
    "DossierIndexView.print_pdf": _one("/printout/dossier-index/{pk}", _row_of("case")),
    "ActRecordView.print_pdf": _one("/printout/act-record/{pk}", _row_of("investigation_act")),
    "PersonFileView.print_pdf": _one("/printout/person-file/{pk}", lambda there: there.rows["person"].id),
    "WantedBulletinView.print_pdf": _one(
        "/printout/bulletin/{pk}", lambda there: there.rows["court_order"].id
    ),
    "ReturnOfExecutionView.print_pdf": _one(
        "/printout/return/{pk}", lambda there: there.rows["court_order"].id
    ),
    "ExhibitReceiptView.print_pdf": _one("/printout/receipt/{pk}", lambda there: there.rows["exhibit"].id),
    "PrintedCopyView.list": _one("/printed/list/", outside=False),
    "PrintedCopyView.show": _one("/printed/copy/1-00000000", outside=False),
    "CaseSheetsView.print_pdf": _one("/printout/case-sheets/", outside=False),
    "ListPrintoutView.print_pdf": lambda method, there: [
        Ask(method, f"/printout/list/{view}", {"rowid": str(there.rows[table].id)}, outside=True)
        for view, table in (("CaseView", "case"), ("PersonView", "person"), ("CourtOrderView", "court_order"))
    ],
    "PatrolListView.print_pdf": _one("/printout/patrol/", outside=False),
    "JobView.list": _one("/jobs/list/", outside=False),
    "JobView.rows": _one("/jobs/rows/{pk}", lambda there: there.job.id),
    **{
        f"JobView.{act}": _one(f"/jobs/{act}/{{pk}}", lambda there: there.job.id)
        for act in ("show", "cancel", "fetch")
    },
    "ExportView.list": _one("/export/list/", outside=False),
    "ExportView.data_set": _one("/export/data-set", outside=False),
    "ExportView.exchange": _one("/export/exchange", outside=False),
    **{
        f"AcknowledgementView.{act}": _one(f"/acknowledgement/{act}/{{pk}}", lambda there: there.export.id)
        for act in ("form", "upload")
    },
    "ExportView.of_list": _one("/export/table/CaseView", data=AS_FILE, outside=False),
    "ExportView.of_record": lambda method, there: [
        Ask(method, f"/export/case/{there.case.id}", AS_FILE, outside=True),
        Ask(method, f"/export/person/{there.rows['person'].id}", AS_FILE, outside=True),
    ],
    **{
        f"ExportView.{act}": _one(
            f"/export/{act}/{{pk}}", lambda there: there.export.id, REASON | {"decision": REASON["reason"]}
        )
        for act in ("show", "begin", "more", "decide")
    },
    "ImportView.list": _one("/import/list/", outside=False),
    "ImportView.search": _one("/import/search", outside=False),
    "ImportView.add": _one("/import/add", outside=False),
    **{
        f"ImportView.{act}": _one(f"/import/{act.replace('_', '-')}/{{pk}}", lambda there: there.run.id)
        for act in ("show", "edit", "choose", "check", "undo", "propose", "values", "report")
    },
    "ImportView.approve": _one("/import/approve/{pk}", lambda there: there.run.id),
    "ImportView.resume": _one("/import/resume/{pk}", lambda there: there.run.id),
    **{
        f"RejectedEntryView.{act}": _one(f"/rejected-entries/{act}/{{pk}}", lambda there: there.run.id)
        for act in ("list", "sheet", "upload", "fixed", "approve")
    },
    "ImportProfileView.list": _one("/import-profiles/list/", outside=False),
    "ImportProfileView.empty": _one("/import-profiles/empty/exchange-court", outside=False),
    "ImportProfileView.upload": _one("/import-profiles/upload", outside=False),
    **{
        f"ImportProfileView.{act}": _one(f"/import-profiles/{act}/{{pk}}", lambda there: 1)
        for act in ("show", "download", "rename", "restore", "delete")
    },
    "RejectedEntryView.fix": _one("/rejected-entries/fix/{pk}", lambda there: there.waiting.id),
    "RejectedEntryView.return_row": _one("/rejected-entries/return/{pk}", lambda there: there.waiting.id),
    # A likely duplicate, in the list and next to the hidden result of a search.
    "DuplicateView.list": lambda method, there: [Ask(method, "/duplicate/list/", card=True)],
    "DuplicateView.search": lambda method, there: [
        Ask(method, "/duplicate/search", {"_flt_0_state": state}, card=True) for state in ("1", "waiting")
    ],
    "DuplicateView.show": _one("/duplicate/show/{pk}", lambda there: there.pair.id),
    "DuplicateView.edit": _one("/duplicate/edit/{pk}", lambda there: there.pair.id),
    "DuplicateView.propose": _one("/duplicate/propose/{pk}", lambda there: there.pair.id, REASON),
    "DuplicateView.dismiss": _one("/duplicate/dismiss/{pk}", lambda there: there.pair.id, REASON),
    "DuplicateView.name": _one(
        "/duplicate/choose/{pk}", lambda there: there.rows["person"].id, {"number": "P-1"}
    ),
    "CheckView.check": _one(
        "/order-verification/{pk}", lambda there: there.rows["court_order"].id, {"new": "y"}
    ),
    "ArrestLinkView.link": lambda method, there: [
        Ask(method, f"/order-arrest/{there.rows['court_order'].id}/{there.rows['arrest'].id}")
    ],
    "OrderMatchView.list": _one("/matches/list/", outside=False),
    "OrderMatchView.show": _one("/matches/{pk}", lambda there: there.match.id),
    "OrderMatchView.answer": _one(
        "/matches/{pk}/answer",
        lambda there: there.match.id,
        REASON | {"kind": "match_confirmed", "compared": "y"},
    ),
    "WorkListView.list": _one("/orders/worklist/", outside=False),
    "InvestigationActView.choose": _one("/investigationact/choose/{pk}", _row_of("investigation_act")),
    "InvestigationActView.scan": _one("/investigationact/scan/{pk}", _row_of("investigation_act")),
    "ExhibitView.scan": _one("/exhibit/scan/{pk}", _row_of("exhibit")),
    "ExhibitCustodyView.scan": lambda method, there: [
        Ask(method, f"/exhibitcustody/code/{there.rows['exhibit'].code}", outside=False)
    ],
    "InventoryView.count": _one("/inventory/count/{pk}", outside=False),
    "LineupView.face": _one("/lineup/face/{pk}/1", outside=False),
    "LineupView.choose": _one("/lineup/choose/{pk}", outside=False),
    "LineupView.fix": _one("/lineup/choose/{pk}", outside=False),
    "LineupView.enter": _one("/lineup/enter/{pk}", outside=False),
    "LineupView.cancel": _one("/lineup/cancel/{pk}", outside=False),
    "LineupSessionView.list": _one("/lineup-session/", outside=False),
    "LineupSessionView.show": _one("/lineup-session/show/{pk}", outside=False),
    "LineupSessionView.run": _one("/lineup-session/show/{pk}", outside=False),
    "LineupSessionView.face": _one("/lineup-session/face/{pk}/1", outside=False),
    "LineupRecordView.print_pdf": _one("/printout/lineup/{pk}", outside=False),
    "LineupRecordView.print_shown": _one("/printout/lineup/shown/{pk}", outside=False),
    "LabelView.print_pdf": _one("/printout/labels/{pk}", _row_of("exhibit")),
    "LabelView.print_case": _one("/printout/labels/case/{pk}", lambda there: there.case.id),
    "LabelView.print_selected": lambda method, there: [
        Ask(method, "/printout/labels/", {"rowid": str(there.rows["exhibit"].id)}, outside=True)
    ],
    "LabelView.print_shelf": _one("/printout/labels/shelf/{pk}", outside=False),
    "LabelView.print_store": _one("/printout/labels/store/{pk}", outside=False),
    "HandOverView.print_pdf": _one("/printout/handover/{pk}", outside=False),
    "HandOverView.print_selected": lambda method, there: [
        Ask(method, "/printout/handover/", {"rowid": str(there.rows["exhibit_movement"].id)}, outside=True)
    ],
    "InventoryReportView.print_pdf": _one("/printout/inventory/{pk}", outside=False),
    "LogView.list": _one("/log/list/", outside=False),
    "LogView.search": _one("/log/search", outside=False),
    "LogView.show": _one("/log/show/{pk}", outside=False),
    "LogView.find_case": _one("/log/case", outside=False),
    "LogView.replay": _one("/log/case/{pk}", lambda there: there.case.id),
    "LogView.week": _one("/log/weekly-report", outside=False),
    "LogView.sign_week": _one("/log/weekly-report", outside=False),
    "LogView.verify": _one("/log/verification", outside=False),
    "LogView.canaries": _one("/log/canaries", outside=False),
    "LogView.add_canary": _one("/log/canaries", outside=False),
    "LogView.remove_canary": _one("/log/canaries/{pk}", lambda there: there.rows["person"].id),
}
