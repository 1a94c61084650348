"""The undoing of a merge moves exactly the moved rows back."""

from datetime import timedelta

import pytest
from flask_appbuilder import Model
from sqlalchemy import select

from app.cases.models import Involvement
from app.custody.models import Arrest, Detention, Release
from app.extensions import db
from app.indices.models import Relation
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.reference.models import Prison, Unit
from tests.duplicates.sample_pairs import (
    create_two_records,
    decide_request,
    find_pair,
    get_error_notes,
    merge_records,
    reload_merge,
    request_undo,
)
from tests.people.sample_deaths import confirm_death
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

# The columns that every save changes, and the tables of messages, logs and the merge itself.
CHANGING = {"version", "changed_at", "changed_by_id"}
LOG_TABLES = {
    "audit_event", "audit_payload", "audit_head", "cache_version", "message", "message_receipt", "person_merge", "person_merge_row",
    "duplicate", "duplicate_evidence", "login_session", "ab_user", "idempotency_key",
}  # fmt: skip


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def snapshot_tables():
    """Return {table: its rows} without the columns that every save changes."""
    db.session.expire_all()
    found = {}
    for table in Model.metadata.sorted_tables:
        if table.name not in LOG_TABLES:
            # Visibility rows are written again with new ids.
            left_out = CHANGING | ({"id"} if table.name == "visibility" else set())
            columns = [column for column in table.columns if column.name not in left_out]
            rows = db.session.connection().execute(select(*columns)).all()
            found[table.name] = sorted(tuple(map(str, row)) for row in rows)
    return found


def undo_merge(browser, chief, merge_id):
    answer = request_undo(browser, merge_id)
    assert answer.status_code == 302, get_error_notes(answer)
    request_id = int(answer.location.rpartition("/")[2])
    answer = decide_request(chief, request_id)
    assert answer.status_code == 302, get_error_notes(answer)
    return request_id


def test_death_moves_with_its_report_and_back(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    confirm_death(second)
    db_session.commit()
    merge = merge_records(clerk, chief, first, second)
    db_session.expire_all()
    assert first.deceased_on is not None
    undo_merge(clerk, chief, merge)
    db_session.expire_all()
    assert first.deceased_on is None and second.deceased_on is not None


def test_undo_restores_all_rows(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    before = snapshot_tables()

    merge_id = merge_records(clerk, chief, first, second)
    assert snapshot_tables() != before
    undo_merge(clerk, chief, merge_id)

    after = snapshot_tables()
    assert {name for name in before if before[name] != after[name]} == set()
    assert find_pair(first, second).state == "dismissed"


def test_repeated_relations_are_void_until_the_undo(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    third = make_registered_person(7, given_km="វិចិត្រ")
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(third, "suspect")])
        given = {"kind": "relative", "source_grade": "b", "information_grade": "2", "case": case}
        for one, other in ((first, second), (first, third), (third, second)):
            db.session.add(Relation(from_person=one, to_person=other, **given))
        db.session.commit()
    before = snapshot_tables()["relation"]
    merge_id = merge_records(clerk, chief, first, second)
    relations = select(Relation).where(Relation.voided_at.is_(None))
    (kept,) = db.session.scalars(relations).unique()
    assert (kept.from_person_id, kept.to_person_id) == (first.id, third.id)
    undo_merge(clerk, chief, merge_id)
    assert snapshot_tables()["relation"] == before


def test_undo_keeps_later_rows_with_surviving_record(db_session, clerk, chief):
    first, second = create_two_records()
    merge_id = merge_records(clerk, chief, first, second)
    with acting_as("clerk.bb"):
        add_registered_case(people=[(db.session.get(Person, first.id), "witness")])
        db.session.commit()
    undo_merge(clerk, chief, merge_id)

    rows = select(Involvement.person_id, Involvement.role).order_by(Involvement.id)
    assert db.session.execute(rows).all() == [
        (first.id, "suspect"), (second.id, "suspect"), (first.id, "witness"),
    ]  # fmt: skip


def test_undo_needs_second_officer(db_session, chief, client_as):
    first, second = create_two_records()
    merge_id = merge_records(client_as("clerk.bb"), chief, first, second)
    request_id = int(request_undo(chief, merge_id).location.rpartition("/")[2])

    assert decide_request(chief, request_id).status_code == 403
    assert (
        reload_merge(request_id).state == "requested"
        and db.session.get(Person, second.id).merged_into_id == first.id
    )
    assert decide_request(client_as("twg"), request_id).status_code == 302
    assert db.session.get(Person, second.id).merged_into_id is None


def test_undo_twice_is_refused(db_session, clerk, chief):
    first, second = create_two_records()
    merge_id = merge_records(clerk, chief, first, second)
    undo_merge(clerk, chief, merge_id)
    assert request_undo(clerk, merge_id).status_code == 409


def test_undo_of_chained_merges_starts_at_last(db_session, clerk, chief):
    """A was merged into B, and B into C: A is separated only after B."""
    first, second = create_two_records()
    third, _other = create_two_records(given_km="សុវណ្ណ")
    first_merge = merge_records(clerk, chief, second, first)
    second_merge = merge_records(clerk, chief, third, second)
    assert db.session.get(Person, first.id).merged_into_id == third.id

    assert request_undo(clerk, first_merge).status_code == 404  # both of its records are merged
    undo_merge(clerk, chief, second_merge)
    assert db.session.get(Person, first.id).merged_into_id == second.id
    undo_merge(clerk, chief, first_merge)
    assert db.session.get(Person, first.id).merged_into_id is None


def test_later_custody_records_follow_the_person_in_the_case(db_session, clerk, chief, each_database):
    """While merged, the person is released and arrested again: both belong to the detained person and the case."""
    first, second = create_two_records()
    row = db_session.query(Involvement).filter_by(person_id=second.id).one()
    day, unit = dates.now().date() - timedelta(days=20), db_session.get(Unit, "PC-02")
    detention = Detention(
        involvement=row, kind="provisional", since=day, document_no="1", document_date=day,
        first_prison=db_session.get(Prison, "CC1"), offence_class="felony",
    )  # fmt: skip
    save(detention)
    merge_id = merge_records(clerk, chief, first, second)
    row, detention = db_session.get(Involvement, row.id), db_session.get(Detention, detention.id)
    release = Release(
        detention=detention, released_on=day + timedelta(days=9), kind="supervision", document_no="2", reports_to=unit,
        supervised_until=dates.now().date() + timedelta(days=9),
    )  # fmt: skip
    save(release)
    save(Arrest(involvement=row, at=dates.now(), by_unit=unit, ground="flagrant", officers="ម"))
    undo_merge(clerk, chief, merge_id)
    db_session.expire_all()
    for model in (Detention, Release, Arrest):
        assert {one.person_id for one in db_session.query(model)} == {second.id}, model
    stored = status.get_statuses(db_session, [first.id, second.id])
    assert {key: one.status for key, one in stored.items()} == {second.id: "in_custody"}


def save(record):
    with db.session.no_autoflush:
        record.update_derived()
        db.session.add(record)
    db.session.commit()
