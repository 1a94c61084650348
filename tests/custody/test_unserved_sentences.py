"""A person with a prison sentence that no prison executes is not set free without a question, and its unit is asked."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from app.custody import deadline_alerts
from app.custody.models import Detention
from app.inbox.models import Message
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    enter_judgment,
    enter_release,
    enter_sentence,
    find_shown_rules,
    format_day,
    make_suspect,
    send_form,
)
from tests.custody.test_open_rows import die
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case

ASKED = {"kind__V184__reason": "checked"}
NOTE = "ជននេះមានទោសដែលពន្ធនាគារមិនទាន់អនុវត្ត"


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


@pytest.fixture
def elsewhere(db_session, suspect):
    """The suspect in a case of Phnom Penh."""
    with acting_as("clerk.pp"):
        then = dates.now() - timedelta(days=100)
        case = add_registered_case(
            place=PHNOM_PENH, people=[(suspect.person, "suspect")], occurred_from=then, occurred_to=None, reported_at=then,
            late_reason="reported_late",
        )  # fmt: skip
        db_session.commit()
    return case.involvements[0]


def convict(browser, involvement, day=-20, **sentence):
    """Enter a final conviction with its sentence, and return the id of the sentence."""
    judged = enter_judgment(browser, involvement, decided_on=format_day(day), court_no="77/26")
    send_form(
        browser, "judgmentstep", judgment=judged, kind="final", done_on=format_day(day), document_no="5/26"
    )
    return enter_sentence(browser, judged, **{"starts_on": format_day(day)} | sentence)


def test_release_asks_about_the_sentence_of_another_province(
    db_session, clerk, client_as, suspect, elsewhere, list_tasks, each_database
):
    held = enter_detention(clerk, suspect)
    sentence = convict(client_as("clerk.pp"), elsewhere)
    assert list_tasks("sentence.unserved") == set(), "the person is in prison"
    page = enter_release(clerk, held, 422)
    assert ("V184", "kind") in find_shown_rules(page)
    assert f"S-{sentence:07d}" in page.text
    enter_release(clerk, held, **ASKED)
    assert db_session.get(PersonStatus, suspect.person_id) is None
    assert list_tasks("sentence.unserved") == {("sentence", sentence)}
    enter_detention(
        client_as("clerk.pp"), elsewhere, kind="sentence", sentence=sentence, offence_class=None,
        since=format_day(), document_date=format_day(),
    )  # fmt: skip
    assert list_tasks("sentence.unserved") == set()
    assert db_session.get(PersonStatus, suspect.person_id).status == "serving"


def test_forms_that_set_free_show_the_sentence_before_the_save(clerk, client_as, suspect, elsewhere):
    custody = enter_custody(clerk, enter_arrest(clerk, suspect))
    forms = [f"/custodystep/add?custody={custody}&kind=end"]
    assert NOTE not in clerk.page(forms[0]).text
    sentence = convict(client_as("clerk.pp"), elsewhere)
    held = enter_detention(clerk, suspect)
    forms += [f"/detentionstep/add?detention={held}&kind=end", f"/release/add?detention={held}"]
    for form in forms:
        assert f"{NOTE}៖ S-{sentence:07d}" in clerk.page(form).text, form
    for form in (f"/custodystep/add?custody={custody}&kind=lawyer", "/release/add"):
        assert NOTE not in clerk.page(form).text, form


def test_alert_before_a_release_names_the_sentence_of_another_province(
    db_session, clerk, client_as, suspect, elsewhere, each_database
):
    other = convict(client_as("clerk.pp"), elsewhere, years="3")
    served = {"kind": "sentence", "sentence": convict(clerk, suspect), "offence_class": None}
    pk = enter_detention(clerk, suspect, since=format_day(-20), document_date=format_day(-20), **served)
    ends = datetime.combine(db_session.get(Detention, pk).due_on, time(9))
    assert deadline_alerts.send_due_alerts(db_session, ends - timedelta(days=30)) == 1
    sent = db_session.scalars(select(Message).where(Message.text_key.startswith("release.due_soon"))).all()
    assert {one.text_key for one in sent} == {"release.due_soon_unserved"}
    assert {(one.to_unit_code, one.to_role) for one in sent} == {
        (unit, role) for unit in ("PC-02", "PC-12") for role in (None, "Provincial chief")
    }
    assert {one.facts["sentences"] for one in sent} == {f"S-{other:07d}"}


def test_problem_links_the_sentence(clerk, suspect):
    held = enter_detention(clerk, suspect)
    sentence = convict(clerk, suspect)
    page = enter_release(clerk, held, 422)
    links = {one["href"] for one in page.all("a") if one.text == f"S-{sentence:07d}"}
    assert links == {f"/sentence/show/{sentence}"}, "above the form and at the field"


@pytest.mark.parametrize(
    "over",
    [
        {"years": None, "days": "10"},
        {"years": None, "months": "6", "suspended_months": "6", "starts_on": None},
        {"kind": "suspended"},
        {"kind": "fine", "years": None, "fine_khr": "1000000", "starts_on": None},
    ],
    ids=["served", "suspended part", "suspended", "fine"],
)
def test_release_asks_about_no_sentence_without_prison(clerk, suspect, over, list_tasks):
    held = enter_detention(clerk, suspect)
    convict(clerk, suspect, **over)
    enter_release(clerk, held)
    assert list_tasks("sentence.unserved") == set()


def test_release_asks_about_no_judgment_that_is_not_final(db_session, clerk, suspect, list_tasks):
    held = enter_detention(clerk, suspect)
    judged = enter_judgment(clerk, suspect)
    sentence = enter_sentence(clerk, judged)
    enter_release(clerk, held)
    assert list_tasks("sentence.unserved") == set()
    final = {"judgment": judged, "kind": "final", "document_no": "5/26"}
    send_form(clerk, "judgmentstep", done_on=format_day(-1), **final)
    assert list_tasks("sentence.unserved") == {("sentence", sentence)}, "it was final before the release"


def test_end_of_a_custody_asks_too(clerk, suspect, list_tasks, each_database):
    sentence = convict(clerk, suspect, starts_on=None)
    held = enter_custody(clerk, enter_arrest(clerk, suspect))
    page = enter_custody_step(clerk, held, "end", 422, outcome="released")
    assert ("V184", "outcome") in find_shown_rules(page)
    enter_custody_step(clerk, held, "end", outcome="released", outcome__V184__reason="checked")
    assert list_tasks("sentence.unserved") == {("sentence", sentence)}


def test_end_of_a_detention_asks_too_and_a_death_does_not(db_session, clerk, suspect, list_tasks):
    held = enter_detention(clerk, suspect)
    sentence = convict(clerk, suspect)
    end = {"document_no": "9/26"}
    page = enter_detention_step(clerk, held, "end", 422, reason="other", **end)
    assert ("V184", "reason") in find_shown_rules(page)
    enter_detention_step(clerk, held, "end", reason="other", reason__V184__reason="checked", **end)
    assert list_tasks("sentence.unserved") == {("sentence", sentence)}
    die(db_session, suspect)
    assert list_tasks("sentence.unserved") == set()
