"""The units in charge of open records are asked how they end, when another act leaves them open."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import CaseDisposition
from app.custody.models import Judgment
from app.kernel.text import dates
from app.people.deaths import DeathReport
from app.people.models import Person
from app.people.status import PersonStatus
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import add_event, make_active_order
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
    send_form,
)
from tests.html_pages import Page
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared

TRACKED = {"kind": "parole", "supervised_until": "05-03-2031", "reports_to": "PC-02"}


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


def die(db_session, suspect):
    confirm_death(db_session.get(Person, suspect.person_id))
    db_session.commit()


def test_death_asks_for_the_end_of_every_open_record(db_session, clerk, suspect, list_tasks, each_database):
    freed = enter_release(clerk, enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30)), released_on=format_day(-20), **TRACKED)  # fmt: skip
    held = enter_custody(clerk, enter_arrest(clerk, suspect))
    die(db_session, suspect)
    assert list_tasks("custody.person_died") == {("custody", held), ("release", freed)}
    enter_custody_step(clerk, held, "end", outcome="died")
    assert list_tasks("custody.person_died") == {("release", freed)}
    send_form(clerk, "supervisionstep", release=freed, kind="end", done_on=format_day(), document_no="៩/២៦")
    assert list_tasks("custody.person_died") == set()


def test_death_asks_about_an_arrest_alone_and_about_a_prison(db_session, clerk, suspect, list_tasks):
    other = make_suspect(number=7)
    waiting = enter_arrest(clerk, other)
    prison = enter_detention(clerk, suspect)
    for one in (suspect, other):
        die(db_session, one)
    assert list_tasks("custody.person_died") == {("arrest", waiting), ("detention", prison)}
    held = enter_custody(clerk, waiting)
    assert list_tasks("custody.person_died") == {("custody", held), ("detention", prison)}


def test_void_report_of_a_death_asks_nothing_more(db_session, clerk, client_as, suspect, list_tasks):
    enter_custody(clerk, enter_arrest(clerk, suspect))
    die(db_session, suspect)
    report = db_session.scalars(select(DeathReport)).one()
    number = request_correction(client_as("chief.bb"), report, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    assert list_tasks("custody.person_died") == set()


def test_lists_label_the_deceased(db_session, clerk, suspect):
    enter_custody(clerk, enter_arrest(clerk, suspect))
    page = clerk.page("/in-custody/list/").by_id("main")
    assert "បានទទួលមរណភាព" not in page.text
    die(db_session, suspect)
    assert "បានទទួលមរណភាព" in clerk.page("/in-custody/list/").by_id("main").text


def test_arrest_of_an_escaped_prisoner_asks_for_the_recapture(
    db_session, clerk, suspect, list_tasks, each_database
):
    served = enter_detention(clerk, suspect)
    enter_detention_step(clerk, served, "escape", done_on=format_day(-1))
    assert list_tasks("detention.recaptured") == set()
    held = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, held, "end", outcome="to_prosecutor")
    assert list_tasks("detention.recaptured") == {("detention", served)}
    enter_detention_step(clerk, served, "recapture")
    assert list_tasks("detention.recaptured") == set()


def test_new_detention_asks_about_the_follow_up(db_session, clerk, suspect, list_tasks, each_database):
    first = enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30))
    freed = enter_release(clerk, first, released_on=format_day(-20), **TRACKED)
    assert list_tasks("release.held_again") == set()
    again = enter_detention(clerk, suspect, since__reason="checked")
    assert list_tasks("release.held_again") == {("release", freed)}
    enter_release(clerk, again)
    status = db_session.get(PersonStatus, suspect.person_id)
    assert status is None, "the first release does not come back"
    send_form(clerk, "supervisionstep", release=freed, kind="end", done_on=format_day(), document_no="៩/២៦")
    assert list_tasks("release.held_again") == set()


def test_final_conviction_asks_about_the_judicial_supervision(
    db_session, clerk, suspect, list_tasks, each_database
):
    order = make_active_order(person=suspect.person, case=suspect.case, kind="supervision")
    db_session.commit()
    order_id = order.id
    assert order.status == "in_force"
    freed = enter_release(
        clerk, enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30)),
        released_on=format_day(-20), **TRACKED | {"kind": "supervision"},
    )  # fmt: skip
    judged = enter_judgment(clerk, suspect, decided_on=format_day())
    assert list_tasks("supervision.judged") == set(), "the judgment is not final"
    send_form(clerk, "judgmentstep", judgment=judged, kind="final", done_on=format_day(), document_no="5/26")
    assert list_tasks("supervision.judged") == {("release", freed), ("court_order", order_id)}


def test_final_acquittal_asks_for_the_end_of_the_follow_up(
    db_session, clerk, client_as, suspect, list_tasks, each_database
):
    freed = enter_release(
        clerk, enter_detention(clerk, suspect, since=format_day(-30), document_date=format_day(-30)),
        released_on=format_day(-20), **TRACKED | {"kind": "supervision"},
    )  # fmt: skip
    judged = enter_judgment(clerk, suspect, decided_on=format_day(), verdict="acquitted")
    assert db_session.get(PersonStatus, suspect.person_id).status == "supervised"
    send_form(clerk, "judgmentstep", judgment=judged, kind="final", done_on=format_day(), document_no="5/26")
    assert list_tasks("release.cleared") == {("release", freed)}
    assert db_session.get(PersonStatus, suspect.person_id).status == "cleared"
    number = request_correction(client_as("chief.bb"), db_session.get(Judgment, judged), kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    assert list_tasks("release.cleared") == set()
    assert db_session.get(PersonStatus, suspect.person_id).status == "supervised"


def test_judgment_that_is_set_aside_asks_about_the_conditional_release(
    db_session, clerk, suspect, list_tasks, each_database
):
    judged = enter_judgment(clerk, suspect, decided_on=format_day(-90))
    sentence = enter_sentence(clerk, judged, starts_on=format_day(-90), years=None, months="4")
    days = {"since": format_day(-90), "document_date": format_day(-90)}
    prison = enter_detention(clerk, suspect, kind="sentence", sentence=sentence, offence_class=None, **days)
    freed = enter_release(clerk, prison, released_on=format_day(-20), **TRACKED)
    assert db_session.get(PersonStatus, suspect.person_id).status == "on_parole"
    step = {"judgment": judged, "kind": "set_aside", "done_on": format_day(), "document_no": "5/26"}
    send_form(clerk, "judgmentstep", **step)
    assert list_tasks("release.overturned") == {("release", freed)}
    assert db_session.get(PersonStatus, suspect.person_id).status == "released"
    send_form(clerk, "supervisionstep", release=freed, kind="end", done_on=format_day(), document_no="៩/២៦")
    assert list_tasks("release.overturned") == set()
    assert db_session.get(PersonStatus, suspect.person_id) is None


def add_step(clerk, case_id, kind, **over):
    given = {
        "decided_on": format_day(),
        "court": "CFI-02",
        "document_no": "១២/២៦",
        "document_date": format_day(),
    }
    answer = clerk.send("/casedisposition/add", {"case": case_id, "kind": kind} | given | over)
    Page.from_response(answer, 302)


def test_non_suit_of_a_case_asks_about_every_order_and_prisoner(
    db_session, clerk, suspect, list_tasks, each_database
):
    order = make_active_order(person=suspect.person, case=suspect.case, number="7/26")
    db_session.commit()
    prison = enter_detention(clerk, suspect)
    add_step(clerk, suspect.case_id, "introductory")
    assert list_tasks("non_suit.undecided") == set()
    add_step(clerk, suspect.case_id, "non_suit")
    assert list_tasks("non_suit.undecided") == {("court_order", order.id), ("detention", prison)}
    assert db_session.get(PersonStatus, suspect.person_id).status == "wanted", "the step names no person"
    judgment = enter_judgment(clerk, suspect, verdict="non_suit", decided_on=format_day(), court_no="12/26")
    send_form(
        clerk, "judgmentstep", judgment=judgment, kind="final", done_on=format_day(), document_no="12/26"
    )
    assert list_tasks("non_suit.undecided") == {("detention", prison)}
    enter_release(clerk, prison)
    assert list_tasks("non_suit.undecided") == set()


def test_order_that_is_verified_after_the_non_suit_is_asked_about(db_session, clerk, suspect, list_tasks):
    add_step(clerk, suspect.case_id, "non_suit")
    order = make_active_order(person=suspect.person, case=suspect.case, number="7/26")
    db_session.commit()
    assert list_tasks("non_suit.undecided") == {("court_order", order.id)}


def test_void_or_appealed_non_suit_asks_nothing_more(db_session, clerk, client_as, suspect, list_tasks):
    order = make_active_order(person=suspect.person, case=suspect.case, number="7/26")
    db_session.commit()
    add_step(clerk, suspect.case_id, "non_suit")
    asked = {("court_order", order.id)}
    assert list_tasks("non_suit.undecided") == asked
    add_step(clerk, suspect.case_id, "appeal")
    assert list_tasks("non_suit.undecided") == set()
    for kind, after in (("appeal", asked), ("non_suit", set())):
        found = select(CaseDisposition).where(CaseDisposition.kind == kind)
        number = request_correction(client_as("chief.bb"), db_session.scalars(found).one(), kind="void")
        decide(client_as("planning"), number)
        apply_correction(client_as("twg"), number)
        assert list_tasks("non_suit.undecided") == after


def test_indictment_answers_the_question_for_its_person(db_session, clerk, suspect, list_tasks):
    make_active_order(person=suspect.person, case=suspect.case, number="7/26")
    db_session.commit()
    add_step(clerk, suspect.case_id, "non_suit")
    make_active_order(
        person=suspect.person,
        case=suspect.case,
        number="8/26",
        kind="indictment",
        issuer="investigating_judge",
    )
    db_session.commit()
    assert list_tasks("non_suit.undecided") == set()


def test_non_suit_that_names_the_person_asks_without_a_step(db_session, clerk, suspect, list_tasks):
    order = make_active_order(person=suspect.person, case=suspect.case, number="7/26")
    paper = make_active_order(
        person=suspect.person, case=suspect.case, number="9/26", kind="non_suit", issuer="investigating_judge"
    )
    db_session.commit()
    assert list_tasks("non_suit.undecided") == {("court_order", order.id)}
    add_event(paper, "recalled", document_no="10/26", document_date=dates.now().date())
    db_session.commit()
    assert list_tasks("non_suit.undecided") == set()


@pytest.mark.parametrize("is_first", [True, False], ids=["order first", "prison first"])
def test_supervision_order_asks_for_the_release_from_prison(
    db_session, clerk, suspect, list_tasks, is_first, each_database
):
    def order():
        issued = {"issued_on": dates.now().date(), "received_on": dates.now().date()}
        make_active_order(
            person=suspect.person,
            case=suspect.case,
            number="7/26",
            kind="supervision",
            issuer="investigating_judge",
            **issued,
        )
        db_session.commit()

    if is_first:
        order()
    prison = enter_detention(clerk, suspect)
    if not is_first:
        order()
    assert list_tasks("detention.supervision_ordered") == {("detention", prison)}
    enter_release(clerk, prison, kind="supervision", supervised_until="05-03-2031", reports_to="PC-02")
    assert list_tasks("detention.supervision_ordered") == set()


def test_supervision_order_of_another_case_or_before_the_prison_asks_nothing(
    db_session, clerk, suspect, list_tasks
):
    other = make_suspect(number=8)
    for number, case, issued_on in (("7/26", other.case, 0), ("8/26", suspect.case, 5)):
        day = dates.now().date() - timedelta(days=issued_on)
        make_active_order(
            person=suspect.person, case=case, number=number, kind="supervision", issuer="investigating_judge",
            issued_on=day, received_on=day,
        )  # fmt: skip
    db_session.commit()
    enter_detention(clerk, suspect)
    assert list_tasks("detention.supervision_ordered") == set()
