"""Two provinces with everything that a case and a person can have. All texts of the foreign one have
markers.

The fields that national search may show (the name on a person's card) have a marker of their own.
"""

import io

from sqlalchemy import String, Text, insert, select

from app.cases.drafts import Draft
from app.cases.models import CaseDisposition, ExhibitMovement
from app.corrections.models import Correction
from app.court_orders.models import CourtOrder, OrderFile, OrderMatch
from app.duplicates.models import Duplicate, PersonMerge
from app.evidence.models import ExhibitSeal, QuantityChange
from app.exports.models import Export
from app.extensions import db
from app.imports.models import ImportEntry, ImportOutcomes, ImportRun
from app.inbox.models import Message
from app.indices.linking import link_queued_exhibits
from app.indices.models import ItemExhibit, ItemMatch
from app.investigation.models import ReviewRemark
from app.jobs.models import Job
from app.kernel.access.access_grants import BREAK_GLASS, SHARE, AccessGrant
from app.kernel.access.row_filter import scoped_classes
from app.kernel.files import store
from app.kernel.schema.fields import fields_of
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import exempt_changes
from app.kernel.text import dates
from app.lineups.models import Lineup, LineupEvent, LineupFace
from app.missing.models import PersonReport, ReportMatch, ReportMatchAnswer
from app.people.models import Person
from app.protection_orders.models import ProtectionOrder
from app.retention.models import RetentionAct
from app.search.models import SavedSearch
from app.series.models import CaseSeries, CaseSeriesMember
from app.statistics.models import OfficialReport
from tests.court_orders.sample_orders import add_event, make_active_order
from tests.custody.sample_rows import add_one_of_each
from tests.kernel.files.test_store import PDF, make_picture
from tests.sample_rows import (
    BATTAMBANG,
    FILE_COLUMNS,
    PHNOM_PENH,
    acting_as,
    add_photo,
    add_registered_case,
    make_registered_person,
    make_sample_row,
)
from tests.special_access.sample_cases import find_user

FIGURES = {
    "area": "12", "first": "2026-01-05", "last": "2026-01-11", "total": [0, 0], "families": [], "months": [], "week": [],
    "unknown_hours": 0, "places": [], "clearance": [0, 0, 0], "drugs": [], "items": [], "protected": [], "work": [],
}  # fmt: skip
ON_THE_CARD = ("surname_km", "given_km", "surname_latin", "given_latin")
NAME, NAME_LATIN = "ហ្សិញ", "Zqxvname"  # on the card
SECRET, SECRET_LATIN = "ឌ្ឋេង", "Wjqksecret"  # never visible outside the province
# Every class with a scope.
RECORDS = [cls for cls in scoped_classes() if issubclass(cls, Record) and not cls.__unrestricted__]
LOCKED_AT_ONCE = (
    CourtOrder,
    ExhibitMovement,
    ExhibitSeal,
    Lineup,
    ProtectionOrder,
    QuantityChange,
    RetentionAct,
)
FIXED = {
    "code",
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
    """The records of one province by table name, with their related rows."""

    def __init__(self, writer, place, number, marked):
        self.writer, self.word = find_user(writer), SECRET if marked else "ពាក្យធម្មតា"
        with acting_as(writer):
            self.case = self._case(place, number)
            self.pair = self._pair()
            add_one_of_each(self.case.involvements[0], self.writer.unit_code)
            self._order({name: _word(name, 0) for name in _texts(CourtOrder)} if marked else {})
            today = dates.now().date()  # the case is judged
            paper = {"document_no": "1/26", "document_date": today}
            step = CaseDisposition(case=self.case, kind="closed", decided_on=today, reason=self.word, **paper)
            db.session.add_all([self._correction(), self._merge(), step])
            db.session.flush()
            missing = [cls for cls in RECORDS if not self._all(cls)]
            rows = [make_sample_row(cls, self.case) for cls in missing]
            for row in (one for one in rows if marked and isinstance(one, LOCKED_AT_ONCE)):
                for name in _texts(type(row)):
                    setattr(row, name, _word(name, 0))
            db.session.add_all(rows)
            db.session.flush()
            if marked:
                with exempt_changes(db.session, {}):  # one officer gives a wanted person no other name
                    self._mark()
            self.rows = {cls.__tablename__: self._all(cls)[0] for cls in RECORDS}
            self.draft = Draft(
                token=f"draft-{number}",
                user_id=self.writer.id,
                payload={"fields": []},
                saved_at=dates.now(),
                unit_code=self.writer.unit_code,
            )
            self.message = Message(
                kind="notice", text_key="share.created", facts={"case": self.case.number, "unit": self.word},
                to_user_id=self.writer.id, sent_at=dates.now(),
            )  # fmt: skip
            self.openings = {kind: self._access_grant(kind) for kind in (BREAK_GLASS, SHARE)}
            self.saved = SavedSearch(
                user_id=self.writer.id, name=self.word, payload={"text": self.word}, saved_at=dates.now()
            )
            self.job, self.export, self.run = self._job(), self._export(), self._run()
            self.official_report, self.series = self._official_report(), self._series()
            self.item_match, self.remark = self._item_match(), self._remark()
            self.report_match = self._report_match()
            self._add_lineup_parts()
            made = (
                self.draft,
                self.message,
                self.saved,
                self.job,
                self.export,
                self.run,
                self.official_report,
                self.series,
                self.item_match,
                self.report_match,
                self.remark,
            )
            db.session.add_all([*made, *self.openings.values()])
        db.session.commit()
        self.photo_token = store.create_token(self.stored, self.writer.id)

    def _case(self, place, number):
        self.stored = store.save_file(io.BytesIO(make_picture()), "photo.jpg")
        paper = store.save_file(io.BytesIO(PDF), "paper.pdf")
        people = [add_photo(make_registered_person(number=number)), make_registered_person(number=number + 1)]
        case = add_registered_case(
            place=place, people=list(zip(people, ("suspect", "complainant"), strict=True))
        )
        for kept, stored in ((people[0].photos[0], self.stored), (case.files[0], paper)):
            kept.sha256, kept.mime, kept.size = stored.sha256, stored.mime, stored.size
        case.exhibits[0].plate = f"1AB-{number:04}"  # an item of this province alone
        case.draft_token = f"case-{number}"
        db.session.flush()
        return case

    def _official_report(self):
        today = dates.now().date()
        return OfficialReport(
            kind="week", state="drafted", unit_code=self.writer.unit_code, area_code=self.case.province_code,
            first_day=today, last_day=today, figures=FIGURES, fingerprint="0" * 64, counted_at=dates.now(),
            remarks=self.word, drafted_by_id=self.writer.id, drafted_at=dates.now(),
        )  # fmt: skip

    def _series(self):
        today = dates.now().date()
        return CaseSeries(
            state="proposed", family="property", province_code=self.case.province_code, first_day=today, last_day=today,
            common={}, found_at=dates.now(), reason=self.word, members=[CaseSeriesMember(case_id=self.case.id)],
        )  # fmt: skip

    def _item_match(self):
        link_queued_exhibits(db.session)
        today, exhibit, unit = dates.now().date(), self.case.exhibits[0].id, self.writer.unit_code
        return ItemMatch(
            item_id=db.session.get(ItemExhibit, exhibit).item_id, stolen_id=exhibit, found_id=exhibit, kind="vehicle",
            state="waiting", owner_unit_code=unit, unit_code=unit, stolen_on=today, found_on=today, reason=self.word,
            raised_at=dates.now(), due_at=dates.now(), province_code=self.case.province_code,
        )  # fmt: skip

    def _report_match(self):
        body = make_sample_row(PersonReport, self.case)
        body.kind = "body"
        db.session.add(body)
        db.session.flush()
        unit, now = self.writer.unit_code, dates.now()
        return ReportMatch(
            kind="person", missing_id=self.rows["person_report"].id, body_id=body.id, state="waiting", first_unit_code=unit,
            second_unit_code=unit, agrees=[], differs=[], raised_at=now, due_at=now,
            answers=[ReportMatchAnswer(side="first", decision="same", reason=self.word, made_at=now, made_by_id=self.writer.id)],
        )  # fmt: skip

    def _add_lineup_parts(self):
        """Add a face and a step to the line-up of this province, by SQL: its faces are chosen only by preparation."""
        lineup, photo = self.rows["lineup"].id, self.rows["person_photo"]
        of_suspect = {
            "person_id": photo.person_id,
            "photo_id": photo.id,
            "sha256": photo.sha256,
            "is_suspect": True,
        }
        db.session.execute(insert(LineupFace.__table__).values(lineup_id=lineup, **of_suspect))
        started = {"kind": "started", "at": dates.now(), "made_by_id": self.writer.id}
        db.session.execute(insert(LineupEvent.__table__).values(lineup_id=lineup, **started))

    def _remark(self):
        return ReviewRemark(
            review_id=self.rows["case_review"].id, round=1, part="facts", text=self.word, made_at=dates.now(),
            made_by_id=self.writer.id,
        )  # fmt: skip

    def _order(self, texts):
        """Add an active order on the suspect, with these texts, an action, a scan and a match."""
        suspect = self.case.involvements[0].person
        order = make_active_order(
            person=suspect, case=self.case, writer=self.writer.username, number=f"{self.case.id}/26", **texts
        )
        add_event(order, "assigned", self.writer.username, to_unit=self.writer.unit, note=self.word)
        db.session.add(OrderFile(order=order, note=self.word, **FILE_COLUMNS))
        now, unit = dates.now(), self.writer.unit_code
        self.match = OrderMatch(
            order_id=order.id, person_id=suspect.id, case_id=self.case.id, matched_as="suspect", urgent=False,
            raised_at=now, due_at=now, state="waiting", owner_unit_code=unit, unit_code=unit, reason=self.word,
            province_code=self.case.province_code,
        )  # fmt: skip
        db.session.add(self.match)
        db.session.flush()

    def _mark(self):
        """Write the marker into every free text of this case."""
        for cls in RECORDS:
            for row in (
                self._all(cls) if cls not in (Correction, PersonMerge, *LOCKED_AT_ONCE) else ()
            ):  # marked on creation
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
            kind="change", state="requested", entity="case", entity_id=self.case.id, case_id=self.case.id,
            province_code=self.case.province_code, cause="typing_error",
            reason=self.word, letter_no=self.word, overrides=[],
            requested_at=dates.now(), due_at=dates.now(), requested_by_id=self.writer.id,
        )  # fmt: skip

    def _pair(self):
        """Return the likely duplicates that the save of their case detected: the names sound alike."""
        first, second = sorted(row.person_id for row in self.case.involvements)
        same = Duplicate.first_id == first, Duplicate.second_id == second
        pair = db.session.scalars(select(Duplicate).where(*same)).one()
        pair.state, pair.dismissal = "requested", self.word
        return pair

    def _merge(self):
        return PersonMerge(
            kind="merge", state="requested", duplicate_id=self.pair.id, surviving_id=self.pair.first_id,
            merged_id=self.pair.second_id, province_code=self.case.province_code, reason=self.word, snapshots={},
            requested_at=dates.now(), requested_by_id=self.writer.id,
        )  # fmt: skip

    def _access_grant(self, kind):
        about = self.case if kind == SHARE else self.rows["person"]
        return AccessGrant(
            kind=kind, entity=about.__tablename__, entity_id=about.id, reason=self.word, case_number=self.case.number,
            granted_at=dates.now(), granted_by_id=self.writer.id, owner_unit=self.writer.unit_code,
            **({"unit_code": "PC-03"} if kind == SHARE else {"user_id": find_user("manager").id, "expires_at": dates.now()}),
        )  # fmt: skip

    def _job(self):
        return Job(
            kind="export", title=self.word, arguments={}, owner_id=self.writer.id, requested_at=dates.now(), state="failed",
            problem=self.word,
        )  # fmt: skip

    def _export(self):
        return Export(
            subject="case", title=self.word, arguments={"pk": self.case.id}, format="xlsx", requested_by_id=self.writer.id,
            unit_code=self.writer.unit_code, requested_at=dates.now(), purpose="investigation", case_number=self.case.number,
            max_rows=1000, state="approved", approved_until=dates.now(), reason=self.word, decision=self.word,
        )  # fmt: skip

    def _run(self):
        """Add an import job with a row to fix."""
        run = ImportRun(
            title=self.word, kind="people", state="done", settings={}, sha256="0" * 64, size=1,
            uploaded_by_id=self.writer.id, read_by_id=self.writer.id,
            waiting=1,
        )  # fmt: skip
        self.waiting = ImportEntry(
            run=run,
            row=2,
            state="waiting",
            fingerprint=str(self.case.id),
            problems=[],
            values=[[2, {"person.surname_km": self.word}]],
        )
        db.session.add(self.waiting)
        db.session.flush()
        db.session.add(ImportOutcomes(run_id=run.id, lines="[]"))
        return run

    @property
    def secrets(self):
        """Return what no answer to another province may contain, not even with a card."""
        return (SECRET, SECRET_LATIN, self.case.number)

    @property
    def on_the_card(self):
        return (NAME, NAME_LATIN, self.rows["person"].number)


def _texts(cls):
    """Return the free-text columns of a class: no codes, no keys, no derived values."""
    for name in fields_of(cls):
        column = cls.__mapper__.columns.get(name)
        text = column is not None and isinstance(column.type, (String, Text)) and not column.foreign_keys
        if text and not fields_of(cls)[name].codes and name not in FIXED and not name.endswith("_code"):
            yield name


def _word(name, pk):
    short = name in ("plate", "phone", "house", "village_group")
    return (
        f"{SECRET_LATIN}{pk}" if short or "latin" in name or "no" in name else f"{SECRET} {SECRET_LATIN} {pk}"
    )


def at_home():
    """Make Battambang, without markers."""
    return Province("clerk.bb", BATTAMBANG, 1, False)


def abroad():
    """Make Phnom Penh, with markers."""
    return Province("clerk.pp", PHNOM_PENH, 5, True)
