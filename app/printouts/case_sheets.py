"""Case sheet: a case with its offences, people, exhibits and supplements, for signature."""
# chosen fields: a line of the exhibit table has room for these

from flask_babel import gettext
from sqlalchemy import select

from app.cases import court_findings
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.cases.models.exhibits import INDEXED_NUMBERS
from app.cases.person_cards import load_cards
from app.extensions import db
from app.kernel.schema import lookups, record_lock
from app.kernel.schema.display import format_value
from app.kernel.schema.fields import field_names_on
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import RelatedQuery
from app.printouts.document import (
    Printout,
    build_facts,
    build_note,
    build_paragraphs,
    build_table,
    format_digits,
    format_fields,
    get_field_label,
    get_presumption_notice,
    join_texts,
)
from app.printouts.person_names import format_birth, format_names
from app.printouts.titles import TITLES

CASE_ROWS = (
    RelatedQuery(CaseOffence, "case", links=("offence",)),
    RelatedQuery(Involvement, "case", links=("person",)),
    RelatedQuery(Exhibit, "case"),
    RelatedQuery(CaseFile, "case"),
    RelatedQuery(Supplement, "case"),
)
CASE_FACTS = field_names_on(
    Case,
    "show",
    order=(
        "occurred_to", "reported_at", "report_kind", "place_kind", "status", "clearance", "solved_on", "sent_on",
        "court", "dossier_no", "abroad_country", "place_text",
    ),
    omitted=dict.fromkeys(("number", "occurred_from", "place", "summary", "modus_operandi_text"), "printed separately")
    | dict.fromkeys(("voided_at", "void_reason", "recorded_at"), "printed separately")
    | dict.fromkeys(("latitude", "longitude"), "the place is printed")
    | dict.fromkeys(("late", "late_reason", "photo_missing", "sensitivity"), "concerns the entry, not the case")
    | dict.fromkeys(("time_unknown", "report_time_unknown"), "then the date is printed without a time"),
)  # fmt: skip


def load_record(case_id):
    """Return the case with all its rows, or None if the reader may not see it."""
    return next(iter(load_records([case_id])), None)


def load_records(ids):
    """Return the cases with these ids that the reader may see, in order and with all rows.

    Takes three statements, and one session more if a case shows cards.
    """
    found = {case.id: case for case in db.session.scalars(select(Case).where(Case.id.in_(ids)))}
    cases = [found[case_id] for case_id in ids if case_id in found]
    related_rows.preload(cases, *CASE_ROWS)
    people = [row for case in cases for row in case.involvements]
    load_cards(people)
    roles = court_findings.find_current_roles(people)
    for case in cases:
        case.current_roles = roles
    return cases


def build_printout(case):
    sections = [
        _void_note(case),
        *build_place_and_time(case),
        build_offences(case),
        build_people(case),
        *build_account(case),
    ]
    sections += [build_exhibits(case), _file_table(case), _record_facts(case)]
    return Printout(
        title=str(TITLES["case-sheet"]),
        number=case.number,
        parts=tuple(section for section in sections if section),
        signers=(gettext("Officer in charge"),),
        notice=get_presumption_notice(),
    )


def _valid_rows(rows):
    """Return the rows that are not void."""
    return [row for row in rows if row.voided_at is None]


def _void_note(case):
    return build_note(gettext("Void"), case.void_reason or "") if case.is_void else None


def build_place_and_time(case):
    occurred = format_value(case.occurred_from.date() if case.time_unknown else case.occurred_from)
    rows = [(get_field_label(Case, "occurred_from"), occurred), *format_fields(case, *CASE_FACTS)]
    return [
        build_facts(rows, gettext("Time and place")),
        build_facts(format_fields(case, "place"), wide=True),
    ]


def build_offences(case):
    heads = [
        (gettext("Offence"), 5), (gettext("Law and article"), 4), (get_field_label(CaseOffence, "offence_class"), 0),
        (get_field_label(CaseOffence, "method"), 2),
    ]  # fmt: skip
    rows = [
        [_offence_cell(row), _format_law(row.offence), *_format_values(row, "offence_class", "method")]
        for row in _valid_rows(case.offences)
    ]
    return build_table(heads, rows, gettext("Offences")) if rows else None


def _offence_cell(row):
    (name,) = _format_values(row, "offence")
    return [name, gettext("Attempted") if row.attempt else ""]


def _format_law(offence):
    law = lookups.get_lookup("law").words(offence.law_code)
    if not offence.article:
        return law
    return gettext("%(law)s, article %(article)s", law=law, article=format_digits(offence.article))


def build_people(case):
    heads = [
        (gettext("Name"), 4), (gettext("Sex"), 0), (gettext("Born"), 0), (gettext("Age"), 0),
        (get_field_label(Involvement, "role"), 3), (gettext("Residence"), 4),
    ]  # fmt: skip
    roles = case.current_roles
    rows = [
        _person_cells(
            row, court_findings.name_role(roles[row.id].role if row.id in roles else row.role, row.end_reason)
        )
        for row in _valid_rows(case.involvements)
    ]
    return build_table(heads, rows, gettext("People involved")) if rows else None


def _person_cells(row, role):
    person = row.person
    (injury,) = _format_values(row, "injury")
    involvement_texts = [role, join_texts(gettext("Minor") if row.minor else "", injury)]
    if person is None:  # protected victim or witness, or a person outside the scope
        return [str(row), "", "", format_value(row.age), involvement_texts, ""]
    sex, home = _format_values(person, "sex", "home")
    return [format_names(person), sex, format_birth(person), format_value(row.age), involvement_texts, home]


def _summary_part(case):
    return build_paragraphs(case.summary or "", gettext("Summary of facts"))


def _modus_operandi_part(case):
    return (
        build_paragraphs(case.modus_operandi_text, get_field_label(Case, "modus_operandi_text"))
        if case.modus_operandi_text
        else None
    )


def build_account(case):
    """Yield the summary, the way it was done and the supplements."""
    yield _summary_part(case)
    yield _modus_operandi_part(case)
    for row in _valid_rows(case.supplements):
        yield build_paragraphs(row.text, gettext("Supplement of %(day)s", day=format_value(row.learned_on)))


def build_exhibits(case):
    heads = [
        (get_field_label(Exhibit, "kind"), 2), (get_field_label(Exhibit, "description"), 5),
        (get_field_label(Exhibit, "quantity"), 0),
        (get_field_label(Exhibit, "property_role"), 2), (get_field_label(Exhibit, "state"), 2),
    ]  # fmt: skip
    rows = [format_exhibit(row) for row in _valid_rows(case.exhibits)]
    return build_table(heads, rows, gettext("Exhibits")) if rows else None


def format_exhibit(row):
    """Return the cells of an exhibit: kind, description with numbers, quantity, role and state."""
    kind, substance, weapon, amount, measure, role, state = _format_values(
        row, "kind", "substance", "weapon", "quantity", "measure", "property_role", "state"
    )
    numbers = join_texts(
        *(f"{name} {value}" for name, value in format_fields(row, *INDEXED_NUMBERS) if value)
    )
    return [
        kind,
        [join_texts(substance, weapon, row.description), numbers],
        f"{amount} {measure}".strip(),
        role,
        state,
    ]


def _file_table(case):
    heads = [(get_field_label(CaseFile, "kind"), 2), (get_field_label(CaseFile, "note"), 5)]
    rows = [_format_values(row, "kind", "note") for row in _valid_rows(case.files)]
    return build_table(heads, rows, gettext("Photos and documents")) if rows else None


def _record_facts(case):
    state = gettext("Locked") if record_lock.is_locked(case) else gettext("Editable")
    rows = [
        *format_fields(case, "recorded_at"),
        (gettext("Record status"), [state, format_value(record_lock.locks_at(case))]),
    ]
    return build_facts(rows, gettext("The record"))


def _format_values(record, *names):
    return [value for _label, value in format_fields(record, *names)]
