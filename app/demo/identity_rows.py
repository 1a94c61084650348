"""What belongs to a person: documents, other names, addresses, marks."""

from app.demo import data_files
from app.demo.names import respelt
from app.demo.rows import AddressRow, DocumentRow, MarkRow, NameRow
from app.demo.seeded_random import Weighted

NAME_KINDS = Weighted({"alias": 62, "spelling": 18, "former": 8, "online": 12})
MARK_KINDS = Weighted(
    {"tattoo": 46, "scar": 36, "mole": 10, "birthmark": 4, "missing_part": 2, "piercing": 2}
)
PARTS = Weighted(
    {
        "right_arm": 20,
        "left_arm": 20,
        "back": 14,
        "chest": 12,
        "shoulder": 10,
        "neck": 5,
        "face": 6,
        "left_leg": 6,
        "right_leg": 5,
    }
)
STREETS = ("ផ្លូវជាតិលេខ", "ផ្លូវលេខ")
DAY_OF_A_DOCUMENT = 365 * 8


class Papers:
    """Adds to a new person what was asked of him."""

    def __init__(self, chance, add):
        self.chance, self.add = chance, add
        told = data_files.tree("sentences")
        self.marks, self.nicknames = told["marks"], told["nicknames"]

    def of(self, person, age, suspect):
        """The rows of one new person; `add(row)` takes them. Numbers of documents follow their ids: never two alike."""
        chance = self.chance
        if person.unidentified:
            return
        if person.nationality != "KH":
            if chance.happens(0.82):
                self._document(person, "passport", person.nationality)
        elif age >= 16 and chance.happens(0.46):
            self._document(person, "national_id", "KH")
        elif chance.happens(0.08):
            self._document(person, "birth" if age < 16 else "family_book", "KH")
        if suspect and chance.happens(0.13):
            self._other_name(person)
        if suspect and chance.happens(0.12):
            self._mark(person)
        if person.home_code and chance.happens(0.3):
            self._address(person)

    def _row(self, row_of, person, **values):
        row = row_of(
            person_id=person.id, version=1, unit_code=person.unit_code,
            recorded_at=person.recorded_at, changed_at=person.changed_at, **values,
        )  # fmt: skip
        self.add(row)
        return row

    def _document(self, person, kind, country):
        row = self._row(DocumentRow, person, kind=kind, country=country)
        # Each id gives another number (the factor and the modulus share no divisor). The demo's cards begin with 9,
        # its passports with X: real ones did not when this was written, as far as known.
        digits = f"{row.id * 38742049 % 10**8:08d}"
        row.number = f"X{digits}" if kind == "passport" else f"9{digits}"
        if kind == "national_id" and self.chance.happens(0.2):
            row.number = f"{row.number[:3]} {row.number[3:6]} {row.number[6:]}"
        if kind in ("national_id", "passport") and self.chance.happens(0.5):
            row.valid_to = person.recorded_at.date().replace(
                day=1, year=person.recorded_at.year + self.chance.between(-1, 8)
            )
        row.derive()

    def _other_name(self, person):
        chance, kind = self.chance, NAME_KINDS.of(self.chance)
        if not person.given_km or kind == "online":
            latin = person.given_latin or "Dara"
            self._row(
                NameRow,
                person,
                kind="online",
                text_latin=f"{latin.replace(' ', '')}{chance.pick(('KH', 'PP', 'VIP', 'Boy'))}",
            )
        elif kind == "alias":
            short = person.given_km + chance.pick(self.nicknames["after"])
            self._row(
                NameRow, person, kind=kind, text_km=chance.pick((short, chance.pick(self.nicknames["alone"])))
            )
        else:
            self._row(
                NameRow, person, kind=kind,
                text_km=f"{person.surname_km} {respelt(chance, person.given_km, 'khmer')}",
                text_latin=f"{person.surname_latin.upper()} {respelt(chance, person.given_latin, 'latin')}" if person.given_latin else None,
            )  # fmt: skip

    def _mark(self, person):
        chance, kind = self.chance, MARK_KINDS.of(self.chance)
        text = chance.pick(self.marks[kind]).replace("{n}", chance.pick("២៣៤៥៦"))
        part = (
            "fingers"
            if "ម្រាមដៃ" in text
            else "mouth"
            if "ធ្មេញ" in text
            else "ear"
            if kind == "piercing"
            else PARTS.of(chance)
        )
        self._row(MarkRow, person, kind=kind, body_part=part, text=text)

    def _address(self, person):
        chance = self.chance
        self._row(
            AddressRow, person, kind="current" if chance.happens(0.8) else "permanent", place_code=person.home_code,
            house=str(chance.between(1, 420)) if chance.happens(0.5) else None,
            street=f"{chance.pick(STREETS)} {chance.between(1, 600)}" if chance.happens(0.35) else None,
            village_group=str(chance.between(1, 14)) if chance.happens(0.4) else None,
        )  # fmt: skip
