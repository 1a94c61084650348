"""The case sheet: one case with its offences, people, things and what became known, as an officer signs it."""

from flask_babel import gettext
from sqlalchemy import select

from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement, Supplement
from app.extensions import db
from app.kernel.schema import lookups, record_lock
from app.kernel.schema.display import said
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import Kind
from app.kernel.text.khmer import khmer_digits
from app.printouts.document import Sheet, facts, label, line, note, paragraphs, presumed_innocent, table, told
from app.printouts.person_names import birth_of, names_of
from app.printouts.titles import TITLES

ROWS = (
    Kind(CaseOffence, "case", along=("offence",)),
    Kind(Involvement, "case", along=("person",)),
    Kind(Exhibit, "case"),
    Kind(CaseFile, "case"),
    Kind(Supplement, "case"),
)
THING_NUMBERS = ("plate", "frame_no", "engine_no", "serial", "document_no", "phone")


def read(case_id):
    """The case with all its rows; None where the reader does not see it."""
    return next(iter(read_all([case_id])), None)


def read_all(ids):
    """The cases of these ids that the reader sees, in their order, with all their rows: two statements."""
    found = {case.id: case for case in db.session.scalars(select(Case).where(Case.id.in_(ids)))}
    cases = [found[one] for one in ids if one in found]
    related_rows.read_along(cases, *ROWS)
    return cases


def sheet_of(case):
    parts = [_struck_out(case), *_facts(case), _offences(case), _people(case), _summary(case), _way(case)]
    parts += [*_supplements(case), _things(case), _files(case), _life(case)]
    return Sheet(
        title=str(TITLES["case-sheet"]),
        number=case.number,
        parts=tuple(part for part in parts if part),
        signers=(gettext("Officer in charge"),),
        notice=presumed_innocent(),
    )


def _standing(rows):
    """The rows that were not struck out."""
    return [row for row in rows if row.voided_at is None]


def _struck_out(case):
    return note(gettext("Struck out"), case.void_reason or "") if case.is_void else None


def _facts(case):
    occurred = said(case.occurred_from.date() if case.time_unknown else case.occurred_from)
    rows = [
        (label(Case, "occurred_from"), occurred),
        *told(
            case,
            "occurred_to",
            "reported_at",
            "report_kind",
            "place_kind",
            "status",
            "clearance",
            "solved_on",
        ),
        *told(case, "sent_on", "court", "dossier_no", "abroad_country", "place_text"),
    ]
    return [
        facts(rows, gettext("Time and place")),
        facts(told(case, "place"), wide=True),
    ]


def _offences(case):
    heads = [
        (gettext("Offence"), 5), (gettext("Law and article"), 4), (label(CaseOffence, "offence_class"), 0),
        (label(CaseOffence, "way"), 2),
    ]  # fmt: skip
    rows = [
        [_offence(row), _law(row.offence), *_said(row, "offence_class", "way")]
        for row in _standing(case.offences)
    ]
    return table(heads, rows, gettext("Offences")) if rows else None


def _offence(row):
    (name,) = _said(row, "offence")
    return [name, gettext("Attempted") if row.attempt else ""]


def _law(offence):
    law = lookups.named("law").words(offence.law_code)
    if not offence.article:
        return law
    return gettext("%(law)s, article %(article)s", law=law, article=khmer_digits(offence.article))


def _people(case):
    heads = [
        (gettext("Name"), 4), (gettext("Sex"), 0), (gettext("Born"), 0), (gettext("Age"), 0),
        (label(Involvement, "role"), 3), (gettext("Lives in"), 4),
    ]  # fmt: skip
    rows = [_person(row) for row in _standing(case.involvements)]
    return table(heads, rows, gettext("People involved")) if rows else None


def _person(row):
    person = row.person
    role, injury = _said(row, "role", "injury")
    part = [role, line(gettext("Minor") if row.minor else "", injury)]
    if person is None:  # a protected victim or witness
        return [names_of(None), "", "", said(row.age), part, ""]
    sex, home = _said(person, "sex", "home")
    return [names_of(person), sex, birth_of(person), said(row.age), part, home]


def _summary(case):
    return paragraphs(case.summary or "", gettext("Summary of facts"))


def _way(case):
    return paragraphs(case.way_text, label(Case, "way_text")) if case.way_text else None


def _supplements(case):
    for row in _standing(case.supplements):
        yield paragraphs(row.text, gettext("Supplement of %(day)s", day=said(row.learned_on)))


def _things(case):
    heads = [
        (label(Exhibit, "kind"), 2), (label(Exhibit, "description"), 5), (label(Exhibit, "quantity"), 0),
        (label(Exhibit, "property_role"), 2), (label(Exhibit, "state"), 2),
    ]  # fmt: skip
    rows = [thing_of(row) for row in _standing(case.exhibits)]
    return table(heads, rows, gettext("Exhibits")) if rows else None


def thing_of(row):
    """The cells of one thing: kind, description with its numbers, quantity, role and state."""
    kind, substance, weapon, amount, measure, part, state = _said(
        row, "kind", "substance", "weapon", "quantity", "measure", "property_role", "state"
    )
    numbers = line(*(f"{name} {value}" for name, value in told(row, *THING_NUMBERS) if value))
    return [
        kind,
        [line(substance, weapon, row.description), numbers],
        f"{amount} {measure}".strip(),
        part,
        state,
    ]


def _files(case):
    heads = [(label(CaseFile, "kind"), 2), (label(CaseFile, "note"), 5)]
    rows = [_said(row, "kind", "note") for row in _standing(case.files)]
    return table(heads, rows, gettext("Photos and papers")) if rows else None


def _life(case):
    shut = gettext("Shut") if record_lock.is_shut(case) else gettext("Open for changes")
    rows = [
        *told(case, "recorded_at"),
        (gettext("State of the record"), [shut, said(record_lock.shut_at(case))]),
    ]
    return facts(rows, gettext("The record"))


def _said(record, *names):
    return [value for _label, value in told(record, *names)]
