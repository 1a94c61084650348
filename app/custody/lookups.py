"""Lookups for the parent of a step: a person in a case, or a record by its number."""

import re

from sqlalchemy import not_, select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, CaseOffence, Involvement
from app.cases.person_cards import load_cards, load_person_to_name
from app.cases.row_filter import is_hidden
from app.cases.rules import SHOWN_ROLES
from app.custody.models import Arrest, Custody, Detention, Judgment, Release, Sentence
from app.extensions import db
from app.kernel.schema import lookups
from app.kernel.text import khmer

MAX_ROWS, MAX_CASES = 8, 40  # rows in the answer, and cases searched for them
NUMBERED_MODELS = {
    "arrest": Arrest,
    "custody": Custody,
    "detention": Detention,
    "judgment": Judgment,
    "sentence": Sentence,
    "release": Release,
}


def _find_by_case(model, text, *conditions):
    """Return rows from the first cases with a number that begins with `text`.

    The limit on cases matters for nationwide users, who can see half a million of them.
    """
    number = khmer.to_latin_digits(khmer.normalize(text)).replace(" ", "-")
    if not number[:1].isdecimal():
        return []
    has_prefix = Case.number >= number, Case.number < number + "~"
    cases = select(Case.id).where(*has_prefix).order_by(Case.number).limit(MAX_CASES)
    statement = (
        select(model)
        .join(Case, Case.id == model.case_id)
        .where(Case.id.in_(cases), model.voided_at.is_(None), *conditions)
        .order_by(Case.number, model.id)
        .limit(MAX_ROWS)
        .options(joinedload(model.case))
    )
    return db.session.scalars(statement).unique().all()


def find_involvements(text):
    """Return lookup items for the suspects in cases with a number that begins with `text`."""
    rows = _find_by_case(Involvement, text, Involvement.role.in_(SHOWN_ROLES), not_(is_hidden(Involvement)))
    load_cards(rows)
    return [_build_item(row, str(row.case), "user") | {"about": row.person_id} for row in rows]


def find_offences(text):
    """Return lookup items for the offences in cases with a number that begins with `text`."""
    return [_build_item(row, str(row.case), "scale") for row in _find_by_case(CaseOffence, text)]


def _build_item(row, detail, icon):
    return {"id": str(row.id), "text": str(row), "detail": detail, "mark": None, "icon": icon}


def _make_getter(model, *options):
    """Return the lookup function `get(key)` of a model. It preloads the rows that the rules need."""

    def get(key):
        if not key.isdecimal() or len(key) >= 10:
            return None
        return db.session.get(model, int(key), options=options)

    return get


def _preload_options(model):
    """Return the load options: person and case, and what the rules and the derived columns of some models read."""
    person, case = joinedload(model.person), joinedload(model.case)
    if model is Detention:
        sentence = joinedload(Detention.sentence).options(
            joinedload(Sentence.judgment), joinedload(Sentence.changes)
        )
        rows = Detention.involvement, Detention.prison, Detention.first_prison, Detention.steps
        return person, case, sentence, *map(joinedload, rows)
    if model is Sentence:
        detentions = joinedload(Sentence.detentions).options(joinedload(Detention.steps))
        return person, case, joinedload(Sentence.judgment), joinedload(Sentence.changes), detentions
    if model is not Judgment:
        return person, case
    case = case.options(joinedload(Case.place), joinedload(Case.offences))
    return person, case, joinedload(Judgment.involvement), joinedload(Judgment.steps)


def _make_finder(model, icon):
    def find(text):
        """Return the record with this number, or the newest records of the person with this number."""
        match = re.fullmatch(
            r"([A-Za-z])?-?0*(\d{1,9})", khmer.to_latin_digits(khmer.normalize(text)).strip()
        )
        if match is None:
            return []
        is_person_number = (match[1] or "").upper() == "P"
        condition = model.person_id == int(match[2]) if is_person_number else model.id == int(match[2])
        rows = db.session.scalars(
            select(model)
            .where(condition, model.voided_at.is_(None))
            .order_by(model.id.desc())
            .limit(MAX_ROWS)
            .options(joinedload(model.person))
        ).unique()
        return [_build_item(row, str(row.person or ""), icon) | {"about": row.person_id} for row in rows]

    return find


def register():
    get_involvement = _make_getter(Involvement, *_preload_options(Involvement))
    lookups.register(
        "involvement",
        find_involvements,
        lambda key: load_person_to_name(get_involvement(key)),
        private=True,
    )
    lookups.register("case_offence", find_offences, _make_getter(CaseOffence), resource="CaseOffence")
    for name, model in NUMBERED_MODELS.items():
        lookups.register(
            name, _make_finder(model, "user"), _make_getter(model, *_preload_options(model)), private=True
        )
