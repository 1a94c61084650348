"""Two provinces with everything that a case and a person can have; all words of the foreign one are marked.

What may be found in the whole nation (the name on a person's card) is marked apart from all that may not.
"""

import io

from sqlalchemy import String, Text, select

from app.cases.drafts import Draft
from app.corrections.models import Correction
from app.extensions import db
from app.kernel import dates, files
from app.kernel.fields import declared
from app.kernel.openings import BREAK_GLASS, SHARE, Opening
from app.kernel.records import Record
from app.kernel.scope import scoped_classes
from app.messages.models import Message
from app.orders.models import Hit, OrderFile
from app.people.models import Person
from tests.kernel.test_files import PDF, a_picture
from tests.openings.cases import user
from tests.orders.papers import act, an_order, paper_of
from tests.rows import BATTAMBANG, PHNOM_PENH, a_registered_case, a_registered_person, with_photo, written_by

ON_THE_CARD = ("surname_km", "given_km", "surname_latin", "given_latin")
NAME, NAME_LATIN = "ហ្សិញ", "Zqxvname"  # stands on the card
SECRET, SECRET_LATIN = "ឌ្ឋេង", "Wjqksecret"  # stands nowhere outside
# Whatever has a scope.
RECORDS = [cls for cls in scoped_classes() if issubclass(cls, Record)]
FIXED = {
    "entity",
    "number",
    "origin",
    "sha256",
    "mime",
    "name",
    "name_sort",
    "number_key",
    "draft_token",
    "void_reason",
}


class Province:
    """The records of one province, by the name of their table, and what else hangs on them."""

    def __init__(self, writer, place, number, marked):
        self.writer, self.word = user(writer), SECRET if marked else "ពាក្យធម្មតា"
        with written_by(writer):
            self.case = self._case(place, number)
            db.session.add(self._correction())
            self._order(number)
            db.session.flush()
            if marked:
                self._mark()
            self.rows = {cls.__tablename__: self._all(cls)[0] for cls in RECORDS}
            self.draft = Draft(
                token=f"draft-{number}", user_id=self.writer.id, payload={"boxes": []}, saved_at=dates.now()
            )
            self.message = Message(
                kind="notice", text_key="share.given", facts={"case": self.case.number, "unit": self.word},
                to_user_id=self.writer.id, sent_at=dates.now(),
            )  # fmt: skip
            self.openings = {kind: self._opening(kind) for kind in (BREAK_GLASS, SHARE)}
            db.session.add_all([self.draft, self.message, *self.openings.values()])
        db.session.commit()
        self.photo_token = files.sign(self.stored, self.writer.id)

    def _case(self, place, number):
        self.stored = files.store(io.BytesIO(a_picture()), "photo.jpg")
        paper = files.store(io.BytesIO(PDF), "paper.pdf")
        people = [with_photo(a_registered_person(number=number)), a_registered_person(number=number + 1)]
        case = a_registered_case(
            place=place, people=list(zip(people, ("suspect", "complainant"), strict=True))
        )
        for kept, stored in ((people[0].photos[0], self.stored), (case.files[0], paper)):
            kept.sha256, kept.mime, kept.size = stored.sha256, stored.mime, stored.size
        case.draft_token = f"case-{number}"
        db.session.flush()
        return case

    def _order(self, number):
        """An order that was received, with a scan, and recalled; a hit on it stands for one of another day."""
        order = an_order(number=f"{number}/26", writer=self.writer.username, case=self.case)
        paper = files.store(io.BytesIO(PDF), "order.pdf")
        db.session.add(OrderFile(order=order, **paper.columns))
        act(
            order,
            "recalled",
            writer=self.writer.username,
            reason="x",
            note="x",
            officer="x",
            **paper_of(order),
        )
        self.hit = Hit(
            order_id=order.id, person_id=self.case.involvements[0].person_id, case_id=self.case.id, met_as="witness",
            urgent=False, owner_unit_code=self.writer.unit_code, unit_code=self.writer.unit_code, state="waiting",
            raised_at=dates.now(), due_at=dates.now(), passed_up=0, province_code=order.province_code,
            reason=self.word,
        )  # fmt: skip
        db.session.add(self.hit)

    def _mark(self):
        """Every text that people write in the rows of this case."""
        for cls in RECORDS:
            for row in self._all(cls) if cls is not Correction else ():  # marked when it was made
                for name in _texts(cls):
                    setattr(row, name, _word(name, row.id))
        for row in self._all(Person):
            row.surname_km, row.given_km, row.surname_latin, row.given_latin = (
                NAME,
                NAME,
                NAME_LATIN,
                NAME_LATIN,
            )

    def _all(self, cls):
        return db.session.scalars(select(cls).where(cls.recorded_by_id == self.writer.id)).unique().all()

    def _correction(self):
        return Correction(
            kind="change", state="asked", entity="case", entity_id=self.case.id, case_id=self.case.id,
            province_code=self.case.province_code, reason=self.word, letter_no=self.word, passed=[],
            asked_at=dates.now(), due_at=dates.now(), asked_by_id=self.writer.id,
        )  # fmt: skip

    def _opening(self, kind):
        about = self.case if kind == SHARE else self.rows["person"]
        return Opening(
            kind=kind, entity=about.__tablename__, entity_id=about.id, reason=self.word, case_number=self.case.number,
            opened_at=dates.now(), opened_by_id=self.writer.id, owner_unit=self.writer.unit_code,
            **({"unit_code": "PC-03"} if kind == SHARE else {"user_id": user("manager").id, "closes_at": dates.now()}),
        )  # fmt: skip

    @property
    def secrets(self):
        """What no answer to another province may hold, not even with a card."""
        return (SECRET, SECRET_LATIN, self.case.number)

    @property
    def on_the_card(self):
        return (NAME, NAME_LATIN, self.rows["person"].number)


def _texts(cls):
    """The columns of free text of a class: no codes, no keys, nothing that is derived."""
    for name in declared(cls):
        column = cls.__mapper__.columns.get(name)
        text = column is not None and isinstance(column.type, (String, Text)) and not column.foreign_keys
        if text and not declared(cls)[name].codes and name not in FIXED and not name.endswith("_code"):
            yield name


def _word(name, pk):
    short = name in ("plate", "phone", "house", "village_group")
    return (
        f"{SECRET_LATIN}{pk}" if short or "latin" in name or "no" in name else f"{SECRET} {SECRET_LATIN} {pk}"
    )


def at_home():
    """Battambang, without a mark."""
    return Province("clerk.bb", BATTAMBANG, 1, False)


def abroad():
    """Phnom Penh, marked."""
    return Province("clerk.pp", PHNOM_PENH, 5, True)
