"""Generates arrests, custody, judgments, detention and releases: `python3 run.py demo --custody N`.

They belong to suspects of solved cases, with shares from the domain report: 1.45 arrests for a solved case, most
custody within the limit, detention mostly for felonies. Some persons are in custody now.
"""
# unrestricted: selects the suspects of synthetic cases

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, func, select

from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules.dispositions import ARREST
from app.custody.models import Arrest
from app.custody.rules import time_limits
from app.custody.rules.releases import END_OF_TERM
from app.demo import generate
from app.demo.batch_generator import make_batch
from app.demo.bulk_load import LOADERS
from app.demo.plan import read_units
from app.demo.progress import Progress
from app.demo.rows import CUSTODY_MODELS, CUSTODY_ROWS
from app.demo.seeded_random import SeededRandom, Weighted
from app.kernel.access.area import LEVELS
from app.kernel.audit import hash_chain
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people import status
from app.reference import time_limits as limits
from app.reference.models import Prison, Unit

PERSONS_PER_BATCH = 5000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIN_IN_CUSTODY = 12  # persons in custody now, and one more for each 300 persons
OFFICER = "អនុសេនីយ៍ឯក កែវ ពិសិដ្ឋ"
GROUNDS = Weighted({"flagrant": 62, "warrant": 26, "authorisation": 12})
OUTCOMES = Weighted({"to_prosecutor": 78, "released": 22})
AT_COURT = ("at_court", "judged", "closed")


@dataclass(frozen=True)
class Suspect:
    """The data of a case and its suspect that an arrest needs."""

    id: int
    person_id: int
    case_id: int
    province_code: str
    occurred_from: datetime
    solved_on: date | None
    status: str
    offence_class: str


def generate_custody(engine, people, seed, report=print, until=None, now=None):
    """Arrest the newest `people` suspects who were never arrested, with all that follows, in one transaction.

    The newest `now` of them are in custody now. Needs cases.
    """
    until = (until or dates.now()).replace(second=0, microsecond=0)
    progress, seen = Progress(people, report, "persons in custody"), set()
    with engine.connect() as connection:
        loader = LOADERS[engine.dialect.name](connection, large=False)
        try:
            loader.begin()
            entries = []
            last = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == generate.ENTITY)
            first = (connection.scalar(last) or 0) + 1
            batches = _batches(connection, people, seed, until, seen, now)
            for number, batch in enumerate(batches, start=first):
                for table, rows in batch.texts.items():
                    loader.load_rows(table, rows)
                entries.append(generate.build_audit_entry(connection, batch, number))
                progress.add(batch.cases, batch.rows)
            loader.finish(progress.report_step)
            status.write_statuses(connection, sorted(seen))
            hash_chain.append_entries(connection, entries)
            connection.commit()  # commits: one transaction for all people
        finally:
            connection.rollback()  # commits: no effect after a commit
            loader.restore_settings()
    progress.finish(f"{len(seen):,} persons in custody, {progress.rows:,} rows")


def _batches(connection, people, seed, until, seen, now):
    suspects = _load_suspects(connection, people)
    if not suspects:
        raise ValueError("Demo custody needs cases with suspects: python3 run.py demo --cases N")
    generator = CustodyGenerator(SeededRandom(seed), connection, until)
    recent = {one.id for one in suspects[: MIN_IN_CUSTODY + len(suspects) // 300 if now is None else now]}
    for start in range(0, len(suspects), PERSONS_PER_BATCH):
        some = suspects[start : start + PERSONS_PER_BATCH]
        for suspect in reversed(some):
            seen.add(suspect.person_id)
            generator.make_records(suspect, suspect.id in recent)
        yield make_batch(generator.rows, len(some), None)


def _load_suspects(connection, people):
    """Return the newest suspects of cases solved by arrest, each person once, without those arrested by an earlier run."""
    row, case, offence = Involvement.__table__.c, Case.__table__.c, CaseOffence.__table__.c
    arrested = exists().where(Arrest.__table__.c.person_id == row.person_id)
    of_case = select(func.min(offence.offence_class)).where(offence.case_id == row.case_id).scalar_subquery()
    found = (
        select(
            row.id, row.person_id, row.case_id, row.province_code, case.occurred_from, case.solved_on,
            case.status, func.coalesce(of_case, "misdemeanour"),
        )
        .join(Case.__table__, case.id == row.case_id)
        .where(row.role == "suspect", row.minor.is_(False), case.clearance == ARREST, ~arrested)
        .order_by(row.id.desc())
        .limit(people)
    )  # fmt: skip
    newest = {}
    for one in connection.execute(found):
        newest.setdefault(one.person_id, Suspect(*one))
    return list(newest.values())


class CustodyGenerator:
    """Generates the records of one suspect after the other; each row is added with its id."""

    def __init__(self, rng, connection, until):
        self.rng, self.until, self.limits = rng, until, limits.get_limits()
        self.units = read_units(connection)
        areas = select(Unit.code, Unit.area_code).where(func.length(Unit.area_code) == 4)
        self.inspectorates = {}
        for code, area in connection.execute(areas):
            self.inspectorates.setdefault(area[:2], []).append((code, area))
        self.prisons = dict(connection.execute(select(Prison.province_code, Prison.code)).all())
        self.rows = {model.__table__.name: [] for model in CUSTODY_MODELS}
        self.last = {
            model.__table__.name: connection.scalar(select(func.max(model.__table__.c.id))) or 0
            for model in CUSTODY_MODELS
        }

    def _add(self, table, suspect, recorded, area, /, **values):
        self.last[table] += 1
        recorded = min(recorded, self.until)
        levels = {name: area[:digits] if len(area) >= digits else None for digits, name in LEVELS.items()}
        row = CUSTODY_ROWS[table](
            id=self.last[table], person_id=suspect.person_id, case_id=suspect.case_id, version=1, **levels,
            unit_code=self.units[suspect.province_code][0], recorded_at=recorded, changed_at=recorded, **values,
        )  # fmt: skip
        self.rows[table].append(row)
        return row

    def make_records(self, suspect, is_now):
        rng = self.rng
        at = self._draw_arrest_time(suspect, is_now)
        unit, area = rng.pick(self.inspectorates.get(suspect.province_code) or [("GCNP", "")])
        ground = GROUNDS.draw(rng)
        arrest = self._add(
            "arrest", suspect, at + 5 * HOUR, area, involvement_id=suspect.id, at=at, ground=ground,
            document_no=None if ground == "flagrant" else f"{rng.between(1, 900)}/{at:%y}", by_unit_code=unit,
            officers=OFFICER, force_used=rng.happens(0.05),
        )  # fmt: skip
        custody = self._add(
            "custody", suspect, at + 5 * HOUR, area, arrest_id=arrest.id, arrived_at=at + HOUR, counts_from=at + HOUR,
            held_by_code=unit, offence_class=suspect.offence_class, limit_code="custody",
            limit_at=time_limits.compute_custody_end(at + HOUR, self.limits["custody"]),
        )  # fmt: skip
        ended = at + HOUR + self._draw_custody_time()
        if rng.happens(0.93):
            self._add_step(suspect, custody, area, "rights", at + HOUR + timedelta(minutes=25))
        if rng.happens(0.45):
            self._add_step(suspect, custody, area, "lawyer", min(at + 8 * HOUR, ended), who="មេធាវីការពារក្តី")
        if not is_now and ended < self.until:
            custody.ended_at, custody.outcome = ended, OUTCOMES.draw(rng)
            self._add_step(suspect, custody, area, "end", ended, outcome=custody.outcome)
            if custody.outcome == "to_prosecutor" and suspect.status in AT_COURT:
                self._add_court_phase(suspect, ended.date())

    def _draw_arrest_time(self, suspect, is_now):
        if is_now:
            return self.until - timedelta(minutes=self.rng.between(90, 49 * 60))
        hour = time(self.rng.between(6, 20), self.rng.between(0, 59))
        found = datetime.combine(suspect.solved_on, hour)
        return min(max(found, suspect.occurred_from + HOUR), self.until - 60 * HOUR)

    def _draw_custody_time(self):
        hours = self.rng.between(49, 66) if self.rng.happens(0.03) else self.rng.between(5, 46)
        return timedelta(hours=hours, minutes=self.rng.between(0, 59))

    def _add_step(self, suspect, custody, area, kind, at, **values):
        if at <= self.until:
            self._add(
                "custody_step", suspect, at + HOUR, area, custody_id=custody.id, kind=kind, at=at, **values
            )

    def _add_court_phase(self, suspect, day):
        rng = self.rng
        if not rng.happens(0.9 if suspect.offence_class == time_limits.FELONY else 0.4):
            return
        first, _whole = time_limits.get_detention_limits(day, None, suspect.offence_class)
        due = dates.add_months(day, self.limits[first].amount)
        detention = self._add_detention(
            suspect, "provisional", day, day, f"{rng.between(1, 900)}/{day:%y}", due,
            offence_class=suspect.offence_class, limit_code=first,
        )  # fmt: skip
        decided = min(day + timedelta(days=rng.between(40, 170)), due)
        if suspect.status == "at_court" or decided > self.until.date():
            if due < self.until.date() - 3 * DAY and rng.happens(0.97):
                self._add_release(suspect, detention, due - rng.between(0, 20) * DAY, "order")
            return
        self._add_judgment(suspect, detention, decided)

    def _add_judgment(self, suspect, detention, decided):
        rng, court = self.rng, self.units[suspect.province_code][1]
        convicted = rng.happens(0.9)
        number = f"{rng.between(1, 900)}/{decided:%y}"
        judgment = self._add(
            "judgment", suspect, _noon(decided + DAY), suspect.province_code, involvement_id=suspect.id,
            court_code=court, court_no=number, decided_on=decided,
            verdict="convicted" if convicted else "acquitted",
        )  # fmt: skip
        if not convicted:
            self._add_release(suspect, detention, decided, "acquittal")
            return
        felony = suspect.offence_class == time_limits.FELONY
        sentence = self._add(
            "sentence", suspect, _noon(decided + DAY), suspect.province_code, judgment_id=judgment.id,
            kind="prison", years=rng.between(2, 12) if felony else rng.between(0, 2),
            months=rng.between(1, 11), starts_on=decided, credit_days=(decided - detention.since).days,
        )  # fmt: skip
        sentence.expected_on = time_limits.compute_release_date(sentence, ())
        detention.ended_on, detention.end_reason = decided, "sentenced"
        term = self._add_detention(
            suspect, "sentence", decided, decided, number, sentence.expected_on, sentence_id=sentence.id
        )
        if sentence.expected_on <= self.until.date() - DAY and rng.happens(0.98):
            self._add_release(suspect, term, sentence.expected_on, END_OF_TERM)

    def _add_detention(self, suspect, kind, since, document_date, document_no, due, **values):
        prison = self.prisons.get(suspect.province_code, "CC1")
        return self._add(
            "detention", suspect, _noon(since), suspect.province_code, involvement_id=suspect.id, kind=kind,
            since=since, document_date=document_date, document_no=document_no, due_on=due, first_prison_code=prison,
            prison_code=prison, court_code=self.units[suspect.province_code][1], **values,
        )  # fmt: skip

    def _add_release(self, suspect, detention, day, kind):
        rng, unit = self.rng, self.units[suspect.province_code][0]
        supervision = {}
        if kind != END_OF_TERM and rng.happens(0.3):  # no law allows follow-up after a served sentence
            supervision = {"supervised_until": day + rng.between(90, 700) * DAY, "reports_to_code": unit}
        self._add(
            "release", suspect, _noon(day), suspect.province_code, detention_id=detention.id,
            released_on=max(day, detention.since), kind=kind, document_no=f"{rng.between(1, 900)}/{day:%y}",
            **supervision,
        )  # fmt: skip
        detention.ended_on, detention.end_reason = max(day, detention.since), kind


def _noon(day):
    return datetime.combine(day, time(12))
