"""Person's file: identity, other names, cases, orders and timeline, each event with its legal basis.

It is not a criminal record certificate, and every page says so.
"""

from flask_babel import gettext
from sqlalchemy import select

from app.cases import court_findings
from app.cases.models import Involvement
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.schema.fields import field_names_on
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import RelatedQuery
from app.people import status_badges, timeline
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.printouts import portraits
from app.printouts.document import (
    Printout,
    build_facts,
    build_note,
    build_portrait,
    build_table,
    build_timeline,
    format_fields,
    get_field_label,
    get_presumption_notice,
    join_texts,
)
from app.printouts.person_names import format_birth, format_names
from app.printouts.titles import TITLES

MAX_ROWS = 100  # rows of a table, the newest first
IDENTITY_ROWS = tuple(
    RelatedQuery(model, "person")
    for model in (PersonName, PersonDocument, PersonAddress, PersonMark, PersonPhoto)
)
CASE_AND_ORDER_ROWS = (
    RelatedQuery(Involvement, "person", descending=True, limit=MAX_ROWS, links=("case",)),
    RelatedQuery(CourtOrder, "person", descending=True, limit=MAX_ROWS),
)

_PORTRAIT = ("nationality", "birthplace", "home", "deceased_on")
DETAILS = field_names_on(
    Person,
    "show",
    order=(
        "ethnicity", "occupation", "education", "marital", "children", "father_name", "mother_name", "spouse_name",
        "phone", "height_cm", "age_stated",
    ),
    omitted=dict.fromkeys(("surname_km", "given_km", "surname_latin", "given_latin", "sex", *_PORTRAIT), "at the photo")
    | dict.fromkeys(("born_on", "birth_year", "birth_precision", "age_from", "age_to"), "in the line of the birth")
    | dict.fromkeys(("unidentified", "sex_reason", "photo_missing"), "concerns the entry, not the person")
    | dict.fromkeys(("recorded_at", "voided_at", "void_reason"), "concerns the entry, not the person"),
)  # fmt: skip
_OF_PERSON = {"person": "the person of the file"}
LIST_COLUMNS = {
    PersonName: field_names_on(PersonName, "list", omitted=_OF_PERSON),
    PersonDocument: field_names_on(PersonDocument, "list", order=("kind", "number", "country"), omitted=_OF_PERSON),
    PersonAddress: field_names_on(
        PersonAddress, "list", order=("kind", "house", "street", "place"), omitted=_OF_PERSON
    ),
    PersonMark: field_names_on(PersonMark, "list", omitted=_OF_PERSON),
}  # fmt: skip


def load_record(person_id):
    """Return the person with all identity rows, or None if the reader may not see them."""
    person = db.session.scalar(select(Person).where(Person.id == person_id))
    if person is not None:
        related_rows.preload([person], *IDENTITY_ROWS)
    return person


def load_more_rows(person):
    """Return the involvements and orders that the file shows."""
    return [row for rows in related_rows.load_rows(CASE_AND_ORDER_ROWS, [person.id]) for row in rows]


def build_printout(person):
    cases, orders = related_rows.load_rows(CASE_AND_ORDER_ROWS, [person.id])
    sections = [
        _identity_part(person),
        _details_part(person),
        *_list_tables(person),
        _case_table(cases),
        _order_table(orders),
    ]
    sections += _timeline_parts(person)
    return Printout(
        title=str(TITLES["person-file"]),
        number=person.number,
        parts=tuple(section for section in sections if section),
        signers=(gettext("Officer in charge"),),
        notice=get_presumption_notice(),
    )


def _identity_part(person):
    badge = status_badges.find_badge(person.id)
    rows = [
        (gettext("Name"), format_names(person)),
        (gettext("Status"), [badge.text, badge.basis] if badge is not None and badge.basis else ""),
        *format_fields(person, "sex"),
        (gettext("Born"), format_birth(person)),
        *format_fields(person, *_PORTRAIT),
    ]
    return build_portrait(rows, portraits.load_newest_photo(person))


def _details_part(person):
    details = format_fields(person, *DETAILS)
    return (
        build_facts(details, gettext("Personal details")) if any(value for _label, value in details) else None
    )


def _list_tables(person):
    """Return tables of other names, documents, addresses and marks; None for empty ones."""
    return [
        _list_table(gettext("Other names"), PersonName, person.names),
        _list_table(gettext("Identity documents"), PersonDocument, person.documents),
        _list_table(gettext("Addresses"), PersonAddress, person.addresses),
        _list_table(gettext("Marks"), PersonMark, person.marks),
    ]


def _list_table(title, model, rows):
    names = LIST_COLUMNS[model]
    heads = [(get_field_label(model, name), 3 if name in ("text", "place") else 2) for name in names]
    cells = [[value for _label, value in format_fields(row, *names)] for row in rows if row.voided_at is None]
    return build_table(heads, cells, title) if cells else None


def _case_table(rows):
    """Return the person's cases with role and outcome, as recorded last in each case."""
    heads = [
        (gettext("Case"), 0), (gettext("Time of occurrence"), 0), (get_field_label(Involvement, "role"), 3),
        (get_field_label(Involvement, "end_reason"), 4),
    ]  # fmt: skip
    cells = []
    valid = [row for row in rows if row.voided_at is None and row.case is not None]
    roles = court_findings.find_roles_of_page(valid)
    for row in valid:
        (_e, ended), (_o, day) = format_fields(row, "end_reason", "ended_on")
        role = code_lists.label("role", roles[row.id].role if row.id in roles else row.role)
        cells.append(
            [row.case.number, format_value(row.case.occurred_from.date()), role, join_texts(ended, day)]
        )
    return build_table(heads, cells, gettext("Cases")) if cells else None


def _order_table(rows):
    names = ("number", "kind", "court", "issued_on", "status")
    heads = [
        (get_field_label(CourtOrder, name), 0 if name in ("number", "issued_on") else 3) for name in names
    ]
    cells = [[value for _label, value in format_fields(row, *names)] for row in rows if row.voided_at is None]
    return build_table(heads, cells, gettext("Court orders")) if cells else None


def _timeline_parts(person):
    events = timeline.find_events(person)
    if not events:
        return
    yield build_timeline(events, gettext("Timeline"))
    if len(events) == timeline.MAX_EVENTS:
        yield build_note(
            gettext("Only the newest %(n)s entries are shown.", n=format_value(timeline.MAX_EVENTS))
        )
