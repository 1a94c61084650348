"""Cards of items outside the reader's area, found by their complete plate, serial number or telephone.

A stolen motorcycle must be found in every province. The card has the type, the status and the unit with its telephone:
no person, no case, no place. A part of a number finds nothing here, so the items of another area cannot be listed.
"""

from dataclasses import dataclass

from sqlalchemy import or_, select

from app.cases.models import Case, Exhibit, Involvement
from app.cases.row_filter import is_hidden
from app.extensions import db
from app.kernel.audit.rate_limit import ITEM_NUMBER, count_question
from app.kernel.schema import code_lists
from app.kernel.text import khmer
from app.kernel.text.phone_numbers import normalize_phone
from app.people.nationwide import nationwide_session
from app.people.rules import normalize_document_number
from app.reference.models import Unit
from app.search.record_lookup import MAX_ITEMS, NUMBER_COLUMNS

MIN_DIGITS = 4
MAX_VISIBLE = 500  # items of one number in the reader's area


@dataclass(frozen=True)
class ExhibitCard:
    """What every officer may know of an item anywhere."""

    id: int
    kind: str
    property_role: str | None
    state: str
    unit: str
    phone: str | None

    @property
    def facts(self):
        codes = {"exhibit_kind": self.kind, "property_role": self.property_role, "exhibit_state": self.state}
        return [code_lists.label(name, code) for name, code in codes.items() if code]


def find_exhibit_cards(text):
    """Return the cards of the items with exactly this number, apart from those that the reader sees anyway.

    Raises TooManyRequests above the limit of numbers in a minute.

    Items of a case with a hidden person have no card: the telephone of a protected victim would show the unit.
    """
    typed = khmer.to_latin_digits(text).strip().upper()
    if sum(map(str.isdigit, typed)) < MIN_DIGITS:
        return []
    count_question(ITEM_NUMBER)
    conditions = [getattr(Exhibit, name) == typed for name in NUMBER_COLUMNS]
    conditions.append(Exhibit.plate_key == normalize_document_number(typed))
    if not any(map(str.isalpha, typed)):
        conditions.append(Exhibit.phone_key == normalize_phone(typed))
    visible_ids = db.session.scalars(select(Exhibit.id).where(or_(*conditions)).limit(MAX_VISIBLE)).all()
    return _load_cards(or_(*conditions), visible_ids)


def find_cards_of_item(exhibit_ids, visible_ids):
    """Return the cards of the exhibits of an item, apart from those that the reader sees.

    `exhibit_ids` is the statement for the ids of its exhibits.
    """
    return _load_cards(Exhibit.id.in_(exhibit_ids), visible_ids)


def _load_cards(condition, visible_ids):
    of_hidden = select(Involvement.case_id).where(
        Involvement.case_id == Exhibit.case_id, is_hidden(Involvement)
    )
    rows = (
        select(Exhibit.id, Exhibit.kind, Exhibit.property_role, Exhibit.state, Unit)
        .join(Case, Case.id == Exhibit.case_id)
        .join(Unit, Unit.code == Case.unit_code)
        .where(condition, Exhibit.voided_at.is_(None), Exhibit.id.not_in(visible_ids), ~of_hidden.exists())
        .order_by(Exhibit.id.desc())
        .limit(MAX_ITEMS)
    )
    with nationwide_session(by_keys=True) as session:
        return [ExhibitCard(*values, str(unit), unit.phone) for *values, unit in session.execute(rows)]
