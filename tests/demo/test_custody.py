"""Demo custody, detention and prison records are consistent."""

from sqlalchemy import func, select

from app.cases import case_status
from app.custody import consistency_check, deadline_index
from app.custody.models import Arrest, Custody
from app.custody.rules import CustodyFacts
from app.demo import custody
from app.demo.rows import CUSTODY_MODELS
from app.kernel.schema.rules import ERROR, check_rules
from app.people import status
from app.reference import time_limits
from tests.demo.conftest import UNTIL, ignore_output


def generate_custody(session, owner, people=40, **more):
    custody.generate_custody(owner, people=people, seed=1, report=ignore_output, until=UNTIL, **more)
    session.expire_all()


def test_stored_custody_values_match_computed_ones(small_country, owner, each_database):
    generate_custody(small_country, owner)
    connection = small_country.connection()
    assert status.find_drift(connection)[1] == []
    assert consistency_check.find_drift(connection) == []
    assert deadline_index.find_drift(connection) == []
    assert case_status.find_drift(connection) == []


def test_custody_second_run_arrests_other_persons(small_country, owner, each_database):
    generate_custody(small_country, owner, 20)
    first = set(small_country.scalars(select(Arrest.person_id)))
    generate_custody(small_country, owner, 20)
    person_ids = small_country.scalars(select(Arrest.person_id)).all()
    assert len(person_ids) == len(set(person_ids)) == 40 and first < set(person_ids)


def test_custody_has_requested_number_now(small_country, owner):
    generate_custody(small_country, owner, 20, now=17)
    open_ones = select(func.count(Custody.id)).where(Custody.ended_at.is_(None))
    assert small_country.scalar(open_ones) == 17


def test_custody_records_pass_all_rules(small_country, owner, app):
    """Only a limit that an officer broke may be shown; no record breaks a rule."""
    generate_custody(small_country, owner)
    facts = CustodyFacts(now=UNTIL, limits=time_limits.get_limits())
    with app.test_request_context():
        for model in CUSTODY_MODELS:
            for record in small_country.scalars(select(model)).unique():
                problems = check_rules(record.__rules__, record, facts)
                errors = [(one.rule, one.field) for one in problems if one.severity == ERROR]
                assert errors == [], (model.__name__, errors)
