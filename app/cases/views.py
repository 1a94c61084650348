"""Views of cases and their rows. The entry page is in `entry_views`."""

from dataclasses import replace
from functools import cached_property

from flask import abort, flash, g, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.lookups import officer_filter
from app.cases import (
    aggregate,
    case_status,
    court_findings,
    deadlines,
    offence_summary,
    open_matters,
    queries,
    timeline,
)
from app.cases.completeness import (
    count_suspects_by_role,
    find_missing_acts,
    find_missing_items,
    is_in_work,
)
from app.cases.list_filters import offence_filters, row_filters
from app.cases.models import (
    Case,
    CaseDisposition,
    CaseFile,
    CaseOffence,
    Exhibit,
    Involvement,
    Supplement,
)
from app.cases.person_cards import load_cards
from app.cases.rules import CaseFacts
from app.cases.rules.completeness import SOLVED
from app.cases.rules.dispositions import APPEAL, FINAL, JUDGED, STATUS_AFTER
from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import deduplicate_people
from app.extensions import db
from app.kernel.api.create import PROTECTED_BY_SAVE
from app.kernel.api.record_api import make_api
from app.kernel.api.uploads import ScanAction
from app.kernel.api.withdrawal import WithdrawableView
from app.kernel.audit import access_log
from app.kernel.files import store
from app.kernel.files.views import thumbnail_url
from app.kernel.schema import code_lists, record_lock
from app.kernel.schema.display import format_field, format_value
from app.kernel.schema.fields import field_groups, fields_of
from app.kernel.screens import related_rows, table_html
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.related_rows import RelatedQuery
from app.kernel.screens.scans import ScanUploadMixin
from app.kernel.text import dates
from app.kernel.validation import aggregates, warning_overrides
from app.people import status
from app.people.models import PersonDocument, PersonPhoto
from app.people.status_badges import make_badge
from app.reference.list_filters import area_filter, unit_filter

EXHIBIT_PHOTO = "exhibit_photo"
SHOWN_ROWS = 20  # rows of each part on the page of a case


def _load_facts(case):
    return queries.load_facts(case, g.user.unit)


def _find_wanted(people):
    """Return the people who are wanted. An escape from another prison is shown instead, and hides no warrant."""
    shown = {one.id: one.standing.status for one in people if one.standing}
    wanted = status.find_holders(db.session, shown, status.WANTED)
    return [one for one in people if one.id in wanted]


def _format_offences(case):
    """Return the offences of the case as text, limited to what the reader may see."""
    meta = fields_of(CaseOffence)["offence"]
    return " · ".join(format_field(one, "offence", meta) for one in exclude_voided(case.offences))


class CaseRowView(WithdrawableView):
    """View of a row of a case."""

    def facts(self, record):
        return _load_facts(record.case)


class CaseOffenceView(CaseRowView):
    datamodel = SQLAInterface(CaseOffence)
    class_permission_name = "CaseOffence"
    resource_name, icon = "case-offences", "scale"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("Offences in cases"),
        _("Offence in a case"),
        _("Edit an offence in a case"),
    )
    list_columns = ["offence", "case", "attempt", "offence_class", "method"]
    list_filters = row_filters(CaseOffence) | {
        name: fields_of(CaseOffence)[name] for name in ("offence", "family")
    }
    cell_kinds = {"offence": "lead", "case": "id"}


PERSON_STAYS = _(
    "The person stays registered: another record names the person, or another officer added to it. If the person is registered"
    " by mistake, the provincial chief requests a correction."
)


class InvolvementView(CaseRowView):
    datamodel = SQLAInterface(Involvement)
    class_permission_name = "Involvement"
    resource_name, icon = "involvements", "user"
    needs_purpose = frozenset((access_log.LIST,))
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("People in cases"),
        _("Person in a case"),
        _("Edit a person in a case"),
    )
    list_columns = ["person", "case", "happened", "role", "age", "minor", "injury"]
    list_filters = {
        "role": ListFilter(
            fields_of(Involvement)["role"].label, codes="role", build=court_findings.has_current_role
        ),
        **row_filters(Involvement),
    }
    # A row without a visible person says why, and a role what has ended it.
    extra_columns = ("card_only", "protection", "end_reason")
    label_columns = {
        "happened": _("Time of occurrence"),
        "offences": _("Offences"),
        "status": _("Case status"),
    }
    related_title = _("Cases")
    related_columns = (
        "case",
        "offences",
        "happened",
        "role",
        "status",
        "age",
    )  # columns of the cases of one person
    list_links = related_links = ("case.offences",)
    cell_kinds = {"person": "lead", "role": "short", "case": "id", "age": "short", "happened": "id"}
    CASE_COLUMNS = {
        "happened": lambda case: format_value(case.occurred_from.date()),
        "offences": _format_offences,
        "status": lambda case: code_lists.label("case_status", case.status),
    }

    def find(self, pk, joins=None, reads=None):
        return super().find(pk, joins, lambda row: load_cards([row]))

    def url_after_save(self, pk):
        """Return the page of the row, or of its case if the law now protects the person also from the author."""
        key = int(pk)
        row = db.session.get(Involvement, key)
        if db.session.scalar(select(Involvement.id).where(Involvement.id == key)) is not None:
            return super().url_after_save(pk)
        flash(str(PROTECTED_BY_SAVE), "warning")
        return url_for("CaseView.show", pk=row.case_id)

    def note_after_withdrawal(self, record):
        person = record.person
        is_own = person is not None and not person.is_void and record_lock.may_withdraw(person, g.user.id)
        return PERSON_STAYS if is_own else ""

    def build_show_widget(self, record):
        g.current_roles = court_findings.find_roles_of_page([record])
        return super().build_show_widget(record)

    def build_cells(self, listing, columns):
        """Return the cells; on the page of a person the number of a case opens the case."""
        g.current_roles = court_findings.find_roles_of_page(listing.rows)
        cells = super().build_cells(listing, columns)
        if columns[0] == "case":
            for row in listing.rows:
                cells[row.id][0] = self.link_value(row, "case", cells[row.id][0])
        return cells

    def find_shown_values(self, keys):
        return {"role": court_findings.load_current_roles(keys)}

    def format_cell(self, record, name):
        if name in self.CASE_COLUMNS:  # break-glass access shows the involvement, not the case
            return self.CASE_COLUMNS[name](record.case) if record.case is not None else ""
        if name == "person":
            return str(record)
        if name == "role":
            current = g.get("current_roles", {}).get(record.id)
            return court_findings.name_role(current.role if current else record.role, record.end_reason)
        return super().format_cell(record, name)


class ExhibitPhotoAction(ScanAction):
    """Add a photo to an exhibit at any time, by the API."""

    def fill_row(self, pk, model, row, form):
        problems = super().fill_row(pk, model, row, form)
        row.case = row.exhibit.case
        return problems


class ExhibitView(ScanUploadMixin, CaseRowView):
    datamodel = SQLAInterface(Exhibit)
    class_permission_name = "Exhibit"
    resource_name, icon = "exhibits", "package"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Exhibits"), _("Exhibit"), _("Edit an exhibit")
    list_columns = ["kind", "description", "case", "property_role", "quantity", "measure", "plate", "state"]
    optional_columns = ("substance", "value_khr", "recorded_at")
    omitted_columns = {"substance": "on the page of the exhibit"}
    list_filters = row_filters(Exhibit)
    cell_kinds = {"kind": "lead", "case": "id", "plate": "id"}
    method_permission_name = CaseRowView.method_permission_name | {"scan": "edit"}
    show_template = "evidence/exhibit.html"

    @classmethod
    def make_api_actions(cls):
        photo = ExhibitPhotoAction(
            "photo", make_api(CaseFileView), "exhibit", cls.class_permission_name, kind=EXHIBIT_PHOTO
        )
        return (*super().make_api_actions(), photo)

    def build_scan(self, record, columns):
        return CaseFile(case=record.case, exhibit=record, kind=EXHIBIT_PHOTO, **columns)

    def show_context(self, record, extra_rows):
        may_add = not record.is_void and self.may_do("edit")
        return super().show_context(record, extra_rows) | {
            "may_add_photo": may_add,
            "may_print_label": self.appbuilder.sm.has_access("can_print", "ExhibitReceipt"),
        }


class CaseFileView(CaseRowView):
    datamodel = SQLAInterface(CaseFile)
    class_permission_name = "CaseFile"
    resource_name = "case-files"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Case files"), _("Case file"), _("Edit a case file")
    list_columns = ["file", "case", "exhibit", "note", "recorded_at"]
    show_columns = [
        "file", "kind", "note", "helps_suspect", "case", "exhibit", "act", "mime", "size", "recorded_at",
    ]  # fmt: skip
    omitted_columns = {
        "kind": "the text of the link to the file",
        "mime": "on the page of the file",
        "voided_at": "the note of the lock",
        "void_reason": "the note of the lock",
    }
    extra_columns = ("kind", "mime")
    label_columns = {"file": _("File")}
    cell_kinds = {"file": "lead", "case": "id", "recorded_at": "id"}

    def format_cell(self, record, name):
        """Return the cell; the file is a link that opens it, with a small picture if it is one."""
        if name != "file":
            return super().format_cell(record, name)
        url = url_for("FileView.open", kind="case-file", pk=record.id, size="full")
        picture = (
            Markup('<img class="photo m" src="{}" alt="" width="56" height="56"> ').format(
                thumbnail_url("case-file", record.id, "64")
            )
            if record.mime == store.JPEG
            else ""
        )
        return table_html.NameCell.from_html(
            Markup('<a class="name" href="{}">{}{}</a>').format(url, picture, record), str(record)
        )


class SupplementView(WithdrawableView):
    datamodel = SQLAInterface(Supplement)
    class_permission_name = "Supplement"
    resource_name, icon = "supplements", "file-text"
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = WithdrawableView.method_permission_name | {"withdraw": "add"}
    list_title, show_title, add_title = _("Supplements"), _("Supplement"), _("Add a supplement")
    list_columns = ["case", "learned_on", "text"]
    add_columns = ["case", "learned_on", "text"]
    cell_kinds = {"case": "id"}

    def facts(self, record):
        return CaseFacts(now=dates.now())


class CaseDispositionView(RecordView):
    datamodel = SQLAInterface(CaseDisposition)
    class_permission_name = "CaseDisposition"
    resource_name = "case-dispositions"
    base_permissions = ["can_list", "can_show", "can_add"]
    list_title, show_title, add_title = (
        _("Steps of procedure"),
        _("Step of procedure"),
        _("Enter a step of procedure"),
    )
    list_columns = ["case", "kind", "decided_on", "clearance", "document_no"]
    list_filters = row_filters(CaseDisposition) | {"decided_on": fields_of(CaseDisposition)["decided_on"]}
    omitted_columns = {"source_row": "only a step of an import has one; its page shows it"}
    add_columns = [
        "case", "kind", "decided_on", "clearance", "court", "document_no", "document_date", "reason",
    ]  # fmt: skip
    cell_kinds = {"case": "id", "kind": "lead", "decided_on": "id", "document_no": "id"}

    def facts(self, record):
        facts = case_status.load_facts(db.session, record)
        return replace(facts, open_matters=open_matters.find_open_matters(record))

    def url_after_save(self, pk):
        step = db.session.get(CaseDisposition, int(pk))
        return url_for("CaseView.show", pk=step.case_id)


def _list_own_locks(case):
    """Return when the rows lock that the reader may still withdraw, the first one first."""
    rows = (*case.offences, *case.involvements, *case.exhibits, *case.files, *case.supplements)
    own = (row for row in rows if not row.is_void and record_lock.may_withdraw(row, g.user.id))
    return sorted(map(record_lock.locks_at, own))


# Status of a case → the table of a record that gives it without a step.
IMPLYING_TABLES = dict.fromkeys((STATUS_AFTER[JUDGED], STATUS_AFTER[APPEAL], FINAL), "judgment") | {
    SOLVED: "arrest"
}


def _link_basis_of_status(case, bases):
    """Return the link to the step, arrest or judgment that gives the status; None if the reader does not see it."""
    steps = [one for one in case.sorted_steps if not one.is_void]
    if steps and STATUS_AFTER[steps[-1].kind] == case.status:
        url = url_for("CaseDispositionView.show", pk=steps[-1].id)
        day, number = format_field(steps[-1], "decided_on"), steps[-1].document_no or ""
        return Markup('<a href="{}">{} {}</a>').format(url, day, number)
    table = IMPLYING_TABLES.get(case.status)
    rows = [
        row
        for row in exclude_voided(case.rows_of_procedure)
        if row.__tablename__ == table and getattr(row, "is_in_force", True)
    ]
    newest = max(rows, key=lambda row: getattr(row, row.__when__), default=None)
    return bases[table, newest.id] if newest is not None else None


class CaseView(RecordView):
    datamodel = SQLAInterface(Case)
    class_permission_name = "Case"
    method_permission_name = RecordView.method_permission_name | {"show_part": "show"}
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = _("Cases"), _("Case"), _("Edit a case")
    base_order = ("occurred_from", "desc")
    list_columns = ["number", "occurred_from", "called", "place", "status", "reported_at", "deadline"]
    optional_columns = (
        "place_kind",
        "report_kind",
        "clearance",
        "solved_on",
        "sent_on",
        "court",
        "dossier_no",
        "recorded_at",
    )
    omitted_columns = {"late": "a tag at the time of the report"}
    list_filters = {
        "area": area_filter(Case, lambda code: Case.place_code == code),
        "unit": unit_filter(Case.unit_code),
        "officer": officer_filter(Case.recorded_by_id),
        **offence_filters(Case.id),
        "recorded_at": fields_of(Case)["recorded_at"],
        "deadline": deadlines.edit_window_filter(),
    }
    extra_columns = ("recorded_at", "origin", "late", "time_unknown")
    label_columns = {"called": _("Offences"), "deadline": _("Editable")}
    cell_kinds = {
        "number": "id",
        "status": "short",
        "place": "wide",
    }
    # The facts of each section of the page.
    page_facts = field_groups(
        Case,
        "show",
        {
            "outcome": ["status", "solved_on", "clearance", "sent_on", "court", "dossier_no"],
            "times": [
                "occurred_from", "occurred_to", "reported_at", "report_kind", "recorded_at", "late_reason", "place",
                "place_kind", "place_text", "latitude", "longitude", "abroad_country",
            ],
        },
        omitted=dict.fromkeys(("number", "sensitivity", "late"), "the head of the page")
        | dict.fromkeys(("summary", "modus_operandi_text"), "a section of its own")
        | dict.fromkeys(("voided_at", "void_reason"), "the note of the lock")
        | dict.fromkeys(("time_unknown", "report_time_unknown"), "then the date has no time")
        | {"photo_missing": "on the page of the edit"},
    )  # fmt: skip
    list_template = "cases/cases.html"
    show_template = "cases/case.html"

    def format_cell(self, record, name):
        if name == "reported_at" and record.late:
            late = super().format_cell(record, "late")
            return Markup('{}<br><span class="tag amber">{}</span>').format(
                super().format_cell(record, name), late
            )
        return deadlines.format_state(record) if name == "deadline" else super().format_cell(record, name)

    def column_values(self, keys):
        return {"called": offence_summary.summarize_offences(keys)}

    def facts(self, record):
        return _load_facts(record)

    def problems(self, record):
        """Return the case's own problems at its fields, and the errors that the change causes in its rows.

        A row that was invalid before (a birth corrected elsewhere, an import) cannot be fixed on this page.
        """
        ((case, light_facts),) = aggregate.load_cases_with_facts(Case.id == record.id)
        own = [problem for problem in super().problems(case) if self._has_field(problem)]
        caused = [
            problem
            for problem in aggregates.new_errors(case, case, light_facts)
            if not self._has_field(problem)
        ]
        return [*own, *aggregates.label_row_errors(caused)]

    def _has_field(self, problem):
        return problem.row is None and problem.field in self.edit_columns

    rows_of_higher_features = ()  # RelatedQuery of rows that the page shows in its summary

    @cached_property
    def _joins(self):
        return *super()._joins, joinedload(Case.recorded_by)

    @property
    def extra_row_queries(self):
        return *ROWS, *timeline.list_row_kinds(), *self.rows_of_higher_features

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._render_page(pk, self.show_template)

    @expose("/show/<pk>/<part>", methods=["GET"])
    @has_access
    def show_part(self, pk, part):
        """Show all rows of one part of the case, which its page shows in extracts."""
        if part not in PARTS:
            abort(404)
        return self._render_page(pk, "cases/part.html", related_rows.MAX_RELATED, part=part)

    def _render_page(self, pk, template, size=SHOWN_ROWS, **context):
        loaded = []
        case = self.find(pk, reads=lambda case: loaded.extend(self._load_rows(case, size)))
        lists, timeline_rows = loaded
        valid = exclude_voided(case.involvements)
        still_open = not record_lock.is_locked(case)
        current_roles, bases = court_findings.find_current_roles(case.involvements), self._link_bases(case)
        return self.render_template(
            template,
            title=case.number,
            pk=pk,
            case=case,
            size=None if "part" in context else size,
            offence=offence_summary.find_main_offence(case),
            facts=self.page_facts,
            current_roles=current_roles,
            basis_of_roles=bases,
            basis_of_status=_link_basis_of_status(case, bases),
            suspects_by_role=count_suspects_by_role(case, current_roles),
            status_badges={
                row.person_id: make_badge(row.person.standing)
                for row in case.involvements
                if row.person is not None
            },
            wanted=_find_wanted(deduplicate_people(row.person for row in valid)),
            missing=[
                *(find_missing_items(case) if still_open or is_in_work(case) else ()),
                *find_missing_acts(case, case.rows_of_procedure),
            ],
            registered_by=case.recorded_by,
            still_open=still_open,
            own_rows=[] if still_open else _list_own_locks(case),
            saved_token=request.args.get("saved") or (case.draft_token if still_open else None),
            deadlines=list(deadlines.list_deadlines(case)),
            due=self._list_due(lists),
            events=timeline.build_events(case, timeline_rows[: len(timeline.list_row_kinds())]),
            series=[row for rows in timeline_rows[len(timeline.list_row_kinds()) :] for row in rows],
            related_views=self.listed_related_views,
            page_notes=self.list_page_notes(case, lists),
            widgets={"related_views": self.build_related_widgets(case, lists)},
            passed=warning_overrides.load_overrides(case, *case.involvements, *case.offences, *case.exhibits),
            **context,
        )

    def _load_rows(self, case, size):
        """Load the rows of the case and of its people. Return (the related lists, the rows of the timeline)."""
        lists, rows = self.load_related(case, size)
        for query, some in zip(ROWS, rows, strict=False):
            related_rows.set_collection(case, query, some)
        people = [row.person for row in case.involvements if row.person is not None]
        related_rows.preload(people, *PERSON_ROWS)
        load_cards(case.involvements)
        # A list of records on the case: the access log and the history cover them too.
        case.rows_of_procedure = [row for related in lists for row in related.rows]
        return lists, rows[len(ROWS) :]

    def _link_bases(self, case):
        """Return (table, id) → link to each record of procedure that the reader sees."""
        views = {view.datamodel.obj: view for view in self.listed_related_views}
        return {
            (row.__tablename__, row.id): Markup('<a href="{}">{} {}</a>').format(
                views[type(row)].record_url(row.id), views[type(row)].show_title, row
            )
            for row in case.rows_of_procedure
        }

    def _list_due(self, lists):
        """Return (end, whether it has passed, title, URL, person) of the open deadlines, earliest first."""
        now = dates.now().isoformat()
        found = [
            (
                ends,
                ends.isoformat() < now[: len(ends.isoformat())],
                f"{view.show_title} {row}",
                view.record_url(row.id),
                row.person,
            )
            for view, related in zip(self.listed_related_views, lists, strict=True)
            for row in related.rows
            if row.voided_at is None and (ends := getattr(row, "open_deadline", None)) is not None
        ]
        return sorted(found, key=lambda one: one[0].isoformat())


# The parts that have a page of their own, once they have more rows than the page of the case shows.
PARTS = ("offences", "people", "exhibits", "documents", "procedure", "timeline")
ROWS = (
    RelatedQuery(CaseOffence, "case"),
    RelatedQuery(Involvement, "case", links=("person.standing",)),
    RelatedQuery(Exhibit, "case"),
    RelatedQuery(CaseFile, "case"),
    RelatedQuery(Supplement, "case"),
    RelatedQuery(CaseDisposition, "case"),
)
PERSON_ROWS = (RelatedQuery(PersonPhoto, "person"), RelatedQuery(PersonDocument, "person"))
