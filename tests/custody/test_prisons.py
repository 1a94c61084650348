"""Detention, judgment, sentence and release through the forms, and what follows from them."""

from datetime import date, timedelta

import pytest

from app.cases.models import Involvement
from app.custody.models import Custody, Detention, Judgment, Release, Sentence
from app.custody.rules.time_limits import months_later
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.custody.form_data import (
    a_suspect,
    arrest,
    custody,
    day,
    detention,
    judgment,
    release,
    rules_said,
    send,
    sentence,
    step,
)


@pytest.fixture
def suspect(db_session):
    return a_suspect(hours=24 * 400)


@pytest.fixture
def the(db_session):
    """The record of that kind and number as it is now."""

    def read(model, pk):
        db_session.expire_all()
        return db_session.get(model, pk)

    return read


@pytest.fixture
def status(db_session, suspect):
    """What the suspect is to the register now; None for nothing."""

    def read():
        db_session.expire_all()
        row = db_session.get(PersonStatus, suspect.person_id)
        return row.status if row is not None else None

    return read


def detention_step(browser, pk, kind, status=302, /, **over):
    return send(browser, "detentionstep", status, detention=pk, kind=kind, **{"done_on": day()} | over)


def judgment_step(browser, pk, kind, status=302, /, **over):
    return send(browser, "judgmentstep", status, judgment=pk, kind=kind, **{"done_on": day()} | over)


def tracking_step(browser, pk, kind, status=302, /, **over):
    return send(browser, "trackingstep", status, release=pk, kind=kind, **{"done_on": day()} | over)


def change(browser, pk, kind, status=302, /, **over):
    typed = {"done_on": day(), "paper_no": "១/២៦"}
    return send(browser, "sentencechange", status, sentence=pk, kind=kind, **typed | over)


# Provisional detention


def test_a_provisional_detention_has_its_limit_and_grows_with_the_courts_paper(clerk, suspect, the):
    pk = detention(clerk, suspect)
    one = the(Detention, pk)
    assert one.due_on == months_later(one.since, 6)
    detention_step(clerk, pk, "extension", months="6", paper_no="៧/២៦")
    assert the(Detention, pk).due_on == months_later(one.since, 12)
    page = detention_step(clerk, pk, "extension", 422, months="12", paper_no="៨/២៦")
    assert ("V091", "months") in rules_said(page)


def test_the_page_of_a_detention_says_who_has_escaped_from_it_until_he_is_back(clerk, suspect):
    pk = detention(clerk, suspect)
    assert "រត់គេចខ្លួន" not in clerk.page(f"/detention/show/{pk}").by_id("main").text
    detention_step(clerk, pk, "escape")
    told = [row.text for row in clerk.page(f"/detention/show/{pk}").all("dt")]
    assert "រត់គេចខ្លួន" in told
    detention_step(clerk, pk, "recapture")
    assert "រត់គេចខ្លួន" not in [row.text for row in clerk.page(f"/detention/show/{pk}").all("dt")]


def test_a_detention_before_2007_is_judged_by_the_law_of_its_day(db_session, clerk, the):
    old = a_suspect(hours=24 * 365 * 24, born_on=date(1975, 1, 1))
    pk = detention(clerk, old, since="05-03-2004", paper_on="05-03-2004")
    assert the(Detention, pk).limit_code == "detention_1992"
    assert the(Detention, pk).due_on == date(2004, 7, 5)


REFUSED_DETENTIONS = [
    ("V090", "since", {"since": day(-4)}),
    ("V091", "offence_class", {"offence_class": None}),
    ("V095", "sentence", {"kind": "sentence"}),
    ("V045", "involvement", {"involvement": None}),
    ("V004", "since", {"since": day(3)}),
]


@pytest.mark.parametrize(
    ("rule", "box", "typed"), REFUSED_DETENTIONS, ids=[one[0] for one in REFUSED_DETENTIONS]
)
def test_a_detention_that_breaks_a_rule_is_refused_beside_its_box(clerk, suspect, rule, box, typed):
    assert (rule, box) in rules_said(detention(clerk, suspect, 422, **typed))


def test_a_child_below_14_is_not_detained(db_session, clerk):
    child = a_suspect(born_on=date(dates.now().year - 12, 1, 1))
    assert ("V092", "involvement") in rules_said(detention(clerk, child, 422))


@pytest.mark.parametrize(("age", "status"), [(13, 302), (12, 422)])
def test_a_child_is_held_by_the_law_of_the_day(db_session, clerk, age, status):
    """In 2004 nobody below thirteen was detained, and no limit was shorter for minors."""
    child = a_suspect(hours=24 * 365 * 24, born_on=date(dates.now().year - 24 - age, 1, 1))
    then = child.case.occurred_from
    typed = {"at": f"{then:%d-%m-%Y %H:%M}", "involvement__reason": "checked"}
    made = arrest(clerk, child, status, **typed)
    known = {"since": f"{then:%d-%m-%Y}", "paper_on": f"{then:%d-%m-%Y}", "involvement__reason": "checked"}
    prison = detention(clerk, child, status, **known)
    if status == 422:
        assert ("V049", "involvement") in rules_said(made) and ("V092", "involvement") in rules_said(prison)
        return
    held = custody(clerk, made, arrived_at=typed["at"], arrest__reason="checked")
    db_session.expire_all()
    assert db_session.get(Custody, held).limit_code == "custody"
    asked = rules_said(arrest(clerk, child, 422, at=typed["at"]))
    assert ("V049", "involvement") in asked


def test_a_second_provisional_detention_in_one_case_is_asked_about(clerk, suspect, db_session, each_database):
    """The limit of the law would begin anew with it. In another case it is another detention."""
    first = detention(clerk, suspect)
    page = detention(clerk, suspect, 422, paper_no="៤៦/២៦")
    assert ("V091", "since") in rules_said(page)
    (said,) = [one.text for one in page.all("p", css="say") if "V091" in one.text]
    assert f"D-{first:07d}" in said
    elsewhere = a_suspect(hours=24 * 400, writer="clerk.bb")
    elsewhere.person_id = suspect.person_id
    db_session.commit()
    detention(clerk, elsewhere, paper_no="៤៧/២៦")
    detention_step(clerk, first, "end", done_on=day(-2), reason="acquitted", paper_no="៤៨/២៦")
    detention(clerk, suspect, since=day(-2), paper_no="៤៩/២៦")
    passed = detention(clerk, suspect, paper_no="៥០/២៦", since__V091__reason="checked")
    assert passed > first


def test_the_form_tells_when_the_detention_ends(clerk, suspect):
    assert ("V093", "since") in rules_said(detention(clerk, suspect, 422, since=day(-4)))


def test_a_transfer_an_escape_and_a_recapture_are_steps(clerk, suspect, the, status):
    pk = detention(clerk, suspect)
    assert status() == "detained"
    detention_step(clerk, pk, "transfer", prison="CC3", paper_no="៩/២៦")
    assert the(Detention, pk).prison_code == "CC3" and the(Detention, pk).province_code == "25"
    assert ("V090", "kind") in rules_said(detention_step(clerk, pk, "recapture", 422))
    detention_step(clerk, pk, "escape")
    assert status() == "escaped"
    detention_step(clerk, pk, "recapture")
    assert status() == "detained"


# Judgment and sentence


def test_a_final_acquittal_ends_the_part_in_the_case(clerk, suspect, the, status):
    """V054."""
    pk = judgment(clerk, suspect, verdict="acquitted")
    assert the(Involvement, suspect.id).ended_on is None
    judgment_step(clerk, pk, "final", paper_no="៥/២៦")
    assert the(Judgment, pk).final_on == dates.now().date()
    assert the(Involvement, suspect.id).ended_on == dates.now().date()
    assert status() == "cleared"


def test_an_acquittal_of_one_offence_leaves_the_others(clerk, suspect, the):
    first, second = (row.id for row in suspect.case.offences)
    pk = judgment(clerk, suspect, verdict="acquitted", case_offence=first)
    judgment_step(clerk, pk, "final", paper_no="៥/២៦")
    assert the(Involvement, suspect.id).ended_on is None
    other = judgment(clerk, suspect, verdict="non_suit", case_offence=second, court_no="៣០២/២៦")
    judgment_step(clerk, other, "final", paper_no="៦/២៦")
    assert the(Involvement, suspect.id).ended_on is not None


def test_a_judgment_in_absence_is_not_final_before_15_days(clerk, suspect):
    pk = judgment(clerk, suspect, in_absence="y")
    assert ("V088", "kind") in rules_said(judgment_step(clerk, pk, "final", 422))
    judgment_step(clerk, pk, "notified", done_on=day(-2))
    assert ("V088", "done_on") in rules_said(judgment_step(clerk, pk, "final", 422))
    assert ("V088", "done_on") in rules_said(judgment_step(clerk, pk, "appeal", 422, done_on=day(-9)))


def test_what_became_of_a_judgment_on_its_own_day_stands_above_it_in_the_time_line(clerk, suspect):
    pk = judgment(clerk, suspect)
    for kind in ("final", "notified"):
        judgment_step(clerk, pk, kind, done_on=day(-5), paper_no="៣០២/២៦")
    told = clerk.page(f"/person/show/{suspect.person_id}").all("ol", css="tl")[0].all("b")
    verdict = next(place for place, one in enumerate(told) if one.text == "ផ្តន្ទាទោស")
    assert {one.text for one in told[:verdict]} == {"សាលក្រមស្ថាពរ", "បានជូនដំណឹងសាលក្រម"}


def test_a_judgment_comes_after_the_offence_and_speaks_of_its_case(db_session, clerk, suspect):
    assert ("V056", "decided_on") in rules_said(judgment(clerk, suspect, 422, decided_on=day(-500)))
    foreign = a_suspect(number=4).case.offences[0].id
    assert ("V052", "case_offence") in rules_said(judgment(clerk, suspect, 422, case_offence=foreign))


def test_the_expected_release_follows_term_credit_and_reductions(clerk, suspect, the):
    pk = sentence(clerk, judgment(clerk, suspect), credit_days="30")
    one = the(Sentence, pk)
    whole = months_later(one.starts_on, 24)
    assert one.expected_on == whole - timedelta(days=30)
    change(clerk, pk, "reduction", days="60")
    assert the(Sentence, pk).expected_on == whole - timedelta(days=90)


def test_days_of_detention_do_not_count_twice(clerk, suspect):
    pk = judgment(clerk, suspect)
    told = rules_said(sentence(clerk, pk, 422, starts_on=day(-25), credit_days="20"))
    assert ("V095", "credit_days") in told
    sentence(clerk, pk, starts_on=day(-5), credit_days="20")


def test_a_sentence_that_breaks_a_rule_is_refused_beside_its_box(clerk, suspect):
    pk = judgment(clerk, suspect)
    assert ("V094", "starts_on") in rules_said(sentence(clerk, pk, 422, starts_on=day(-20)))
    assert ("V095", "years") in rules_said(sentence(clerk, pk, 422, years=None))
    assert ("V095", "prison_says") in rules_said(sentence(clerk, pk, 422, prison_says=day(100)))
    acquitted = judgment(clerk, suspect, verdict="acquitted", court_no="៣០៣/២៦")
    assert ("V052", "judgment") in rules_said(sentence(clerk, acquitted, 422))


def test_a_proposal_comes_when_enough_is_served(clerk, suspect):
    pk = sentence(clerk, judgment(clerk, suspect))
    assert ("V099", "done_on") in rules_said(change(clerk, pk, "pardon_proposal", 422))
    assert ("V099", "done_on") in rules_said(change(clerk, pk, "proposal", 422))
    assert ("V095", "days") in rules_said(change(clerk, pk, "reduction", 422))


# Release


@pytest.fixture
def serving(clerk, suspect):
    """A detention that serves a sentence of two years."""
    served = sentence(clerk, judgment(clerk, suspect))
    return detention(clerk, suspect, kind="sentence", sentence=served, offence_class=None)


def test_a_release_ends_the_detention(clerk, serving, the, status):
    assert status() == "serving"
    release(clerk, serving, kind="pardon")
    one = the(Detention, serving)
    assert (one.ended_on, one.end_reason) == (dates.now().date(), "pardon")
    assert status() is None  # nobody follows him


def test_nobody_is_released_who_is_not_detained(clerk, serving):
    assert ("V087", "detention") in rules_said(release(clerk, "", 422))
    release(clerk, serving, kind="pardon")
    assert ("V087", "detention") in rules_said(release(clerk, serving, 422))


def test_a_late_release_asks_for_the_reason(clerk, suspect):
    pk = detention(clerk, suspect, since=day(-200), paper_on=day(-200))
    assert ("V097", "released_on") in rules_said(release(clerk, pk, 422))


def test_parole_before_its_time_is_asked_about_and_has_an_end(clerk, serving):
    said = rules_said(release(clerk, serving, 422, kind="parole"))
    assert {("V098", "released_on"), ("V098", "track_until")} <= said
    assert ("V098", "reports_to") in rules_said(release(clerk, serving, 422, track_until=day(30)))
    page = release(clerk, serving, 422, track_until=day(-1), reports_to="PC-02", released_on=day())
    assert ("V090", "track_until") in rules_said(page)


def test_the_status_ends_with_the_follow_up(clerk, serving, the, status):
    pk = release(clerk, serving, track_until=day(90), reports_to="PC-02")
    assert status() == "released"
    tracking_step(clerk, pk, "visit")
    assert ("V090", "paper_no") in rules_said(tracking_step(clerk, pk, "end", 422))
    tracking_step(clerk, pk, "end", paper_no="១/២៧")
    assert the(Release, pk).ended_on == dates.now().date()
    assert status() is None


def test_the_day_in_the_document_ends_the_follow_up_by_itself(clerk, suspect, status):
    pk = detention(clerk, suspect, since=day(-20), paper_on=day(-20))
    release(clerk, pk, released_on=day(-10), track_until=day(-1), reports_to="PC-02")
    assert status() is None


def test_whoever_is_in_custody_or_has_escaped_from_it_is_shown_as_such(clerk, suspect, status):
    pk = custody(clerk, arrest(clerk, suspect))
    assert status() == "in_custody"
    step(clerk, pk, "end", outcome="escaped")
    assert status() == "escaped"
