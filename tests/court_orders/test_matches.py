"""Somebody wanted who is entered anywhere raises a hit where he is searched for, which is answered or passed up."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.court_orders import match_answers
from app.court_orders.matches import unconfirmed
from app.court_orders.models import Hit, OrderEvent
from app.inbox.models import Message
from app.kernel.text import dates
from tests.court_orders.sample_orders import an_active_order, executed
from tests.sample_rows import PHNOM_PENH, a_registered_case, a_registered_person, written_by
from tests.statement_counts import counted


@pytest.fixture
def hit(db_session):
    """A man whom Battambang searches for, entered as a witness in Phnom Penh."""
    order = an_active_order()
    db_session.commit()
    with written_by("clerk.pp"):
        a_registered_case(place=PHNOM_PENH, people=[(order.person, "witness")])
    db_session.commit()
    return db_session.scalars(select(Hit)).one()


def open_messages(session, **to):
    found = select(Message).where(Message.done_at.is_(None)).filter_by(**to)
    return [one.text_key for one in session.scalars(found.order_by(Message.id))]


def test_whoever_is_wanted_is_met_as_anything_and_the_owner_is_asked(hit, db_session, each_database):
    """V085."""
    assert (hit.owner_unit_code, hit.unit_code, hit.met_as) == ("PC-02", "PC-12", "witness")
    assert hit.due_at - hit.raised_at == timedelta(hours=1)
    assert open_messages(db_session, to_unit_code="PC-02") == ["hit.raised"]
    assert open_messages(db_session, to_unit_code="PC-12") == ["hit.met"]
    assert unconfirmed(db_session, hit.person_id, hit.order_id)


def test_whoever_enters_somebody_wanted_reads_it_on_the_page_of_his_case(db_session, client_as):
    order = an_active_order()
    with written_by("clerk.pp"):
        case = a_registered_case(place=PHNOM_PENH, people=[(order.person, "suspect")])
    db_session.commit()
    clerk = client_as("clerk.pp")
    page = clerk.page(f"/case/show/{case.id}").text
    assert "កំពុងតាមចាប់៖ សុខ ដារ៉ា មុនចាប់ខ្លួន សូមបញ្ជាក់ជាមួយអង្គភាព" in page
    executed(order)
    db_session.commit()
    assert "កំពុងតាមចាប់" not in clerk.page(f"/case/show/{case.id}").text


def test_an_urgent_order_is_answered_within_ten_minutes(db_session):
    order = an_active_order(urgent=True)
    with written_by("clerk.bb"):
        a_registered_case(people=[(order.person, "suspect")])
    hit = db_session.scalars(select(Hit)).one()
    assert hit.due_at - hit.raised_at == timedelta(minutes=10)


def test_in_the_case_of_the_order_itself_nobody_is_met(db_session):
    with written_by("clerk.bb"):
        case = a_registered_case()
        db_session.flush()
    an_active_order(person=case.involvements[0].person, case=case)
    with written_by("clerk.bb"):
        from app.cases.models import Involvement

        db_session.add(Involvement(case=case, person=case.involvements[0].person, role="other"))
        db_session.flush()
    assert db_session.scalars(select(Hit)).all() == []


def test_somebody_who_is_not_wanted_raises_none(db_session):
    with written_by("clerk.pp"):
        a_registered_case(people=[(a_registered_person(), "suspect")])
    assert db_session.scalars(select(Hit)).all() == []


def test_the_owner_confirms_on_its_page_and_the_other_unit_is_told(hit, client_as, db_session, each_database):
    page = client_as("warrant.bb").page(f"/hits/{hit.id}")
    assert page.all("form", action=f"/hits/{hit.id}/answer")
    sent = {"kind": "hit_confirmed", "reason": "ដីកានៅមានសុពលភាព"}
    assert client_as("warrant.bb").send(f"/hits/{hit.id}/answer", sent).status_code == 302
    db_session.expire_all()
    assert hit.state == "confirmed" and not unconfirmed(db_session, hit.person_id, hit.order_id)
    assert open_messages(db_session, to_unit_code="PC-02") == []
    assert open_messages(db_session, to_unit_code="PC-12") == ["hit.met", "hit.confirmed"]
    assert db_session.scalars(select(OrderEvent.kind)).all() == ["checked", "hit_confirmed"]


def test_who_waits_for_the_answer_reads_it_and_does_not_give_it(hit, client_as):
    assert client_as("warrant.pp").get(f"/hits/{hit.id}").status_code == 200
    sent = {"kind": "hit_confirmed", "reason": "x"}
    assert client_as("warrant.pp").send(f"/hits/{hit.id}/answer", sent).status_code == 403
    assert client_as("clerk.bb").send(f"/hits/{hit.id}/answer", sent).status_code == 403


def test_an_answer_has_a_reason_and_more_time_has_an_end(hit, client_as, db_session):
    browser, url = client_as("warrant.bb"), f"/hits/{hit.id}/answer"
    assert browser.send(url, {"kind": "hit_denied", "reason": ""}).status_code == 422
    assert browser.send(url, {"kind": "hit_longer", "reason": "សុំពិនិត្យ"}).status_code == 422
    assert browser.send(url, {"kind": "hit_longer", "reason": "សុំពិនិត្យ", "minutes": "30"}).status_code == 302
    db_session.expire_all()
    assert hit.state == "longer"
    assert timedelta(minutes=29) < hit.due_at - dates.now() <= timedelta(minutes=30)


def test_a_denied_hit_stays_unconfirmed_for_an_arrest(hit, client_as, db_session):
    client_as("warrant.bb").send(f"/hits/{hit.id}/answer", {"kind": "hit_denied", "reason": "ឈ្មោះដូចគ្នា"})
    assert unconfirmed(db_session, hit.person_id, hit.order_id)


def test_what_nobody_answers_goes_up_step_by_step_and_each_step_once(hit, db_session, each_database):
    hit.due_at = dates.now() - timedelta(minutes=1)
    db_session.commit()
    assert match_answers.pass_up(db_session) == 1
    assert match_answers.pass_up(db_session) == 0  # run again at once: nothing is told twice
    assert open_messages(db_session, to_role="Provincial chief", to_unit_code="PC-02") == ["hit.late"]
    hit.due_at = since = dates.now() - timedelta(minutes=61)
    db_session.commit()
    assert match_answers.pass_up(db_session) == 1
    assert open_messages(db_session, to_role="Criminal police monitor") == ["hit.late"]
    assert match_answers.pass_up(db_session) == 0
    assert hit.due_at == since, "everybody still reads since when it is late"


def test_what_was_passed_up_is_overdue_wherever_it_is_listed(hit, client_as, db_session):
    hit.due_at = dates.now() - timedelta(minutes=2)
    db_session.commit()
    match_answers.pass_up(db_session)
    for reader in ("warrant.bb", "chief.bb", "clerk.pp"):
        for url in ("/hits/list/", f"/hits/{hit.id}"):
            told = [one.text for one in client_as(reader).page(url).all(css="amber")]
            assert any("ហួសកំណត់តាំងពី" in one for one in told), (reader, url)
            assert "បានជូនដំណឹងថ្នាក់លើ" in told, (reader, url)


def test_a_promised_answer_that_does_not_come_goes_up_from_the_beginning(hit, client_as, db_session):
    hit.due_at = dates.now() - timedelta(minutes=61)
    db_session.commit()
    assert match_answers.pass_up(db_session) + match_answers.pass_up(db_session) == 2
    sent = {"kind": "hit_longer", "reason": "សុំពិនិត្យ", "minutes": "30"}
    assert client_as("chief.bb").send(f"/hits/{hit.id}/answer", sent).status_code == 302
    db_session.expire_all()
    assert open_messages(db_session, to_role="Provincial chief") == []
    assert open_messages(db_session, to_role="Criminal police monitor") == []
    task = db_session.scalars(select(Message).filter_by(text_key="hit.raised")).one()
    assert task.done_at is None and task.due_at == hit.due_at
    assert match_answers.pass_up(db_session) == 0
    hit.due_at = dates.now() - timedelta(minutes=1)
    db_session.commit()
    assert match_answers.pass_up(db_session) == 1
    assert open_messages(db_session, to_role="Provincial chief") == ["hit.late"]


def test_both_units_read_who_waits_and_who_answers(hit, client_as):
    for reader in ("warrant.bb", "clerk.pp"):
        page = client_as(reader).page(f"/hits/{hit.id}").text
        assert "ភ្នំពេញ" in page and "បាត់ដំបង" in page, reader
    assert client_as("clerk.pp").page(f"/hits/{hit.id}").all("a", href=f"/case/show/{hit.case_id}")
    assert not client_as("warrant.bb").page(f"/hits/{hit.id}").all("a", href=f"/case/show/{hit.case_id}")


def test_a_clock_that_is_killed_in_the_middle_tells_the_rest_when_it_runs_again(hit, db_session, monkeypatch):
    order = an_active_order(number="2/26", person=a_registered_person(5))
    with written_by("clerk.pp"):
        a_registered_case(place=PHNOM_PENH, people=[(order.person, "victim")])
    for one in db_session.scalars(select(Hit)):
        one.due_at = dates.now() - timedelta(minutes=1)
    db_session.commit()
    taken, step = [], match_answers._step

    def once(session, ids, *how):
        if taken:
            raise KeyboardInterrupt
        taken.extend(ids)
        return step(session, ids, *how)

    monkeypatch.setattr(match_answers, "_step", once)
    monkeypatch.setattr(match_answers, "AT_ONCE", 1)
    with pytest.raises(KeyboardInterrupt):
        match_answers.pass_up(db_session)
    db_session.rollback()
    monkeypatch.setattr(match_answers, "_step", step)
    assert match_answers.pass_up(db_session) == 1
    assert open_messages(db_session, to_role="Provincial chief") == ["hit.late", "hit.late"]


def test_the_clock_reads_a_unit_once_however_many_hits_it_has(hit, db_session, register):
    row = {one.name: getattr(hit, one.name) for one in Hit.__table__.c if one.name != "id"}
    row["due_at"] = dates.now() - timedelta(minutes=1)
    db_session.execute(insert(Hit.__table__), [row] * 6)
    db_session.commit()
    db_session.expunge_all()
    with counted(register) as statements:
        assert match_answers.pass_up(db_session) == 6
    units = [one for one in statements if "FROM unit" in one]
    assert len(units) == 2  # its own, and the one above it


def test_with_the_end_of_the_order_its_hits_end(hit, db_session):
    from app.court_orders.models import CourtOrder

    executed(db_session.get(CourtOrder, hit.order_id))
    db_session.commit()
    assert hit.state == "ended"
    assert open_messages(db_session, to_unit_code="PC-02") == []


def test_a_confirmed_hit_leads_to_assigning_the_order_to_the_unit_that_met_him(hit, client_as):
    way = f"/order-assign/add?order={hit.order_id}"
    owner = client_as("warrant.bb")
    assert not owner.page(f"/hits/{hit.id}").all("a", href=way)
    owner.send(f"/hits/{hit.id}/answer", {"kind": "hit_confirmed", "reason": "ស្នាមដូចគ្នា"})
    assert owner.page(f"/hits/{hit.id}").all("a", href=way)
    assert not client_as("clerk.pp").page(f"/hits/{hit.id}").all("a", href=way)
