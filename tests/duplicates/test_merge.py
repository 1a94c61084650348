"""The merge of two records by two officers: all linked rows move, nothing is lost, and the lock holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.accounts.models import User
from app.audit_review.canary_records import Canary
from app.cases.models import Involvement
from app.custody.models import Arrest, Custody, CustodyStep
from app.duplicates import protected_matches
from app.duplicates.models import PersonMerge, PersonMergeRow
from app.extensions import db
from app.inbox.models import Message
from app.kernel.access.access_grants import BREAK_GLASS, AccessGrant
from app.kernel.audit import rehash_rows, verify_chain, verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import legacy_numbers
from app.kernel.schema.legacy_numbers import LegacyNumber
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.name_search import person_search
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.people.visibility import Visibility
from app.reference.models import Unit
from tests.corrections.steps import request_correction
from tests.court_orders.sample_orders import make_active_order
from tests.duplicates.sample_pairs import (
    DECISION,
    REASON,
    create_pair,
    create_two_records,
    decide_request,
    find_pair,
    get_error_notes,
    merge_records,
    name_record,
    propose_merge,
    reload_merge,
    request_merge,
)
from tests.html_pages import Page
from tests.locked_records import EDITABLE_AGE, LOCKED_AGE, add_case_of_age
from tests.sample_rows import PHNOM_PENH, acting_as, add_photo, add_registered_case, make_registered_person

LINKED_MODELS = (Involvement, PersonName, PersonDocument, PersonAddress, PersonMark)


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def user(name):
    return db.session.scalars(select(User).where(User.username == name)).unique().one()


def person(one):
    db.session.expire_all()
    return db.session.get(Person, one.id)


def person_ids_of(model):
    db.session.expire_all()
    return set(db.session.scalars(select(model.person_id)))


def open_messages():
    rows = db.session.scalars(select(Message).where(Message.done_at.is_(None)).order_by(Message.id))
    return [(one.text_key, one.to_role or one.to_unit_code or one.to_user_id) for one in rows]


# The moved rows


def test_merge_moves_all_linked_rows(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    merge_records(clerk, chief, first, second)

    for model in LINKED_MODELS:
        assert person_ids_of(model) == {first.id}, model
    assert person(second).merged_into_id == first.id
    assert person_ids_of(Visibility) == {first.id}


def test_merge_moves_access_grant_and_canary(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    add_photo(person(second))
    grant = AccessGrant(
        kind=BREAK_GLASS,
        entity="person",
        entity_id=second.id,
        user_id=user("manager").id,
        granted_at=dates.now(),
    )
    db.session.add_all([grant, Canary(person_id=second.id, added_at=dates.now())])
    db.session.commit()
    merge_records(clerk, chief, first, second)

    assert person_ids_of(PersonPhoto) == {first.id} and person_ids_of(Canary) == {first.id}
    assert db.session.scalars(select(AccessGrant.entity_id)).all() == [first.id]


def test_merge_recomputes_age_in_case(db_session, clerk, chief, each_database):
    first, second = create_two_records(born_on=dates.parse_date("01-01-1980"))
    before = {row.person_id: row.age for row in db.session.scalars(select(Involvement))}
    merge_records(clerk, chief, first, second)
    assert {row.age for row in db.session.scalars(select(Involvement))} == {before[first.id]}


def test_merged_names_and_numbers_find_surviving_record(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    merge_records(clerk, chief, first, second)

    answer = clerk.get(f"/person/show/{second.id}")
    assert answer.status_code == 302 and answer.location.endswith(f"/person/show/{first.id}")
    found = clerk.send("/lookup/person", {"q": second.number}).json["items"]
    assert [item["id"] for item in found] == [str(first.id)]
    assert [match.person_id for match in person_search.search_persons(db.session, "សុខ តារា")] == [first.id]
    number = {"number": "BN-17", "number_key": legacy_numbers.legacy_number_key("BN-17")}
    db.session.add(LegacyNumber(source="ecrime-2012", entity="person", entity_id=second.id, **number))
    db.session.commit()
    for typed in (second.number, "BN-17"):
        page = Page.from_response(clerk.send("/find/", {"q": typed}))
        assert [hit["data-person"] for hit in page.all(data_person=True)][:1] == [str(first.id)], typed


def test_merge_keeps_row_hashes_valid(db_session, owner, clerk, chief, each_database):
    first, second = create_two_records()
    merge_records(clerk, chief, first, second)
    with owner.connect() as connection:
        verify_chain.begin_snapshot(connection)
        wrong = [
            row
            for table in rehash_rows.record_tables()
            for row in verify_rows.tampered_rows(connection, table)
        ]
    assert wrong == []


def test_merge_is_logged_and_notified(db_session, clerk, chief):
    first, second = create_two_records()
    number = request_merge(clerk, first, second)
    assert open_messages() == [("merge.requested", "Provincial chief")]
    decide_request(chief, number)

    assert set(open_messages()) == {("merge.applied", user("clerk.bb").id), ("merge.applied", "PC-02")}
    events = select(AuditEvent.entity_id, AuditEvent.action).where(AuditEvent.action.startswith("merge."))
    assert [tuple(row) for row in db.session.execute(events.order_by(AuditEvent.seq))] == [
        (first.id, "merge.requested"), (second.id, "merge.requested"), (first.id, "merge.applied"), (second.id, "merge.applied"),
    ]  # fmt: skip
    page = clerk.page(f"/person/show/{first.id}")
    assert second.number in page.text and page.all("a", href=f"/duplicate/show/{find_pair(first, second).id}")


# Two officers


def test_merge_requester_may_not_decide(db_session, chief, client_as, each_database):
    """Rule V046."""
    first, second = create_two_records()
    number = request_merge(chief, first, second)
    assert not chief.page(f"/merge/show/{number}").all("button", name="verdict"), (
        "the requester sees no buttons"
    )
    assert client_as("twg").page(f"/merge/show/{number}").all("button", name="verdict")
    assert decide_request(chief, number).status_code == 403
    assert reload_merge(number).state == "requested" and person(second).merged_into_id is None
    assert decide_request(client_as("twg"), number).status_code == 302


def test_merge_decided_by_requester_is_refused_by_database(db_session, clerk, each_database):
    first, second = create_two_records()
    request_merge(clerk, first, second)
    me = user("clerk.bb").id
    values = {"state": "done", "decided_by_id": me, "decided_at": dates.now()}
    with pytest.raises(DBAPIError):
        db.session.connection().execute(update(PersonMerge.__table__).values(values))
    db.session.rollback()


def test_merge_requested_by_chief_is_national_task(db_session, chief):
    first, second = create_two_records()
    number = request_merge(chief, first, second)
    assert open_messages() == [("merge.requested", "Technical working group")]
    assert "ក្រុមការងារបច្ចេកទេស" in chief.page(f"/merge/show/{number}").text


def test_pair_list_links_to_merges(db_session, clerk):
    assert clerk.page("/duplicate/list/").all("a", href="/merge/list/")


def test_merge_decision_without_role_is_refused(db_session, clerk, client_as):
    first, second = create_two_records()
    number = request_merge(clerk, first, second)
    user("chief.bb").unit_code = "PC-12"
    db.session.commit()
    for name in ("clerk.bb", "investigator.bb", "manager", "planning", "chief.bb"):
        assert decide_request(client_as(name), number).status_code in (302, 403, 404)
    assert reload_merge(number).state == "requested"


def test_merge_across_provinces_is_decided_nationally(db_session, clerk, chief, client_as):
    first, second = create_two_records(elsewhere=True, phone="012 777 888", father_name="ឌ្ឋេង")
    pair = create_pair(first, second)
    page = clerk.page(f"/duplicate/show/{pair}")
    assert str(second) in page.text and "012 777 888" not in page.text and "ឌ្ឋេង" not in page.text
    assert not page.all("a", href=f"/person/show/{second.id}")

    number = int(propose_merge(clerk, pair, first).location.rpartition("/")[2])
    assert open_messages() == [("merge.requested", "Technical working group")]
    assert decide_request(chief, number).status_code == 403
    assert decide_request(client_as("twg"), number).status_code == 302
    assert person(second).merged_into_id == first.id


def test_merge_of_a_person_without_a_case_counts_the_province_of_the_order(db_session, clerk, client_as):
    named, wanted = make_registered_person(1), make_registered_person(2)
    add_case_of_age(LOCKED_AGE, people=[(named, "suspect")], writer="clerk.pp", place=PHNOM_PENH)
    make_active_order(wanted)
    db_session.commit()
    number = request_merge(clerk, named, wanted)
    assert reload_merge(number).province_code is None
    assert open_messages() == [("merge.requested", "Technical working group")]
    assert decide_request(client_as("twg"), number).status_code == 302


# Refused merges


def test_short_reason_is_named_at_its_field(db_session, clerk, chief):
    first, second = create_two_records()
    pair = create_pair(first, second)
    page = Page.from_response(propose_merge(clerk, pair, first, "ខ្លី"), 422)
    box = page.by_id("reason")
    assert (
        box.text.strip() == "ខ្លី"
        and box["aria-describedby"] == "reason-bad"
        and "២០" in page.by_id("reason-bad").text
    )
    number = request_merge(clerk, first, second)
    page = Page.from_response(decide_request(chief, number, decision="ខ្លី"), 422)
    assert page.by_id("decision")["aria-invalid"] == "true" and page.by_id("decision-bad")


def test_merge_without_a_chosen_record_asks_for_it(db_session, clerk):
    first, second = create_two_records()
    answer = clerk.send(f"/duplicate/propose/{create_pair(first, second)}", {"reason": REASON})
    page = Page.from_response(answer, 422)
    assert page.by_id("staying-bad") and page.by_id("reason").text.strip() == REASON


def test_merge_of_persons_in_one_case_is_refused(db_session, clerk, chief, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    case = add_case_of_age(
        LOCKED_AGE, people=[(first, "suspect"), (second, "complainant")], sensitivity="normal"
    )
    db_session.commit()
    answer = propose_merge(clerk, create_pair(first, second), first)
    assert answer.status_code == 422 and case.number in get_error_notes(answer)[0]
    assert db.session.scalars(select(PersonMerge)).all() == []


def test_request_does_not_say_who_is_the_witness_of_a_case(db_session, clerk, chief, each_database):
    suspect, witness, other = map(make_registered_person, (1, 2, 3))
    case = add_case_of_age(LOCKED_AGE, people=[(suspect, "suspect"), (witness, "witness")])
    add_case_of_age(LOCKED_AGE, people=[(witness, "suspect"), (other, "suspect")])
    db_session.commit()
    request_merge(clerk, suspect, other)
    assert [one.facts["case"] for one in find_protected_tasks()] == []
    merge = request_merge(clerk, suspect, witness)
    (task,) = find_protected_tasks()
    assert (task.to_role, task.facts["case"]) == ("Provincial chief", case.number)
    assert task.facts["person"] == person(suspect).number
    answer = decide_request(chief, merge)
    assert answer.status_code == 422 and case.number not in get_error_notes(answer)[0]
    assert reload_merge(merge).state == "requested"
    assert decide_request(chief, merge, "refuse").status_code == 302


def test_chief_learns_no_witness_from_a_request_of_their_own(db_session, chief):
    suspect, witness = map(make_registered_person, (1, 2))
    add_case_of_age(LOCKED_AGE, people=[(suspect, "suspect"), (witness, "witness")])
    add_case_of_age(LOCKED_AGE, people=[(witness, "suspect")])
    db_session.commit()
    request_merge(chief, suspect, witness)
    assert find_protected_tasks() == []


def find_protected_tasks():
    return db.session.scalars(select(Message).where(Message.text_key == protected_matches.TEXT)).all()


def test_merge_breaking_rule_of_moved_rows_is_refused(db_session, clerk, chief, each_database):
    """A merge of a suspect with a child below 14 would make the child a suspect (V049)."""
    child = make_registered_person(1, born_on=dates.parse_date("01-01-2018"))
    add_case_of_age(LOCKED_AGE, people=[(child, "child_below_14")])
    suspect = make_registered_person(2)
    add_case_of_age(LOCKED_AGE, people=[(suspect, "suspect")])
    db_session.commit()
    number = request_merge(clerk, child, suspect)
    assert decide_request(chief, number).status_code == 422
    assert reload_merge(number).state == "requested" and person_ids_of(Involvement) == {child.id, suspect.id}


def test_merge_during_correction_is_refused(db_session, clerk, chief, client_as):
    first, second = create_two_records()
    request_correction(chief, second, father_name="សុខ សំអាត")
    assert propose_merge(clerk, create_pair(first, second), first).status_code == 422


def test_merged_number_leads_to_surviving_record(db_session, clerk, chief):
    first, second = create_two_records()
    third, _other = create_two_records(given_km="សុវណ្ណ")
    merge_records(clerk, chief, first, second)
    answer = name_record(clerk, third, second.number)
    assert answer.location.endswith(f"/duplicate/show/{find_pair(first, third).id}")


def test_merge_after_change_is_refused_and_shown(db_session, clerk, chief):
    first, second = create_two_records(ago=EDITABLE_AGE)
    number = request_merge(clerk, first, second)
    person(second).father_name = "សុខ សំអាត"
    db.session.commit()

    assert decide_request(chief, number).status_code == 409
    note = chief.page(f"/merge/show/{number}").all(css="amber")[0].text
    assert "សុខ សំណាង" in note and "សុខ សំអាត" in note
    assert person(second).merged_into_id is None


@pytest.mark.parametrize("wrong", [{"reason": "short"}, {"staying": "999999"}, {"staying": ""}], ids=str)
def test_merge_without_reason_or_record_is_refused(db_session, clerk, wrong):
    first, second = create_two_records()
    pair = create_pair(first, second)
    answer = clerk.send(f"/duplicate/propose/{pair}", {"staying": str(first.id), "reason": REASON} | wrong)
    assert answer.status_code == 422 and db.session.scalars(select(PersonMerge)).all() == []


# Clicks and races


def test_merge_double_click_makes_one_request(db_session, clerk, chief):
    first, second = create_two_records()
    pair = create_pair(first, second)
    answers = [propose_merge(clerk, pair, first) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    number = int(answers[0].location.rpartition("/")[2])
    assert [decide_request(chief, number).status_code for _click in range(2)] == [302, 409]
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "merge.applied")).all()) == 2


def test_merge_concurrent_decisions_conflict(db_session, clerk, client_as, each_database):
    first, second = create_two_records()
    number = request_merge(clerk, first, second)
    browsers = client_as("chief.bb"), client_as("twg")
    with ThreadPoolExecutor(2) as people:
        answers = sorted(
            one.status_code for one in people.map(lambda browser: decide_request(browser, number), browsers)
        )
    assert answers == [302, 409]
    assert person(second).merged_into_id == first.id


def test_refused_merge_can_be_requested_again(db_session, clerk, chief):
    first, second = create_two_records()
    number = request_merge(clerk, first, second)
    assert decide_request(chief, number, "refuse").status_code == 302
    assert reload_merge(number).decision == DECISION and find_pair(first, second).state == "waiting"
    assert ("merge.refused", user("clerk.bb").id) in open_messages()
    assert propose_merge(clerk, find_pair(first, second).id, second).status_code == 302


# The lock


def refused_sql(statement, **values):
    with pytest.raises(DBAPIError) as refused:
        db.session.connection().execute(text(statement), values)
    db.session.rollback()
    return str(refused.value.orig)


def test_merged_into_cannot_be_set_directly(db_session, clerk, each_database):
    first, second = create_two_records(ago=EDITABLE_AGE)
    assert "lock" in refused_sql(
        "update person set merged_into_id = :one where id = :two", one=first.id, two=second.id
    )
    person(second).merged_into_id = first.id
    with pytest.raises(RuleViolation):
        db.session.flush()
    db.session.rollback()


def test_merge_exemption_ends_with_transaction(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    number = merge_records(clerk, chief, first, second)
    assert reload_merge(number).exempt_until <= dates.now()

    moved = "update involvement set person_id = :id where person_id <> :id"
    assert "lock: locked" in refused_sql(moved, id=second.id)
    opened = "update person_merge set exempt_until = :until"
    assert "lock: " in refused_sql(opened, until=dates.now().replace(year=2099))
    row = "insert into person_merge_row (merge_id, entity, entity_id, column_name) values (:id, 'person', 1, 'name')"
    assert "lock: " in refused_sql(row, id=number)
    assert "lock: " in refused_sql("update person_merge_row set entity_id = 1")
    assert "lock: " in refused_sql("delete from person_merge_row")
    assert db.session.scalars(select(PersonMergeRow)).all()


def test_merge_cannot_be_inserted_as_done(db_session, clerk, each_database):
    first, second = create_two_records()
    number = request_merge(clerk, first, second)
    decide_by_sql = (
        "insert into person_merge (recorded_at, changed_at, version, kind, state, duplicate_id, surviving_id, merged_id,"
        " province_code, reason, snapshots, requested_at, requested_by_id, decided_by_id, exempt_until) select recorded_at, changed_at,"
        " 1, kind, 'done', duplicate_id, surviving_id, merged_id, '', reason, snapshots, requested_at, requested_by_id, :me, :until"
        " from person_merge where id = :id"
    )
    assert "lock: " in refused_sql(decide_by_sql, me=user("twg").id, until=dates.now(), id=number)


def test_case_with_merged_person_is_refused(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    merge_records(clerk, chief, first, second)
    number, merged = first.number, person(second)
    with acting_as("clerk.bb"), pytest.raises(RuleViolation) as refused:
        add_registered_case(people=[(merged, "suspect")])
    db.session.rollback()
    assert number in str(refused.value.problems[0].text)


def test_merge_keeps_the_limit_from_the_first_arrival(db_session, clerk, chief, each_database):
    """A person who escaped and was brought back is held under one limit, also after the merge."""
    first, second = create_two_records()
    row = db_session.query(Involvement).filter_by(person_id=second.id).one()
    unit, at = db_session.get(Unit, "PC-02"), dates.now().replace(microsecond=0) - timedelta(hours=40)
    arrest = Arrest(involvement=row, at=at, by_unit=unit, ground="flagrant", officers="ម")
    arrest.update_derived()
    for hours in (1, 5):
        custody = Custody(
            arrest=arrest, held_by=unit, arrived_at=at + timedelta(hours=hours), offence_class="felony"
        )
        if hours == 1:
            custody.steps.append(CustodyStep(kind="end", outcome="escaped", at=at + timedelta(hours=2)))
        custody.update_derived()
        db_session.add(custody)
        db_session.flush()
    db_session.commit()
    merge_records(clerk, chief, first, second)
    db_session.expire_all()
    limits = {one.limit_at for one in db_session.query(Custody).filter_by(person_id=first.id)}
    assert limits == {at + timedelta(hours=49)}
