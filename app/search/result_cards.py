"""The cards of a search result: which candidates the reader may see, how much of them, and what matches.

Persons in the reader's area are shown with photo, address and cases. For other persons the card has only what every
officer may see (`people.nationwide`), with a link to break-glass access.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from app.cases import court_findings
from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.access.row_level_security import generic_plans
from app.kernel.database.array_params import in_bound_array
from app.kernel.database.engine import dialect_name
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import format_value
from app.kernel.text import dates
from app.people import nationwide
from app.people.models import PersonName
from app.people.rules import get_ages_on
from app.people.status_badges import StatusBadge, make_badge
from app.people.thumbnails import find_thumbnail_urls
from app.search import candidates, result_filters
from app.search.match_explanation import explain_match

MAX_CARDS = 30  # of one result
MAX_CANDIDATES = 200  # before the filters, which remove most of them
MAX_INVOLVEMENTS = 400  # read for all cards together
ICONS = {
    "suspect": "user", "charged": "gavel", "accused": "scale", "convicted_not_final": "scale", "convicted": "scale",
    "child_below_14": "shield",
}  # fmt: skip


@dataclass
class Card:
    """One search result. `url` is None outside the reader's area."""

    id: int
    band: str
    name: str
    latin: str
    facts: str
    match_points: list = field(default_factory=list)
    number: str = ""
    alias: str = ""
    url: str | None = None
    face_url: str | None = None
    status: StatusBadge | None = None
    cases: str = ""

    @property
    def card_token(self):
        """Return the token for break-glass access outside the reader's area. It is signed only when it is needed."""
        return "" if self.url else nationwide.make_card_token(self)


@dataclass
class CardList:
    """Cards in the order of the bands. `more`: there are more results than cards."""

    cards: list
    more: bool = False

    @property
    def bands(self):
        """Return [(band, its cards)] without empty bands."""
        bands = ((band, [one for one in self.cards if one.band == band]) for band in candidates.BANDS)
        return [(band, found) for band, found in bands if found]

    @property
    def ids(self):
        return [one.id for one in self.cards]


def find_cards(query, wider=False, known=(), limit=MAX_CARDS, brief=False):
    """Return the cards for a query, without the persons `known`. `brief` cards are for suggestions."""
    # Without filters only the shown persons are needed, and one more to know whether there are more.
    count = MAX_CANDIDATES if query.has_filters else min(MAX_CANDIDATES, limit + len(known) + 1)
    with nationwide.nationwide_session(by_keys=True) as session:
        found = [
            one
            for one in candidates.find_candidates(session, query, count, wider, unfinished=brief)
            if one.person_id not in known
        ]
        if query.has_filters:
            fitting = result_filters.filter_by_card(session, [one.person_id for one in found], query)
            found = [one for one in found if one.person_id in fitting]
        if query.has_case_filters or any(one.is_guess for one in found):
            in_area = result_filters.filter_in_area([one.person_id for one in found], query)
            found = [
                one
                for one in found
                if one.person_id in in_area or not (query.has_case_filters or one.is_guess)
            ]
        people = result_filters.load_persons(session, [one.person_id for one in found[:limit]])
        details = (_BriefDetails if brief else _Details)(
            [one for one, (_person, in_area) in people.items() if in_area]
        )
        cards = [
            _make_card(one, *people[one.person_id], query, details)
            for one in found[:limit]
            if one.person_id in people
        ]
    return CardList(cards, more=len(found) > limit)


def _make_card(candidate, person, in_area, query, details):
    card = Card(
        id=person.id,
        band=candidate.display_band,
        name=str(person),
        latin=person.name_latin if person.name_km else "",
        facts=_format_facts(person, in_area),
        match_points=explain_match(candidate, person, query, in_area=in_area),
        status=make_badge(person.standing),
    )
    if not in_area:
        return card
    card.url, card.number = url_for("PersonView.show", pk=person.id), person.number
    card.alias, card.face_url = details.alias(person.id), details.face(person.id)
    card.status, card.cases = card.status or details.status(person.id), details.cases(person.id)
    return card


def _format_facts(person, in_area):
    """Return sex, age and birth year, and the place of residence for a person in the reader's area."""
    ages = get_ages_on(person, dates.now().date())
    age = gettext("aged %(years)s", years=format_value(ages[1])) if ages and not person.deceased_on else ""
    born = gettext("born %(year)s", year=format_value(person.birth_year)) if person.birth_year else ""
    place = lookups.get_lookup("place").words(person.home_code) if in_area and person.home_code else ""
    parts = [code_lists.label("sex", person.sex), age, born, place]
    return " · ".join(part for part in parts if part)


class _Details:
    """The aliases, photos and cases on the cards in the reader's area, loaded with three statements."""

    def __init__(self, ids):
        self.aliases, self.faces, self.roles = {}, {}, {}
        if not ids:
            return
        names, roles = _detail_queries(dialect_name(db.session))
        parameters = {"values": ids}
        with generic_plans(db.session):
            for one, in_khmer, in_latin in db.session.execute(names, parameters):
                self.aliases.setdefault(one, []).append(in_khmer or in_latin)
            self.faces = find_thumbnail_urls(ids)
            rows = db.session.execute(roles, parameters).all()
            shown = court_findings.load_current_roles([row.id for row in rows])
            for row in rows:
                role = shown.get(row.id, row.role)
                name = court_findings.name_role(role, row.end_reason)
                self.roles.setdefault(row.person_id, []).append((role, name, row.number))

    def alias(self, person_id):
        return " · ".join(self.aliases.get(person_id, ()))

    def face(self, person_id):
        return self.faces.get(person_id)

    def status(self, person_id):
        """Return the role in the newest case in the reader's area."""
        if person_id not in self.roles:
            return None
        role, name, number = self.roles[person_id][0]
        basis = gettext("case %(number)s", number=number)
        return StatusBadge(name, basis, "", ICONS.get(role, "user"))

    def cases(self, person_id):
        """Return the number of cases in the reader's area by role: "Suspect 3 · Victim 1"."""
        counts = Counter(name for _role, name, _number in self.roles.get(person_id, ()))
        return " · ".join(f"{name} {format_value(count)}" for name, count in counts.most_common())


class _BriefDetails:
    """The card of a suggestion has a photo and no further details."""

    def __init__(self, ids):
        self.faces = find_thumbnail_urls(ids)

    def face(self, person_id):
        return self.faces.get(person_id)

    def alias(self, person_id):
        return ""

    cases = alias

    def status(self, person_id):
        return None


@cache
def _detail_queries(dialect):
    """Return the queries for the aliases of persons and for their roles in cases, newest first."""
    names = select(PersonName.person_id, PersonName.text_km, PersonName.text_latin).where(
        in_bound_array(dialect, PersonName.person_id), PersonName.voided_at.is_(None)
    )
    roles = (
        select(Involvement.id, Involvement.person_id, Involvement.role, Involvement.end_reason, Case.number)
        .join(Case, Case.id == Involvement.case_id)
        .where(
            in_bound_array(dialect, Involvement.person_id),
            Involvement.voided_at.is_(None),
            Case.voided_at.is_(None),
        )
        .order_by(Case.occurred_from.desc())
        .limit(MAX_INVOLVEMENTS)
    )
    return cacheable(names), cacheable(roles)
