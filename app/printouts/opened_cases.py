"""The page of the parts of a case that a letter opens to the unit that received it. It reads no other part.

The case is read as if it were shared with the unit: protected people stay hidden. Each look is in the access log of the case.
"""

from flask import abort, g
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from sqlalchemy import select

from app.cases import court_findings
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.cases.person_cards import load_cards
from app.extensions import db
from app.kernel.actor import with_shared_case
from app.kernel.audit import access_log
from app.kernel.files.views import send_stored_file
from app.kernel.schema.display import format_field
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import RelatedQuery
from app.letters.models import EXHIBITS, FACTS, FILES, PEOPLE, SUMMARY, WHOLE, Letter
from app.letters.opened_cases import list_opened_parts
from app.printouts import case_sheets

ROWS = {
    FACTS: RelatedQuery(CaseOffence, "case", links=("offence",)),
    PEOPLE: RelatedQuery(Involvement, "case", links=("person",)),
    SUMMARY: RelatedQuery(Supplement, "case"),
    EXHIBITS: RelatedQuery(Exhibit, "case"),
    FILES: RelatedQuery(CaseFile, "case"),
}


class OpenedCaseView(BaseView):
    """The opened parts of the case of a letter, and its opened documents."""

    route_base, class_permission_name, default_view = "/opened-case", "Letter", "show"
    method_permission_name = {"show": "show", "file": "show"}

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        letter, opened = _find_opened(pk)
        with with_shared_case(db.session, letter.case_id):
            case = _load_case(letter.case_id, opened)
            access_log.log_view(case)
            parts = [part for part in _build_parts(case, opened) if part]
            files = [(one.id, format_field(one, "kind"), one.note) for one in _list_files(case, opened)]
        return self.render_template(
            "letters/opened_case.html", title=gettext("Case %(number)s", number=case.number), letter=letter, parts=parts,
            files=files,
        )  # fmt: skip

    @expose("/<int(max=2147483647):pk>/file/<int(max=2147483647):file_id>", methods=["GET"])
    @has_access
    def file(self, pk, file_id):
        letter, opened = _find_opened(pk)
        with with_shared_case(db.session, letter.case_id):
            files = _list_files(_load_case(letter.case_id, opened), opened)
            found = next((one for one in files if one.id == file_id), None) or abort(404)
            access_log.log_file(found)
            return send_stored_file(found, None, f"case-file-{file_id}")


def _find_opened(pk):
    """Return (letter, the opened parts of its case), or end with 404."""
    letter = db.session.get(Letter, pk) or abort(404)
    opened = list_opened_parts(g.user, letter)
    if not opened or WHOLE in opened:  # a whole case is shared, and has its own page
        abort(404)
    return letter, opened


def _load_case(case_id, opened):
    """Return the case with the rows of the opened parts only."""
    case = db.session.scalars(select(Case).where(Case.id == case_id)).unique().one_or_none() or abort(404)
    related_rows.preload([case], *(ROWS[part] for part in ROWS if part in opened))
    if PEOPLE in opened:
        load_cards(case.involvements)
        case.current_roles = court_findings.find_current_roles(case.involvements)
    return case


def _build_parts(case, opened):
    if FACTS in opened:
        yield from case_sheets.build_place_and_time(case)
        yield case_sheets.build_offences(case)
    if PEOPLE in opened:
        yield case_sheets.build_people(case)
    if SUMMARY in opened:
        yield from case_sheets.build_account(case)
    if EXHIBITS in opened:
        yield case_sheets.build_exhibits(case)


def _list_files(case, opened):
    return [one for one in case.files if not one.is_void] if FILES in opened else []
