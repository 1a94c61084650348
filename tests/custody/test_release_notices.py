"""Units of prisoners learn of a release order and of an overturned judgment, in any province."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder
from app.court_orders.system_events import add_events
from app.custody.models import Arrest, Custody, Detention
from app.custody.order_effects import build_execution
from app.inbox.models import Message
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.corrections.steps import void_record
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    enter_judgment,
    enter_release,
    enter_sentence,
    format_day,
    make_suspect,
)
from tests.custody.test_prisons import enter_judgment_step, enter_sentence_change
from tests.people.sample_deaths import decide
from tests.sample_rows import BATTAMBANG, acting_as, add_registered_case, make_registered_person


def find_messages(db_session, text_key):
    db_session.expire_all()
    rows = db_session.scalars(select(Message).where(Message.text_key == text_key).order_by(Message.id))
    return [(one.kind, one.to_unit_code, one.done_at is not None) for one in rows]


def test_release_order_gives_a_task_until_the_release(db_session, clerk, each_database):
    suspect = make_suspect()
    detention_id = enter_detention(clerk, suspect)
    make_active_order(
        person=suspect.person, kind="release", owner_unit_code="PC-12", unit_code="PC-12", case=None
    )
    db_session.commit()
    assert find_messages(db_session, "detention.release_ordered") == [
        ("task", "PC-02", False), ("task", "PC-12", False),
    ]  # fmt: skip
    enter_release(clerk, detention_id)
    assert [done for _kind, _unit, done in find_messages(db_session, "detention.release_ordered")] == [
        True,
        True,
    ]


def test_recalled_release_order_asks_for_no_release(db_session, clerk, each_database):
    suspect = make_suspect()
    enter_detention(clerk, suspect)
    order = make_active_order(person=suspect.person, kind="release")
    db_session.commit()
    assert find_messages(db_session, "detention.release_ordered") == [("task", "PC-02", False)]
    add_event(order, "recalled", **make_document(order))
    db_session.commit()
    assert find_messages(db_session, "detention.release_ordered") == [("task", "PC-02", True)]


def test_release_order_reaches_the_unit_that_holds_the_person_in_custody(db_session, clerk, each_database):
    suspect = make_suspect()
    enter_custody(clerk, enter_arrest(clerk, suspect))
    make_active_order(
        person=suspect.person, kind="release", owner_unit_code="PC-12", unit_code="PC-12", case=None
    )
    db_session.commit()
    notices = find_messages(db_session, "custody.release_ordered")
    assert notices == [("notice", "PC-02", False)] * 2, "the unit and its chief"


def test_release_order_of_a_free_person_gives_no_task(db_session, clerk):
    make_active_order(person=make_suspect().person, kind="release")
    db_session.commit()
    assert find_messages(db_session, "detention.release_ordered") == []


def test_overturned_judgment_notifies_the_unit(db_session, clerk):
    suspect = make_suspect(hours=24 * 400)
    judgment = enter_judgment(clerk, suspect)
    sentence = enter_sentence(clerk, judgment)
    enter_detention(clerk, suspect, kind="sentence", sentence=sentence, offence_class=None)
    enter_judgment_step(clerk, judgment, "set_aside", done_on=format_day(), document_no="9/26")
    assert [unit for _kind, unit, _done in find_messages(db_session, "detention.overturned")] == [
        "PC-02",
        "PC-02",
    ]


def test_acquittal_on_appeal_notifies_the_unit_of_the_prisoner(db_session, clerk, each_database):
    """The conviction that the prisoner serves is replaced: nothing allows the detention any more."""
    suspect = make_suspect(hours=24 * 400)
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-300))
    sentence = enter_sentence(clerk, judgment, years="5", starts_on=format_day(-300))
    held = enter_detention(clerk, suspect, kind="sentence", sentence=sentence, offence_class=None)
    appeal = enter_judgment(clerk, suspect, verdict="acquitted", court_no="9/26", decided_on=format_day(-40))
    assert find_messages(db_session, "detention.overturned") == []
    enter_judgment_step(clerk, appeal, "final", done_on=format_day(-5), document_no="8/26")
    assert {unit for _kind, unit, _done in find_messages(db_session, "detention.overturned")} == {"PC-02"}
    assert db_session.get(PersonStatus, suspect.person_id).status == "detained"
    assert db_session.get(Detention, held).due_on is None
    page = clerk.page(f"/detention/show/{held}").text
    assert "គ្មានសាលក្រមដែលបានកត់ត្រា អនុញ្ញាតឱ្យឃុំខ្លួននេះទេ" in page


def test_final_acquittal_notifies_the_unit_of_a_provisional_detention(db_session, clerk, each_database):
    suspect = make_suspect(hours=24 * 400)
    held = enter_detention(clerk, suspect)
    judgment = enter_judgment(clerk, suspect, verdict="acquitted", decided_on=format_day(-40))
    assert find_messages(db_session, "detention.cleared") == []
    enter_judgment_step(clerk, judgment, "final", done_on=format_day(), document_no="8/26")
    assert {unit for _kind, unit, _done in find_messages(db_session, "detention.cleared")} == {"PC-02"}
    assert "សេចក្តីសម្រេចស្ថាពរ" in clerk.page(f"/detention/show/{held}").text


@pytest.mark.parametrize("verdict", ["acquitted", "non_suit", "convicted"])
def test_chief_learns_of_a_final_decision_that_clears_a_suspect(db_session, clerk, each_database, verdict):
    """Without an order or a detention no other task asks a second officer to verify it."""
    judgment = enter_judgment(
        clerk, make_suspect(hours=24 * 400), verdict=verdict, decided_on=format_day(-40)
    )
    assert find_readers(db_session, "judgment.cleared") == []
    enter_judgment_step(clerk, judgment, "final", done_on=format_day(), document_no="8/26")
    assert find_readers(db_session, "judgment.cleared") == ([] if verdict == "convicted" else [CHIEF])


def test_supervision_order_gives_a_status_until_its_recall(db_session, each_database):
    person = make_suspect().person
    order = make_active_order(person=person, kind="supervision")
    db_session.commit()
    row = db_session.get(PersonStatus, person.id)
    assert (row.status, row.entity, row.since) == ("supervised", "court_order", order.issued_on)
    add_event(order, "recalled", **make_document(order))
    db_session.commit()
    db_session.expire_all()
    assert db_session.get(PersonStatus, person.id) is None
    assert dates.now().date() >= order.issued_on


@pytest.fixture
def arrested(db_session, clerk):
    """A man in custody of Battambang after an arrest on an order of Phnom Penh, and this order."""
    suspect = make_suspect(hours=24 * 400)
    order = make_active_order(person=suspect.person, case=suspect.case, writer="warrant.pp")
    db_session.commit()
    arrest_id = enter_arrest(clerk, suspect)
    enter_custody(clerk, arrest_id)
    arrest = db_session.get(Arrest, arrest_id)
    add_events(db_session, (CourtOrder.id == order.id,), lambda _order: build_execution(arrest))
    db_session.commit()
    return db_session.get(CourtOrder, order.id)


def find_contradictions(db_session):
    rows = db_session.scalars(select(Message).where(Message.text_key == "arrest.order_had_ended"))
    return sorted((one.entity, one.to_unit_code, one.to_role or "") for one in rows)


def test_recall_before_the_arrest_notifies_both_units(db_session, arrested, each_database):
    paper = {"document_no": "9/26", "document_date": dates.now().date() - timedelta(days=3)}
    recall = add_event(arrested, "recalled", "warrant.pp", second=None, **paper)
    db_session.commit()
    assert recall.awaits_confirmation and arrested.status == state_machine.EXECUTED
    chief = "Provincial chief"
    assert find_contradictions(db_session) == [
        ("arrest", "PC-02", ""), ("arrest", "PC-02", chief),
        ("court_order", "PC-12", ""), ("court_order", "PC-12", chief),
    ]  # fmt: skip
    decide(recall, "clerk.pp")
    db_session.commit()
    assert arrested.status == state_machine.RECALLED
    assert len(find_contradictions(db_session)) == 4, "the units are notified once"


def test_decision_after_the_arrest_notifies_no_unit(db_session, arrested):
    assert arrested.status == state_machine.EXECUTED
    add_event(arrested, "returned", **make_document(arrested))
    db_session.commit()
    assert find_contradictions(db_session) == []


def test_acquittal_before_the_arrest_notifies_both_units(db_session, clerk, arrested):
    (suspect,) = arrested.case.involvements
    judgment = enter_judgment(clerk, suspect, verdict="acquitted", decided_on=format_day(-60))
    enter_judgment_step(clerk, judgment, "final", done_on=format_day(-5), document_no="8/26")
    db_session.expire_all()
    assert arrested.status == state_machine.SUSPENDED
    assert {unit for _entity, unit, _role in find_contradictions(db_session)} == {"PC-02", "PC-12"}


def find_readers(db_session, text_key):
    """Return (role, unit) of the messages with this text."""
    found = db_session.scalars(select(Message).where(Message.text_key == text_key).order_by(Message.id))
    return [(one.to_role, one.to_unit_code) for one in found]


CHIEF = ("Provincial chief", "PC-02")


def test_chief_learns_of_a_search_that_one_officer_ends_by_an_arrest_and_a_release(
    db_session, client_as, each_database
):
    suspect = make_suspect(hours=24 * 400)
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    officer = client_as("warrant.bb")
    on_order = {"ground": "warrant", "order": order.id, "place": BATTAMBANG, "match_reason": "ម"}
    custody = enter_custody(officer, enter_arrest(officer, suspect, **on_order))
    assert find_readers(db_session, "order.executed") == [CHIEF]
    assert find_readers(db_session, "custody.search_ended") == []
    enter_custody_step(officer, custody, "end", outcome="released")
    assert find_readers(db_session, "custody.search_ended") == [CHIEF]
    db_session.refresh(order)
    assert order.status == "executed"


def test_chief_learns_of_a_release_without_an_order(db_session, clerk, each_database):
    custody = enter_custody(clerk, enter_arrest(clerk, make_suspect()))
    enter_custody_step(clerk, custody, "end", outcome="released")
    assert find_readers(db_session, "custody.search_ended") == []
    assert find_readers(db_session, "custody.released") == [CHIEF]


def test_chiefs_of_the_case_and_of_the_holding_unit_learn_of_a_release(db_session, clerk, client_as):
    custody = enter_custody(clerk, enter_arrest(clerk, make_suspect()), held_by="PC-12")
    enter_custody_step(client_as("clerk.pp"), custody, "end", outcome="released")
    assert find_readers(db_session, "custody.released") == [CHIEF, ("Provincial chief", "PC-12")]


def test_chief_learns_of_a_release_from_prison(db_session, clerk, each_database):
    enter_release(clerk, enter_detention(clerk, make_suspect()))
    assert find_readers(db_session, "custody.released") == [CHIEF]
    held = enter_detention(clerk, make_suspect())
    enter_detention_step(clerk, held, "end", reason="other", document_no="9/26")
    assert find_readers(db_session, "custody.released") == [CHIEF] * 2


def test_chief_learns_of_a_pardon_and_of_a_judgment_set_aside(db_session, clerk, each_database):
    suspect = make_suspect(hours=24 * 400)
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-300))
    sentence = enter_sentence(clerk, judgment, starts_on=format_day(-300))
    enter_sentence_change(clerk, sentence, "pardon_proposal", done_on__V099__reason="checked")
    assert find_readers(db_session, "sentence.changed") == []
    enter_sentence_change(clerk, sentence, "pardon", days="100")
    assert find_readers(db_session, "sentence.changed") == [CHIEF]
    enter_judgment_step(clerk, judgment, "set_aside")
    assert find_readers(db_session, "judgment.set_aside") == [CHIEF]


@pytest.mark.parametrize("escaped_from", ["custody", "detention"])
@pytest.mark.parametrize("role", ["suspect", "victim"])
def test_new_case_of_an_escaped_person_notifies_the_unit_that_held_the_person(
    db_session, clerk, each_database, escaped_from, role
):
    suspect = make_suspect(hours=24 * 400)
    if escaped_from == "custody":
        custody = enter_custody(clerk, enter_arrest(clerk, suspect))
        enter_custody_step(clerk, custody, "end", outcome="escaped")
    else:
        held = enter_detention(clerk, suspect)
        enter_detention_step(clerk, held, "escape", done_on=format_day())
    assert db_session.get(PersonStatus, suspect.person_id).status == "escaped"
    for writer, place in (("clerk.bb", BATTAMBANG), ("clerk.pp", "120101")):
        assert find_readers(db_session, "escape.new_case") == []
        with acting_as(writer):
            add_registered_case(place=place, people=[(suspect.person, role)])
            db_session.commit()
    assert find_readers(db_session, "escape.new_case") == [(None, "PC-02"), CHIEF]


def test_chief_learns_of_each_extension(db_session, clerk, each_database):
    """An extension of 999 hours can be recorded, because unlawful acts are, and no alert came before its end."""
    suspect = make_suspect()
    custody = enter_custody(clerk, enter_arrest(clerk, suspect))
    granted = {"document_no": "5/26", "who": "ព្រះរាជអាជ្ញា", "hours": "999", "hours__reason": "checked"}
    enter_custody_step(clerk, custody, "extension", **granted)
    assert find_readers(db_session, "custody.extended") == [CHIEF]
    held = enter_detention(clerk, make_suspect())
    reasons = {"months__reason": "checked"}
    enter_detention_step(clerk, held, "extension", months="6", document_no="6/26", **reasons)
    messages = db_session.scalars(
        select(Message).where(Message.text_key == "custody.extended").order_by(Message.id)
    )
    ends = db_session.get(Custody, custody).limit_at, db_session.get(Detention, held).due_on
    assert [one.facts["until"][:10] for one in messages] == [f"{end:%d/%m/%Y}" for end in ends]


def find_lost_orders(db_session):
    rows = db_session.scalars(select(Message).where(Message.text_key == "arrest.order_lost"))
    return sorted((one.entity, one.to_unit_code, one.to_role or "") for one in rows)


def test_void_order_notifies_the_unit_that_holds_the_person(db_session, arrested, each_database):
    void_record(arrested)
    db_session.expire_all()
    assert find_lost_orders(db_session) == [("arrest", "PC-02", ""), ("arrest", "PC-02", "Provincial chief")]


def test_order_about_another_person_notifies_the_unit_that_holds_the_person(db_session, arrested):
    pk, held = arrested.id, arrested.person_id
    void_record(next(one for one in arrested.acts if one.kind == "checked"))
    order = db_session.get(CourtOrder, pk)
    assert order.person_id is None
    other = make_registered_person(3)
    db_session.add(other)
    add_event(order, "checked", person=other)
    db_session.commit()
    assert db_session.get(CourtOrder, pk).person_id not in (None, held)
    units = {unit for _entity, unit, _role in find_lost_orders(db_session)}
    assert units == {"PC-02"}


def test_void_order_of_a_released_person_notifies_no_unit(db_session, clerk, arrested):
    custody = db_session.scalars(select(Custody)).one()
    enter_custody_step(clerk, custody.id, "end", outcome="released")
    void_record(db_session.get(CourtOrder, arrested.id))
    assert find_lost_orders(db_session) == []
