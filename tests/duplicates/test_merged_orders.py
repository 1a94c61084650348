"""Orders and matches of two records of one person: right after the merge, and right again after its undoing."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app.cases.models import Involvement
from app.court_orders import consistency_check
from app.court_orders.models import OrderMatch
from app.custody.models import Arrest, Custody
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference.models import Unit
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.duplicates.sample_pairs import (
    create_pair,
    create_two_records,
    get_error_notes,
    merge_records,
    propose_merge,
)
from tests.duplicates.test_unmerge import undo_merge
from tests.sample_rows import acting_as


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def hold(session, person):
    """Hold a suspect in Phnom Penh for two hours now."""
    row = session.scalars(select(Involvement).where(Involvement.person_id == person.id)).one()
    unit, at = session.get(Unit, "PC-12"), dates.now().replace(microsecond=0) - timedelta(hours=2)
    with acting_as("clerk.pp"):
        arrest = Arrest(involvement=row, at=at, by_unit=unit, ground="flagrant", officers="ម")
        arrest.update_derived()
        custody = Custody(arrest=arrest, held_by=unit, arrived_at=at, offence_class="felony")
        custody.update_derived()
        session.add(custody)
        session.commit()


def find_matches(session, *states):
    session.expire_all()
    found = session.scalars(select(OrderMatch).where(OrderMatch.state.in_(states)).order_by(OrderMatch.id))
    return {(one.order_id, one.person_id, one.matched_as, one.unit_code) for one in found}


@pytest.mark.parametrize("held", ["first", "second"])
def test_merge_asks_about_the_person_who_is_held(db_session, clerk, chief, held, each_database):
    """One record is wanted, the other one is held: neither unit knew that the person is found."""
    first, second = create_two_records()
    wanted, other = (second, first) if held == "first" else (first, second)
    order = make_active_order(wanted)
    hold(db_session, other)
    assert find_matches(db_session, "waiting") == set()
    merge = merge_records(clerk, chief, first, second)
    waiting = {(order.id, first.id, "in_custody", "PC-12"), (order.id, first.id, "suspect", "PC-02")}
    assert find_matches(db_session, "waiting") == waiting
    undo_merge(clerk, chief, merge)
    assert find_matches(db_session, "waiting") == set(), "the other person was met"
    assert find_matches(db_session, "ended") == waiting
    assert consistency_check.find_drift(db_session.connection()) == []
    db_session.rollback()
    merge_records(clerk, chief, first, second)
    assert find_matches(db_session, "waiting") == waiting, "the units are asked again"
    assert find_matches(db_session, "ended") == set()
    assert consistency_check.find_drift(db_session.connection()) == []


def test_merge_asks_nothing_that_was_asked_before(db_session, clerk, chief, each_database):
    first, second = create_two_records()
    order = make_active_order(first)
    hold(db_session, first)
    assert find_matches(db_session, "waiting") == {(order.id, first.id, "in_custody", "PC-12")}
    merge_records(clerk, chief, second, first)
    asked, case = (order.id, second.id, "in_custody", "PC-12"), (order.id, second.id, "suspect", "PC-02")
    assert find_matches(db_session, "waiting") == {asked, case}


def test_match_of_a_merged_person_moves_back_with_the_case(db_session, clerk, chief, each_database):
    """The person of the merged record is met again, under the name of the surviving record."""
    first, second = create_two_records()
    order = make_active_order(second)
    db_session.commit()
    merge = merge_records(clerk, chief, first, second)
    db_session.execute(delete(OrderMatch))
    row = db_session.scalars(
        select(Involvement).where(Involvement.person_id == first.id).order_by(Involvement.id.desc())
    ).first()
    with acting_as("clerk.pp"):
        arrest = Arrest(
            involvement=row,
            at=dates.now(),
            by_unit=db_session.get(Unit, "PC-12"),
            ground="flagrant",
            officers="ម",
        )
        arrest.update_derived()
        db_session.add(arrest)
        db_session.commit()
    assert find_matches(db_session, "waiting") == {(order.id, first.id, "arrested", "PC-12")}
    undo_merge(clerk, chief, merge)
    assert find_matches(db_session, "waiting") == {(order.id, second.id, "arrested", "PC-12")}


def test_undone_merge_puts_an_order_in_force_that_the_other_persons_order_replaced(
    db_session, clerk, chief, each_database
):
    first, second = create_two_records()
    order, other = make_active_order(first), make_active_order(second, number="2/26")
    db_session.commit()
    merge = merge_records(clerk, chief, first, second)
    add_event(order, "replaced", by_order=other, **make_document(order))
    db_session.commit()
    assert order.status == "replaced"
    undo_merge(clerk, chief, merge)
    db_session.expire_all()
    assert (order.status, other.status, other.person_id) == ("active", "active", second.id)


def test_merge_into_the_record_of_a_child_ends_no_search(db_session, clerk, chief, each_database):
    """A child is never wanted: the order would stay active, and no person would be shown as wanted."""
    child, wanted = create_two_records(ago=timedelta(hours=1))
    child.born_on, day = dates.now().date() - timedelta(days=366 * 12), dates.now().date()
    wanted.born_on = day - timedelta(days=366 * 30)
    db_session.commit()
    order = make_active_order(wanted)
    answer = propose_merge(clerk, create_pair(child, wanted), child)
    assert answer.status_code == 422
    (note,) = get_error_notes(answer)
    assert order.number in note
    merge_records(clerk, chief, wanted, child)
    db_session.expire_all()
    assert db_session.get(PersonStatus, wanted.id).status == "wanted"
