"""The cards of an answer: whom of the candidates the reader may see, how much of him, and what agrees or differs.

Who is of the reader's part is shown with photo, address and cases; of anybody else the card tells what every officer
may know (`people.door`), and leads nowhere but to break-glass.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.access.row_level_security import planned_once
from app.kernel.database.array_params import among_given
from app.kernel.database.engine import dialect_of
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import said
from app.kernel.text import dates
from app.people import nationwide
from app.people.models import PersonName
from app.people.rules import ages_on
from app.people.status_badges import StatusMark, mark_of
from app.people.thumbnails import faces_of
from app.search import candidates, result_filters
from app.search.match_explanation import agreement

SHOWN = 30  # cards of one answer
ASKED = 200  # candidates before filters, which take most of them away
CASES = 400  # involvements that are read for all cards together
ICONS = {
    "suspect": "user", "charged": "gavel", "accused": "scale", "convicted_not_final": "scale", "convicted": "scale",
    "child_below_14": "shield",
}  # fmt: skip


@dataclass
class Card:
    """One answer. `url` is None beyond the reader's part."""

    id: int
    band: str
    name: str
    latin: str
    facts: str
    agrees: list = field(default_factory=list)
    number: str = ""
    alias: str = ""
    url: str | None = None
    face_url: str | None = None
    status: StatusMark | None = None
    cases: str = ""

    @property
    def word(self):
        """What opens the way to break-glass beyond the reader's part; signed only where somebody may go it."""
        return "" if self.url else nationwide.token_of(self)


@dataclass
class Answer:
    """Cards in the order of the bands; `more`: there are more than are shown."""

    cards: list
    more: bool = False

    @property
    def bands(self):
        """[(band, its cards)] without the empty ones."""
        parts = ((band, [one for one in self.cards if one.band == band]) for band in candidates.BANDS)
        return [(band, found) for band, found in parts if found]

    @property
    def ids(self):
        return [one.id for one in self.cards]


def answer(question, wider=False, known=(), most=SHOWN, plain=False):
    """The cards for a question, without the persons `known` already. `plain` cards are those of a suggestion."""
    # Where nothing narrows the answer, those who are shown, and one who tells that there are more.
    asked = ASKED if question.is_narrowed else min(ASKED, most + len(known) + 1)
    with nationwide.nation(by_keys=True) as session:
        kept = [
            one
            for one in candidates.find(session, question, asked, wider, unfinished=plain)
            if one.person_id not in known
        ]
        if question.is_narrowed:
            fitting = result_filters.fitting(session, [one.person_id for one in kept], question)
            kept = [one for one in kept if one.person_id in fitting]
        if question.asks_of_cases or any(one.is_guess for one in kept):
            part = result_filters.of_part([one.person_id for one in kept], question)
            kept = [
                one for one in kept if one.person_id in part or not (question.asks_of_cases or one.is_guess)
            ]
        people = result_filters.people(session, [one.person_id for one in kept[:most]])
        more_of = _PLAIN if plain else _Details([one for one, (_person, mine) in people.items() if mine])
        cards = [
            _card(one, *people[one.person_id], question, more_of)
            for one in kept[:most]
            if one.person_id in people
        ]
    return Answer(cards, more=len(kept) > most)


def _card(candidate, person, mine, question, more_of):
    card = Card(
        id=person.id,
        band=candidate.shown_in,
        name=str(person),
        latin=person.name_latin if person.name_km else "",
        facts=_facts(person, mine),
        agrees=agreement(candidate, person, question, of_part=mine),
        status=mark_of(person.standing),
    )
    if not mine:
        return card
    card.url, card.number = url_for("PersonView.show", pk=person.id), person.number
    card.alias, card.face_url = more_of.alias(person.id), more_of.face(person.id)
    card.status, card.cases = card.status or more_of.status(person.id), more_of.cases(person.id)
    return card


def _facts(person, mine):
    """Sex, age, and for a person of the reader's part where he lives; his number stands behind it in one piece."""
    ages = ages_on(person, dates.now().date())
    age = gettext("aged %(years)s", years=said(ages[1])) if ages and not person.deceased_on else ""
    born = gettext("born %(year)s", year=said(person.birth_year)) if person.birth_year else ""
    place = lookups.named("place").words(person.home_code) if mine and person.home_code else ""
    parts = [code_lists.label("sex", person.sex), age, born, place]
    return " · ".join(part for part in parts if part)


class _Details:
    """What stands on the cards of the reader's part beside the person: three statements for all of them."""

    def __init__(self, ids):
        self.aliases, self.faces, self.roles = {}, {}, {}
        if not ids:
            return
        names, roles = _statements(dialect_of(db.session))
        given = {"given": ids}
        with planned_once(db.session):
            for one, in_khmer, in_latin in db.session.execute(names, given):
                self.aliases.setdefault(one, []).append(in_khmer or in_latin)
            self.faces = faces_of(ids)
            for one, role, number in db.session.execute(roles, given):
                self.roles.setdefault(one, []).append((role, number))

    def alias(self, person_id):
        return " · ".join(self.aliases.get(person_id, ()))

    def face(self, person_id):
        return self.faces.get(person_id)

    def status(self, person_id):
        """The role in the newest case of the reader's part."""
        if person_id not in self.roles:
            return None
        role, number = self.roles[person_id][0]
        basis = gettext("case %(number)s", number=number)
        return StatusMark(code_lists.label("role", role), basis, "", ICONS.get(role, "user"))

    def cases(self, person_id):
        """In how many cases of the reader's part, by role: "Suspect 3 · Victim 1"."""
        counts = Counter(role for role, _number in self.roles.get(person_id, ()))
        return " · ".join(
            f"{code_lists.label('role', role)} {said(count)}" for role, count in counts.most_common()
        )


class _Plain:
    """A suggestion shows no more than the card itself."""

    def alias(self, person_id):
        return ""

    cases = alias

    def face(self, person_id):
        return None

    status = face


_PLAIN = _Plain()


@cache
def _statements(dialect):
    """The other names of these people, and their roles in cases, the newest first."""
    names = select(PersonName.person_id, PersonName.text_km, PersonName.text_latin).where(
        among_given(dialect, PersonName.person_id), PersonName.voided_at.is_(None)
    )
    roles = (
        select(Involvement.person_id, Involvement.role, Case.number)
        .join(Case, Case.id == Involvement.case_id)
        .where(
            among_given(dialect, Involvement.person_id),
            Involvement.voided_at.is_(None),
            Case.voided_at.is_(None),
        )
        .order_by(Case.occurred_from.desc())
        .limit(CASES)
    )
    return kept(names), kept(roles)
