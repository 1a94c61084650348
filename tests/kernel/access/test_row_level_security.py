"""Row-level security on PostgreSQL: plain SQL, which bypasses the session, returns the same rows."""

from dataclasses import replace

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.duplicates.models import Duplicate
from app.extensions import db
from app.kernel.access.row_filter import scoped_classes
from app.kernel.access.row_level_security import generic_plans
from app.kernel.actor import act_as, actor_of, unrestricted
from app.kernel.text import dates
from app.people.models import Person
from app.reference.models import Unit
from app.statistics.models import OfficialReport, OfficialReportFile
from tests.cases.test_row_filter import session_as
from tests.corrections.steps import request_correction
from tests.locked_records import LOCKED_AGE, registered_before
from tests.matrix.provinces import Province
from tests.prepared import prepared
from tests.sample_rows import (
    BATTAMBANG,
    PHNOM_PENH,
    acting_as,
    add_photo,
    add_registered_case,
    make_registered_person,
)
from tests.special_access.sample_cases import find_user

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
TABLES = [cls.__tablename__ for cls in scoped_classes() if not getattr(cls, "__unrestricted__", "")]
OF_TWO = "duplicate"  # two provinces may each have one record of a pair
OF_THE_NATION = (
    "import_run",
    "import_entry",
    "import_outcomes",
)  # files of earlier systems, with rows of any province
OF_REPORTS = ("official_report", "official_report_file")  # the fixture makes no file
OF_TRAINING = ("participant", "sitting", "test_answer")  # tests/training/test_row_filter.py
OF_SYSTEM = "item_number"  # numbers are compared by the system alone
OF_JUVENILE_OFFICERS = ("minor_contact", "minor_step")  # tests/minors has the officers who see them
OF_CASES = ("case_offence", "involvement", "exhibit", "case_file", "supplement")


@prepared
def provincial_cases(db_session):
    """Return a locked case of Battambang and one of Phnom Penh, each with every kind of row."""
    made = []
    for username, place, number in (("clerk.bb", BATTAMBANG, 1), ("clerk.pp", PHNOM_PENH, 2)):
        with registered_before(LOCKED_AGE), acting_as(username):
            person = add_photo(make_registered_person(number=number))
            made.append(add_registered_case(place=place, people=[(person, "suspect")]))
    db_session.commit()
    return made


@pytest.fixture
def filled_provinces(register, db_session):
    """Fill two provinces with a row of every scoped table; return the ids of their pairs of similar people.

    Neither is Battambang, where their orders are checked, Phnom Penh, where their people are in prison, or Kampong Cham,
    with which their cases are shared.
    """

    def two_provinces():
        pairs = []
        for username, unit, place, number in (
            ("clerk.bb", "PC-04", "040101", 1),
            ("clerk.pp", "PC-05", "050101", 5),
        ):
            find_user(username).unit = db_session.get(Unit, unit)
            db_session.commit()
            pairs.append(Province(username, place, number, False).pair.id)
        db_session.commit()
        return pairs

    return register.as_left_by(two_provinces)


def sql_ids(session, table, where="true"):
    """Return the ids that plain SQL finds."""
    key = "person_id" if table == "province_person" else "id"
    asked_for = text(" ".join(("SELECT", key, "FROM", f'"{table}"', "WHERE", where)))
    return set(session.connection().execute(asked_for).scalars())


def grant(session, **beyond):
    """Give the actor of the session additional grants."""
    actor = actor_of(session)
    act_as(session, replace(actor, scope=replace(actor.scope, **beyond)))


def test_every_scoped_table_has_row_level_security(owner):
    asked_for = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'")
    with owner.connect() as connection:
        unprotected = set(TABLES) - set(connection.scalars(asked_for))
    assert not unprotected, "Call row_level_security.protect_table in the migration of these tables."


def test_plain_sql_finds_rows_of_own_province_only(filled_provinces):
    with session_as("clerk.bb") as mine, session_as("clerk.pp") as others, session_as("manager") as nation:
        for table in TABLES:
            found = [sql_ids(session, table) for session in (mine, others, nation)]
            if table in OF_THE_NATION:
                assert found[:2] == [set(), set()] and len(found[2]) == 2, table
            elif table in (OF_SYSTEM, *OF_JUVENILE_OFFICERS):
                assert found == [set(), set(), set()], table
            elif table != OF_TWO and table not in (*OF_REPORTS, *OF_TRAINING):
                assert found[0] and found[1] and found[0].isdisjoint(found[1]), table
                assert found[0] | found[1] == found[2], table


def test_official_reports_belong_to_their_province(db_session):
    today = dates.now().date()
    for username, area in (("clerk.bb", "02"), ("clerk.pp", "12")):
        user = find_user(username)
        report = OfficialReport(
            kind="week", state="drafted", unit_code=user.unit_code, area_code=area, first_day=today, last_day=today,
            figures={}, fingerprint="0" * 64, counted_at=dates.now(), drafted_by_id=user.id, drafted_at=dates.now(),
        )  # fmt: skip
        report.files = [OfficialReportFile(name="a.pdf", sha256="0" * 64, content=b"a")]
        db_session.add(report)
    db_session.commit()
    with session_as("chief.bb") as mine, session_as("clerk.pp") as others, session_as("manager") as nation:
        for table in OF_REPORTS:
            found = [sql_ids(session, table) for session in (mine, others, nation)]
            assert len(found[0]) == len(found[1]) == 1 and found[0] | found[1] == found[2], table
        foreign = sql_ids(others, "official_report").pop()
        take = text("UPDATE official_report SET remarks = 'x' WHERE id = :foreign")
        assert mine.connection().execute(take, {"foreign": foreign}).rowcount == 0
    with session_as("chief.bb") as mine, pytest.raises(ProgrammingError, match="row-level security"):
        add = text(
            "INSERT INTO official_report_file (report_id, name, sha256, content) VALUES (:foreign, 'b', :sha, 'b')"
        )
        mine.connection().execute(add, {"foreign": foreign, "sha": "0" * 64})


def test_plain_sql_finds_pair_if_one_record_is_visible(db_session, filled_provinces):
    pairs = {pair.id: set(pair.ids) for pair in db_session.scalars(select(Duplicate))}
    for mine, others in (("clerk.bb", filled_provinces[1]), ("clerk.pp", filled_provinces[0])):
        with session_as(mine) as session:
            people = sql_ids(session, "person")
            assert sql_ids(session, "duplicate") == {one for one, two in pairs.items() if two & people}
            assert others not in sql_ids(session, "duplicate")


def test_save_keeps_evidence_of_pair_outside_scope(db_session):
    """A document number belongs to a suspect of another province and then to a newly entered person."""
    suspect = make_registered_person(number=1)
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(suspect, "suspect")])
    db_session.commit()
    with session_as("clerk.bb") as session:
        same = make_registered_person(number=1)
        session.add(same)
        session.commit()
        other = same.id
    db_session.expire_all()
    (pair,) = db_session.scalars(select(Duplicate)).all()
    assert pair.ids == (suspect.id, other) and pair.weight and pair.evidence


def test_queries_of_a_user_use_custom_plans(db_session):
    how = text("SHOW plan_cache_mode")
    with session_as("clerk.bb") as session, session.get_bind().connect() as of_nobody:
        assert session.scalar(how) == "force_custom_plan"
        assert of_nobody.scalar(how) == "auto"
        session.add(make_registered_person())
        session.flush()
        assert session.scalar(how) == "auto", "writes are planned once"


def test_generic_plans_applies_within_block(db_session):
    how = text("SHOW plan_cache_mode")
    with session_as("clerk.bb") as session:
        for _before_and_in_a_transaction in range(2):
            with generic_plans(session):
                assert session.scalar(how) == "force_generic_plan"
            assert session.scalar(how) == "force_custom_plan"
        session.add(make_registered_person())
        session.flush()
        with generic_plans(session):
            assert session.scalar(how) == "force_generic_plan"
        assert session.scalar(how) == "auto", "later writes are planned once too"
        session.rollback()
        assert session.scalar(how) == "force_custom_plan"


def test_error_in_generic_plans_is_raised_unchanged(db_session):
    with session_as("clerk.bb") as session:
        with pytest.raises(ProgrammingError), generic_plans(session):
            session.execute(text("SELECT nothing FROM nowhere"))
        session.rollback()
        assert session.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"


def test_error_of_an_unrestricted_block_is_raised_unchanged(db_session):
    act_as(db_session, actor_of(db_session))
    with pytest.raises(ProgrammingError, match="missing_table"), unrestricted(db_session):
        db_session.execute(text("SELECT * FROM missing_table"))
    db_session.rollback()


def test_correction_is_visible_in_its_province_only(provincial_cases, client_as):
    request_correction(
        client_as("chief.bb"), provincial_cases[0], summary="ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីបានឃើញ។"
    )
    for username, there in (
        ("chief.bb", True),
        ("clerk.pp", False),
        ("planning", True),
        ("admin.drugs", False),
    ):
        with session_as(username) as session:
            assert bool(sql_ids(session, "correction")) is there, username
            assert bool(sql_ids(session, "correction_field")) is there, username


def test_department_finds_its_offence_families(provincial_cases):
    for username, number in (
        ("admin.crim", 2),
        ("admin.drugs", 0),
    ):  # property offences are of the Criminal Police
        with session_as(username) as session:
            assert [len(sql_ids(session, table)) for table in ("case", "exhibit", "person")] == [number] * 3


def test_session_without_actor_finds_nothing(filled_provinces):
    with Session(db.engine) as session:
        assert not [table for table in TABLES if sql_ids(session, table)]


def test_unit_finds_own_and_shared_cases_outside_its_area(db_session, provincial_cases):
    with acting_as("clerk.pp"):
        entered = add_registered_case(
            place=BATTAMBANG, people=[(make_registered_person(number=3), "suspect")]
        )
    db_session.commit()
    with session_as("clerk.pp") as session:
        assert sql_ids(session, "case") == {provincial_cases[1].id, entered.id}
        grant(session, shared_case_ids=frozenset([provincial_cases[0].id]))
        assert sql_ids(session, "exhibit", f"case_id = {provincial_cases[0].id}")
        assert sql_ids(session, "person") == set(db_session.scalars(select(Person.id)))


def test_plain_sql_cannot_write_a_case_shared_for_reading(db_session, provincial_cases):
    shared = provincial_cases[1]
    person = shared.involvements[0].person_id
    rows = [("case", f"id = {shared.id}"), ("person", f"id = {person}")]
    rows += [(one, f"case_id = {shared.id}") for one in OF_CASES if one != "supplement"]
    rows += [(one, f"person_id = {person}") for one in ("person_name", "person_document")]
    with session_as("clerk.bb") as session:
        for beyond, written in (
            ({}, False),
            ({"break_glass_ids": frozenset([person])}, False),
            ({"writable_case_ids": frozenset([shared.id])}, True),
        ):
            grant(session, shared_case_ids=frozenset([shared.id]), **beyond)
            for table, where in rows:
                assert sql_ids(session, table, where), table
                change = text(" ".join(("UPDATE", f'"{table}"', "SET changed_at = changed_at WHERE", where)))
                assert bool(session.connection().execute(change).rowcount) is written, (table, beyond)


def test_plain_sql_cannot_add_to_a_case_shared_for_reading(provincial_cases):
    shared = provincial_cases[1].id
    add = text(
        "INSERT INTO supplement (case_id, learned_on, text, recorded_at, changed_at, version, unit_code)"
        " VALUES (:shared, CURRENT_DATE, 'x', now() AT TIME ZONE 'Asia/Phnom_Penh', now() AT TIME ZONE 'Asia/Phnom_Penh', 1, 'PC-02')"
    )
    with session_as("clerk.bb") as session:
        grant(session, shared_case_ids=frozenset([shared]))
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.connection().execute(add, {"shared": shared})
        session.rollback()
        grant(session, writable_case_ids=frozenset([shared]))
        session.connection().execute(add, {"shared": shared})


def test_rows_of_other_province_cannot_be_changed(provincial_cases):
    foreign = provincial_cases[1].id
    with session_as("clerk.bb") as session:
        for table in ("case", "person", *OF_CASES):
            for words in (("UPDATE", f'"{table}"', "SET changed_at = now()"), ("DELETE FROM", f'"{table}"')):
                key = "id" if table == "case" else "case_id"
                where = (
                    f"WHERE {key} = {foreign}"
                    if table != "person"
                    else f"WHERE id = {provincial_cases[1].involvements[0].person_id}"
                )
                assert session.connection().execute(text(" ".join((*words, where)))).rowcount == 0, (
                    table,
                    words,
                )


@pytest.mark.parametrize(
    "table", [*OF_CASES, "person_name", "person_document", "person_address", "person_mark", "person_photo"]
)
def test_rows_cannot_be_added_to_other_province(provincial_cases, table):
    key = "case_id" if table in OF_CASES else "person_id"
    foreign = provincial_cases[1].id if table in OF_CASES else provincial_cases[1].involvements[0].person_id
    columns = [one["name"] for one in inspect(db.engine).get_columns(table) if one["name"] not in ("id", key)]
    same = ", ".join(
        "now() AT TIME ZONE 'Asia/Phnom_Penh'" if one == "recorded_at" else f'"{one}"' for one in columns
    )
    names = ", ".join(f'"{one}"' for one in columns)
    copy = " ".join(
        ("INSERT INTO", table, f"({key}, {names}) SELECT :foreign,", same, "FROM", table, "LIMIT 1")
    )
    with session_as("clerk.bb") as session, pytest.raises(ProgrammingError, match="row-level security"):
        session.connection().execute(text(copy), {"foreign": foreign})


def test_own_row_cannot_be_moved_to_other_province(db_session, provincial_cases):
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(number=5), "suspect")])
    db_session.commit()
    with session_as("clerk.bb") as session, pytest.raises(ProgrammingError, match="row-level security"):
        move = text("UPDATE exhibit SET case_id = :foreign WHERE id = (SELECT max(id) FROM exhibit)")
        session.connection().execute(move, {"foreign": provincial_cases[1].id})


def test_protected_victim_is_hidden_despite_break_glass(db_session):
    victim, suspect = make_registered_person(number=5, sex="F"), make_registered_person(number=6)
    with acting_as("clerk.pp"):
        case = add_registered_case(
            place=PHNOM_PENH, people=[(victim, "victim"), (suspect, "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    row = next(one.id for one in case.involvements if one.person_id == victim.id)
    children = ("person_name", "person_document", "person_address", "person_mark")
    for username in ("clerk.bb", "clerk.pp", "manager"):
        with session_as(username) as session:
            grant(session, break_glass_ids=frozenset([victim.id, suspect.id]))
            assert sql_ids(session, "person") == {suspect.id}, username
            assert not any(sql_ids(session, table, f"person_id = {victim.id}") for table in children), (
                username
            )
            if username == "clerk.bb":
                assert sql_ids(session, "involvement") == {one.id for one in case.involvements} - {row}

            grant(session, revealed_ids=frozenset([victim.id]))
            assert victim.id in sql_ids(session, "person") and sql_ids(
                session, "person_document", f"person_id = {victim.id}"
            )


PRIVATE = {"draft": "payload", "search_token": "payload", "audit_payload": "body"}


@pytest.fixture
def private_rows(client_as, provincial_cases):
    """Return the case of Battambang. Two users have each saved a draft and searched; the log has their payloads."""
    for username in ("clerk.bb", "clerk.pp"):
        client = client_as(username)
        client.send(f"/entry/draft-of-{username}/draft", {"case-summary": username})
        client.send("/find/", {"q": "ហេង"})
    return provincial_cases[0]


def sql_texts(session, table, where="true"):
    words = ("SELECT", f"{PRIVATE[table]}::text", "FROM", table, "WHERE", where)
    return session.connection().execute(text(" ".join(words))).scalars().all()


@pytest.mark.parametrize("table", PRIVATE)
def test_private_table_has_row_level_security(owner, table):
    asked_for = text("SELECT relrowsecurity FROM pg_class WHERE relname = :table AND relkind = 'r'")
    with owner.connect() as connection:
        assert connection.scalar(asked_for, {"table": table})


@pytest.mark.parametrize("table", ["draft", "search_token"])
def test_plain_sql_finds_only_own_drafts_and_searches(private_rows, table):
    with session_as("clerk.bb") as mine, session_as("manager") as nation, Session(db.engine) as of_none:
        assert len(sql_texts(mine, table)) == 1
        assert not sql_texts(nation, table) and not sql_texts(of_none, table)


def test_plain_sql_cannot_change_a_draft_of_another_user(private_rows):
    with session_as("clerk.bb") as session:
        for words in ("UPDATE draft SET saved_at = now()", "DELETE FROM draft"):
            assert session.connection().execute(text(words)).rowcount == 1
        session.rollback()
        foreign = text(
            "INSERT INTO draft (token, user_id, payload, saved_at) VALUES ('x', :user, '{}', now())"
        )
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.connection().execute(foreign, {"user": find_user("clerk.pp").id})


def test_draft_of_another_user_cannot_be_saved(private_rows, client_as):
    other = client_as("clerk.bb")
    assert other.send("/entry/draft-of-clerk.pp/draft", {"case-summary": "…"}).status_code == 409
    with session_as("clerk.pp") as session:
        (kept,) = sql_texts(session, "draft")
    assert "clerk.pp" in kept


def test_plain_sql_finds_payloads_of_own_acts_and_visible_records(private_rows):
    about = " ".join(
        (
            "seq IN (SELECT seq FROM audit_event WHERE entity = 'case' AND entity_id =",
            str(private_rows.id),
            ")",
        )
    )
    searched = "seq IN (SELECT seq FROM audit_event WHERE action = 'access.searched')"
    found = {}
    for username in ("clerk.bb", "clerk.pp", "warrant.bb", "auditor"):
        with session_as(username) as session:
            found[username] = [len(sql_texts(session, "audit_payload", where)) for where in (about, searched)]
    assert found == {"clerk.bb": [1, 1], "clerk.pp": [0, 1], "warrant.bb": [1, 0], "auditor": [1, 2]}
    with Session(db.engine) as of_none:
        assert not sql_texts(of_none, "audit_payload")
