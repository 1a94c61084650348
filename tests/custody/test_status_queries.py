"""The rules, the trigger of the database and the migration compute one status from any acts about several suspects."""

import os
import random
from datetime import datetime, time, timedelta
from importlib import import_module
from types import SimpleNamespace

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.cases import case_status
from app.cases.models import Case, CaseDisposition, Involvement
from app.cases.rules.dispositions import STEPS
from app.custody.models import Arrest, Judgment
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.text import dates
from app.people.models import Person
from app.reference.models import Court, Unit
from tests.corrections.steps import void_record
from tests.custody.form_data import make_suspect
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared
from tests.sample_rows import acting_as, make_registered_person

MIGRATION = import_module("migrations.versions.0098_suspects_without_a_judgment_after_an_end")
CASES = int(os.environ.get("STATUS_CASES", "150"))
IMPORTED = ("solved", "unsolved", "at_court", "judged", "closed")


@prepared
def case(db_session):
    """A case with four suspects, of whom one has died, and two offences."""
    suspect = make_suspect(hours=24 * 30)
    case_id = suspect.case_id
    with acting_as("clerk.bb"):
        for number in (6, 7, 8):
            row = Involvement(
                case=suspect.case, person=make_registered_person(number), role="suspect", injury="none"
            )
            db.session.add(row)
            db.session.commit()
    confirm_death(db_session.get(Person, row.person_id), dates.now().date())
    db_session.commit()
    return db_session.get(Case, case_id)


def add_rows(db_session, suspect_id):
    """Return model → the values of a row, which the test copies. The rows themselves are void."""
    today, found = dates.now().date(), {}
    typed = {
        Arrest: {"at": dates.now(), "ground": "flagrant"},
        Judgment: {"court_no": "3/26", "decided_on": today, "verdict": "convicted"},
        CaseDisposition: {"kind": "solved", "clearance": "identified", "decided_on": today},
    }
    for model, values in typed.items():
        with acting_as("clerk.bb"):
            suspect = db_session.get(Involvement, suspect_id)
            links = {
                Arrest: {"involvement": suspect, "by_unit": db_session.get(Unit, "PC-02")},
                Judgment: {"involvement": suspect, "court": db_session.get(Court, "CFI-02")},
                CaseDisposition: {"case": suspect.case},
            }
            row = model(**values, **links[model])
            db_session.add(row)
            db_session.commit()
            void_record(row)
            db_session.commit()
        stored = db_session.execute(select(model.__table__)).mappings().one()
        found[model] = {name: value for name, value in stored.items() if name not in ("id", "void_reason")}
    return found


class Acts:
    """Random acts, copied from real rows."""

    def __init__(self, seed, connection, rows, case):
        self.rng, self.connection, self.rows, self.case = random.Random(seed), connection, rows, case

    def day(self, first=1):
        return self.case.began + timedelta(days=self.rng.randint(first, 6))

    def chance(self, share):
        return self.rng.random() < share

    def add(self, model, **values):
        void = dates.now() if self.chance(0.15) else None
        row = self.rows[model] | {"case_id": self.case.id, "voided_at": void} | values
        self.connection.execute(model.__table__.insert().values(row))

    def add_all(self):
        for number in range(self.rng.randint(0, 3) if self.chance(0.4) else 0):
            self._add_step(self.rng.choice(IMPORTED), source_row=number)
        for _number in range(self.rng.randint(0, 4)):
            self._add_step(self.rng.choice(list(STEPS)), source_row=None)
        for _number in range(self.rng.randint(0, 3)):
            at = datetime.combine(self.day(), time(self.rng.randint(0, 23)))
            self.add(Arrest, person_id=self.rng.choice(self.case.people), at=at)
        for _number in range(self.rng.choice((0, 1, 2, 3, 4, 5))):
            self._add_judgment()
        for person in self.case.people:
            if self.chance(0.15):
                row = Involvement.__table__
                ended = update(row).where(row.c.case_id == self.case.id, row.c.person_id == person)
                self.connection.execute(ended.values(ended_on=self.day()))

    def _add_step(self, kind, source_row):
        clearance = (
            self.rng.choice(("arrest", "identified", "exceptional_other")) if kind == "solved" else None
        )
        court = self.rng.choice(("CFI-02", "CFI-12", None))
        self.add(
            CaseDisposition, kind=kind, decided_on=self.day(), clearance=clearance, court_code=court,
            source_row=source_row,
        )  # fmt: skip

    def _add_judgment(self):
        decided = self.rng.randint(1, 5)
        days = {"decided_on": self.case.began + timedelta(days=decided)}
        days |= {
            name: self.day(decided) if self.chance(share) else None
            for name, share in (
                ("contested_on", 0.3),
                ("final_on", 0.5),
                ("set_aside_on", 0.1),
                ("replaced_on", 0.1),
            )
        }
        self.add(
            Judgment, person_id=self.rng.choice(self.case.people), case_offence_id=self.rng.choice(self.case.offences),
            court_code=self.rng.choice(("CFI-02", "CFI-12")), **days,
        )  # fmt: skip


def test_rules_trigger_and_migration_compute_the_same(db_session, case, owner, each_database):
    pk = case.id
    facts = SimpleNamespace(
        id=pk,
        began=(dates.now() - timedelta(days=20)).date(),
        people=[row.person_id for row in case.involvements],
        offences=[None, None, *(row.id for row in case.offences)],
    )
    rows = add_rows(db_session, case.involvements[0].id)
    db_session.rollback()
    changed, found = 0, set()
    for seed in range(CASES):
        with owner.connect() as connection, Session(connection) as session:
            acts = Acts(seed, connection, rows, facts)
            acts.add_all()
            act_as(session, SYSTEM)
            computed = case_status.compute_status(session, pk)
            status = connection.scalar(text(MIGRATION.COMPUTED.format(case=pk)))
            assert status == computed["status"], f"seed {seed}"
            earlier = connection.scalar(text(MIGRATION.before.COMPUTED.format(case=pk)))
            connection.execute(text(MIGRATION.UPDATE))  # leaves the cases alone whose status does not change
            stored = connection.scalar(select(Case.__table__.c.status).where(Case.__table__.c.id == pk))
            assert status in (stored, earlier), f"seed {seed}"
            changed += status != earlier
            found.add(computed["status"])
            connection.rollback()
    assert changed
    assert {"open", "solved", "at_court", "judged", "final", "closed"} <= found
