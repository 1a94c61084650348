"""Arrests, custodies, judgments, detentions and releases of the synthetic country: `python3 run.py demo --held N`.

Made of suspects of solved cases, so that their share follows the domain report: 1.45 arrests for a solved case, most
custodies within the limit, detention mostly for felonies. Some are held at this very moment.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, func, select

from app.cases.models import Case, CaseOffence, Involvement
from app.custody.models import Arrest
from app.custody.rules import time_limits
from app.demo import generate
from app.demo.batch_generator import batch_of
from app.demo.bulk_load import STORES
from app.demo.plan import read_units
from app.demo.progress import Progress
from app.demo.rows import HELD, HELD_MODELS
from app.demo.seeded_random import Chance, Weighted
from app.kernel.access.area import LEVELS
from app.kernel.audit import hash_chain
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people import status
from app.reference import time_limits as limits
from app.reference.models import Prison, Unit

OF_A_BATCH = 5000  # people
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = 12  # people who are held at this moment, and one more for each three hundred
OFFICER = "អនុសេនីយ៍ឯក កែវ ពិសិដ្ឋ"
GROUNDS = Weighted({"flagrant": 62, "warrant": 26, "authorisation": 12})
OUTCOMES = Weighted({"to_prosecutor": 78, "released": 22})
AT_COURT = ("at_court", "judged", "closed")


@dataclass(frozen=True)
class Suspect:
    """What an arrest takes from a case and from its suspect."""

    id: int
    person_id: int
    case_id: int
    province_code: str
    occurred_from: datetime
    solved_on: date | None
    status: str
    offence_class: str


def fill(engine, people, seed, say=print, until=None, now=None):
    """Arrest `people` suspects, the newest whom nobody has arrested, with all that follows, in one transaction; the
    newest `now` of them are held at this moment. Needs cases.
    """
    until = (until or dates.now()).replace(second=0, microsecond=0)
    progress, seen = Progress(people, say, "people who were held"), set()
    with engine.connect() as connection:
        store = STORES[engine.dialect.name](connection, large=False)
        try:
            store.begin()
            told = []
            last = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == generate.ENTITY)
            first = (connection.scalar(last) or 0) + 1
            made = _batches(connection, people, seed, until, seen, now)
            for number, batch in enumerate(made, start=first):
                for table, rows in batch.texts.items():
                    store.put(table, rows)
                told.append(generate.trace(connection, batch, number))
                progress.add(batch.cases, batch.rows)
            store.end(progress.doing)
            status.write(connection, sorted(seen))
            hash_chain.append(connection, told)
            connection.commit()
        finally:
            connection.rollback()
            store.restore()
    progress.end(f"{len(seen):,} people who were held, {progress.rows:,} rows")


def _batches(connection, people, seed, until, seen, now):
    suspects = _suspects(connection, people)
    if not suspects:
        raise ValueError("Whoever is held needs a case: python3 run.py demo --cases N")
    lives = Lives(Chance(seed), connection, until)
    recent = {one.id for one in suspects[: NOW + len(suspects) // 300 if now is None else now]}
    for start in range(0, len(suspects), OF_A_BATCH):
        some = suspects[start : start + OF_A_BATCH]
        for suspect in reversed(some):
            seen.add(suspect.person_id)
            lives.make(suspect, suspect.id in recent)
        yield batch_of(lives.rows, len(some), None)


def _suspects(connection, people):
    """The newest suspects of solved cases, each person once, and nobody whom an earlier run has arrested."""
    row, case, offence = Involvement.__table__.c, Case.__table__.c, CaseOffence.__table__.c
    arrested = exists().where(Arrest.__table__.c.person_id == row.person_id)
    of_case = select(func.min(offence.offence_class)).where(offence.case_id == row.case_id).scalar_subquery()
    found = (
        select(
            row.id, row.person_id, row.case_id, row.province_code, case.occurred_from, case.solved_on,
            case.status, func.coalesce(of_case, "misdemeanour"),
        )
        .join(Case.__table__, case.id == row.case_id)
        .where(row.role == "suspect", row.minor.is_(False), case.solved_on.is_not(None), ~arrested)
        .order_by(row.id.desc())
        .limit(people)
    )  # fmt: skip
    newest = {}
    for one in connection.execute(found):
        newest.setdefault(one.person_id, Suspect(*one))
    return list(newest.values())


class Lives:
    """What happens to one suspect after the other; each row is added with its id."""

    def __init__(self, chance, connection, until):
        self.chance, self.until, self.limits = chance, until, limits.held()
        self.units = read_units(connection)
        areas = select(Unit.code, Unit.area_code).where(func.length(Unit.area_code) == 4)
        self.inspectorates = {}
        for code, area in connection.execute(areas):
            self.inspectorates.setdefault(area[:2], []).append((code, area))
        self.prisons = dict(connection.execute(select(Prison.province_code, Prison.code)).all())
        self.rows = {model.__table__.name: [] for model in HELD_MODELS}
        self.last = {
            model.__table__.name: connection.scalar(select(func.max(model.__table__.c.id))) or 0
            for model in HELD_MODELS
        }

    def _add(self, table, suspect, recorded, area, /, **values):
        self.last[table] += 1
        recorded = min(recorded, self.until)
        levels = {name: area[:digits] if len(area) >= digits else None for digits, name in LEVELS.items()}
        row = HELD[table](
            id=self.last[table], person_id=suspect.person_id, case_id=suspect.case_id, version=1, **levels,
            unit_code=self.units[suspect.province_code][0], recorded_at=recorded, changed_at=recorded, **values,
        )  # fmt: skip
        self.rows[table].append(row)
        return row

    def make(self, suspect, is_now):
        chance = self.chance
        at = self._arrested(suspect, is_now)
        unit, area = chance.pick(self.inspectorates.get(suspect.province_code) or [("GCNP", "")])
        ground = GROUNDS.of(chance)
        arrest = self._add(
            "arrest", suspect, at + 5 * HOUR, area, involvement_id=suspect.id, at=at, ground=ground,
            paper_no=None if ground == "flagrant" else f"{chance.between(1, 900)}/{at:%y}", by_unit_code=unit,
            officers=OFFICER, force_used=chance.happens(0.05),
        )  # fmt: skip
        custody = self._add(
            "custody", suspect, at + 5 * HOUR, area, arrest_id=arrest.id, arrived_at=at + HOUR,
            held_by_code=unit, offence_class=suspect.offence_class, limit_code="custody",
            limit_at=time_limits.custody_ends(at + HOUR, self.limits["custody"]),
        )  # fmt: skip
        ended = at + HOUR + self._held_for()
        if chance.happens(0.93):
            self._step(suspect, custody, area, "rights", at + HOUR + timedelta(minutes=25))
        if chance.happens(0.45):
            self._step(suspect, custody, area, "lawyer", at + 8 * HOUR, who="មេធាវីការពារក្តី")
        if not is_now and ended < self.until:
            custody.ended_at, custody.outcome = ended, OUTCOMES.of(chance)
            self._step(suspect, custody, area, "end", ended, outcome=custody.outcome)
            if custody.outcome == "to_prosecutor" and suspect.status in AT_COURT:
                self._goes_to_court(suspect, ended.date())

    def _arrested(self, suspect, is_now):
        if is_now:
            return self.until - timedelta(minutes=self.chance.between(90, 49 * 60))
        hour = time(self.chance.between(6, 20), self.chance.between(0, 59))
        found = datetime.combine(suspect.solved_on, hour)
        return min(max(found, suspect.occurred_from + HOUR), self.until - 60 * HOUR)

    def _held_for(self):
        hours = self.chance.between(49, 66) if self.chance.happens(0.03) else self.chance.between(5, 46)
        return timedelta(hours=hours, minutes=self.chance.between(0, 59))

    def _step(self, suspect, custody, area, kind, at, **values):
        if at <= self.until:
            self._add(
                "custody_step", suspect, at + HOUR, area, custody_id=custody.id, kind=kind, at=at, **values
            )

    def _goes_to_court(self, suspect, day):
        chance = self.chance
        if not chance.happens(0.9 if suspect.offence_class == time_limits.FELONY else 0.4):
            return
        first, _whole = time_limits.detention_limits(day, None, suspect.offence_class)
        due = time_limits.months_later(day, self.limits[first].amount)
        detention = self._detained(
            suspect, "provisional", day, day, f"{chance.between(1, 900)}/{day:%y}", due,
            offence_class=suspect.offence_class, limit_code=first,
        )  # fmt: skip
        decided = min(day + timedelta(days=chance.between(40, 170)), due)
        if suspect.status == "at_court" or decided > self.until.date():
            if due < self.until.date() - 3 * DAY and chance.happens(0.97):
                self._released(suspect, detention, due - chance.between(0, 20) * DAY, "order")
            return
        self._judged(suspect, detention, decided)

    def _judged(self, suspect, detention, decided):
        chance, court = self.chance, self.units[suspect.province_code][1]
        convicted = chance.happens(0.9)
        paper = f"{chance.between(1, 900)}/{decided:%y}"
        judgment = self._add(
            "judgment", suspect, _noon(decided + DAY), suspect.province_code, involvement_id=suspect.id,
            court_code=court, court_no=paper, decided_on=decided,
            verdict="convicted" if convicted else "acquitted",
        )  # fmt: skip
        if not convicted:
            self._released(suspect, detention, decided, "acquittal")
            return
        felony = suspect.offence_class == time_limits.FELONY
        sentence = self._add(
            "sentence", suspect, _noon(decided + DAY), suspect.province_code, judgment_id=judgment.id,
            kind="prison", years=chance.between(2, 12) if felony else chance.between(0, 2),
            months=chance.between(1, 11), starts_on=decided, credit_days=(decided - detention.since).days,
        )  # fmt: skip
        sentence.expected_on = time_limits.expected_release(sentence, ())
        self._add(
            "detention_step", suspect, _noon(decided), suspect.province_code, detention_id=detention.id,
            kind="end", done_on=decided, reason="sentenced", paper_no=paper,
        )  # fmt: skip
        detention.ended_on, detention.end_reason = decided, "sentenced"
        serves = self._detained(
            suspect, "sentence", decided, decided, paper, sentence.expected_on, sentence_id=sentence.id
        )
        if sentence.expected_on <= self.until.date() - DAY and chance.happens(0.98):
            self._released(suspect, serves, sentence.expected_on, "end_of_term")

    def _detained(self, suspect, kind, since, paper_on, paper_no, due, **values):
        prison = self.prisons.get(suspect.province_code, "CC1")
        return self._add(
            "detention", suspect, _noon(since), suspect.province_code, involvement_id=suspect.id, kind=kind,
            since=since, paper_on=paper_on, paper_no=paper_no, due_on=due, first_prison_code=prison,
            prison_code=prison, court_code=self.units[suspect.province_code][1], **values,
        )  # fmt: skip

    def _released(self, suspect, detention, day, kind):
        chance, unit = self.chance, self.units[suspect.province_code][0]
        followed = {}
        if chance.happens(0.3):
            followed = {"track_until": day + chance.between(90, 700) * DAY, "reports_to_code": unit}
        self._add(
            "release", suspect, _noon(day), suspect.province_code, detention_id=detention.id,
            released_on=max(day, detention.since), kind=kind, paper_no=f"{chance.between(1, 900)}/{day:%y}",
            **followed,
        )  # fmt: skip
        detention.ended_on, detention.end_reason = max(day, detention.since), kind


def _noon(day):
    return datetime.combine(day, time(12))
