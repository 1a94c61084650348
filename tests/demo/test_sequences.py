"""The demo shows unusual sequences of acts, and every record of them obeys the rules and says what the acts say."""

from datetime import datetime

from sqlalchemy import func, select

from app.corrections.models import Correction
from app.court_orders import consistency_check as order_check
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import consistency_check, deadline_index
from app.custody.models import Custody, DetentionStep, JudgmentStep, Sentence
from app.custody.rules import CustodyFacts
from app.demo import sequences
from app.demo.rows import CUSTODY_MODELS
from app.duplicates.models import UNDO_MERGE, PersonMerge
from app.kernel.schema.rules import ERROR, check_rules
from app.kernel.text import dates
from app.people import status
from app.people.deaths import DeathReport
from app.people.models import Person
from app.people.rules import PersonFacts
from app.people.rules.birth import stated_age_matches_birth
from app.reference import time_limits
from tests.demo.conftest import ignore_output


def test_demo_contains_each_sequence_and_obeys_the_rules(small_country, app):
    session = small_country
    with app.test_request_context():
        sequences.generate_sequences(ignore_output)
        session.expire_all()
        facts = CustodyFacts(now=dates.now(), limits=time_limits.get_limits())
        for model in CUSTODY_MODELS:
            for record in session.scalars(select(model)).unique():
                problems = check_rules(record.__rules__, record, facts)
                assert [one for one in problems if one.severity == ERROR] == [], record
    connection = session.connection()
    assert status.find_drift(connection)[1] == []
    for check in (order_check, consistency_check, deadline_index):
        assert check.find_drift(connection) == []
    kinds = set(session.scalars(select(JudgmentStep.kind)))
    assert {"appeal", "opposition", "set_aside", "final"} <= kinds
    assert set(session.scalars(select(DetentionStep.kind))) == {"escape", "recapture", "end"}
    assert session.scalars(select(Custody.outcome).order_by(Custody.id)).all() == [
        "hospital",
        "to_prosecutor",
    ]
    assert session.scalar(select(Sentence.suspended_months)) == 18
    assert sorted(session.scalars(select(CourtOrder.status))) == ["died", "executed", "recalled"]
    acts = set(session.scalars(select(OrderEvent.kind)))
    assert {"acquitted", "restored", "recalled", "died"} <= acts
    assert session.scalar(select(OrderEvent.date_unknown).where(OrderEvent.kind == "executed"))
    assert session.scalar(select(DeathReport.confirmation)) == "confirmed"
    assert session.scalar(select(Correction.state)) == "applied"
    assert session.scalar(
        select(func.count()).where(PersonMerge.kind == UNDO_MERGE, PersonMerge.state == "done")
    )


def test_corrected_birth_agrees_with_the_stated_age():
    """The command stopped at a suspect with a stated age: it contradicted the corrected birth."""
    person = Person(birth_year=1992, birth_precision="year", age_stated=30, recorded_at=datetime(2022, 5, 1))
    for name, value in sequences.correct_birth(person).items():
        setattr(person, name, value)
    assert person.born_on.year == 1990
    assert list(stated_age_matches_birth(person, PersonFacts(now=dates.now()))) == []
