"""Arrest and police custody through the forms: the clock, what is refused and what is asked."""

import io
from datetime import date, timedelta

import pytest

from app.custody import derived_state, queries
from app.custody.models import Arrest, Custody, HeldFile
from app.kernel.text import dates
from app.kernel.validation.warning_overrides import PassedWarning
from app.people import status
from tests.court_orders.sample_orders import an_active_order
from tests.custody.form_data import a_suspect, ago, arrest, custody, rules_said, step
from tests.kernel.files.test_store import PDF
from tests.sql_calls import Program


@pytest.fixture
def suspect(db_session):
    return a_suspect()


@pytest.fixture
def held(db_session, clerk, suspect):
    """The number of an open custody, with everything told."""
    return custody(clerk, arrest(clerk, suspect))


def the(db_session, model, pk):
    db_session.expire_all()
    return db_session.get(model, pk)


def test_a_custody_ends_48_hours_after_the_arrival(db_session, held):
    one = the(db_session, Custody, held)
    assert one.limit_at == one.arrived_at + timedelta(hours=48)
    assert (one.ended_at, one.outcome, one.limit_code) == (None, None, "custody")
    assert one.person_id == one.arrest.person_id == one.arrest.involvement.person_id


def test_the_end_closes_it_with_its_outcome(db_session, clerk, held):
    step(clerk, held, "end", outcome="to_prosecutor")
    one = the(db_session, Custody, held)
    assert one.outcome == "to_prosecutor" and one.ended_at is not None


def test_an_extension_gives_a_felony_24_hours_once(db_session, clerk, held):
    typed = {"who": "ព្រះរាជអាជ្ញា មាស សុភា", "paper_no": "៨៨/២៦", "hours": "24"}
    step(clerk, held, "extension", **typed, at__reason="checked")
    one = the(db_session, Custody, held)
    assert one.limit_at == one.arrived_at + timedelta(hours=72)
    assert ("V061", "kind") in rules_said(step(clerk, held, "extension", 422, **typed))


def test_a_struck_out_end_opens_the_custody_again(db_session, clerk, held):
    step(clerk, held, "end", outcome="released")
    one = the(db_session, Custody, held)
    end = one.steps[-1]
    with db_session.no_autoflush:
        end.voided_at = dates.now()
        derived_state.custody_state(one)
    assert one.ended_at is None
    db_session.rollback()


REFUSED_ARRESTS = [
    ("V056", "at", {"at": ago(hours=300)}),
    ("V004", "at", {"at": ago(hours=-2)}),
    ("V057", "paper_no", {"ground": "authorisation"}),
    ("V045", "involvement", {"involvement": None}),
]


@pytest.mark.parametrize(("rule", "box", "typed"), REFUSED_ARRESTS, ids=[one[0] for one in REFUSED_ARRESTS])
def test_an_arrest_that_breaks_a_rule_is_refused_beside_its_box(clerk, suspect, rule, box, typed):
    assert (rule, box) in rules_said(arrest(clerk, suspect, 422, **typed))


def test_a_buddhist_year_is_refused(clerk, suspect):
    page = arrest(clerk, suspect, 422, at="05/03/2569 10:00")
    assert page.by_id("at").up("field").all("p", css="say")


def test_a_victim_is_not_arrested(db_session, clerk, suspect):
    suspect.role = "victim"
    db_session.commit()
    assert ("V028", "involvement") in rules_said(arrest(clerk, suspect, 422))


def test_a_child_below_14_is_not_arrested(db_session, clerk):
    child = a_suspect(born_on=date(dates.now().year - 12, 1, 1))
    assert ("V049", "involvement") in rules_said(arrest(clerk, child, 422))


def test_the_dead_are_not_arrested(db_session, clerk, suspect):
    suspect.person.deceased_on = dates.now().date() - timedelta(days=2)
    db_session.commit()
    assert ("V044", "at") in rules_said(arrest(clerk, suspect, 422))


def test_who_died_in_custody_is_dead_everywhere_and_not_arrested_again(db_session, clerk, held, suspect):
    wanted = an_active_order(person=suspect.person)
    db_session.commit()
    step(clerk, held, "end", outcome="died", at=ago(minutes=10))
    assert status.of(db_session, [suspect.person_id])[suspect.person_id].status == "deceased"
    assert wanted.status == "active", "the court is still to be told by a notice"
    following_day = dates.now() + timedelta(days=1)
    assert queries.facts(Arrest(person=suspect.person, at=following_day)).died_on == dates.now().date()


def test_a_second_arrest_on_the_same_facts_asks_for_the_new_ground(db_session, clerk, held, suspect):
    step(clerk, held, "end", outcome="released")
    assert ("V069", "at") in rules_said(arrest(clerk, suspect, 422, at=ago(minutes=30)))


def test_the_arrival_is_not_before_the_arrest(clerk, suspect):
    page = custody(clerk, arrest(clerk, suspect), 422, arrived_at=ago(hours=7))
    assert ("V059", "arrived_at") in rules_said(page)


def test_nobody_is_held_for_a_petty_offence(clerk, suspect):
    page = custody(clerk, arrest(clerk, suspect), 422, offence_class="petty")
    assert ("V065", "offence_class") in rules_said(page)


def test_nobody_is_held_twice_at_the_same_time(db_session, clerk, held, suspect):
    again = arrest(clerk, suspect, at=ago(hours=4), at__reason="checked")
    assert ("V068", "arrived_at") in rules_said(custody(clerk, again, 422, arrived_at=ago(hours=3)))


def test_the_form_tells_when_the_custody_ends(clerk, suspect):
    page = custody(clerk, arrest(clerk, suspect), 422, arrived_at=ago(hours=7))
    assert ("V064", "arrived_at") in rules_said(page)


REFUSED_STEPS = [
    ("V067", "outcome", "end", {}),
    ("V067", "outcome", "rights", {"outcome": "released"}),
    ("V059", "at", "rights", {"at": ago(hours=9)}),
    ("V061", "paper_no", "extension", {"who": "x", "hours": "24"}),
    ("V061", "hours", "extension", {"who": "x", "paper_no": "1", "hours": "48"}),
]


@pytest.mark.parametrize(("rule", "box", "kind", "typed"), REFUSED_STEPS)
def test_a_step_that_breaks_a_rule_is_refused_beside_its_box(clerk, held, rule, box, kind, typed):
    assert (rule, box) in rules_said(step(clerk, held, kind, 422, **typed))


def test_nothing_is_done_in_a_custody_that_has_ended(clerk, held):
    step(clerk, held, "end", outcome="released", at=ago(hours=2))
    assert ("V067", "at") in rules_said(step(clerk, held, "doctor", 422))


def test_whoever_was_held_too_long_is_recorded_with_the_reason(db_session, clerk, suspect):
    long = custody(clerk, arrest(clerk, suspect, at=ago(hours=61)), arrived_at=ago(hours=60))
    page = step(clerk, long, "end", 422, outcome="to_prosecutor")
    assert {("V060", "at"), ("V066", "at")} <= rules_said(page)
    step(clerk, long, "lawyer", at=ago(hours=40))
    step(clerk, long, "end", outcome="to_prosecutor", at__reason="distance")
    assert the(db_session, Custody, long).ended_at > the(db_session, Custody, long).limit_at


@pytest.mark.parametrize("by_api", [False, True], ids=["form", "api"])
def test_two_warnings_at_one_box_are_passed_each_by_its_own_reason(db_session, clerk, suspect, by_api):
    """Why he was held too long stands in another list than why no lawyer was called."""
    long = custody(clerk, arrest(clerk, suspect, at=ago(hours=61)), arrived_at=ago(hours=60))
    page = step(clerk, long, "end", 422, outcome="released")
    names = [one["name"] for one in page.all("select") if one["name"].endswith("__reason")]
    assert names == ["at__V060__reason", "at__V066__reason"]
    given = {"at__V060__reason": "distance", "at__V066__reason": "not_told"}
    typed = {"custody": long, "kind": "end", "outcome": "released", "at": ago(hours=1)}
    if by_api:
        Program(clerk).post("custody-steps/", typed | given)
    else:
        answer = clerk.send("/custodystep/add", typed | given)
        assert answer.status_code == 302
    kept = {one.rule: one.reason for one in db_session.query(PassedWarning).filter_by(entity="custody_step")}
    assert kept == {"V060": "distance", "V066": "not_told"}


def test_a_minor_has_a_shorter_limit_and_no_extension(db_session, clerk):
    young = a_suspect(felony=False, born_on=date(dates.now().year - 17, 1, 1))
    pk = custody(clerk, arrest(clerk, young), offence_class="misdemeanour")
    one = the(db_session, Custody, pk)
    assert one.limit_code == "custody_16_misdemeanour"
    assert one.limit_at == one.arrived_at + timedelta(hours=36)
    said = rules_said(step(clerk, pk, "extension", 422, who="x", paper_no="1", hours="24"))
    assert ("V062", "kind") in said


def test_the_arrest_lies_where_its_unit_lies(db_session, clerk, suspect):
    one = the(db_session, Arrest, arrest(clerk, suspect))
    assert one.province_code == "02" and one.number.startswith("A-")


def test_a_minor_who_was_held_too_long_is_recorded_by_the_rule_of_minors(db_session, clerk):
    young = a_suspect(felony=False, born_on=date(dates.now().year - 17, 1, 1))
    pk = custody(
        clerk, arrest(clerk, young, at=ago(hours=41)), arrived_at=ago(hours=40), offence_class="misdemeanour"
    )
    assert ("V063", "at") in rules_said(step(clerk, pk, "end", 422, outcome="released"))


def test_a_custody_starts_from_the_last_arrest_of_the_person(clerk, suspect):
    made = arrest(clerk, suspect)
    typed = clerk.page(f"/custody/add?person={suspect.person_id}").typed()
    assert (typed["arrest"], typed["held_by"]) == ([str(made)], ["PC-02"])


@pytest.mark.parametrize("page", ["arrest", "custody"])
def test_a_paper_carries_its_scan(db_session, clerk, client_as, suspect, held, page):
    pk = held if page == "custody" else the(db_session, Custody, held).arrest_id
    shown = f"/{page}/show/{pk}"
    sent = {"scan": (io.BytesIO(PDF), "paper.pdf")}
    answer = clerk.send(f"/{page}/scan/{pk}", sent, content_type="multipart/form-data")
    assert answer.status_code == 302 and answer.location.endswith(shown)
    scan = db_session.query(HeldFile).one()
    assert scan.paper.id == pk and scan.person_id == suspect.person_id
    address = f"/file/held-file/{scan.id}/full"
    assert address in clerk.get(shown).text
    with clerk.get(address) as answer:
        assert answer.data == PDF
    assert client_as("clerk.pp").get(address).status_code == 404


def test_a_page_has_one_main_button(clerk, held):
    assert len(clerk.page(f"/custody/show/{held}").by_id("main").all("a", css="main")) == 1


def test_the_form_of_a_step_says_whose_custody_it_is_and_leads_back(clerk, held):
    (crumbs,) = clerk.page(f"/custodystep/add?custody={held}").all("nav", css="crumbs")
    (link,) = crumbs.all("a")
    assert link["href"] == f"/custody/show/{held}" and "សុខ ដារ៉ា" in link.text
