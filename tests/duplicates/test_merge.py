"""Two people join two records of one person: everything follows, nothing is lost, and nothing else opens."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import User
from app.audit_review.canary_records import Canary
from app.cases.models import Involvement
from app.duplicates.models import Joining, JoiningRow
from app.extensions import db
from app.inbox.models import Message
from app.kernel.access.access_grants import BREAK_GLASS, Opening
from app.kernel.audit import rehash_rows, verify_chain, verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import legacy_numbers
from app.kernel.schema.legacy_numbers import OldNumber
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates
from app.name_search import person_search as names
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.people.visibility import Visibility
from tests.corrections.steps import asked as correction_asked
from tests.duplicates.sample_pairs import (
    DECISION,
    REASON,
    decide,
    joined,
    named,
    pair_of,
    propose,
    proposed,
    said,
    the,
    two_records,
)
from tests.html_pages import Page
from tests.locked_records import OPEN, SHUT, a_case_of
from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by

OF_PERSONS = (Involvement, PersonName, PersonDocument, PersonAddress, PersonMark)


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def user(name):
    return db.session.scalars(select(User).where(User.username == name)).unique().one()


def person(one):
    db.session.expire_all()
    return db.session.get(Person, one.id)


def bearers(model):
    db.session.expire_all()
    return set(db.session.scalars(select(model.person_id)))


def waiting():
    rows = db.session.scalars(select(Message).where(Message.done_at.is_(None)).order_by(Message.id))
    return [(one.text_key, one.to_role or one.to_unit_code or one.to_user_id) for one in rows]


# What follows


def test_everything_that_hangs_on_the_one_follows_to_the_other(db_session, clerk, chief, each_database):
    first, second = two_records()
    joined(clerk, chief, first, second)

    for model in OF_PERSONS:
        assert bearers(model) == {first.id}, model
    assert person(second).joined_into_id == first.id
    assert bearers(Visibility) == {first.id}


def test_what_was_opened_and_a_canary_follow_as_well(db_session, clerk, chief, each_database):
    first, second = two_records()
    with_photo(person(second))
    opening = Opening(
        kind=BREAK_GLASS,
        entity="person",
        entity_id=second.id,
        user_id=user("manager").id,
        opened_at=dates.now(),
    )
    db.session.add_all([opening, Canary(person_id=second.id, set_at=dates.now())])
    db.session.commit()
    joined(clerk, chief, first, second)

    assert bearers(PersonPhoto) == {first.id} and bearers(Canary) == {first.id}
    assert db.session.scalars(select(Opening.entity_id)).all() == [first.id]


def test_an_age_in_a_case_follows_the_birth_of_the_record_that_stays(db_session, clerk, chief, each_database):
    first, second = two_records(born_on=dates.read_date("01-01-1980"))
    before = {row.person_id: row.age for row in db.session.scalars(select(Involvement))}
    joined(clerk, chief, first, second)
    assert {row.age for row in db.session.scalars(select(Involvement))} == {before[first.id]}


def test_the_old_name_and_the_old_number_find_the_record_that_stands(db_session, clerk, chief, each_database):
    first, second = two_records()
    joined(clerk, chief, first, second)

    answer = clerk.get(f"/person/show/{second.id}")
    assert answer.status_code == 302 and answer.location.endswith(f"/person/show/{first.id}")
    found = clerk.send("/lookup/person", {"q": second.number}).json["items"]
    assert [item["id"] for item in found] == [str(first.id)]
    assert [match.person_id for match in names.find(db.session, "សុខ តារា")] == [first.id]
    number = {"number": "BN-17", "number_key": legacy_numbers.key_of("BN-17")}
    db.session.add(OldNumber(source="ecrime-2012", entity="person", entity_id=second.id, **number))
    db.session.commit()
    for typed in (second.number, "BN-17"):
        page = Page.of(clerk.send("/find/", {"q": typed}))
        assert [hit["data-person"] for hit in page.all(data_person=True)][:1] == [str(first.id)], typed


def test_the_records_are_proved_after_it(db_session, owner, clerk, chief, each_database):
    first, second = two_records()
    joined(clerk, chief, first, second)
    with owner.connect() as connection:
        verify_chain.one_view(connection)
        wrong = [
            row for table in rehash_rows.sealed_tables() for row in verify_rows.wrong_rows(connection, table)
        ]
    assert wrong == []


def test_both_records_tell_of_it_and_everybody_concerned_is_told(db_session, clerk, chief):
    first, second = two_records()
    number = proposed(clerk, first, second)
    assert waiting() == [("joining.asked", "Provincial chief")]
    decide(chief, number)

    assert set(waiting()) == {("joining.joined", user("clerk.bb").id), ("joining.joined", "PC-02")}
    told = select(AuditEvent.entity_id, AuditEvent.action).where(AuditEvent.action.startswith("joining."))
    assert [tuple(row) for row in db.session.execute(told.order_by(AuditEvent.seq))] == [
        (first.id, "joining.asked"), (second.id, "joining.asked"), (first.id, "joining.join"), (second.id, "joining.join"),
    ]  # fmt: skip
    page = clerk.page(f"/person/show/{first.id}")
    assert second.number in page.text and page.all("a", href=f"/duplicate/show/{pair_of(first, second).id}")


# Two people


def test_whoever_asked_does_not_decide(db_session, chief, client_as, each_database):
    """V046."""
    first, second = two_records()
    number = proposed(chief, first, second)
    assert not chief.page(f"/joining/show/{number}").all("button", name="verdict"), "nor is he asked to"
    assert client_as("twg").page(f"/joining/show/{number}").all("button", name="verdict")
    assert decide(chief, number).status_code == 403
    assert the(number).state == "asked" and person(second).joined_into_id is None
    assert decide(client_as("twg"), number).status_code == 302


def test_the_database_itself_knows_two_people(db_session, clerk, each_database):
    first, second = two_records()
    proposed(clerk, first, second)
    me = user("clerk.bb").id
    values = {"state": "done", "decided_by_id": me, "decided_at": dates.now()}
    with pytest.raises(DBAPIError):
        db.session.connection().execute(update(Joining.__table__).values(values))
    db.session.rollback()


def test_what_the_chief_asked_himself_is_a_task_of_the_nation(db_session, chief):
    first, second = two_records()
    number = proposed(chief, first, second)
    assert waiting() == [("joining.asked", "Technical working group")]
    assert "ក្រុមការងារបច្ចេកទេស" in chief.page(f"/joining/show/{number}").text


def test_the_joined_records_are_found_from_the_likely_ones(db_session, clerk):
    assert clerk.page("/duplicate/list/").all("a", href="/joining/list/")


def test_a_clerk_a_manager_and_a_foreign_chief_decide_nothing(db_session, clerk, client_as):
    first, second = two_records()
    number = proposed(clerk, first, second)
    user("chief.bb").unit_code = "PC-12"
    db.session.commit()
    for name in ("clerk.bb", "investigator.bb", "manager", "planning", "chief.bb"):
        assert decide(client_as(name), number).status_code in (302, 403, 404)
    assert the(number).state == "asked"


def test_across_provinces_the_nation_decides_and_the_proposer_sees_a_card(
    db_session, clerk, chief, client_as
):
    first, second = two_records(elsewhere=True, phone="012 777 888", father_name="ឌ្ឋេង")
    pair = named(clerk, first, second)
    page = clerk.page(f"/duplicate/show/{pair}")
    assert str(second) in page.text and "012 777 888" not in page.text and "ឌ្ឋេង" not in page.text
    assert not page.all("a", href=f"/person/show/{second.id}")

    number = int(propose(clerk, pair, first).location.rpartition("/")[2])
    assert waiting() == [("joining.asked", "Technical working group")]
    assert decide(chief, number).status_code == 403
    assert decide(client_as("twg"), number).status_code == 302
    assert person(second).joined_into_id == first.id


# What stands against it


def test_two_who_stand_in_one_case_are_not_joined(db_session, clerk, chief, each_database):
    first, second = a_registered_person(1), a_registered_person(2)
    case = a_case_of(SHUT, people=[(first, "suspect"), (second, "witness")], sensitivity="normal")
    a_case_of(SHUT, people=[(second, "suspect")])
    db_session.commit()
    answer = propose(clerk, named(clerk, first, second), first)
    assert answer.status_code == 422 and case.number in said(answer)[0]
    assert db.session.scalars(select(Joining)).all() == []


def test_a_rule_that_the_moved_rows_would_break_stops_it(db_session, clerk, chief, each_database):
    """A suspect who is joined with a child below 14 would be a child who is suspected (V049)."""
    child = a_registered_person(1, born_on=dates.read_date("01-01-2018"))
    a_case_of(SHUT, people=[(child, "child_below_14")])
    suspect = a_registered_person(2)
    a_case_of(SHUT, people=[(suspect, "suspect")])
    db_session.commit()
    number = proposed(clerk, child, suspect)
    assert decide(chief, number).status_code == 422
    assert the(number).state == "asked" and bearers(Involvement) == {child.id, suspect.id}


def test_a_correction_under_way_ends_first(db_session, clerk, chief, client_as):
    first, second = two_records()
    correction_asked(chief, second, father_name="សុខ សំអាត")
    assert propose(clerk, named(clerk, first, second), first).status_code == 422


def test_who_is_joined_is_not_joined_once_more(db_session, clerk, chief):
    first, second = two_records()
    third, _other = two_records(given_km="សុវណ្ណ")
    joined(clerk, chief, first, second)
    pair = named(clerk, third, second)  # the old number leads to the record that stands
    assert pair_of(first, third).id == pair


def test_a_record_that_changed_meanwhile_is_shown_and_not_joined(db_session, clerk, chief):
    first, second = two_records(ago=OPEN)
    number = proposed(clerk, first, second)
    person(second).father_name = "សុខ សំអាត"
    db.session.commit()

    assert decide(chief, number).status_code == 409
    note = chief.page(f"/joining/show/{number}").all(css="amber")[0].text
    assert "សុខ សំណាង" in note and "សុខ សំអាត" in note
    assert person(second).joined_into_id is None


@pytest.mark.parametrize("wrong", [{"reason": "short"}, {"staying": "999999"}, {"staying": ""}], ids=str)
def test_without_a_reason_or_a_record_that_stays_nothing_is_asked(db_session, clerk, wrong):
    first, second = two_records()
    pair = named(clerk, first, second)
    answer = clerk.send(f"/duplicate/propose/{pair}", {"staying": str(first.id), "reason": REASON} | wrong)
    assert answer.status_code == 422 and db.session.scalars(select(Joining)).all() == []


# Clicks and races


def test_two_clicks_make_one_request_and_one_joining(db_session, clerk, chief):
    first, second = two_records()
    pair = named(clerk, first, second)
    answers = [propose(clerk, pair, first) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    number = int(answers[0].location.rpartition("/")[2])
    assert [decide(chief, number).status_code for _click in range(2)] == [302, 409]
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "joining.join")).all()) == 2


def test_of_two_who_decide_at_once_one_is_told_of_the_other(db_session, clerk, client_as, each_database):
    first, second = two_records()
    number = proposed(clerk, first, second)
    browsers = client_as("chief.bb"), client_as("twg")
    with ThreadPoolExecutor(2) as people:
        answers = sorted(
            one.status_code for one in people.map(lambda browser: decide(browser, number), browsers)
        )
    assert answers == [302, 409]
    assert person(second).joined_into_id == first.id


def test_what_was_refused_can_be_asked_again(db_session, clerk, chief):
    first, second = two_records()
    number = proposed(clerk, first, second)
    assert decide(chief, number, "refuse").status_code == 302
    assert the(number).decision == DECISION and pair_of(first, second).state == "waits"
    assert ("joining.refused", user("clerk.bb").id) in waiting()
    assert propose(clerk, pair_of(first, second).id, second).status_code == 302


# The lock


def by_sql(statement, **values):
    with pytest.raises(DBAPIError) as refused:
        db.session.connection().execute(text(statement), values)
    db.session.rollback()
    return str(refused.value.orig)


def test_nobody_joins_past_the_two_people(db_session, clerk, each_database):
    first, second = two_records(ago=OPEN)
    assert "lock" in by_sql(
        "update person set joined_into_id = :one where id = :two", one=first.id, two=second.id
    )
    person(second).joined_into_id = first.id
    with pytest.raises(RuleBroken):
        db.session.flush()
    db.session.rollback()


def test_the_door_of_a_joining_opens_for_its_transaction_alone(db_session, clerk, chief, each_database):
    first, second = two_records()
    number = joined(clerk, chief, first, second)
    assert the(number).open_until <= dates.now()

    moved = "update involvement set person_id = :id where person_id <> :id"
    assert "lock: shut" in by_sql(moved, id=second.id)
    opened = "update joining set open_until = :until"
    assert "lock: " in by_sql(opened, until=dates.now().replace(year=2099))
    row = "insert into joining_row (joining_id, entity, entity_id, column_name) values (:id, 'person', 1, 'name')"
    assert "lock: " in by_sql(row, id=number)
    assert "lock: " in by_sql("update joining_row set entity_id = 1")
    assert "lock: " in by_sql("delete from joining_row")
    assert db.session.scalars(select(JoiningRow)).all()


def test_a_joining_is_not_born_done(db_session, clerk, each_database):
    first, second = two_records()
    number = proposed(clerk, first, second)
    decide_by_sql = (
        "insert into joining (recorded_at, changed_at, version, kind, state, duplicate_id, staying_id, going_id,"
        " province_code, reason, seen, asked_at, asked_by_id, decided_by_id, open_until) select recorded_at, changed_at,"
        " 1, kind, 'done', duplicate_id, staying_id, going_id, '', reason, seen, asked_at, asked_by_id, :me, :until"
        " from joining where id = :id"
    )
    assert "lock: " in by_sql(decide_by_sql, me=user("twg").id, until=dates.now(), id=number)


def test_nothing_is_hung_on_a_record_that_was_joined(db_session, clerk, chief, each_database):
    first, second = two_records()
    joined(clerk, chief, first, second)
    stands, gone = first.number, person(second)
    with written_by("clerk.bb"), pytest.raises(RuleBroken) as refused:
        a_registered_case(people=[(gone, "suspect")])
    db.session.rollback()
    assert stands in str(refused.value.problems[0].text)
