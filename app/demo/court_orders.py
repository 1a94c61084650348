"""Fills a register with court orders for the suspects of its cases: `python3 run.py demo --orders N`.

Since 2000, six in a hundred still active (domain report, proposal: 60,000 of a million), most by far executed and
returned. The people are those of the synthetic country; the judges are made of the same name lists.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from app.cases.models import Case, CaseOffence, Involvement
from app.court_orders import derived_columns, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.rules import number_key
from app.demo import generate
from app.demo.batch_generator import batch_of
from app.demo.bulk_load import STORES
from app.demo.plan import read_units
from app.demo.progress import Progress
from app.demo.rows import ActRow, OrderRow
from app.demo.seeded_random import Chance, Weighted
from app.kernel.actor import NOBODY
from app.kernel.audit import hash_chain
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

OF_A_BATCH = 5000
SUSPECTS = 200_000  # of the newest cases; more make no other orders
LARGE = 20_000  # orders
IMPORTED = datetime(2020, 5, 1)  # what is older was entered from paper (directive of 4 May 2020)
KINDS = Weighted(
    {"arrest": 36, "bring": 26, "summons": 10, "provisional_detention": 8, "detention_warrant": 5, "judgment": 7,
     "release": 3, "search": 3, "supervision": 2}
)  # fmt: skip
ISSUER = {"judgment": "court", "release": "court", "summons": "prosecutor"}
ENDS = Weighted({"returned": 78, "executed": 1, "recalled": 10, "active": 9, "received": 1, "died": 1})
NAMED = (
    "surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "nationality", "father_name",
)  # fmt: skip
RESULTS = Weighted({"not_found": 50, "moved": 20, "fled": 20, "abroad": 10})


@dataclass(frozen=True)
class Suspect:
    """What an order takes from a case and from its suspect."""

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
    born_on: object
    nationality: str | None
    father_name: str | None


def fill(engine, orders, seed, say=print, until=None, large=None):
    """Add `orders` orders with their acts, in one transaction; the statuses follow. Needs cases."""
    large = orders >= LARGE if large is None else large
    until = (until or dates.now()).replace(second=0, microsecond=0)
    if large:
        engine.dispose()
    progress = Progress(orders, say, "orders")
    with engine.connect() as connection:
        store = STORES[engine.dialect.name](connection, large)
        try:
            store.begin()
            told = []
            last = select(func.max(AuditEvent.entity_id)).where(AuditEvent.entity == generate.ENTITY)
            first = (connection.scalar(last) or 0) + 1
            for number, batch in enumerate(_batches(connection, orders, seed, until), start=first):
                for table, rows in batch.texts.items():
                    store.put(table, rows)
                told.append(generate.trace(connection, batch, number))
                progress.add(batch.cases, batch.rows)
            store.end(progress.doing)
            progress.doing("Who is wanted", 1, 1)
            status.write(connection, _people(connection))
            hash_chain.append(connection, told)
            connection.commit()
        finally:
            connection.rollback()
            store.restore()
    progress.end(f"{orders:,} synthetic orders, {progress.rows:,} rows")


def _people(connection):
    """Whoever has a status: named by an order that stands, or dead, by his own record or by a notice to an order."""
    order, act, person = CourtOrder.__table__.c, OrderEvent.__table__.c, Person.__table__.c
    named = select(order.person_id).where(order.status == state_machine.ACTIVE, order.person_id.is_not(None))
    told = select(order.person_id).where(act.order_id == order.id, act.kind == "died")
    dead = select(person.id).where(person.deceased_on.is_not(None))
    return sorted({one for some in (named, told, dead) for one in connection.scalars(some)})


def _batches(connection, count, seed, until):
    suspects = _suspects(connection)
    if not suspects:
        raise ValueError("The demo's orders need cases with suspects: python3 run.py demo --cases N")
    papers = Papers(Chance(seed), suspects, read_units(connection), until, *_next_ids(connection))
    made = 0
    while made < count:
        some = min(OF_A_BATCH, count - made)
        rows = {OrderRow.table: [], ActRow.table: []}
        for _number in range(some):
            order, acts = papers.make()
            rows[OrderRow.table].append(order)
            rows[ActRow.table] += acts
        made += some
        yield batch_of(rows, some, None)


def _next_ids(connection):
    for model in (CourtOrder, OrderEvent):
        yield (connection.scalar(select(func.max(model.__table__.c.id))) or 0) + 1


def _suspects(connection):
    row, case, offence, person = (m.__table__.c for m in (Involvement, Case, CaseOffence, Person))
    columns = {"person_id": row.person_id, "case_id": row.case_id, "province_code": row.province_code,
               "occurred_from": case.occurred_from, "offence_code": offence.offence_code,
               "offence_class": offence.offence_class, "family": offence.family}  # fmt: skip
    columns |= {name: person[name] for name in Suspect.__dataclass_fields__ if name not in columns}
    joined = (
        Involvement.__table__.join(Case.__table__, case.id == row.case_id)
        .join(CaseOffence.__table__, offence.case_id == row.case_id)
        .join(Person.__table__, person.id == row.person_id)
    )
    found = (
        select(*(columns[name].label(name) for name in Suspect.__dataclass_fields__))
        .select_from(joined)
        .where(row.role == "suspect", row.minor.is_(False), row.province_code.is_not(None))
        .order_by(row.id.desc())
        .limit(SUSPECTS)
    )
    return [Suspect(*one) for one in connection.execute(found)]


class Papers:
    """Orders one after the other, each with its acts; all that follows from these is told as in a real save."""

    def __init__(self, chance, suspects, units, until, next_order, next_act):
        self.chance, self.suspects, self.units, self.until = chance, suspects, units, until
        self.next_order, self.next_act = next_order, next_act

    def make(self):
        chance = self.chance
        suspect, kind, end = chance.pick(self.suspects), KINDS.of(chance), ENDS.of(chance)
        unit, court = self.units[suspect.province_code]
        issued = self._issued(end)
        received = issued + timedelta(days=chance.between(0, 6))
        recorded = self._recorded(received)
        order = OrderRow(
            id=self.next_order, kind=kind, number=f"{self.next_order}/{issued:%y}", court_code=court,
            issuer=ISSUER.get(kind, "investigating_judge"), issuer_name="ចៅក្រម", issued_on=issued,
            received_on=received, urgent=chance.happens(0.04), offence_code=suspect.offence_code,
            offence_class=suspect.offence_class, family=suspect.family, signed=True, sealed=True,
            unit_code=unit, recorded_at=recorded, changed_at=recorded, version=1, origin="demo",
            case_id=suspect.case_id if issued >= suspect.occurred_from.date() else None,
            **{name: getattr(suspect, name) for name in NAMED},
        )  # fmt: skip
        order.number_key = number_key(order.number)
        acts = list(self._acts(order, suspect, end))
        for name, value in derived_columns.told(
            order, acts, lambda _unit: suspect.province_code, NOBODY
        ).items():
            setattr(order, name, value)
        self.next_order += 1
        return order, acts

    def _issued(self, end):
        """The more the younger; of those that are still open most are of the last years."""
        days = (self.until.date() - datetime(2000, 1, 1).date()).days
        share = self.chance.draw() ** (3 if end in ("active", "received", "executed") else 1.6)
        return self.until.date() - timedelta(days=int(days * share) + 7)

    def _recorded(self, received):
        entered = datetime.combine(received, time(9, 30)) + timedelta(days=self.chance.between(0, 2))
        if entered < IMPORTED:
            entered = IMPORTED + timedelta(
                days=self.chance.between(0, 700), minutes=self.chance.between(0, 500)
            )
        return min(entered, self.until)

    def _acts(self, order, suspect, end):
        """What was done, in the order of time, as far as it fits into the life of the order."""
        kinds = [] if end == "received" else ["checked"]
        if end != "received" and order.kind in state_machine.CARRIED_OUT:
            kinds += ["assigned"] * self.chance.happens(0.9)
            kinds += ["attempt"] * self.chance.between(0, 3) if kinds[-1] == "assigned" else []
            kinds += ["executed"] * (end in ("executed", "returned")) + ["returned"] * (end == "returned")
        kinds += [end] * (end in ("recalled", "died"))
        at, now = order.recorded_at, state_machine.RECEIVED
        for kind in kinds:
            if not state_machine.may_follow(order.kind, now, kind):
                continue
            now = state_machine.after(order.kind, now, kind)
            at = min(at + timedelta(days=self.chance.between(0, 20), hours=2), self.until)
            yield self._act(order, suspect, kind, at)

    def _act(self, order, suspect, kind, at):
        act = ActRow(
            id=self.next_act, order_id=order.id, kind=kind, at=at, recorded_at=at, changed_at=at, version=1,
            unit_code=order.unit_code, person=None, to_unit=None, place=None,
        )  # fmt: skip
        self.next_act += 1
        if kind == "checked":
            act.person_id = suspect.person_id
        elif kind == "assigned":
            act.to_unit_code = order.unit_code
        elif kind == "attempt":
            act.result = RESULTS.of(self.chance)
        elif kind in ("executed", "returned", "recalled", "died"):
            act.paper_no, act.paper_on = f"{self.next_act}/{at:%y}", at.date()
            act.place_code = suspect.province_code if kind == "executed" else None
        return act
