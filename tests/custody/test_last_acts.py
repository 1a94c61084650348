"""Acts after a death, deaths before an act, and detentions before the offence."""

from datetime import timedelta

from app.kernel.text import dates
from app.people.models import Person
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_judgment,
    find_shown_rules,
    format_ago,
    format_day,
    make_suspect,
)
from tests.html_pages import Page
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


def test_death_before_an_arrest_or_a_visit_needs_a_reason(db_session, clerk, suspect, each_database):
    enter_arrest(clerk, suspect, at=format_ago(days=2))
    report = {"person": suspect.person_id, "document_no": "7/26", "document_date": format_day()}
    page = Page.from_response(clerk.send("/deathreport/add", report | {"died_on": format_day(-5)}), 422)
    assert ("V113", "died_on") in find_shown_rules(page)
    Page.from_response(clerk.send("/deathreport/add", report | {"died_on": format_day(-2)}), 302)


def test_acts_after_the_death_need_a_reason(db_session, clerk, suspect, each_database):
    arrest = enter_arrest(clerk, suspect, at=format_ago(days=3))
    held = enter_custody(clerk, arrest, arrived_at=format_ago(days=3))
    confirm_death(db_session.get(Person, suspect.person_id), dates.now().date() - timedelta(days=2))
    db_session.commit()
    page = enter_custody_step(clerk, held, "rights", 422)
    assert ("V044", "at") in find_shown_rules(page)
    page = enter_custody_step(clerk, held, "end", 422, outcome="released")
    assert ("V044", "at") in find_shown_rules(page)
    page = enter_judgment(clerk, suspect, 422, decided_on=format_day(-1))
    assert ("V044", "decided_on") in find_shown_rules(page)
    enter_judgment(clerk, suspect, decided_on=format_day(-1), decided_on__reason="checked")
    enter_custody_step(
        clerk, held, "end", outcome="died", at=format_ago(hours=30), at__V066__reason="checked"
    )


def test_detention_before_the_day_of_the_offence_is_refused(clerk, suspect):
    page = enter_detention(clerk, suspect, 422, since=format_day(-401), document_date=format_day(-401))
    assert ("V056", "since") in find_shown_rules(page)
    enter_detention(clerk, suspect, since=format_day(-399), document_date=format_day(-399))
