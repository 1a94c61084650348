"""The form of an arrest also takes the arrival in police custody, with the rules of both."""

import pytest
from sqlalchemy import func, select

from app.custody.models import Arrest, Custody, CustodyStep, Release
from app.kernel.audit.recorder import AuditEvent
from app.kernel.validation.warning_overrides import WarningOverride
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    UNIT,
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_release,
    find_shown_rules,
    format_ago,
    make_suspect,
)
from tests.html_pages import Page
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG

ARRIVAL = {"arrived_at": format_ago(hours=5), "held_by": UNIT, "offence_class": "felony"}
PROPERTY = {"health": "របួសស្រាលនៅដៃ", "property_taken": "ទូរសព្ទ ១ · ប្រាក់ ២០.០០០ រៀល"}


def read_form(page):
    """Return what a browser would send back from the form on that page."""
    return {
        name: found[-1] for name, found in page.typed().items() if name not in ("q", "csrf_token") and found
    }


@prepared
def suspect(db_session):
    return make_suspect()


def send(clerk, suspect, **over):
    fields = {
        "involvement": suspect.id, "at": format_ago(hours=6), "ground": "flagrant", "by_unit": UNIT,
        "officers": "អនុសេនីយ៍ឯក កែវ ពិសិដ្ឋ",
    }  # fmt: skip
    return clerk.send("/arrest/add", {name: value for name, value in (fields | over).items() if value})


def count(db_session):
    return tuple(db_session.scalar(select(func.count()).select_from(model)) for model in (Arrest, Custody))


def test_one_form_records_the_arrest_and_the_arrival(db_session, clerk, suspect, each_database):
    answer = send(clerk, suspect, **ARRIVAL, **PROPERTY)
    held = db_session.scalars(select(Custody)).one()
    assert answer.location.endswith(f"/custody/show/{held.id}"), "the next step is the rights"
    assert (held.arrest.person_id, held.arrest.awaits_custody) == (suspect.person_id, False)
    assert (held.health, held.property_taken) == tuple(PROPERTY.values())
    assert held.limit_at is not None
    written = select(AuditEvent.entity, AuditEvent.entity_id)
    assert {("arrest", held.arrest_id), ("custody", held.id)} <= {
        tuple(one) for one in db_session.execute(written)
    }


def test_arrest_without_an_arrival_is_an_arrest_alone(db_session, clerk, suspect):
    answer = send(clerk, suspect, held_by=UNIT, offence_class="felony")
    assert "/arrest/show/" in answer.location
    assert count(db_session) == (1, 0)


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ({"arrived_at": format_ago(hours=7)}, ("V059", "arrived_at")),
        ({"arrived_at": "៣០/០២/២០២៦ ១០:០០"}, None),
        ({"arrived_at": "", "health": "របួស"}, ("", "arrived_at")),
        ({"property_taken": "ក" * 1001}, ("", "property_taken")),
        ({"offence_class": "petty"}, ("V065", "offence_class")),
    ],
)
def test_wrong_arrival_is_refused_at_its_field_and_nothing_is_saved(db_session, clerk, suspect, typed, rule):
    page = Page.from_response(send(clerk, suspect, **ARRIVAL | typed), 422)
    if rule is not None and rule[0]:
        assert rule in find_shown_rules(page)
    name = rule[1] if rule is not None else "arrived_at"
    assert page.by_id(name).up("field").all("p", css="message")
    assert read_form(page)["officers"], "the input is kept"
    assert count(db_session) == (0, 0)


def test_time_of_arrival_alone_is_enough(db_session, clerk, suspect):
    send(clerk, suspect, arrived_at=format_ago(hours=5))
    held = db_session.scalars(select(Custody)).one()
    assert (held.held_by_code, held.offence_class) == (UNIT, "felony")


def test_class_of_the_offence_is_asked_for_without_a_case(db_session, clerk, suspect):
    order = make_active_order(person=suspect.person, case=None)
    db_session.commit()
    on_order = {
        "involvement": "",
        "order": order.id,
        "ground": "warrant",
        "place": BATTAMBANG,
        "match_reason": "ម",
    }
    page = Page.from_response(send(clerk, suspect, **on_order, arrived_at=format_ago(hours=5)), 422)
    assert page.by_id("offence_class").up("field").all("p", css="message")
    assert count(db_session) == (0, 0)


def test_reason_for_a_warning_is_stored_with_the_custody(db_session, clerk, suspect):
    send(clerk, suspect, **ARRIVAL | {"offence_class": "petty", "offence_class__reason": "checked"})
    found = db_session.execute(select(WarningOverride.entity, WarningOverride.rule)).all()
    assert ("custody", "V065") in [tuple(one) for one in found]


def test_person_in_custody_already_is_refused(db_session, clerk, suspect):
    enter_custody(clerk, enter_arrest(clerk, suspect))
    page = Page.from_response(
        send(clerk, suspect, at=format_ago(hours=3), **ARRIVAL | {"arrived_at": format_ago(hours=2)}), 422
    )
    assert ("V068", "arrived_at") in find_shown_rules(page)
    assert count(db_session) == (1, 1)


def test_form_sent_twice_saves_once(db_session, clerk, suspect):
    typed = read_form(clerk.page(f"/arrest/add?involvement={suspect.id}")) | ARRIVAL
    typed |= {"at": format_ago(hours=6), "ground": "flagrant", "by_unit": UNIT, "officers": "ម"}
    first, second = (clerk.send("/arrest/add", typed) for _time in range(2))
    assert first.location == second.location and "/custody/show/" in first.location
    assert count(db_session) == (1, 1)


def test_form_is_prefilled_from_the_order_and_its_case(db_session, clerk, suspect):
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    typed = read_form(clerk.page(f"/arrest/add?order={order.id}"))
    assert (typed["held_by"], typed["offence_class"]) == (UNIT, "felony")
    typed |= {"at": format_ago(hours=6), "place": BATTAMBANG, "officers": "ម", "match_reason": "ភាពបន្ទាន់"}
    assert "/custody/show/" in clerk.send("/arrest/add", typed | {"arrived_at": format_ago(hours=5)}).location
    db_session.expire_all()
    assert order.status == "executed"


def test_release_names_who_received_the_person(db_session, clerk, suspect):
    held = enter_custody(clerk, enter_arrest(clerk, suspect), **PROPERTY)
    step = enter_custody_step(clerk, held, "end", outcome="released", handed_to="ម្តាយ៖ សុខ ម៉ាលី")
    freed = enter_release(clerk, enter_detention(clerk, make_suspect(number=7)), handed_to="មេធាវី")
    assert "ទូរសព្ទ" in clerk.page(f"/custody/show/{held}").text
    assert db_session.scalar(select(CustodyStep.handed_to)) == "ម្តាយ៖ សុខ ម៉ាលី"
    assert db_session.get(Release, freed).handed_to == "មេធាវី"
    assert step
