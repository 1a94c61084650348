"""The name index follows every save in its transaction, can be rebuilt, and is checked against the records."""

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema.record_lock import exempt_changes, to_json_value
from app.kernel.text import dates
from app.name_search import index, index_rebuild
from app.name_search.models import NameBearer, NameKey, NameRebuild
from app.name_search.person_search import search_persons
from app.people.models import Person, PersonName
from tests.locked_records import drop_lock_triggers
from tests.query_plans import find_scanned_tables, plan, planned
from tests.sample_rows import make_registered_person
from tests.statement_counts import counted


@pytest.fixture
def dara(db_session):
    """A registered person with an alias."""
    person = make_registered_person()
    db_session.add(person)
    db_session.commit()
    return person


@pytest.fixture
def change(db_session, owner):
    """Return a function that changes locked columns of a person, as corrections and merges do. The locks are off."""
    with owner.begin() as connection:
        if connection.dialect.name == "sqlite":
            drop_lock_triggers(connection)
        else:
            connection.exec_driver_sql("ALTER TABLE person DISABLE TRIGGER USER")

    def change(person, **values):
        exemptions = {("person", person.id, name): to_json_value(value) for name, value in values.items()}
        with exempt_changes(db_session, exemptions):
            for name, value in values.items():
                setattr(person, name, value)
        db_session.commit()

    return change


def search_ids(session, text):
    return [match.person_id for match in search_persons(session, text)]


def count_faults(owner):
    """Count the faults as the commands do: the database owner has no row-level security."""
    with owner.connect() as connection:
        return index_rebuild.count_faults(connection)


def test_new_person_is_found_by_each_name(db_session, owner, dara, each_database):
    assert (
        search_ids(db_session, "Sokh Dara")
        == search_ids(db_session, "ដារ៉ា តូច")
        == search_ids(db_session, "Darah Tooch")
        == [dara.id]
    )
    assert count_faults(owner) == (0, 0)


def test_changed_name_replaces_old_name(db_session, owner, dara, each_database):
    dara.given_km, dara.given_latin = "វាសនា", "Veasna"
    db_session.commit()
    assert search_ids(db_session, "sok veasna") == [dara.id]
    assert search_ids(db_session, "sok dara") == []
    assert not db_session.scalars(select(NameKey).where(NameKey.given_km == "ដារ៉ា")).all()
    assert count_faults(owner) == (0, 0)


def test_name_of_other_person_stays_indexed(db_session, dara, each_database):
    other = make_registered_person(number=3)
    db_session.add(other)
    db_session.commit()
    dara.given_km, dara.given_latin = "វាសនា", "Veasna"
    db_session.commit()
    assert search_ids(db_session, "sok dara") == [other.id]


def test_name_moved_to_other_person_is_reindexed(db_session, owner, dara, each_database):
    other = make_registered_person(surname_km="ជា", given_km="ស៊ីម", given_latin=None, surname_latin=None)
    other.names.clear()
    db_session.add(other)
    db_session.commit()
    dara.names[0].person = other
    db_session.commit()
    assert search_ids(db_session, "ដារ៉ាតូច") == [other.id]
    assert count_faults(owner) == (0, 0)


def test_void_name_is_not_indexed(db_session, owner, each_database):
    person = make_registered_person()
    person.names[0].voided_at, person.names[0].void_reason = dates.now(), "entered twice"
    db_session.add(person)
    db_session.commit()
    assert search_ids(db_session, "ដារ៉ាតូច") == []
    assert count_faults(owner) == (0, 0)


def indexed_years(session, person):
    """Return the birth years in the index, one for each name of the person."""
    years = select(NameBearer.birth_year).where(NameBearer.person_id == person.id)
    return session.scalars(years).all()


def test_names_have_birth_year_of_bearer(db_session, owner, dara, each_database):
    assert indexed_years(db_session, dara) == [1990, 1990]
    dara.born_on = dates.parse_date("02-01-1985")
    db_session.commit()
    assert indexed_years(db_session, dara) == [1985, 1985]
    dara.born_on = dara.birth_year = None
    db_session.commit()
    assert indexed_years(db_session, dara) == [0, 0]
    assert search_ids(db_session, "sok dara") == [dara.id] and count_faults(owner) == (0, 0)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_new_name_waits_for_concurrent_year_change(db_session, dara):
    """Otherwise the name would be indexed with the old year."""
    dara.born_on = dates.parse_date("02-01-1985")
    db_session.flush()
    with Session(db.engine) as other:
        act_as(other, SYSTEM)
        other.execute(text("SET LOCAL lock_timeout = 1"))
        other.add(PersonName(person_id=dara.id, kind="alias", text_latin="Dara"))
        with pytest.raises(OperationalError):
            other.flush()


def test_void_person_is_not_indexed_until_restored(db_session, owner, dara, change, each_database):
    change(dara, voided_at=dates.now(), void_reason="entered twice")
    assert indexed_years(db_session, dara) == [] and search_ids(db_session, "sok dara") == []
    assert not db_session.scalars(select(NameKey)).all() and count_faults(owner) == (0, 0)
    dara.names[0].text_latin = "Dara Toch"
    db_session.commit()
    assert indexed_years(db_session, dara) == [] and count_faults(owner) == (0, 0)
    change(dara, voided_at=None, void_reason=None)
    assert search_ids(db_session, "sok dara") == search_ids(db_session, "dara toch") == [dara.id]
    assert count_faults(owner) == (0, 0)


def test_person_inserted_as_void_is_not_indexed(db_session, owner, each_database):
    person = make_registered_person(voided_at=dates.now(), void_reason="entered twice")
    db_session.add(person)
    db_session.commit()
    assert indexed_years(db_session, person) == [] and count_faults(owner) == (0, 0)


def test_merged_person_is_indexed_as_surviving_person(db_session, owner, dara, change, each_database):
    veasna = make_registered_person(
        3, given_km="វាសនា", given_latin="Veasna", born_on=dates.parse_date("04-01-1985")
    )
    db_session.add(veasna)
    db_session.commit()
    change(dara, merged_into_id=veasna.id)
    assert search_ids(db_session, "sok dara") == [veasna.id] and count_faults(owner) == (0, 0)
    assert set(indexed_years(db_session, veasna)) == {1985} and len(indexed_years(db_session, veasna)) == 3
    change(dara, merged_into_id=None)
    assert search_ids(db_session, "sok dara") == [dara.id] and count_faults(owner) == (0, 0)


def test_rolled_back_person_is_not_indexed(db_session, owner, each_database):
    db_session.add(make_registered_person())
    db_session.flush()
    assert search_ids(db_session, "sok dara")
    db_session.rollback()
    assert search_ids(db_session, "sok dara") == [] and count_faults(owner) == (0, 0)


def test_entry_of_many_persons_costs_two_statements(register, db_session, each_database):
    for number in range(5):
        db_session.add(make_registered_person(number))
    with counted(register) as statements:
        db_session.flush()
    assert len([one for one in statements if one.startswith("INSERT INTO name_")]) == 2
    assert not [one for one in statements if "UNION ALL" in one]  # the names of new persons are in memory


def test_names_of_persons_are_read_by_index(register, db_session, dara, each_database):
    own_id, other_id = dara.id, dara.id + 40
    with planned(register) as queries:
        assert {row.person_id for row in index.load_index_rows(db_session, {own_id, other_id})} == {own_id}
        assert {row.person_id for row in index.load_index_rows(db_session, between=(1, other_id))} == {own_id}
    assert len(queries) == 2
    for query in queries:
        lines = plan(register, *query)
        # After an ANALYZE of a small table PostgreSQL chooses any of its indexes.
        assert each_database == "postgresql" or any("ix_name_bearer_" in line for line in lines), lines
        assert find_scanned_tables(register, *query) == set(), lines


def test_check_counts_missing_and_stale_rows(db_session, owner, dara, each_database):
    bearer = NameBearer.__table__
    db_session.execute(delete(bearer).where(bearer.c.person_id == dara.id))
    db_session.execute(insert(bearer).values(person_id=dara.id, birth_year=1990, name_id=7))
    db_session.execute(
        insert(NameKey.__table__).values(
            key=1, name_id=7, surname_km="", given_km="ក", surname_latin="", given_latin=""
        )
    )
    db_session.commit()
    missing, stale = count_faults(owner)
    assert missing == 2 and stale > 1


def test_check_finds_wrong_year_and_void_person(db_session, owner, dara, change, each_database):
    db_session.execute(update(NameBearer.__table__).values(birth_year=1989))
    db_session.commit()
    assert count_faults(owner) == (2, 2)
    index_rebuild.rebuild_index(owner, lambda text: None)
    assert count_faults(owner) == (0, 0) and indexed_years(db_session, dara) == [1990, 1990]
    db_session.execute(update(Person.__table__).values(voided_at=dates.now(), void_reason="entered twice"))
    db_session.commit()
    assert count_faults(owner) == (0, 2)
    index_rebuild.rebuild_index(owner, lambda text: None)
    assert count_faults(owner) == (0, 0) and indexed_years(db_session, dara) == []


def test_rebuild_matches_records(db_session, owner, dara, each_database):
    test_check_counts_missing_and_stale_rows(db_session, owner, dara, each_database)
    index_rebuild.rebuild_index(owner, lambda text: None)
    assert count_faults(owner) == (0, 0)
    assert search_ids(db_session, "sok dara") == [dara.id]


def test_rebuild_adds_sounds_of_older_names(db_session, owner, dara, each_database):
    older = NameKey.__table__.update().values(surname_sound=None, given_sound=None)
    db_session.execute(older)
    db_session.commit()
    assert search_ids(db_session, "dara") == [] and count_faults(owner)[1] > 0
    index_rebuild.rebuild_index(owner, lambda text: None)
    assert search_ids(db_session, "dara") == [dara.id] and count_faults(owner) == (0, 0)


def test_rebuild_stopped_resumes(db_session, owner, each_database):
    people = [make_registered_person(number) for number in range(6)]
    db_session.add_all(people)
    db_session.commit()
    db_session.execute(delete(NameBearer.__table__))
    progress = NameRebuild.__table__
    db_session.execute(insert(progress).values(id=1, last_person=people[2].id, last_key=-1))
    db_session.commit()
    lines = []
    index_rebuild.rebuild_index(owner, lines.append)
    assert lines[0] == f"Resuming after person {people[2].id:,}"
    assert set(search_ids(db_session, "sok dara")) == {person.id for person in people[3:]}
    index_rebuild.rebuild_index(owner, lines.append)
    assert len(search_ids(db_session, "sok dara")) == 6 and count_faults(owner) == (0, 0)


def test_rebuild_resumed_reports_share_of_all(db_session, owner, monkeypatch):
    monkeypatch.setattr(index_rebuild, "BATCH_SIZE", 1)
    people = [make_registered_person(number) for number in range(4)]
    db_session.add_all(people)
    half = people[1]
    db_session.flush()
    db_session.execute(insert(NameRebuild.__table__).values(id=1, last_person=half.id, last_key=-1))
    db_session.commit()
    lines = []
    index_rebuild.rebuild_index(owner, lines.append)
    last = people[-1].id
    assert lines[1] == f"  {(half.id + 1) * 100 // last:3d} % · {half.id + 1:,} persons"
    assert lines[-2] == f"  100 % · {last:,} persons"


def test_rebuild_in_batches_is_complete(db_session, owner, each_database, monkeypatch):
    monkeypatch.setattr(index_rebuild, "BATCH_SIZE", 2)
    db_session.add_all(make_registered_person(number, given_km=given) for number, given in enumerate("កខគឃង"))
    db_session.commit()
    for table in (NameBearer.__table__, NameKey.__table__):
        db_session.execute(delete(table))
    db_session.commit()
    index_rebuild.rebuild_index(owner, lambda text: None)
    assert count_faults(owner) == (0, 0)
    assert db_session.scalar(select(Person.id).join(PersonName).limit(1))
