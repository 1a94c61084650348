"""Protection orders: entered on a case, shown with the restrained person, and their state from days and steps."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.user_scope import build_user_scope
from app.cases.models import Involvement
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.extensions import db
from app.inbox.models import Message
from app.kernel.actor import Actor, act_as
from app.kernel.text import dates
from app.protection_orders import rules, summaries
from app.protection_orders.jobs import send_reminders
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep, is_in_state
from app.reference.models import Court
from tests import sample_rows
from tests.accounts.sample_staff import find_user
from tests.prepared import prepared
from tests.sql_calls import Program

TODAY = dates.now().date()


def show(day):
    return day.strftime("%d/%m/%Y")


@prepared
def case(db_session):
    people = [
        sample_rows.make_registered_person(one, given_km=name) for one, name in enumerate(("ដារ៉ា", "ម៉ានិត"))
    ]
    with sample_rows.acting_as("clerk.bb"):
        found = sample_rows.add_registered_case(people=list(zip(people, ("suspect", "victim"), strict=True)))
    db_session.commit()
    return found


def enter(browser, case, **over):
    restrained, protected = case.involvements
    form = {
        "case": case.id, "restrained": restrained.id, "protected": protected.id, "court": "CFI-02", "order_no": "5/26",
        "decided_on": show(TODAY - timedelta(days=9)), "starts_on": show(TODAY - timedelta(days=9)),
        "until_on": show(TODAY + timedelta(days=9)), "no_contact": "y",
    }  # fmt: skip
    return browser.send("/protectionorder/add", form | over)


def take_step(browser, order, kind, **over):
    form = {
        "order": order.id,
        "kind": kind,
        "done_on": show(TODAY),
        "document_no": "6/26",
        "document_date": show(TODAY),
    }
    return browser.send("/protectionorderstep/add", form | over)


def find_end(order):
    return next(one for one in order.steps if one.kind == "ended")


def confirm_end(browser, order, status=302):
    url = f"/protectionorderstep/decide/{find_end(order).id}"
    assert browser.send(url, {"confirmation": "confirmed"}).status_code == status


def read_order():
    db.session.expire_all()
    return db.session.query(ProtectionOrder).one()


def test_order_in_force_is_on_top_of_the_pages_of_person_and_case(client_as, case, each_database):
    officer = client_as("investigator.bb", "en")
    assert enter(officer, case).status_code == 302
    order = read_order()
    assert (order.state, order.person_id) == (rules.IN_FORCE, case.involvements[0].person_id)
    for url in (f"/person/show/{order.person_id}", f"/case/show/{case.id}"):
        assert f"Protection order PO-00000{order.id} is in force until" in officer.page(url).text, url
    protected = officer.page(f"/person/show/{case.involvements[1].person_id}").text
    assert "is in force until" not in protected
    assert "not yet notified" in officer.page(f"/protectionorder/show/{order.id}").text
    assert client_as("clerk.pp").get(f"/protectionorder/show/{order.id}").status_code == 404


def test_state_follows_the_steps_and_their_withdrawal(client_as, case, each_database):
    officer = client_as("investigator.bb", "en")
    enter(officer, case)
    order = read_order()
    until = TODAY + timedelta(days=60)
    assert take_step(officer, order, "extended", until_on=show(until)).status_code == 302
    assert read_order().ends_on == until
    assert take_step(officer, read_order(), "ended").status_code == 302
    confirm_end(client_as("chief.bb"), read_order())
    order = read_order()
    assert (order.state, order.ended_on) == (rules.ENDED, TODAY)
    late = take_step(officer, order, "broken", note="គំរាម", document_no="", document_date="")
    assert late.status_code == 302, "a breach on the day of the end"
    end = find_end(order)
    assert officer.send(f"/protectionorderstep/withdraw/{end.id}", {"reason": "ខុស"}).status_code == 302
    order = read_order()
    assert (order.state, order.ends_on, order.ended_on) == (rules.IN_FORCE, until, None)


def test_one_officer_does_not_end_an_order(client_as, case, each_database):
    officer, chief = client_as("investigator.bb", "en"), client_as("chief.bb", "en")
    enter(officer, case)
    assert take_step(officer, read_order(), "ended").status_code == 302
    order = read_order()
    assert (order.state, find_end(order).confirmation) == (rules.IN_FORCE, "awaiting")
    tasks = db.session.scalars(
        select(Message).where(Message.text_key == "protection_order.end_requested")
    ).all()
    assert {(one.to_unit_code, one.to_role) for one in tasks} == {
        ("PC-02", "Provincial chief"),
        ("PC-02", None),
    }
    confirm_end(officer, order, 422)
    assert read_order().state == rules.IN_FORCE
    assert "Awaiting confirmation" in chief.page(f"/protectionorderstep/show/{find_end(order).id}").text
    confirm_end(chief, order)
    assert read_order().state == rules.ENDED


def test_author_alone_does_not_end_a_protection_early(client_as, case, each_database):
    officer, chief = client_as("investigator.bb", "en"), client_as("chief.bb")
    enter(officer, case)
    order, until = read_order(), TODAY + timedelta(days=60)
    program = Program(officer)
    body = {"version": order.version, "until_on": TODAY.isoformat()}
    assert "until_on" in program.put(f"protection-orders/{order.id}", body, 422)["errors"]
    body = {"version": order.version, "starts_on": (TODAY + timedelta(days=5)).isoformat()}
    assert "starts_on" in program.put(f"protection-orders/{order.id}", body, 422)["errors"]
    refused = officer.send(f"/protectionorder/withdraw/{order.id}", {"reason": "ខុស"})
    assert refused.status_code == 422 and "entered by mistake" in refused.text
    take_step(officer, order, "extended", until_on=show(until))
    (extension,) = read_order().steps
    refused = officer.send(f"/protectionorderstep/withdraw/{extension.id}", {"reason": "ខុស"})
    assert refused.status_code == 422 and "A second officer confirms it" in refused.text
    take_step(officer, order, "shortened", until_on=show(TODAY))
    assert (read_order().state, read_order().ends_on) == (rules.IN_FORCE, until)
    shortened = read_order().steps[-1].id
    url = f"/protectionorderstep/decide/{shortened}"
    assert officer.send(url, {"confirmation": "confirmed"}).status_code == 422
    assert chief.send(url, {"confirmation": "confirmed"}).status_code == 302
    assert read_order().ends_on == TODAY


def test_one_officer_does_not_take_back_the_notice_of_an_order(client_as, case, each_database):
    """Without it, a breach before a later day would have no consequence. An earlier day is a lesser fact to prove."""
    enter(client_as("investigator.bb"), case, informed_on=show(TODAY - timedelta(days=5)))
    clerk = client_as("clerk.bb", "en")
    url = f"/protectionorder/edit/{read_order().id}"
    for day in ("", show(TODAY)):
        refused = clerk.send(url, {**clerk.page(url).typed(), "informed_on": day})
        assert refused.status_code == 422 and "A correction changes it" in refused.text
    body = {"version": read_order().version, "informed_on": None}
    assert "informed_on" in Program(clerk).put(f"protection-orders/{read_order().id}", body, 422)["errors"]
    earlier = show(TODAY - timedelta(days=6))
    assert clerk.send(url, {**clerk.page(url).typed(), "informed_on": earlier}).status_code == 302
    assert read_order().informed_on == TODAY - timedelta(days=6)


def test_author_alone_does_not_weaken_the_terms(client_as, case, each_database):
    officer, chief = client_as("investigator.bb", "en"), client_as("chief.bb")
    enter(officer, case, keeps_away="y", distance="500", terms="ផ្ទះលេខ៧")
    program, order = Program(officer), read_order()
    for name, value in (
        ("no_contact", False),
        ("distance", 100),
        ("distance", None),
        ("terms", "ផ្សារ"),
    ):
        answer = program.put(f"protection-orders/{order.id}", {"version": order.version, name: value}, 422)
        assert "A second officer confirms it" in str(answer["errors"][name])
    stronger = {"no_violence": True, "distance": 700, "version": order.version}
    program.put(f"protection-orders/{order.id}", stronger)
    assert take_step(officer, order, "changed", note="ឆ្ងាយ១០០ម៉ែត្រ").status_code == 302
    (step,) = read_order().steps
    assert step.confirmation == "awaiting"
    assert (
        chief.send(f"/protectionorderstep/decide/{step.id}", {"confirmation": "confirmed"}).status_code == 302
    )
    refused = officer.send(f"/protectionorderstep/withdraw/{step.id}", {"reason": "ខុស"})
    assert refused.status_code == 422 and "A second officer confirms it" in refused.text


@pytest.mark.parametrize(
    ("stored", "now", "weaker"),
    [
        ({"distance": 500}, {"distance": 400}, None),
        ({"keeps_away": True, "distance": 500}, {"keeps_away": True, "distance": 500}, None),
        ({"keeps_away": True, "distance": 500}, {"keeps_away": True, "distance": 499}, "distance"),
        ({"keeps_away": True}, {"keeps_away": True, "distance": 9000}, "distance"),
        ({"keeps_away": True}, {"keeps_away": True}, None),
        ({"no_weapons": True}, {"no_contact": True}, "no_weapons"),
        ({}, {"terms": "ផ្សារ"}, None),
        ({"terms": "ផ្សារ"}, {}, "terms"),
    ],
)
def test_weaker_terms(stored, now, weaker):
    assert rules.find_weaker_term(ProtectionOrder(**now), stored.get) == weaker


def test_author_withdraws_an_expired_order_with_an_extension(client_as, case, each_database):
    officer = client_as("investigator.bb", "en")
    enter(officer, case, until_on=show(TODAY - timedelta(days=5)))
    take_step(officer, read_order(), "extended", until_on=show(TODAY - timedelta(days=1)))
    order = read_order()
    url = f"/protectionorderstep/withdraw/{order.steps[0].id}"
    assert officer.send(url, {"reason": "ខុស"}).status_code == 302
    assert officer.send(f"/protectionorder/withdraw/{order.id}", {"reason": "ខុស"}).status_code == 302
    assert read_order().state == rules.VOID


def test_author_alone_sets_no_last_day_of_an_order_without_one(client_as, case, each_database):
    officer = client_as("investigator.bb", "en")
    enter(officer, case, until_on="")
    refused = take_step(officer, read_order(), "extended", until_on=show(TODAY - timedelta(days=1)))
    assert refused.status_code == 422 and "has no last day" in refused.text
    take_step(officer, read_order(), "shortened", until_on=show(TODAY - timedelta(days=1)))
    assert read_order().state == rules.IN_FORCE, "until a second officer confirms"


def test_extension_follows_the_last_one(client_as, case):
    officer = client_as("investigator.bb", "en")
    enter(officer, case)
    take_step(officer, read_order(), "extended", until_on=show(TODAY + timedelta(days=60)))
    earlier = {"done_on": show(TODAY - timedelta(days=2)), "until_on": show(TODAY + timedelta(days=90))}
    refused = take_step(officer, read_order(), "extended", **earlier)
    assert refused.status_code == 422 and "A later step has a last day already" in refused.text


def test_two_officers_end_an_order_entered_by_mistake(client_as, case, each_database):
    officer = client_as("investigator.bb", "en")
    enter(officer, case)
    order = read_order()
    assert (
        take_step(officer, order, "mistaken", document_no="", document_date="", note="ខុសមនុស្ស").status_code
        == 302
    )
    assert read_order().state == rules.IN_FORCE
    (mistake,) = read_order().steps
    decide = f"/protectionorderstep/decide/{mistake.id}"
    assert client_as("chief.bb").send(decide, {"confirmation": "confirmed"}).status_code == 302
    assert read_order().state == rules.ENDED


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (ProtectionOrder, {"until_on": TODAY}),
        (ProtectionOrder, {"starts_on": TODAY + timedelta(days=5)}),
        (ProtectionOrder, {"ends_on": TODAY}),
        (ProtectionOrder, {"no_contact": False}),
        (ProtectionOrder, {"protected_id": ProtectionOrder.__table__.c.restrained_id}),
        (ProtectionOrder, {"ended_on": TODAY}),
        (ProtectionOrder, {"voided_at": dates.now(), "void_reason": "x", "changed_by_id": 1}),
        (ProtectionOrderStep, {"voided_at": dates.now(), "void_reason": "x", "changed_by_id": 1}),
    ],
)
def test_database_refuses_an_early_end(client_as, case, each_database, table, values):
    officer = client_as("investigator.bb")
    enter(officer, case)
    take_step(officer, read_order(), "extended", until_on=show(TODAY + timedelta(days=60)))
    values = values | ({"changed_by_id": read_order().recorded_by_id} if "voided_at" in values else {})
    with pytest.raises(Exception, match="lock"):
        db.session.execute(table.__table__.update().values(values))
    db.session.rollback()


def test_withdrawn_end_asks_for_no_decision(client_as, case, db_session):
    officer = client_as("investigator.bb", "en")
    enter(officer, case)
    take_step(officer, read_order(), "ended")
    end = find_end(read_order()).id
    assert officer.send(f"/protectionorderstep/withdraw/{end}", {"reason": "ខុស"}).status_code == 302
    waiting = select(Message).where(
        Message.text_key == "protection_order.end_requested", Message.done_at.is_(None)
    )
    assert not db.session.scalars(waiting).all()


def test_list_is_filtered_by_the_state_of_today(client_as, case, db_session):
    with sample_rows.acting_as("clerk.bb"):
        court = db_session.get(Court, "CFI-02")
        for starts, ends in ((-9, 9), (-9, -1), (1, 9), (-9, None)):
            days = [None if one is None else TODAY + timedelta(days=one) for one in (starts, ends)]
            order = ProtectionOrder(
                case=case, restrained=case.involvements[0], protected=case.involvements[1], court=court, order_no="1",
                decided_on=TODAY - timedelta(days=9), starts_on=days[0], until_on=days[1], no_contact=True,
            )  # fmt: skip
            db_session.add(order)
            db_session.flush()
        ended = {"kind": "ended", "done_on": TODAY, "document_no": "1", "document_date": TODAY}
        end = ProtectionOrderStep(order=order, **ended)
        db_session.add(end)
        db_session.commit()
    with sample_rows.acting_as("chief.bb"):
        record_decision(end, CONFIRMED, "")
        db_session.flush()
        for state in (rules.IN_FORCE, rules.EXPIRED, rules.NOT_YET, rules.ENDED):
            found = db_session.query(ProtectionOrder).filter(is_in_state(state, TODAY)).all()
            assert [one.state for one in found] == [state]
    db_session.commit()
    page = client_as("investigator.bb", "en").page("/protectionorder/list/?_flt_0_state=in_force").text
    assert page.count("PO-") == 1


def test_typed_end_does_not_change_the_state(client_as, case, db_session):
    enter(client_as("investigator.bb"), case)
    with sample_rows.acting_as("clerk.bb"):
        order = read_order()
        order.ended_on = TODAY
        db_session.commit()
    assert read_order().state == rules.IN_FORCE
    program = Program(client_as("investigator.bb"))
    body = {"version": order.version, "ended_on": TODAY.isoformat()}
    assert "ended_on" in program.put(f"protection-orders/{order.id}", body, 422)["errors"]


def test_terms_are_hidden_where_the_protected_person_is_hidden(client_as, case, db_session, each_database):
    enter(client_as("investigator.bb"), case, terms="ផ្ទះលេខ៧")
    order = read_order()
    clerk = client_as("clerk.bb")
    assert "ផ្ទះលេខ៧" in clerk.get(f"/protectionorder/show/{order.id}").text
    with sample_rows.acting_as("chief.bb"):
        db_session.get(Involvement, order.protected_id).protection = "witness"
        db_session.commit()
    page = clerk.get(f"/protectionorder/show/{order.id}").text
    assert "ផ្ទះលេខ៧" not in page and "ម៉ានិត" not in page
    assert clerk.get(f"/protectionorder/edit/{order.id}").status_code == 302
    answer = Program(clerk).get(f"protection-orders/{order.id}")["result"]
    assert "ផ្ទះលេខ៧" not in str(answer)


def test_summary_has_terms_state_and_steps_that_count(client_as, case, each_database):
    officer = client_as("investigator.bb", "en")
    enter(officer, case)
    take_step(officer, read_order(), "broken", note="សរសេរសារ")
    take_step(officer, read_order(), "broken", note="ខុសដីកា")
    wrong = read_order().steps[-1]
    officer.send(f"/protectionorderstep/withdraw/{wrong.id}", {"reason": "wrong order of the court"})
    order = read_order()
    url = f"/printout/protection-order/{order.id}"
    assert url in officer.get(f"/protectionorder/show/{order.id}").text
    assert officer.get(url).mimetype == "application/pdf"
    assert client_as("manager").get(url).status_code == 403
    assert client_as("clerk.pp").get(url).status_code == 404
    text = str(summaries.build_printout(order))
    assert "ដារ៉ា" in text and "ម៉ានិត" in text and "សរសេរសារ" in text
    assert "ខុសដីកា" not in text


def test_summary_hides_terms_where_the_protected_person_is_hidden(client_as, case, db_session, each_database):
    enter(client_as("investigator.bb"), case, terms="ផ្ទះលេខ៧")
    order_id = read_order().id
    with sample_rows.acting_as("chief.bb"):
        case.involvements[1].protection = "witness"
        db_session.commit()
    clerk = find_user("clerk.bb")
    scope = build_user_scope(clerk)
    db_session.expunge_all()
    act_as(db_session, Actor(clerk.id, clerk.unit_code, scope=scope))
    text = str(summaries.build_printout(summaries.load_record(order_id)))
    assert "ដារ៉ា" in text and "ផ្ទះលេខ៧" not in text and "ម៉ានិត" not in text


def test_unit_is_reminded_once_before_an_order_ends(client_as, case, db_session, each_database):
    browser = client_as("clerk.bb")
    assert enter(browser, case, until_on=show(TODAY + timedelta(days=9))).status_code == 302
    assert send_reminders(db.session) == 0

    def shorten(days):
        last = show(TODAY + timedelta(days=days))
        take_step(client_as("investigator.bb"), read_order(), "shortened", until_on=last)
        step = read_order().steps[-1].id
        client_as("chief.bb").send(f"/protectionorderstep/decide/{step}", {"confirmation": "confirmed"})
        return read_order()

    order = shorten(7)
    assert (send_reminders(db.session), send_reminders(db.session)) == (1, 0)
    found = (
        db.session.query(Message).filter_by(text_key="protection_order.ends_soon").order_by(Message.id).all()
    )
    assert [(one.to_role, one.to_unit_code) for one in found] == [
        (None, "PC-02"), ("Provincial chief", "PC-02"),
    ]  # fmt: skip
    assert {one.facts["number"] for one in found} == {order.number}
    assert set(found[0].facts) == {"number", "until"}
    shorten(5)
    assert (send_reminders(db.session), send_reminders(db.session)) == (1, 0), "a shortened order"
