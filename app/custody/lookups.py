"""The lookups by which a step finds what it hangs on: a person in a case, and records by their numbers."""

import re

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules import SHOWN_ROLES
from app.custody.models import Arrest, Custody, Detention, Judgment, Release, Sentence
from app.extensions import db
from app.kernel.schema import lookups
from app.kernel.text import khmer

MOST, CASES = 8, 40  # rows that are proposed, and cases among which they are looked for
BY_NUMBER = {
    "arrest": Arrest,
    "custody": Custody,
    "detention": Detention,
    "judgment": Judgment,
    "sentence": Sentence,
    "release": Release,
}


def _of_case(model, text, *conditions):
    """The rows of the first cases whose number begins with what was typed: who sees the nation asks of half a million."""
    number = khmer.latin_digits(khmer.normal(text)).replace(" ", "-")
    if not number[:1].isdecimal():
        return []
    begin = Case.number >= number, Case.number < number + "~"
    first = select(Case.id).where(*begin).order_by(Case.number).limit(CASES)
    statement = (
        select(model)
        .join(Case, Case.id == model.case_id)
        .where(Case.id.in_(first), model.voided_at.is_(None), *conditions)
        .order_by(Case.number, model.id)
        .limit(MOST)
        .options(joinedload(model.case))
    )
    return db.session.scalars(statement).unique().all()


def find_involvements(text):
    """Suspects of the cases whose number begins with `text`."""
    rows = _of_case(Involvement, text, Involvement.role.in_(SHOWN_ROLES))
    return [_item(row, str(row.case), "user") | {"about": row.person_id} for row in rows]


def find_offences(text):
    return [_item(row, str(row.case), "scale") for row in _of_case(CaseOffence, text)]


def _item(row, detail, icon):
    return {"id": str(row.id), "text": str(row), "detail": detail, "mark": None, "icon": icon}


def _getter(model, *beside):
    """`get(key)` of a lookup; what is decided about a record asks for what lies `beside` it, read along with it."""

    def get(key):
        if not key.isdecimal() or len(key) >= 10:
            return None
        return db.session.get(model, int(key), options=beside)

    return get


def _beside(model):
    """The person and the case of a record; of a judgment also the part in the case, its place and all its offences."""
    person, case = joinedload(model.person), joinedload(model.case)
    if model is not Judgment:
        return person, case
    case = case.options(joinedload(Case.place), joinedload(Case.offences))
    return person, case, joinedload(Judgment.involvement)


def _finder(model, icon):
    def find(text):
        """The record of that number, and of a person's number his newest."""
        typed = re.fullmatch(r"([A-Za-z])?-?0*(\d{1,9})", khmer.latin_digits(khmer.normal(text)).strip())
        if typed is None:
            return []
        of_person = (typed[1] or "").upper() == "P"
        fits = model.person_id == int(typed[2]) if of_person else model.id == int(typed[2])
        rows = db.session.scalars(
            select(model)
            .where(fits, model.voided_at.is_(None))
            .order_by(model.id.desc())
            .limit(MOST)
            .options(joinedload(model.person))
        ).unique()
        return [_item(row, str(row.person or ""), icon) | {"about": row.person_id} for row in rows]

    return find


def register():
    lookups.register(
        "involvement", find_involvements, _getter(Involvement, *_beside(Involvement)), private=True
    )
    lookups.register("case_offence", find_offences, _getter(CaseOffence))
    for name, model in BY_NUMBER.items():
        lookups.register(name, _finder(model, "user"), _getter(model, *_beside(model)), private=True)
