"""Cards of people that a case names and that are outside the reader's scope.

Such an involvement opens the card of the person and this case. The rest of the person opens by a share or by break-glass
access.
"""

from sqlalchemy.orm.attributes import set_committed_value

from app.cases.rules import MINOR
from app.people import nationwide


def load_cards(involvements):
    """Load the cards of the involvements that show only a card, and the initials of suspects below 18."""
    rows = [row for row in involvements if row.shows_card]
    cards = nationwide.find_cards({row.person_id for row in rows}) if rows else {}
    for row in rows:
        row.card = cards.get(row.person_id)
    minors = [row for row in involvements if row.person is None and row.protection == MINOR]
    initials = nationwide.find_initials({row.person_id for row in minors}) if minors else {}
    for row in minors:
        row.initials = initials.get(row.person_id, "")


def load_person_to_name(involvement):
    """Load the person of an involvement that shows only a card, to name them in another record of the case."""
    if involvement is not None and involvement.shows_card:
        person = nationwide.load_person_to_name(involvement.person_id)
        set_committed_value(involvement, "person", person)
    return involvement
