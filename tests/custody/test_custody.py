"""Arrest and police custody in the forms: the time limit, errors and warnings."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.cases.models import Involvement
from app.court_orders.models import OrderMatch
from app.custody import derived_state, queries
from app.custody.models import Arrest, Custody, CustodyDocument, Detention
from app.inbox.models import Message
from app.kernel.text import dates
from app.kernel.validation.warning_overrides import WarningOverride
from app.people import status
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    find_shown_rules,
    format_ago,
    make_suspect,
)
from tests.kernel.files.test_store import PDF
from tests.people.sample_deaths import confirm_death, decide, report_death
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program


@prepared
def suspect(db_session):
    return make_suspect()


@pytest.fixture
def custody_id(db_session, clerk, suspect):
    """The id of an open custody."""
    return enter_custody(clerk, enter_arrest(clerk, suspect))


def reload(db_session, model, pk):
    db_session.expire_all()
    return db_session.get(model, pk)


def test_a_custody_ends_48_hours_after_the_arrival(db_session, custody_id):
    one = reload(db_session, Custody, custody_id)
    assert one.limit_at == one.arrived_at + timedelta(hours=48)
    assert (one.ended_at, one.outcome, one.limit_code) == (None, None, "custody")
    assert one.person_id == one.arrest.person_id == one.arrest.involvement.person_id


def test_end_step_ends_custody_with_its_outcome(db_session, clerk, custody_id):
    enter_custody_step(clerk, custody_id, "end", outcome="to_prosecutor")
    one = reload(db_session, Custody, custody_id)
    assert one.outcome == "to_prosecutor" and one.ended_at is not None


def test_felony_extension_adds_24_hours_once(db_session, clerk, custody_id):
    fields = {"who": "ព្រះរាជអាជ្ញា មាស សុភា", "document_no": "៨៨/២៦", "hours": "24"}
    enter_custody_step(clerk, custody_id, "extension", **fields, at__reason="checked")
    one = reload(db_session, Custody, custody_id)
    assert one.limit_at == one.arrived_at + timedelta(hours=72)
    assert ("V061", "kind") in find_shown_rules(
        enter_custody_step(clerk, custody_id, "extension", 422, **fields)
    )


def test_voided_end_opens_the_custody_again(db_session, clerk, custody_id):
    enter_custody_step(clerk, custody_id, "end", outcome="released")
    one = reload(db_session, Custody, custody_id)
    end = one.steps[-1]
    with db_session.no_autoflush:
        end.voided_at = dates.now()
        derived_state.update_custody(one)
    assert one.ended_at is None
    db_session.rollback()


REFUSED_ARRESTS = [
    ("V056", "at", {"at": format_ago(hours=300)}),
    ("V004", "at", {"at": format_ago(hours=-2)}),
    ("V057", "document_no", {"ground": "authorisation"}),
    ("V045", "involvement", {"involvement": None}),
]


@pytest.mark.parametrize(
    ("rule", "field", "fields"), REFUSED_ARRESTS, ids=[one[0] for one in REFUSED_ARRESTS]
)
def test_invalid_arrest_shows_rule_at_the_field(clerk, suspect, rule, field, fields):
    assert (rule, field) in find_shown_rules(enter_arrest(clerk, suspect, 422, **fields))


def test_buddhist_year_is_refused(clerk, suspect):
    page = enter_arrest(clerk, suspect, 422, at="05/03/2569 10:00")
    assert page.by_id("at").up("field").all("p", css="message")


def test_arrest_of_victim_is_refused(db_session, clerk, suspect):
    with acting_as("clerk.bb"):
        victim = Involvement(case=suspect.case, person=make_registered_person(number=8), role="victim")
        db_session.add(victim)
        db_session.commit()
    assert ("V028", "involvement") in find_shown_rules(enter_arrest(clerk, victim, 422))


def test_arrest_of_child_below_14_is_refused(db_session, clerk):
    child = make_suspect(born_on=date(dates.now().year - 12, 1, 1))
    assert ("V049", "involvement") in find_shown_rules(enter_arrest(clerk, child, 422))


def test_arrest_of_a_person_of_unknown_age_asks_for_the_age(db_session, clerk):
    ageless = make_suspect(born_on=None)
    assert ("V049", "involvement") in find_shown_rules(enter_arrest(clerk, ageless, 422))
    enter_arrest(clerk, ageless, involvement__reason="checked")


def test_arrest_of_dead_person_is_refused(db_session, clerk, suspect):
    confirm_death(suspect.person, dates.now().date() - timedelta(days=2))
    db_session.commit()
    assert ("V044", "at") in find_shown_rules(enter_arrest(clerk, suspect, 422))


def read_status(session, person_id):
    row = status.get_statuses(session, [person_id]).get(person_id)
    return row.status if row is not None else None


@pytest.mark.parametrize("held", ["custody", "detention"])
def test_death_in_custody_counts_when_a_second_officer_confirms_its_report(
    db_session, clerk, custody_id, suspect, each_database, held
):
    """V113."""
    wanted = make_active_order(person=suspect.person)
    db_session.commit()
    task = select(Message.done_at).where(Message.text_key == "custody.death_unreported")
    if held == "detention":
        enter_custody_step(clerk, custody_id, "end", outcome="to_prosecutor", at=format_ago(minutes=20))
        pk = enter_detention(clerk, suspect)
        enter_detention_step(clerk, pk, "end", reason="died", document_no="4/26")
        assert db_session.get(Detention, pk).ended_on is not None
    else:
        enter_custody_step(clerk, custody_id, "end", outcome="died", at=format_ago(minutes=10))
        assert db_session.get(Custody, custody_id).ended_at is not None
    assert db_session.scalars(task).all() == [None]
    assert (read_status(db_session, suspect.person_id), wanted.status) == ("wanted", "active")
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(suspect.person, "witness")])
    db_session.commit()
    assert set(db_session.scalars(select(OrderMatch.state))) == {"waiting"}, "one officer ended no search"
    report = report_death(suspect.person)
    db_session.commit()
    assert None not in db_session.scalars(task).all()
    assert read_status(db_session, suspect.person_id) == "wanted"
    decide(report)
    db_session.commit()
    assert read_status(db_session, suspect.person_id) == "deceased"
    following_day = dates.now() + timedelta(days=1)
    assert queries.load_facts(Arrest(person=suspect.person, at=following_day)).died_on == dates.now().date()


def test_rearrest_after_release_needs_a_reason(db_session, clerk, custody_id, suspect):
    enter_custody_step(clerk, custody_id, "end", outcome="released")
    assert ("V069", "at") in find_shown_rules(enter_arrest(clerk, suspect, 422, at=format_ago(minutes=30)))


def test_arrival_before_the_arrest_is_refused(clerk, suspect):
    page = enter_custody(clerk, enter_arrest(clerk, suspect), 422, arrived_at=format_ago(hours=7))
    assert ("V059", "arrived_at") in find_shown_rules(page)


def test_custody_for_petty_offence_is_refused(clerk, suspect):
    page = enter_custody(clerk, enter_arrest(clerk, suspect), 422, offence_class="petty")
    assert ("V065", "offence_class") in find_shown_rules(page)


def test_overlapping_custody_is_refused(db_session, clerk, custody_id, suspect):
    again = enter_arrest(clerk, suspect, at=format_ago(hours=4), at__reason="checked")
    assert ("V068", "arrived_at") in find_shown_rules(
        enter_custody(clerk, again, 422, arrived_at=format_ago(hours=3))
    )


def test_custody_form_shows_the_limit(clerk, suspect):
    page = enter_custody(clerk, enter_arrest(clerk, suspect), 422, arrived_at=format_ago(hours=7))
    assert ("V064", "arrived_at") in find_shown_rules(page)


def test_form_of_a_later_custody_counts_from_the_first_arrival(db_session, clerk, custody_id):
    granted = {"hours": "24", "who": "ព្រះរាជអាជ្ញា សុខ", "document_no": "7/26"}
    enter_custody_step(clerk, custody_id, "extension", at=format_ago(hours=3), **granted)
    enter_custody_step(
        clerk, custody_id, "end", outcome="transferred", to_unit="PC-12", at=format_ago(hours=2)
    )
    first = reload(db_session, Custody, custody_id)
    later = reload(db_session, Custody, enter_custody(clerk, first.arrest_id, arrived_at=format_ago(hours=1)))
    facts = queries.load_facts(later)
    assert (facts.first_arrival, facts.granted_hours, facts.overlapping) == (first.arrived_at, 24, ())


REFUSED_STEPS = [
    ("V067", "outcome", "end", {}),
    ("V067", "outcome", "rights", {"outcome": "released"}),
    ("V059", "at", "rights", {"at": format_ago(hours=9)}),
    ("V061", "document_no", "extension", {"who": "x", "hours": "24"}),
    ("V061", "hours", "extension", {"who": "x", "document_no": "1", "hours": "48"}),
]


@pytest.mark.parametrize(("rule", "field", "kind", "fields"), REFUSED_STEPS)
def test_invalid_step_shows_rule_at_the_field(clerk, custody_id, rule, field, kind, fields):
    assert (rule, field) in find_shown_rules(enter_custody_step(clerk, custody_id, kind, 422, **fields))


def test_step_after_the_end_is_refused(clerk, custody_id):
    enter_custody_step(clerk, custody_id, "end", outcome="released", at=format_ago(hours=2))
    assert ("V067", "at") in find_shown_rules(enter_custody_step(clerk, custody_id, "doctor", 422))


def test_late_end_is_saved_with_a_reason(db_session, clerk, suspect):
    long = enter_custody(
        clerk, enter_arrest(clerk, suspect, at=format_ago(hours=61)), arrived_at=format_ago(hours=60)
    )
    page = enter_custody_step(clerk, long, "end", 422, outcome="to_prosecutor")
    assert {("V060", "at"), ("V066", "at")} <= find_shown_rules(page)
    enter_custody_step(clerk, long, "lawyer", at=format_ago(hours=40))
    enter_custody_step(clerk, long, "end", outcome="to_prosecutor", at__reason="distance")
    assert reload(db_session, Custody, long).ended_at > reload(db_session, Custody, long).limit_at


@pytest.mark.parametrize("by_api", [False, True], ids=["form", "api"])
def test_error_stays_although_a_reason_is_sent(db_session, clerk, custody_id, by_api):
    fields = {"custody": custody_id, "kind": "end", "at": format_ago(hours=1)}
    reasons = {"outcome__reason": "not_stated", "outcome__V067__reason": "not_stated"}
    if by_api:
        errors = Program(clerk).post("custody-steps/", fields | reasons, 422)["errors"]
        assert [(one["rule"], one["severity"]) for one in errors["outcome"]] == [("V067", "error")]
    else:
        assert clerk.send("/custodystep/add", fields | reasons).status_code == 422
    assert reload(db_session, Custody, custody_id).ended_at is None


@pytest.mark.parametrize("by_api", [False, True], ids=["form", "api"])
def test_two_warnings_at_one_field_take_two_reasons(db_session, clerk, suspect, by_api):
    """The reasons for a late end and for a missing lawyer are in different lists."""
    long = enter_custody(
        clerk, enter_arrest(clerk, suspect, at=format_ago(hours=61)), arrived_at=format_ago(hours=60)
    )
    page = enter_custody_step(clerk, long, "end", 422, outcome="released")
    names = [one["name"] for one in page.all("select") if one["name"].endswith("__reason")]
    assert names == ["at__V060__reason", "at__V066__reason"]
    reasons = {"at__V060__reason": "distance", "at__V066__reason": "not_stated"}
    fields = {"custody": long, "kind": "end", "outcome": "released", "at": format_ago(hours=1)}
    if by_api:
        Program(clerk).post("custody-steps/", fields | reasons)
    else:
        response = clerk.send("/custodystep/add", fields | reasons)
        assert response.status_code == 302
    stored = {
        one.rule: one.reason for one in db_session.query(WarningOverride).filter_by(entity="custody_step")
    }
    assert stored == {"V060": "distance", "V066": "not_stated"}


def test_minor_has_shorter_limit_and_no_extension(db_session, clerk):
    young = make_suspect(felony=False, born_on=date(dates.now().year - 17, 1, 1))
    pk = enter_custody(clerk, enter_arrest(clerk, young), offence_class="misdemeanour")
    one = reload(db_session, Custody, pk)
    assert one.limit_code == "custody_16_misdemeanour"
    assert one.limit_at == one.arrived_at + timedelta(hours=36)
    rules = find_shown_rules(
        enter_custody_step(clerk, pk, "extension", 422, who="x", document_no="1", hours="24")
    )
    assert ("V062", "kind") in rules


def test_arrest_has_the_area_of_its_unit(db_session, clerk, suspect):
    one = reload(db_session, Arrest, enter_arrest(clerk, suspect))
    assert one.province_code == "02" and one.number.startswith("A-")


def test_late_end_for_minor_shows_rule_for_minors(db_session, clerk):
    young = make_suspect(felony=False, born_on=date(dates.now().year - 17, 1, 1))
    pk = enter_custody(
        clerk,
        enter_arrest(clerk, young, at=format_ago(hours=41)),
        arrived_at=format_ago(hours=40),
        offence_class="misdemeanour",
    )
    assert ("V063", "at") in find_shown_rules(enter_custody_step(clerk, pk, "end", 422, outcome="released"))


def test_custody_form_starts_from_last_arrest(clerk, suspect):
    arrest_id = enter_arrest(clerk, suspect)
    fields = clerk.page(f"/custody/add?person={suspect.person_id}").typed()
    assert (fields["arrest"], fields["held_by"]) == ([str(arrest_id)], ["PC-02"])


@pytest.mark.parametrize("page", ["arrest", "custody"])
def test_attached_scan_is_shown_on_record_page(db_session, clerk, client_as, suspect, custody_id, page):
    pk = custody_id if page == "custody" else reload(db_session, Custody, custody_id).arrest_id
    url = f"/{page}/show/{pk}"
    data = {"scan": (io.BytesIO(PDF), "paper.pdf")}
    response = clerk.send(f"/{page}/scan/{pk}", data, content_type="multipart/form-data")
    assert response.status_code == 302 and response.location.endswith(url)
    scan = db_session.query(CustodyDocument).one()
    assert scan.parent.id == pk and scan.person_id == suspect.person_id
    address = f"/file/custody-document/{scan.id}/full"
    assert address in clerk.get(url).text
    with clerk.get(address) as response:
        assert response.data == PDF
    assert client_as("clerk.pp").get(address).status_code == 404


def test_custody_page_has_one_main_button(clerk, custody_id):
    assert len(clerk.page(f"/custody/show/{custody_id}").by_id("main").all("a", css="main")) == 1


def test_step_form_links_back_to_its_custody(clerk, custody_id):
    (crumbs,) = clerk.page(f"/custodystep/add?custody={custody_id}").all("nav", css="crumbs")
    (link,) = crumbs.all("a")
    assert link["href"] == f"/custody/show/{custody_id}" and "សុខ ដារ៉ា" in link.text
