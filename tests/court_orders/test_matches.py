"""A wanted person entered in a case raises a match, which is answered or escalated."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.cases.models import Involvement
from app.court_orders import match_answers
from app.court_orders.matches import has_unconfirmed_match
from app.court_orders.models import OrderEvent, OrderMatch
from app.inbox.models import Message
from app.kernel.text import dates
from tests.court_orders.sample_orders import execute_order, make_active_order
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.statement_counts import counted


@prepared
def match(db_session):
    """A man wanted in Battambang, entered as a witness in Phnom Penh."""
    order = make_active_order()
    db_session.commit()
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(order.person, "witness")])
    db_session.commit()
    return db_session.scalars(select(OrderMatch)).one()


def open_messages(session, **to):
    """Return the text keys of the open messages to this recipient."""
    found = select(Message).where(Message.done_at.is_(None)).filter_by(**to)
    return [one.text_key for one in session.scalars(found.order_by(Message.id))]


def test_wanted_witness_raises_match_for_unit_in_charge(match, db_session, each_database):
    """V085."""
    assert (match.owner_unit_code, match.unit_code, match.matched_as) == ("PC-02", "PC-12", "witness")
    assert match.due_at - match.raised_at == timedelta(hours=1)
    assert open_messages(db_session, to_unit_code="PC-02") == ["match.raised"]
    assert open_messages(db_session, to_unit_code="PC-12") == ["match.reported"]
    assert has_unconfirmed_match(db_session, match.person_id, match.order_id)


def test_match_says_that_its_row_was_withdrawn(match, client_as, db_session, each_database):
    url = f"/matches/{match.id}"
    warrant = client_as("warrant.bb", "en")
    assert "the row was withdrawn" not in warrant.page(url).text
    row = db_session.scalars(select(Involvement).where(Involvement.case_id == match.case_id)).one()
    client_as("clerk.pp").send(f"/involvement/withdraw/{row.id}", {"reason": "បញ្ចូលច្រឡំ"})
    assert "the row was withdrawn" in warrant.page(url).text


def test_case_page_warns_of_wanted_person(db_session, client_as):
    order = make_active_order()
    with acting_as("clerk.pp"):
        case = add_registered_case(place=PHNOM_PENH, people=[(order.person, "suspect")])
    db_session.commit()
    clerk = client_as("clerk.pp")
    page = clerk.page(f"/case/show/{case.id}").text
    assert "កំពុងតាមចាប់ខ្លួន៖ សុខ ដារ៉ា មុនចាប់ខ្លួន សូមបញ្ជាក់ជាមួយអង្គភាព" in page
    execute_order(order)
    db_session.commit()
    assert "កំពុងតាមចាប់ខ្លួន" not in clerk.page(f"/case/show/{case.id}").text


def test_urgent_match_is_due_in_ten_minutes(db_session):
    order = make_active_order(urgent=True)
    with acting_as("clerk.bb"):
        add_registered_case(people=[(order.person, "suspect")])
    match = db_session.scalars(select(OrderMatch)).one()
    assert match.due_at - match.raised_at == timedelta(minutes=10)


def test_entry_in_case_of_order_raises_no_match(db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.flush()
    make_active_order(person=case.involvements[0].person, case=case)
    with acting_as("clerk.bb"):
        from app.cases.models import Involvement

        db_session.add(Involvement(case=case, person=case.involvements[0].person, role="other"))
        db_session.flush()
    assert db_session.scalars(select(OrderMatch)).all() == []


def test_entry_of_unwanted_person_raises_no_match(db_session):
    with acting_as("clerk.pp"):
        add_registered_case(people=[(make_registered_person(), "suspect")])
    assert db_session.scalars(select(OrderMatch)).all() == []


def test_confirmed_match_notifies_waiting_unit(match, client_as, db_session, each_database):
    page = client_as("warrant.bb").page(f"/matches/{match.id}")
    assert page.all("form", action=f"/matches/{match.id}/answer")
    sent = {"kind": "match_confirmed", "reason": "ដីកានៅមានសុពលភាព"}
    refused = client_as("warrant.bb").send(f"/matches/{match.id}/answer", sent)
    assert refused.status_code == 422 and "V086" in refused.text, "a confirmation asks for a second look"
    sent["compared"] = "y"
    assert client_as("warrant.bb").send(f"/matches/{match.id}/answer", sent).status_code == 302
    db_session.expire_all()
    assert match.state == "confirmed" and not has_unconfirmed_match(
        db_session, match.person_id, match.order_id
    )
    assert open_messages(db_session, to_unit_code="PC-02") == []
    assert open_messages(db_session, to_unit_code="PC-12") == ["match.reported", "match.confirmed"]
    assert sorted(db_session.scalars(select(OrderEvent.kind))) == ["checked", "match_confirmed"]


def test_waiting_unit_can_view_but_not_answer(match, client_as):
    assert client_as("warrant.pp").get(f"/matches/{match.id}").status_code == 200
    sent = {"kind": "match_confirmed", "reason": "x"}
    assert client_as("warrant.pp").send(f"/matches/{match.id}/answer", sent).status_code == 403
    assert client_as("clerk.bb").send(f"/matches/{match.id}/answer", sent).status_code == 403


def test_answer_without_reason_or_minutes_is_refused(match, client_as, db_session):
    browser, url = client_as("warrant.bb"), f"/matches/{match.id}/answer"
    assert browser.send(url, {"kind": "match_denied", "reason": ""}).status_code == 422
    assert browser.send(url, {"kind": "match_extended", "reason": "សុំពិនិត្យ"}).status_code == 422
    assert (
        browser.send(url, {"kind": "match_extended", "reason": "សុំពិនិត្យ", "minutes": "30"}).status_code == 302
    )
    db_session.expire_all()
    assert match.state == "extended"
    assert timedelta(minutes=29) < match.due_at - dates.now() <= timedelta(minutes=30)


def test_rejected_match_stays_unconfirmed_and_the_chief_is_notified(
    match, client_as, db_session, each_database
):
    client_as("warrant.bb").send(
        f"/matches/{match.id}/answer", {"kind": "match_denied", "reason": "ឈ្មោះដូចគ្នា"}
    )
    assert has_unconfirmed_match(db_session, match.person_id, match.order_id)
    assert open_messages(db_session, to_role="Provincial chief") == ["match.denied_by_one"]


def test_unanswered_match_escalates_once_per_level(match, db_session, each_database):
    match.due_at = dates.now() - timedelta(minutes=1)
    db_session.commit()
    assert match_answers.escalate_matches(db_session) == 1
    assert match_answers.escalate_matches(db_session) == 0  # a second run sends nothing twice
    assert open_messages(db_session, to_role="Provincial chief", to_unit_code="PC-02") == ["match.overdue"]
    assert open_messages(db_session, to_unit_code="PC-12") == ["match.reported", "match.no_answer"]
    match.due_at = since = dates.now() - timedelta(minutes=61)
    db_session.commit()
    assert match_answers.escalate_matches(db_session) == 1
    assert open_messages(db_session, to_role="Criminal police monitor") == ["match.overdue"]
    assert match_answers.escalate_matches(db_session) == 0
    assert match.due_at == since, "the original deadline stays visible"


def test_escalated_match_is_shown_as_overdue(match, client_as, db_session):
    match.due_at = dates.now() - timedelta(minutes=2)
    db_session.commit()
    match_answers.escalate_matches(db_session)
    for reader in ("warrant.bb", "chief.bb", "clerk.pp"):
        for url in ("/matches/list/", f"/matches/{match.id}"):
            tags = [one.text for one in client_as(reader).page(url).all(css="amber")]
            assert any("ហួសកំណត់តាំងពី" in one for one in tags), (reader, url)
            assert "បានជូនដំណឹងដល់ថ្នាក់លើ" in tags, (reader, url)


def test_missed_extension_restarts_the_escalation(match, client_as, db_session):
    match.due_at = dates.now() - timedelta(minutes=61)
    db_session.commit()
    assert match_answers.escalate_matches(db_session) + match_answers.escalate_matches(db_session) == 2
    sent = {"kind": "match_extended", "reason": "សុំពិនិត្យ", "minutes": "30"}
    assert client_as("chief.bb").send(f"/matches/{match.id}/answer", sent).status_code == 302
    db_session.expire_all()
    assert open_messages(db_session, to_role="Provincial chief") == []
    assert open_messages(db_session, to_role="Criminal police monitor") == []
    task = db_session.scalars(select(Message).filter_by(text_key="match.raised")).one()
    assert task.done_at is None and task.due_at == match.due_at
    assert match_answers.escalate_matches(db_session) == 0
    match.due_at = dates.now() - timedelta(minutes=1)
    db_session.commit()
    assert match_answers.escalate_matches(db_session) == 1
    assert open_messages(db_session, to_role="Provincial chief") == ["match.overdue"]


def test_match_page_shows_both_units(match, client_as):
    for reader in ("warrant.bb", "clerk.pp"):
        page = client_as(reader).page(f"/matches/{match.id}").text
        assert "ភ្នំពេញ" in page and "បាត់ដំបង" in page, reader
    assert client_as("clerk.pp").page(f"/matches/{match.id}").all("a", href=f"/case/show/{match.case_id}")
    assert (
        not client_as("warrant.bb").page(f"/matches/{match.id}").all("a", href=f"/case/show/{match.case_id}")
    )


def test_killed_escalation_continues_in_next_run(match, db_session, monkeypatch):
    order = make_active_order(number="2/26", person=make_registered_person(5))
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(order.person, "victim")])
    for one in db_session.scalars(select(OrderMatch)):
        one.due_at = dates.now() - timedelta(minutes=1)
    db_session.commit()
    done, step = [], match_answers._escalate_batch

    def fail_second_call(session, ids, *rest):
        if done:
            raise KeyboardInterrupt
        done.extend(ids)
        return step(session, ids, *rest)

    monkeypatch.setattr(match_answers, "_escalate_batch", fail_second_call)
    monkeypatch.setattr(match_answers, "BATCH_SIZE", 1)
    with pytest.raises(KeyboardInterrupt):
        match_answers.escalate_matches(db_session)
    db_session.rollback()
    monkeypatch.setattr(match_answers, "_escalate_batch", step)
    assert match_answers.escalate_matches(db_session) == 1
    assert open_messages(db_session, to_role="Provincial chief") == ["match.overdue", "match.overdue"]


def test_escalation_of_many_matches_takes_units_from_memory(match, db_session, register):
    row = {one.name: getattr(match, one.name) for one in OrderMatch.__table__.c if one.name != "id"}
    row["due_at"] = dates.now() - timedelta(minutes=1)
    db_session.execute(insert(OrderMatch.__table__), [row] * 6)
    db_session.commit()
    db_session.expunge_all()
    with counted(register) as statements:
        assert match_answers.escalate_matches(db_session) == 6
    units = [one for one in statements if "FROM unit" in one]
    assert len(units) <= 1  # all units, once in a process


def test_executed_order_ends_its_matches(match, db_session):
    from app.court_orders.models import CourtOrder

    execute_order(db_session.get(CourtOrder, match.order_id))
    db_session.commit()
    assert match.state == "ended"
    assert open_messages(db_session, to_unit_code="PC-02") == []


def test_confirmed_match_offers_assignment_of_order(match, client_as):
    link = f"/order-assign/add?order={match.order_id}"
    owner = client_as("warrant.bb")
    assert not owner.page(f"/matches/{match.id}").all("a", href=link)
    owner.send(
        f"/matches/{match.id}/answer", {"kind": "match_confirmed", "reason": "ស្នាមដូចគ្នា", "compared": "y"}
    )
    assert owner.page(f"/matches/{match.id}").all("a", href=link)
    assert not client_as("clerk.pp").page(f"/matches/{match.id}").all("a", href=link)
