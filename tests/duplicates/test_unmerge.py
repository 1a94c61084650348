"""A joining that was wrong is undone: exactly what had moved goes back, row by row."""

import pytest
from flask_appbuilder import Model
from sqlalchemy import select

from app.cases.models import Involvement
from app.extensions import db
from app.people.models import Person
from tests.duplicates.sample_pairs import decide, joined, pair_of, part, said, the, two_records
from tests.sample_rows import a_registered_case, written_by

# What every save moves, and what is a trace of the acts themselves.
MOVING = {"version", "changed_at", "changed_by_id"}
TRACES = {
    "audit_event", "audit_payload", "audit_head", "version", "message", "message_receipt", "joining", "joining_row",
    "duplicate", "duplicate_evidence", "sign_in", "ab_user", "once",
}  # fmt: skip


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def everything():
    """table → the rows of the register as they are, without what every save moves."""
    db.session.expire_all()
    found = {}
    for table in Model.metadata.sorted_tables:
        if table.name not in TRACES:
            # The rows that say whose a person is are written anew: their numbers mean nothing.
            left_out = MOVING | ({"id"} if table.name == "visibility" else set())
            columns = [column for column in table.columns if column.name not in left_out]
            rows = db.session.connection().execute(select(*columns)).all()
            found[table.name] = sorted(tuple(map(str, row)) for row in rows)
    return found


def parted(browser, chief, joining):
    answer = part(browser, joining)
    assert answer.status_code == 302, said(answer)
    asked = int(answer.location.rpartition("/")[2])
    answer = decide(chief, asked)
    assert answer.status_code == 302, said(answer)
    return asked


def test_parting_restores_every_row_of_the_register(db_session, clerk, chief, each_database):
    first, second = two_records()
    before = everything()

    joining = joined(clerk, chief, first, second)
    assert everything() != before
    parted(clerk, chief, joining)

    after = everything()
    assert {name for name in before if before[name] != after[name]} == set()
    assert pair_of(first, second).state == "dismissed"


def test_what_was_added_since_stays_with_the_record_that_stood(db_session, clerk, chief):
    first, second = two_records()
    joining = joined(clerk, chief, first, second)
    with written_by("clerk.bb"):
        a_registered_case(people=[(db.session.get(Person, first.id), "witness")])
        db.session.commit()
    parted(clerk, chief, joining)

    rows = select(Involvement.person_id, Involvement.role).order_by(Involvement.id)
    assert db.session.execute(rows).all() == [
        (first.id, "suspect"), (second.id, "suspect"), (first.id, "witness"),
    ]  # fmt: skip


def test_two_people_part_as_two_people_join(db_session, chief, client_as):
    first, second = two_records()
    joining = joined(client_as("clerk.bb"), chief, first, second)
    asked = int(part(chief, joining).location.rpartition("/")[2])

    assert decide(chief, asked).status_code == 403
    assert the(asked).state == "asked" and db.session.get(Person, second.id).joined_into_id == first.id
    assert decide(client_as("twg"), asked).status_code == 302
    assert db.session.get(Person, second.id).joined_into_id is None


def test_what_is_parted_is_not_parted_again(db_session, clerk, chief):
    first, second = two_records()
    joining = joined(clerk, chief, first, second)
    parted(clerk, chief, joining)
    assert part(clerk, joining).status_code == 409


def test_a_record_that_was_joined_on_is_parted_from_the_end(db_session, clerk, chief):
    """A went into B, and B into C: A comes back only after B."""
    first, second = two_records()
    third, _other = two_records(given_km="សុវណ្ណ")
    early = joined(clerk, chief, second, first)
    late = joined(clerk, chief, third, second)
    assert db.session.get(Person, first.id).joined_into_id == third.id

    assert part(clerk, early).status_code == 404  # neither of its two stands for itself
    parted(clerk, chief, late)
    assert db.session.get(Person, first.id).joined_into_id == second.id
    parted(clerk, chief, early)
    assert db.session.get(Person, first.id).joined_into_id is None
