"""Generates the rows of a person: documents, other names, addresses, marks."""

from app.demo import data_files
from app.demo.names import respell
from app.demo.rows import AddressRow, DocumentRow, MarkRow, NameRow
from app.demo.seeded_random import Weighted

NAME_KINDS = Weighted({"alias": 62, "spelling": 18, "former": 8, "online": 12})
MARK_KINDS = Weighted(
    {"tattoo": 46, "scar": 36, "mole": 10, "birthmark": 4, "missing_part": 2, "piercing": 2}
)
BODY_PARTS = Weighted(
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


class IdentityGenerator:
    """Adds the identity rows of a new person."""

    def __init__(self, rng, add):
        self.rng, self.add = rng, add
        sentences = data_files.read_toml("sentences")
        self.marks, self.nicknames = sentences["marks"], sentences["nicknames"]

    def add_rows(self, person, age, suspect):
        """Add the rows of one new person. Document numbers follow the ids, so they are unique."""
        rng = self.rng
        if person.unidentified:
            return
        if person.nationality != "KH":
            if rng.happens(0.82):
                self._document(person, "passport", person.nationality)
        elif age >= 16 and rng.happens(0.46):
            self._document(person, "national_id", "KH")
        elif rng.happens(0.08):
            self._document(person, "birth" if age < 16 else "family_book", "KH")
        if suspect and rng.happens(0.13):
            self._other_name(person)
        if suspect and rng.happens(0.12):
            self._mark(person)
        if person.home_code and rng.happens(0.3):
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
        if kind == "national_id" and self.rng.happens(0.2):
            row.number = f"{row.number[:3]} {row.number[3:6]} {row.number[6:]}"
        if kind in ("national_id", "passport") and self.rng.happens(0.5):
            row.valid_to = person.recorded_at.date().replace(
                day=1, year=person.recorded_at.year + self.rng.between(-1, 8)
            )
        row.update_derived()

    def _other_name(self, person):
        rng, kind = self.rng, NAME_KINDS.draw(self.rng)
        if not person.given_km or kind == "online":
            latin = person.given_latin or "Dara"
            self._row(
                NameRow,
                person,
                kind="online",
                text_latin=f"{latin.replace(' ', '')}{rng.pick(('KH', 'PP', 'VIP', 'Boy'))}",
            )
        elif kind == "alias":
            short = person.given_km + rng.pick(self.nicknames["after"])
            self._row(
                NameRow, person, kind=kind, text_km=rng.pick((short, rng.pick(self.nicknames["alone"])))
            )
        else:
            self._row(
                NameRow, person, kind=kind,
                text_km=f"{person.surname_km} {respell(rng, person.given_km, 'khmer')}",
                text_latin=f"{person.surname_latin.upper()} {respell(rng, person.given_latin, 'latin')}" if person.given_latin else None,
            )  # fmt: skip

    def _mark(self, person):
        rng, kind = self.rng, MARK_KINDS.draw(self.rng)
        text = rng.pick(self.marks[kind]).replace("{n}", rng.pick("២៣៤៥៦"))
        part = (
            "fingers"
            if "ម្រាមដៃ" in text
            else "mouth"
            if "ធ្មេញ" in text
            else "ear"
            if kind == "piercing"
            else BODY_PARTS.draw(rng)
        )
        self._row(MarkRow, person, kind=kind, body_part=part, text=text)

    def _address(self, person):
        rng = self.rng
        self._row(
            AddressRow, person, kind="current" if rng.happens(0.8) else "permanent", place_code=person.home_code,
            house=str(rng.between(1, 420)) if rng.happens(0.5) else None,
            street=f"{rng.pick(STREETS)} {rng.between(1, 600)}" if rng.happens(0.35) else None,
            village_group=str(rng.between(1, 14)) if rng.happens(0.4) else None,
        )  # fmt: skip
