"""Two provinces with everything that a case and a person can have; all words of the foreign one are marked.

What may be found in the whole nation (the name on a person's card) is marked apart from all that may not.
"""

import io

from sqlalchemy import String, Text, select

from app.cases.drafts import Draft
from app.corrections.models import Correction
from app.court_orders.models import Hit, OrderFile
from app.duplicates.models import Duplicate, Joining
from app.exports.models import Export
from app.extensions import db
from app.imports.models import ImportEntry, ImportRun
from app.inbox.models import Message
from app.jobs.models import Job
from app.kernel.access.access_grants import BREAK_GLASS, SHARE, Opening
from app.kernel.access.row_filter import scoped_classes
from app.kernel.files import store
from app.kernel.schema.fields import declared
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.people.models import Person
from app.search.models import SavedSearch
from tests.court_orders.sample_orders import act, an_active_order
from tests.custody.sample_rows import one_of_each
from tests.kernel.files.test_store import PDF, a_picture
from tests.sample_rows import (
    A_FILE,
    BATTAMBANG,
    PHNOM_PENH,
    a_registered_case,
    a_registered_person,
    with_photo,
    written_by,
)
from tests.special_access.sample_cases import user

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
            self.pair = self._pair()
            one_of_each(self.case.involvements[0], self.writer.unit_code)
            self._order()
            db.session.add_all([self._correction(), self._joining()])
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
            self.saved = SavedSearch(
                user_id=self.writer.id, name=self.word, payload={"text": self.word}, saved_at=dates.now()
            )
            self.job, self.export, self.run = self._job(), self._export(), self._run()
            made = (self.draft, self.message, self.saved, self.job, self.export, self.run)
            db.session.add_all([*made, *self.openings.values()])
        db.session.commit()
        self.photo_token = store.sign(self.stored, self.writer.id)

    def _case(self, place, number):
        self.stored = store.store(io.BytesIO(a_picture()), "photo.jpg")
        paper = store.store(io.BytesIO(PDF), "paper.pdf")
        people = [with_photo(a_registered_person(number=number)), a_registered_person(number=number + 1)]
        case = a_registered_case(
            place=place, people=list(zip(people, ("suspect", "complainant"), strict=True))
        )
        for kept, stored in ((people[0].photos[0], self.stored), (case.files[0], paper)):
            kept.sha256, kept.mime, kept.size = stored.sha256, stored.mime, stored.size
        case.draft_token = f"case-{number}"
        db.session.flush()
        return case

    def _order(self):
        """An active order on the suspect, with an act, a scan and a hit."""
        suspect = self.case.involvements[0].person
        order = an_active_order(
            person=suspect, case=self.case, writer=self.writer.username, number=f"{self.case.id}/26"
        )
        act(order, "assigned", self.writer.username, to_unit=self.writer.unit, note=self.word)
        db.session.add(OrderFile(order=order, note=self.word, **A_FILE))
        now, unit = dates.now(), self.writer.unit_code
        self.hit = Hit(
            order_id=order.id, person_id=suspect.id, case_id=self.case.id, met_as="suspect", urgent=False,
            raised_at=now, due_at=now, state="waiting", owner_unit_code=unit, unit_code=unit, reason=self.word,
            province_code=self.case.province_code,
        )  # fmt: skip
        db.session.add(self.hit)
        db.session.flush()

    def _mark(self):
        """Every text that people write in the rows of this case."""
        for cls in RECORDS:
            for row in (
                self._all(cls) if cls not in (Correction, Joining) else ()
            ):  # marked when they were made
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

    def _pair(self):
        """The two sound alike, so the save of their case has found them."""
        first, second = sorted(row.person_id for row in self.case.involvements)
        same = Duplicate.first_id == first, Duplicate.second_id == second
        pair = db.session.scalars(select(Duplicate).where(*same)).one()
        pair.state, pair.dismissal = "asked", self.word
        return pair

    def _joining(self):
        return Joining(
            kind="join", state="asked", duplicate_id=self.pair.id, staying_id=self.pair.first_id,
            going_id=self.pair.second_id, province_code=self.case.province_code, reason=self.word, seen={},
            asked_at=dates.now(), asked_by_id=self.writer.id,
        )  # fmt: skip

    def _opening(self, kind):
        about = self.case if kind == SHARE else self.rows["person"]
        return Opening(
            kind=kind, entity=about.__tablename__, entity_id=about.id, reason=self.word, case_number=self.case.number,
            opened_at=dates.now(), opened_by_id=self.writer.id, owner_unit=self.writer.unit_code,
            **({"unit_code": "PC-03"} if kind == SHARE else {"user_id": user("manager").id, "closes_at": dates.now()}),
        )  # fmt: skip

    def _job(self):
        return Job(
            kind="export", title=self.word, arguments={}, owner_id=self.writer.id, asked_at=dates.now(), state="failed",
            problem=self.word,
        )  # fmt: skip

    def _export(self):
        return Export(
            what="case", title=self.word, arguments={"pk": self.case.id}, format="xlsx", asked_by_id=self.writer.id,
            unit_code=self.writer.unit_code, asked_at=dates.now(), purpose="investigation", case_number=self.case.number,
            most_rows=1000, state="approved", approved_until=dates.now(), reason=self.word, decision=self.word,
        )  # fmt: skip

    def _run(self):
        """A file that somebody brings in, with an entry that waits to be mended."""
        run = ImportRun(
            title=self.word, kind="people", state="done", settings={}, sha256="0" * 64, size=1, read_by_id=self.writer.id,
            waiting=1,
        )  # fmt: skip
        self.waiting = ImportEntry(
            run=run,
            row=2,
            state="waits",
            fingerprint=str(self.case.id),
            problems=[],
            values={"name": self.word},
        )
        db.session.add(self.waiting)
        return run

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
