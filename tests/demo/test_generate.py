"""The demo country is valid data: its rules hold, its numbers continue, and the audit log proves its rows."""

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
from app.kernel.schema.fields import fields_of
from app.kernel.schema.rules import ERROR, check_rules
from app.kernel.text import khmer
from app.people.models import Person, PersonDocument
from app.people.rules import PERSON, PersonFacts
from app.reference.models import Unit
from tests.demo.conftest import UNTIL, fill_database
from tests.house.khmer_checks import faults


@pytest.fixture
def request_context(app):
    """Open a request context, so that codes and places are read once and not for each record."""
    with app.test_request_context():
        yield


def list_errors(problems):
    return [
        (problem.rule, problem.field, str(problem.text)) for problem in problems if problem.severity == ERROR
    ]


def test_cases_pass_all_rules(small_country, request_context):
    countries = frozenset(code_lists.keys("nationality"))
    cases = small_country.scalars(select(Case)).all()
    assert len(cases) == 200
    for case in cases:
        unit = small_country.get(Unit, case.unit_code)
        facts = CaseFacts(
            now=case.recorded_at, unit=unit, place_exists=case.place is not None, countries=countries
        )
        assert list_errors(check_rules(CASE, case, facts)) == [], case.number
        assert (
            list_errors(
                problem for row in case.supplements for problem in check_rules(row.__rules__, row, facts)
            )
            == []
        )


def test_persons_pass_all_rules(small_country, request_context):
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
        assert list_errors(check_rules(PERSON, person, facts)) == [], person.number


def test_each_person_has_a_case(small_country):
    involved = set(small_country.scalars(select(Involvement.person_id)))
    assert involved == set(small_country.scalars(select(Person.id)))


def test_codes_are_valid_and_texts_normalized(small_country, request_context):
    for model in rows.MODELS:
        for record in small_country.scalars(select(model)):
            for name, meaning in fields_of(model).items():
                value = getattr(record, name)
                if meaning.codes and value:
                    assert value in code_lists.keys(meaning.codes), (model.__name__, name)
                elif isinstance(value, str) and name != "name_sort":
                    assert khmer.normalize(value) == value, (model.__name__, name, value)


def test_derived_columns_match_real_save(small_country, request_context):
    with small_country.no_autoflush:  # nothing has changed
        for model in rows.MODELS:
            for record in small_country.scalars(select(model)):
                record.update_derived()
                changed = [one.key for one in inspect(record).attrs if one.history.has_changes()]
                assert changed == [], (model.__name__, record.id)
    small_country.rollback()


def test_summaries_are_valid_khmer_without_names(small_country):
    for case in small_country.scalars(select(Case)):
        assert khmer.count_khmer_letters(case.summary) >= 30
        assert faults(case.summary) == []
        assert faults(case.modus_operandi_text or "") == []
        for involvement in case.involvements:
            assert involvement.person.name not in case.summary


def test_late_cases_are_marked_with_reason(small_country):
    for case in small_country.scalars(select(Case)):
        waited = case.recorded_at - max(case.occurred_to or case.occurred_from, case.reported_at)
        assert case.late == (waited > timedelta(hours=48)) == bool(case.late_reason), case.number


def test_case_numbers_follow_order_of_entry(small_country):
    entered = select(Case.number, Case.recorded_at).order_by(Case.recorded_at, Case.id)
    last = {}
    for number, recorded_at in small_country.execute(entered):
        province, year, count = number.split("-")
        assert int(year) == recorded_at.year
        assert int(count) == last.get((province, year), 0) + 1
        last[province, year] = int(count)


def test_next_case_takes_next_number(each_database, register, db_session):
    fill_database(register)
    counter = db_session.scalars(
        select(numbering.CaseCounter).where(numbering.CaseCounter.province_code == "12")
    ).first()
    year, last = counter.year, counter.last
    assert db_session.scalar(select(func.count()).where(Case.number.startswith(f"12-{year}-"))) == last
    assert numbering.next_number("120101", year) == f"12-{year}-{last + 1:06d}"
    db_session.rollback()


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_second_run_adds_rows(each_database, register, db_session, large):
    fill_database(register, large=large)
    fill_database(register, seed=2, large=large)
    assert db_session.scalar(select(func.count(Case.id))) == 120
    assert db_session.scalar(select(func.count(Person.id))) == 260
    db_session.add(Person(sex="M", surname_km="សុខ", given_km="ដារ៉ា", nationality="KH"))
    db_session.flush()
    assert db_session.scalar(select(func.max(Person.id))) == 261
    db_session.rollback()


def test_large_run_restores_indexes(each_database, register):
    with register.app.app_context():
        before = list_indexes(db.engine)
    assert list_indexes(fill_database(register, large=True)) == before


def list_indexes(engine):
    found = inspect(engine)
    return {name: sorted(one["name"] for one in found.get_indexes(name)) for name in rows.TABLES}


def test_large_run_stays_durable_with_other_connection(register, db_session):
    other = sqlite3.connect(db.engine.url.database)
    other.execute("SELECT 1 FROM person").fetchall()
    engine = fill_database(register, large=True)
    other.close()
    assert db_session.scalar(select(func.count(Case.id))) == 60
    with engine.connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
    assert settings == ["wal", 2]


@pytest.mark.slow  # the others fork
def test_large_run_restores_connection_settings(register, monkeypatch):
    monkeypatch.setattr(batch_generator, "START_METHOD", "spawn")  # as outside these tests
    with fill_database(register, large=True).connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
    assert settings == ["wal", 2]


def test_failed_run_leaves_nothing(each_database, owner, db_session):
    def fail(_text):
        raise OSError("the terminal is gone")

    before = list_indexes(owner)
    with pytest.raises(OSError):
        generate.generate_country(owner, cases=60, persons=120, seed=1, report=fail, until=UNTIL, large=True)
    assert db_session.scalar(select(func.count(Case.id))) == 0
    assert (
        db_session.scalar(select(func.count(AuditEvent.seq)).where(AuditEvent.entity == generate.ENTITY)) == 0
    )
    assert list_indexes(owner) == before


def test_audit_entry_proves_rows_of_batch(each_database, register, db_session):
    fill_database(register)
    (event,) = db_session.scalars(select(AuditEvent).where(AuditEvent.entity == generate.ENTITY))
    hashed = hashlib.sha256()
    for table in (model.__table__ for model in rows.MODELS if model.__table__.name in event.facts["tables"]):
        name, (first, last) = table.name, event.facts["tables"][table.name]
        found = db_session.execute(
            select(table).where(table.c.id.between(first, last)).order_by(table.c.id)
        ).all()
        cells = rows.format_cells(name, [rows.Row(**found_row._mapping) for found_row in found])
        hashed.update(rows.encode_rows(name, cells))
    assert event.facts["sha256"] == hashed.hexdigest()
    assert event.facts["rows"] == sum(last - first + 1 for first, last in event.facts["tables"].values())


def test_position_keeps_last_digit():
    """SQLite itself reads this text as 13.639710000000001, which would not match the row hash."""
    line = rows.encode_rows(
        "case", rows.format_cells("case", [rows.CaseRow(latitude=13.63971, longitude=None)])
    )
    (cells,) = rows.parse_floats("case", rows.decode_rows(line))
    values = dict(zip(rows.column_names("case"), cells, strict=True))
    database = sqlite3.connect(":memory:")
    stored = database.execute("SELECT CAST(? AS REAL)", (values["latitude"],)).fetchone()[0]
    assert stored == 13.63971 and values["longitude"] is None


def test_run_without_cases_is_refused(app):
    with app.app_context(), pytest.raises(ValueError):
        generate.generate_country(db.engine, cases=0, persons=5, seed=1)
