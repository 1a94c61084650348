"""Generates court orders for the suspects of the cases: `python3 run.py demo --orders N`.

The orders start in 2000. Six in a hundred are active (domain report, proposal: 60,000 of a million), most of the others are
executed and returned. The persons are those of the synthetic country; the judges have names from the same lists.
"""
# unrestricted: fills a demo database
# chosen fields: a synthetic order names a synthetic person

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select

from app.cases.models import Case, CaseOffence, Involvement
from app.court_orders import derived_columns, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.rules import number_key
from app.demo import generate
from app.demo.batch_generator import make_batch
from app.demo.bulk_load import LOADERS
from app.demo.plan import read_units
from app.demo.progress import Progress
from app.demo.rows import OrderEventRow, OrderRow
from app.demo.seeded_random import SeededRandom, Weighted
from app.kernel.actor import ANONYMOUS
from app.kernel.audit import hash_chain
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

ORDERS_PER_BATCH = 5000
MAX_SUSPECTS = 200_000  # of the newest cases; more would not change the orders
LARGE_RUN = 20_000  # orders
YEARS_AT_ORDER = 19  # a birth known by its year alone may be a year later
FIRST_ENTRY = datetime(
    2020, 5, 1
)  # older orders were entered afterwards from files (directive of 4 May 2020)
KINDS = Weighted(
    {"arrest": 36, "bring": 26, "summons": 10, "provisional_detention": 8, "detention_warrant": 5, "judgment": 7,
     "release": 3, "search": 3, "supervision": 2}
)  # fmt: skip
BASIS_KIND = "provisional_detention"  # the order on which a detention warrant is based
FIRST_ISSUE = date(2000, 1, 1)
ISSUER = {"judgment": "court", "release": "court", "summons": "prosecutor"}
ENDS = Weighted({"returned": 78, "executed": 1, "recalled": 10, "active": 10, "received": 1})
PERSON_COLUMNS = (
    "surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "nationality", "father_name",
)  # fmt: skip
OFFICER = "អនុសេនីយ៍ឯក កែវ ពិសិដ្ឋ"
RESULTS = Weighted({"not_found": 50, "moved": 20, "fled": 20, "abroad": 10})


@dataclass(frozen=True)
class Suspect:
    """The data of a case and its suspect that an order needs."""

    person_id: int
    case_id: int
    province_code: str
    occurred_from: datetime
    offence_code: str
    offence_class: str | None
    family: str
    surname_km: str | None
    given_km: str | None
    surname_latin: str | None
    given_latin: str | None
    sex: str
    born_on: date | None
    nationality: str | None
    father_name: str | None

    @property
    def adult_since(self):
        """Return a day on which the suspect is of age; without a date of birth that of the offence."""
        return (
            dates.add_months(self.born_on, YEARS_AT_ORDER * 12) if self.born_on else self.occurred_from.date()
        )


def generate_orders(engine, orders, seed, report=print, until=None, large=None):
    """Add `orders` orders with their events and update the statuses, in one transaction. Needs cases."""
    large = orders >= LARGE_RUN if large is None else large
    until = (until or dates.now()).replace(second=0, microsecond=0)
    if large:
        engine.dispose()
    progress = Progress(orders, report, "orders")
    with engine.connect() as connection:
        loader = LOADERS[engine.dialect.name](connection, large)
        try:
            loader.begin()
            entries = []
            last = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == generate.ENTITY)
            first = (connection.scalar(last) or 0) + 1
            for number, batch in enumerate(_batches(connection, orders, seed, until), start=first):
                for table, rows in batch.texts.items():
                    loader.load_rows(table, rows)
                entries.append(generate.build_audit_entry(connection, batch, number))
                progress.add(batch.cases, batch.rows)
            loader.finish(progress.report_step)
            progress.report_step("Statuses of the persons", 1, 1)
            status.write_statuses(connection, _find_persons_with_status(connection))
            hash_chain.append_entries(connection, entries)
            connection.commit()  # commits: one transaction for all orders
        finally:
            connection.rollback()  # commits: no effect after a commit
            loader.restore_settings()
    progress.finish(f"{orders:,} synthetic orders, {progress.rows:,} rows")


def _find_persons_with_status(connection):
    """Return the ids of persons who can have a status: named in a valid order, or dead by a confirmed report."""
    order, person = CourtOrder.__table__.c, Person.__table__.c
    named = select(order.person_id).where(
        order.status.in_(state_machine.VALID_STATES), order.person_id.is_not(None)
    )
    dead = select(person.id).where(person.deceased_on.is_not(None))
    return sorted({one for some in (named, dead) for one in connection.scalars(some)})


def _batches(connection, count, seed, until):
    suspects = _load_suspects(connection, dates.add_months(until.date(), -12 * (YEARS_AT_ORDER + 1)))
    if not suspects:
        raise ValueError("Demo orders need cases with suspects: python3 run.py demo --cases N")
    generator = OrderGenerator(
        SeededRandom(seed), suspects, read_units(connection), until, *_next_ids(connection)
    )
    done = 0
    while done < count:
        some = min(ORDERS_PER_BATCH, count - done)
        rows = {OrderRow.table: [], OrderEventRow.table: []}
        for _number in range(some):
            order, events = generator.make_order()
            rows[OrderRow.table].append(order)
            rows[OrderEventRow.table] += events
        done += some
        yield make_batch(rows, some, None)


def _next_ids(connection):
    for model in (CourtOrder, OrderEvent):
        yield (connection.scalar(select(func.max(model.__table__.c.id))) or 0) + 1


def _load_suspects(connection, born_until):
    row, case, offence, person = (m.__table__.c for m in (Involvement, Case, CaseOffence, Person))
    columns = {"person_id": row.person_id, "case_id": row.case_id, "province_code": row.province_code,
               "occurred_from": case.occurred_from, "offence_code": offence.offence_code,
               "offence_class": offence.offence_class, "family": offence.family}  # fmt: skip
    columns |= {name: person[name] for name in Suspect.__dataclass_fields__ if name not in columns}
    tables = (
        Involvement.__table__.join(Case.__table__, case.id == row.case_id)
        .join(CaseOffence.__table__, offence.case_id == row.case_id)
        .join(Person.__table__, person.id == row.person_id)
    )
    found = (
        select(*(columns[name].label(name) for name in Suspect.__dataclass_fields__))
        .select_from(tables)
        .where(
            row.role == "suspect",
            row.minor.is_(False),
            row.province_code.is_not(None),
            or_(person.born_on.is_(None), person.born_on <= born_until),
        )
        .order_by(row.id.desc())
        .limit(MAX_SUSPECTS)
    )
    return [Suspect(*one) for one in connection.execute(found)]


def _link_case(suspect, issued):
    """Return the case of an order issued after the offence; an older order is about an unknown earlier case."""
    day = suspect.occurred_from.date()
    return {"case_id": suspect.case_id, "occurred_on": day} if issued >= day else {}


class OrderGenerator:
    """Generates orders with their events. The derived columns are computed as in a real save."""

    def __init__(self, rng, suspects, units, until, next_order, next_event):
        self.rng, self.suspects, self.units, self.until = rng, suspects, units, until
        self.next_order, self.next_event, self.last_basis = next_order, next_event, None

    def make_order(self):
        rng = self.rng
        suspect, kind, end = rng.pick(self.suspects), KINDS.draw(rng), ENDS.draw(rng)
        basis = None
        if kind == "detention_warrant":
            suspect, basis = self.last_basis or (suspect, None)
            kind = kind if basis is not None else BASIS_KIND
        unit, court = self.units[suspect.province_code]
        issued = basis.issued_on if basis is not None else self._draw_issue_date(suspect, end)
        received = issued + timedelta(days=rng.between(0, 6))
        recorded = self._draw_entry_time(received)
        order = OrderRow(
            id=self.next_order, kind=kind, number=f"{self.next_order}/{issued:%y}", court_code=court,
            issuer=ISSUER.get(kind, "investigating_judge"), issuer_name="ចៅក្រម", issued_on=issued,
            received_on=received, urgent=rng.happens(0.04), offence_code=suspect.offence_code,
            offence_class=suspect.offence_class, family=suspect.family, signed=True, sealed=True,
            unit_code=unit, recorded_at=recorded, changed_at=recorded, version=1, origin="demo",
            basis_order_id=basis.id if basis is not None else None, **_link_case(suspect, issued),
            **{name: getattr(suspect, name) for name in PERSON_COLUMNS},
        )  # fmt: skip
        order.number_key = number_key(order.number)
        order.case = None  # an order of a case states the day of the offence
        events = list(self._make_events(order, suspect, end))
        for name, value in derived_columns.compute_columns(
            order, events, lambda _unit: suspect.province_code, ANONYMOUS
        ).items():
            setattr(order, name, value)
        if kind == BASIS_KIND:
            self.last_basis = suspect, order
        self.next_order += 1
        return order, events

    def _draw_issue_date(self, suspect, end):
        """Return a day of the adult life of the suspect; recent days are more likely, and most open orders are recent."""
        newest = self.until.date() - timedelta(days=7)
        days = max((newest - max(FIRST_ISSUE, suspect.adult_since)).days, 0)
        share = self.rng.draw() ** (3 if end in ("active", "received", "executed") else 1.6)
        return newest - timedelta(days=int(days * share))

    def _draw_entry_time(self, received):
        entered = datetime.combine(received, time(9, 30)) + timedelta(days=self.rng.between(0, 2))
        if entered < FIRST_ENTRY:
            entered = FIRST_ENTRY + timedelta(days=self.rng.between(0, 700), minutes=self.rng.between(0, 500))
        return min(entered, self.until)

    def _make_events(self, order, suspect, end):
        """Yield the events of an order in order of time, as far as its states allow them."""
        kinds = [] if end == "received" else ["checked"]
        if end != "received" and order.kind in state_machine.EXECUTABLE_KINDS:
            kinds += ["assigned"] * self.rng.happens(0.9)
            kinds += ["attempt"] * self.rng.between(0, 3) if kinds[-1] == "assigned" else []
            kinds += ["executed"] * (end in ("executed", "returned")) + ["returned"] * (end == "returned")
        kinds += [end] * (end == "recalled")
        at, now = order.recorded_at, state_machine.RECEIVED
        for kind in kinds:
            if not state_machine.can_apply(order.kind, now, kind):
                continue
            now = state_machine.next_state(order.kind, now, kind)
            at = min(at + timedelta(days=self.rng.between(0, 20), hours=2), self.until)
            yield self._make_event(order, suspect, kind, at)

    def _make_event(self, order, suspect, kind, at):
        event = OrderEventRow(
            id=self.next_event, order_id=order.id, kind=kind, at=at, recorded_at=at, changed_at=at, version=1,
            unit_code=order.unit_code, person=None, to_unit=None, place=None,
        )  # fmt: skip
        self.next_event += 1
        if kind == "checked":
            event.person_id = suspect.person_id
        elif kind == "assigned":
            event.to_unit_code = order.unit_code
        elif kind == "attempt":
            event.result = RESULTS.draw(self.rng)
        elif kind in ("executed", "returned", "recalled"):
            event.document_no, event.document_date = f"{self.next_event}/{at:%y}", at.date()
        if kind == "executed":
            event.place_code, event.officer = suspect.province_code, OFFICER
        return event
