"""The demo's country is a register like any other: its rules hold, its numbers go on, its log tells of it."""

import hashlib
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select

from app.cases import numbering
from app.cases.models import Case, Involvement
from app.cases.rules import CASE, CaseFacts
from app.demo import batch_generator, generate, rows
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import code_lists
from app.kernel.schema.fields import declared
from app.kernel.schema.rules import ERROR, ask
from app.kernel.text import khmer
from app.people.models import Person, PersonDocument
from app.people.rules import PERSON, PersonFacts
from app.reference.models import Unit
from tests.demo.conftest import UNTIL, filled
from tests.house.khmer_checks import faults


@pytest.fixture
def as_in_a_request(app):
    """Codes and places are read once, as in the request of a save, and not for each record anew."""
    with app.test_request_context():
        yield


def errors(problems):
    return [
        (problem.rule, problem.field, str(problem.text)) for problem in problems if problem.severity == ERROR
    ]


def test_no_case_breaks_a_rule(small_country, as_in_a_request):
    countries = frozenset(code_lists.keys("nationality"))
    cases = small_country.scalars(select(Case)).all()
    assert len(cases) == 200
    for case in cases:
        unit = small_country.get(Unit, case.unit_code)
        facts = CaseFacts(
            now=case.recorded_at, unit=unit, place_exists=case.place is not None, countries=countries
        )
        assert errors(ask(CASE, case, facts)) == [], case.number
        assert errors(problem for row in case.supplements for problem in ask(row.__rules__, row, facts)) == []


def test_no_person_breaks_a_rule(small_country, as_in_a_request):
    countries = frozenset(code_lists.keys("nationality"))
    bearers = {}
    for document in small_country.scalars(select(PersonDocument)):
        bearers.setdefault(document.number_key, document.person.number)
    people = small_country.scalars(select(Person)).all()
    assert len(people) == 400
    for person in people:
        facts = PersonFacts(
            now=person.recorded_at, has_case=True, countries=countries, documents_elsewhere=bearers
        )
        assert errors(ask(PERSON, person, facts)) == [], person.number


def test_every_person_came_with_a_case(small_country):
    involved = set(small_country.scalars(select(Involvement.person_id)))
    assert involved == set(small_country.scalars(select(Person.id)))


def test_every_code_is_in_its_list_and_every_text_in_normal_form(small_country, as_in_a_request):
    for model in rows.MODELS:
        for record in small_country.scalars(select(model)):
            for name, meaning in declared(model).items():
                value = getattr(record, name)
                if meaning.codes and value:
                    assert value in code_lists.keys(meaning.codes), (model.__name__, name)
                elif isinstance(value, str) and name != "name_sort":
                    assert khmer.normal(value) == value, (model.__name__, name, value)


def test_columns_that_follow_from_others_are_those_of_a_real_save(small_country, as_in_a_request):
    for model in rows.MODELS:
        for record in small_country.scalars(select(model)):
            record.derive()
            changed = [one.key for one in inspect(record).attrs if one.history.has_changes()]
            assert changed == [], (model.__name__, record.id)
    small_country.rollback()


def test_summaries_are_good_khmer_and_name_nobody(small_country):
    for case in small_country.scalars(select(Case)):
        assert khmer.khmer_letters(case.summary) >= 30
        assert faults(case.summary) == []
        assert faults(case.way_text or "") == []
        for involvement in case.involvements:
            assert involvement.person.name not in case.summary


def test_what_is_entered_late_is_marked_and_has_its_reason(small_country):
    for case in small_country.scalars(select(Case)):
        waited = case.recorded_at - max(case.occurred_to or case.occurred_from, case.reported_at)
        assert case.late == (waited > timedelta(hours=48)) == bool(case.late_reason), case.number


def test_numbers_follow_the_order_of_entry(small_country):
    entered = select(Case.number, Case.recorded_at).order_by(Case.recorded_at, Case.id)
    last = {}
    for number, recorded_at in small_country.execute(entered):
        province, year, count = number.split("-")
        assert int(year) == recorded_at.year
        assert int(count) == last.get((province, year), 0) + 1
        last[province, year] = int(count)


def test_the_next_case_takes_the_next_number(each_database, register, db_session):
    filled(register)
    counter = db_session.scalars(
        select(numbering.CaseCounter).where(numbering.CaseCounter.province_code == "12")
    ).first()
    year, last = counter.year, counter.last
    assert db_session.scalar(select(func.count()).where(Case.number.startswith(f"12-{year}-"))) == last
    assert numbering.next_number("120101", year) == f"12-{year}-{last + 1:06d}"
    db_session.rollback()


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_a_second_run_adds_to_the_first(each_database, register, db_session, large):
    filled(register, large=large)
    filled(register, seed=2, large=large)
    assert db_session.scalar(select(func.count(Case.id))) == 120
    assert db_session.scalar(select(func.count(Person.id))) == 260
    db_session.add(Person(sex="M", surname_km="សុខ", given_km="ដារ៉ា", nationality="KH"))
    db_session.flush()
    assert db_session.scalar(select(func.max(Person.id))) == 261
    db_session.rollback()


def test_a_large_run_leaves_every_index_in_place(each_database, register):
    with register.app.app_context():
        before = indexes(db.engine)
    assert indexes(filled(register, large=True)) == before


def indexes(engine):
    found = inspect(engine)
    return {name: sorted(one["name"] for one in found.get_indexes(name)) for name in rows.TABLES}


def test_a_large_run_stays_safe_where_somebody_else_has_the_register_open(register, db_session):
    other = sqlite3.connect(db.engine.url.database)
    other.execute("SELECT 1 FROM person").fetchall()
    engine = filled(register, large=True)
    other.close()
    assert db_session.scalar(select(func.count(Case.id))) == 60
    with engine.connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
    assert settings == ["wal", 2]


def test_a_large_run_leaves_the_connection_as_safe_as_before(register, monkeypatch):
    monkeypatch.setattr(batch_generator, "BORN_BY", "spawn")  # as outside these tests
    with filled(register, large=True).connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
    assert settings == ["wal", 2]


def test_a_run_that_fails_leaves_nothing(each_database, owner, db_session):
    def fail(_text):
        raise OSError("the terminal is gone")

    before = indexes(owner)
    with pytest.raises(OSError):
        generate.fill(owner, cases=60, persons=120, seed=1, say=fail, until=UNTIL, large=True)
    assert db_session.scalar(select(func.count(Case.id))) == 0
    assert (
        db_session.scalar(select(func.count(AuditEvent.seq)).where(AuditEvent.entity == generate.ENTITY)) == 0
    )
    assert indexes(owner) == before


def test_the_log_proves_the_rows_of_a_batch(each_database, register, db_session):
    filled(register)
    (event,) = db_session.scalars(select(AuditEvent).where(AuditEvent.entity == generate.ENTITY))
    hashed = hashlib.sha256()
    for table in (model.__table__ for model in rows.MODELS if model.__table__.name in event.facts["tables"]):
        name, (first, last) = table.name, event.facts["tables"][table.name]
        found = db_session.execute(
            select(table).where(table.c.id.between(first, last)).order_by(table.c.id)
        ).all()
        cells = rows.told(name, [rows.Row(**found_row._mapping) for found_row in found])
        hashed.update(rows.text_of(name, cells))
    assert event.facts["sha256"] == hashed.hexdigest()
    assert event.facts["rows"] == sum(last - first + 1 for first, last in event.facts["tables"].values())


def test_a_position_reaches_the_database_with_its_last_digit():
    """SQLite itself reads this text as 13.639710000000001, and the seal of the row would not fit it."""
    line = rows.text_of("case", rows.told("case", [rows.CaseRow(latitude=13.63971, longitude=None)]))
    (cells,) = rows.numbers_read("case", rows.cells_of(line))
    told = dict(zip(rows.columns("case"), cells, strict=True))
    database = sqlite3.connect(":memory:")
    kept = database.execute("SELECT CAST(? AS REAL)", (told["latitude"],)).fetchone()[0]
    assert kept == 13.63971 and told["longitude"] is None


def test_nothing_is_asked_for_nothing(app):
    with app.app_context(), pytest.raises(ValueError):
        generate.fill(db.engine, cases=0, persons=5, seed=1)
