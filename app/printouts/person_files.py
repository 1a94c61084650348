"""A person's file: who he is, what he is called, and his time line, each act with the paper on which it rests.

It is no criminal record, and says so on every page.
"""

from flask_babel import gettext
from sqlalchemy import select

from app.cases.models import Involvement
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.schema.display import said
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import Kind
from app.people import status_badges, timeline
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.printouts import portraits
from app.printouts.document import (
    Sheet,
    course,
    facts,
    label,
    line,
    note,
    portrait,
    presumed_innocent,
    table,
    told,
)
from app.printouts.person_names import birth_of, names_of
from app.printouts.titles import TITLES

MOST = 100  # rows of a list, the newest
IDENTITY = tuple(
    Kind(model, "person") for model in (PersonName, PersonDocument, PersonAddress, PersonMark, PersonPhoto)
)
PAPERS = (
    Kind(Involvement, "person", falling=True, most=MOST, along=("case",)),
    Kind(CourtOrder, "person", falling=True, most=MOST),
)


def read(person_id):
    """The person with all that identifies him; None where the reader does not see him."""
    person = db.session.scalar(select(Person).where(Person.id == person_id))
    if person is not None:
        related_rows.read_along([person], *IDENTITY)
    return person


def sheet_of(person):
    cases, orders = related_rows.read(PAPERS, [person.id])
    parts = [_identity(person), _life(person), *_lists_of(person), _cases(cases), _orders(orders)]
    parts += _time_line(person)
    return Sheet(
        title=str(TITLES["person-file"]),
        number=person.number,
        parts=tuple(part for part in parts if part),
        signers=(gettext("Officer in charge"),),
        notice=presumed_innocent(),
    )


def _identity(person):
    mark = status_badges.mark_for(person.id)
    rows = [
        (gettext("Name"), names_of(person)),
        (gettext("Status"), [mark.text, mark.basis] if mark is not None and mark.basis else ""),
        *told(person, "sex"),
        (gettext("Born"), birth_of(person)),
        *told(person, "nationality", "birthplace", "home", "deceased_on"),
    ]
    return portrait(rows, portraits.newest_of(person))


def _life(person):
    more = told(
        person, "ethnicity", "occupation", "education", "marital", "children", "father_name", "mother_name",
        "spouse_name", "phone", "height_cm", "age_stated",
    )  # fmt: skip
    return facts(more, gettext("Personal details")) if any(value for _label, value in more) else None


def _lists_of(person):
    """What he is called, his documents, where he lived, how he can be known; the lists that hold something."""
    return [
        _list(gettext("Other names"), PersonName, ("kind", "text_km", "text_latin"), person.names),
        _list(gettext("Identity documents"), PersonDocument, ("kind", "number", "country", "valid_to"), person.documents),
        _list(gettext("Addresses"), PersonAddress, ("kind", "house", "street", "place", "since", "until"), person.addresses),
        _list(gettext("Marks"), PersonMark, ("kind", "body_part", "text"), person.marks),
    ]  # fmt: skip


def _list(title, model, names, rows):
    heads = [(label(model, name), 3 if name in ("text", "place") else 2) for name in names]
    cells = [[value for _label, value in told(row, *names)] for row in rows if row.voided_at is None]
    return table(heads, cells, title) if cells else None


def _cases(rows):
    """In which cases he stands, and as what: as the newest paper of the case says, never more."""
    heads = [
        (gettext("Case"), 0), (gettext("Happened"), 0), (label(Involvement, "role"), 3),
        (label(Involvement, "end_reason"), 4),
    ]  # fmt: skip
    cells = []
    for row in rows:
        if row.voided_at is None and row.case is not None:
            (_r, role), (_e, ended), (_o, day) = told(row, "role", "end_reason", "ended_on")
            cells.append([row.case.number, said(row.case.occurred_from.date()), role, line(ended, day)])
    return table(heads, cells, gettext("Cases")) if cells else None


def _orders(rows):
    names = ("number", "kind", "court", "issued_on", "status")
    heads = [(label(CourtOrder, name), 0 if name in ("number", "issued_on") else 3) for name in names]
    cells = [[value for _label, value in told(row, *names)] for row in rows if row.voided_at is None]
    return table(heads, cells, gettext("Court orders")) if cells else None


def _time_line(person):
    events = timeline.of(person)
    if not events:
        return
    yield course(events, gettext("Time line"))
    if len(events) == timeline.MOST:
        yield note(gettext("Only the newest %(n)s entries stand here.", n=said(timeline.MOST)))
