"""Detention, judgment, sentence and release in the forms, and the state derived from them."""

from datetime import date, timedelta

import pytest

from app.cases.models import Involvement
from app.custody.models import Custody, Detention, Judgment, Release, Sentence
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
from tests.prepared import prepared


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


@pytest.fixture
def reload(db_session):
    """A function that reloads a record."""

    def load(model, pk):
        db_session.expire_all()
        return db_session.get(model, pk)

    return load


@pytest.fixture
def read_status(db_session, suspect):
    """A function that returns the current status of the suspect, or None."""

    def load():
        db_session.expire_all()
        row = db_session.get(PersonStatus, suspect.person_id)
        return row.status if row is not None else None

    return load


def enter_judgment_step(browser, pk, kind, status=302, /, **over):
    fields = {"done_on": format_day(), "document_no": "៥/២៦"}
    if kind == "final" and status == 302:
        fields["done_on__V088__reason"] = "checked"  # before the end of the appeal period
    return send_form(browser, "judgmentstep", status, judgment=pk, kind=kind, **fields | over)


def enter_supervision_step(browser, pk, kind, status=302, /, **over):
    return send_form(
        browser, "supervisionstep", status, release=pk, kind=kind, **{"done_on": format_day()} | over
    )


def enter_sentence_change(browser, pk, kind, status=302, /, **over):
    fields = {"done_on": format_day(), "document_no": "១/២៦"}
    return send_form(browser, "sentencechange", status, sentence=pk, kind=kind, **fields | over)


# Provisional detention


def test_extension_moves_the_detention_limit(clerk, suspect, reload):
    pk = enter_detention(clerk, suspect)
    one = reload(Detention, pk)
    assert one.due_on == dates.add_months(one.since, 6)
    enter_detention_step(clerk, pk, "extension", months="6", document_no="៧/២៦")
    assert reload(Detention, pk).due_on == dates.add_months(one.since, 12)
    page = enter_detention_step(clerk, pk, "extension", 422, months="12", document_no="៨/២៦")
    assert ("V091", "months") in find_shown_rules(page)


def test_detention_page_shows_an_escape_until_recapture(clerk, suspect):
    pk = enter_detention(clerk, suspect)
    assert "រត់គេចខ្លួន" not in clerk.page(f"/detention/show/{pk}").by_id("main").text
    enter_detention_step(clerk, pk, "escape")
    labels = [row.text for row in clerk.page(f"/detention/show/{pk}").all("dt")]
    assert "រត់គេចខ្លួន" in labels
    enter_detention_step(clerk, pk, "recapture")
    assert "រត់គេចខ្លួន" not in [row.text for row in clerk.page(f"/detention/show/{pk}").all("dt")]


def test_detention_before_2007_has_the_limit_of_1992(db_session, clerk, reload):
    old = make_suspect(hours=24 * 365 * 24, born_on=date(1975, 1, 1))
    pk = enter_detention(clerk, old, since="05-03-2004", document_date="05-03-2004")
    assert reload(Detention, pk).limit_code == "detention_1992"
    assert reload(Detention, pk).due_on == date(2004, 7, 5)


REFUSED_DETENTIONS = [
    ("V090", "since", {"since": format_day(-4)}),
    ("V091", "offence_class", {"offence_class": None}),
    ("V095", "sentence", {"kind": "sentence"}),
    ("V045", "involvement", {"involvement": None}),
    ("V004", "since", {"since": format_day(3)}),
]


@pytest.mark.parametrize(
    ("rule", "field", "fields"), REFUSED_DETENTIONS, ids=[one[0] for one in REFUSED_DETENTIONS]
)
def test_invalid_detention_shows_rule_at_the_field(clerk, suspect, rule, field, fields):
    assert (rule, field) in find_shown_rules(enter_detention(clerk, suspect, 422, **fields))


def test_detention_of_child_below_14_is_refused(db_session, clerk):
    child = make_suspect(born_on=date(dates.now().year - 12, 1, 1))
    assert ("V092", "involvement") in find_shown_rules(enter_detention(clerk, child, 422))


@pytest.mark.parametrize(("age", "status"), [(13, 302), (12, 422)])
def test_minimum_age_follows_the_law_of_the_day(db_session, clerk, age, status):
    """In 2004 the minimum age of detention was 13, and minors had no shorter limits."""
    child = make_suspect(hours=24 * 365 * 24, born_on=date(dates.now().year - 24 - age, 1, 1))
    then = child.case.occurred_from
    fields = {"at": f"{then:%d-%m-%Y %H:%M}", "involvement__reason": "checked"}
    arrest_id = enter_arrest(clerk, child, status, **fields)
    detention_fields = {
        "since": f"{then:%d-%m-%Y}",
        "document_date": f"{then:%d-%m-%Y}",
        "involvement__reason": "checked",
    }
    prison = enter_detention(clerk, child, status, **detention_fields)
    if status == 422:
        assert ("V049", "involvement") in find_shown_rules(arrest_id) and (
            "V092",
            "involvement",
        ) in find_shown_rules(prison)
        return
    held = enter_custody(clerk, arrest_id, arrived_at=fields["at"], arrest__reason="checked")
    db_session.expire_all()
    assert db_session.get(Custody, held).limit_code == "custody"
    rules = find_shown_rules(enter_arrest(clerk, child, 422, at=fields["at"]))
    assert ("V049", "involvement") in rules


def test_second_detention_in_same_case_needs_a_reason(clerk, suspect, db_session, each_database):
    """A second detention would restart the legal limit. In another case it is a separate detention."""
    first = enter_detention(clerk, suspect)
    page = enter_detention(clerk, suspect, 422, document_no="៤៦/២៦")
    assert ("V091", "involvement") in find_shown_rules(page)
    (message,) = [one.text for one in page.all("p", css="message") if "V091" in one.text]
    assert f"D-{first:07d}" in message
    elsewhere = make_suspect(hours=24 * 400, writer="clerk.bb")
    elsewhere.person_id = suspect.person_id
    db_session.commit()
    enter_detention(clerk, elsewhere, document_no="៤៧/២៦")
    enter_detention_step(clerk, first, "end", done_on=format_day(-2), reason="acquitted", document_no="៤៨/២៦")
    page = enter_detention(clerk, suspect, 422, document_no="៤៩/២៦")
    assert ("V091", "since") in find_shown_rules(page), "it began before the first one ended"
    overridden = enter_detention(clerk, suspect, document_no="៥០/២៦", since__V091__reason="checked")
    assert overridden > first
    page = enter_detention(clerk, suspect, 422, since=format_day(-1), document_no="៥១/២៦")
    assert ("V091", "involvement") in find_shown_rules(page), "one open detention for each case"


def test_detention_form_shows_the_limit(clerk, suspect):
    assert ("V093", "since") in find_shown_rules(enter_detention(clerk, suspect, 422, since=format_day(-4)))


def test_transfer_escape_and_recapture_update_detention(clerk, suspect, reload, read_status):
    pk = enter_detention(clerk, suspect)
    assert read_status() == "detained"
    enter_detention_step(clerk, pk, "transfer", prison="CC3", document_no="៩/២៦")
    assert reload(Detention, pk).prison_code == "CC3" and reload(Detention, pk).province_code == "25"
    assert ("V090", "done_on") in find_shown_rules(enter_detention_step(clerk, pk, "recapture", 422))
    enter_detention_step(clerk, pk, "escape")
    assert read_status() == "escaped"
    enter_detention_step(clerk, pk, "recapture")
    assert read_status() == "detained"


# Judgment and sentence


def test_final_acquittal_ends_the_involvement(clerk, suspect, reload, read_status):
    """V054."""
    pk = enter_judgment(clerk, suspect, verdict="acquitted")
    assert reload(Involvement, suspect.id).ended_on is None
    enter_judgment_step(clerk, pk, "final", document_no="៥/២៦")
    assert reload(Judgment, pk).final_on == dates.now().date()
    assert reload(Involvement, suspect.id).ended_on == dates.now().date()
    assert read_status() == "cleared"


def test_acquittal_of_one_offence_keeps_the_involvement(clerk, suspect, reload):
    first, second = (row.id for row in suspect.case.offences)
    pk = enter_judgment(clerk, suspect, verdict="acquitted", case_offence=first)
    enter_judgment_step(clerk, pk, "final", document_no="៥/២៦")
    assert reload(Involvement, suspect.id).ended_on is None
    other = enter_judgment(clerk, suspect, verdict="non_suit", case_offence=second, court_no="៣០២/២៦")
    enter_judgment_step(clerk, other, "final", document_no="៦/២៦")
    assert reload(Involvement, suspect.id).ended_on is not None


def test_judgment_in_absence_is_not_final_before_15_days(clerk, suspect):
    pk = enter_judgment(clerk, suspect, in_absence="y")
    assert ("V088", "kind") in find_shown_rules(enter_judgment_step(clerk, pk, "final", 422))
    enter_judgment_step(clerk, pk, "notified", done_on=format_day(-2))
    assert ("V088", "done_on") in find_shown_rules(enter_judgment_step(clerk, pk, "final", 422))
    assert ("V088", "done_on") in find_shown_rules(
        enter_judgment_step(clerk, pk, "appeal", 422, done_on=format_day(-9))
    )


def test_timeline_shows_same_day_steps_above_judgment(clerk, suspect):
    pk = enter_judgment(clerk, suspect)
    for kind in ("final", "notified"):
        enter_judgment_step(clerk, pk, kind, done_on=format_day(-5), document_no="៣០២/២៦")
    titles = clerk.page(f"/person/show/{suspect.person_id}").all("ol", css="tl")[0].all("b")
    verdict = next(place for place, one in enumerate(titles) if one.text == "ផ្តន្ទាទោស")
    assert {one.text for one in titles[:verdict]} == {"សាលក្រមស្ថាពរ", "បានជូនដំណឹងសាលក្រម"}


def test_early_or_foreign_judgment_is_refused(db_session, clerk, suspect):
    assert ("V056", "decided_on") in find_shown_rules(
        enter_judgment(clerk, suspect, 422, decided_on=format_day(-500))
    )
    foreign = make_suspect(number=4).case.offences[0].id
    assert ("V052", "case_offence") in find_shown_rules(
        enter_judgment(clerk, suspect, 422, case_offence=foreign)
    )


def test_release_date_follows_term_credit_and_reductions(clerk, suspect, reload):
    pk = enter_sentence(clerk, enter_judgment(clerk, suspect), credit_days="30")
    one = reload(Sentence, pk)
    end = dates.add_months(one.starts_on, 24)
    assert one.expected_on == end - timedelta(days=30)
    enter_sentence_change(clerk, pk, "reduction", days="60")
    assert reload(Sentence, pk).expected_on == end - timedelta(days=90)


def test_detention_days_counted_twice_show_a_warning(clerk, suspect):
    pk = enter_judgment(clerk, suspect)
    rules = find_shown_rules(enter_sentence(clerk, pk, 422, starts_on=format_day(-25), credit_days="20"))
    assert ("V095", "credit_days") in rules
    enter_sentence(clerk, pk, starts_on=format_day(-5), credit_days="20")


def test_invalid_sentence_shows_rule_at_the_field(clerk, suspect):
    pk = enter_judgment(clerk, suspect)
    assert ("V094", "starts_on") in find_shown_rules(
        enter_sentence(clerk, pk, 422, starts_on=format_day(-20))
    )
    assert ("V095", "years") in find_shown_rules(enter_sentence(clerk, pk, 422, years=None))
    assert ("V095", "prison_stated_on") in find_shown_rules(
        enter_sentence(clerk, pk, 422, prison_stated_on=format_day(100))
    )
    acquitted = enter_judgment(clerk, suspect, verdict="acquitted", court_no="៣០៣/២៦")
    assert ("V052", "judgment") in find_shown_rules(enter_sentence(clerk, acquitted, 422))


def test_early_proposal_shows_a_warning(clerk, suspect):
    pk = enter_sentence(clerk, enter_judgment(clerk, suspect))
    assert ("V099", "done_on") in find_shown_rules(enter_sentence_change(clerk, pk, "pardon_proposal", 422))
    assert ("V099", "done_on") in find_shown_rules(enter_sentence_change(clerk, pk, "proposal", 422))
    assert ("V095", "days") in find_shown_rules(enter_sentence_change(clerk, pk, "reduction", 422))


# Release


@pytest.fixture
def serving(clerk, suspect):
    """A detention that serves a sentence of two years."""
    served = enter_sentence(clerk, enter_judgment(clerk, suspect))
    return enter_detention(clerk, suspect, kind="sentence", sentence=served, offence_class=None)


def test_release_ends_the_detention(clerk, serving, reload, read_status):
    assert read_status() == "serving"
    enter_release(clerk, serving, kind="pardon")
    one = reload(Detention, serving)
    assert (one.ended_on, one.end_reason) == (dates.now().date(), "pardon")
    assert read_status() is None  # no follow-up


def test_release_without_open_detention_is_refused(clerk, serving):
    assert ("V087", "detention") in find_shown_rules(enter_release(clerk, "", 422))
    enter_release(clerk, serving, kind="pardon")
    assert ("V087", "detention") in find_shown_rules(enter_release(clerk, serving, 422))


def test_late_release_needs_a_reason(clerk, suspect):
    pk = enter_detention(clerk, suspect, since=format_day(-200), document_date=format_day(-200))
    assert ("V097", "released_on") in find_shown_rules(enter_release(clerk, pk, 422))


def test_early_parole_without_end_shows_rules(clerk, serving):
    rules = find_shown_rules(enter_release(clerk, serving, 422, kind="parole"))
    assert {("V098", "released_on"), ("V098", "supervised_until")} <= rules
    assert ("V098", "reports_to") in find_shown_rules(
        enter_release(clerk, serving, 422, supervised_until=format_day(30))
    )
    page = enter_release(
        clerk, serving, 422, supervised_until=format_day(-1), reports_to="PC-02", released_on=format_day()
    )
    assert ("V090", "supervised_until") in find_shown_rules(page)


def test_end_of_follow_up_ends_the_status(clerk, serving, reload, read_status):
    pk = enter_release(clerk, serving, supervised_until=format_day(90), reports_to="PC-02")
    assert read_status() == "released"
    enter_supervision_step(clerk, pk, "visit")
    assert ("V090", "document_no") in find_shown_rules(enter_supervision_step(clerk, pk, "end", 422))
    enter_supervision_step(clerk, pk, "end", document_no="១/២៧")
    assert reload(Release, pk).ended_on == dates.now().date()
    assert read_status() is None


def test_follow_up_date_in_the_past_gives_no_status(clerk, suspect, read_status):
    pk = enter_detention(clerk, suspect, since=format_day(-20), document_date=format_day(-20))
    enter_release(clerk, pk, released_on=format_day(-10), supervised_until=format_day(-1), reports_to="PC-02")
    assert read_status() is None


def test_custody_and_escape_set_the_status(clerk, suspect, read_status):
    pk = enter_custody(clerk, enter_arrest(clerk, suspect))
    assert read_status() == "in_custody"
    enter_custody_step(clerk, pk, "end", outcome="escaped")
    assert read_status() == "escaped"


def test_lists_of_prison_records_filter_by_place_unit_offence_and_period(clerk, suspect, each_database):
    detention = enter_detention(clerk, suspect)
    enter_release(clerk, detention, supervised_until=format_day(90), reports_to="PC-02")
    enter_sentence(clerk, enter_judgment(clerk, suspect))
    offence = suspect.case.offences[0].offence
    days = {"judgment": "decided_on", "sentence": "starts_on", "release": "released_on", "detention": "since"}
    for listing, day in days.items():
        for query, found in (
            ("unit=PC-02", 1),
            ("unit=PC-12", 0),
            ("area=03", 0),
            (f"offence={offence.code}", 1),
            (f"family={offence.family}&_flt_0_unit=PC-02", 1),
            (f"{day}={format_day(-10)}", 1),
            (f"{day}={format_day(10)}", 0),
        ):
            page = clerk.page(f"/{listing}/list/?_flt_0_{query}")
            assert len(page.all("td", css="lead")) == found, (listing, query)
