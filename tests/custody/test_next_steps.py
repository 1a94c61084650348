"""Pages of custody records offer the next step, and its form proposes what the records already say."""

from datetime import timedelta

from app.custody.models import Detention
from app.kernel.text import dates
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_judgment,
    enter_release,
    enter_sentence,
    find_shown_rules,
    format_day,
    make_suspect,
)
from tests.custody.test_prisons import enter_detention_step
from tests.prepared import prepared


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


def find_main_button(clerk, url):
    (button,) = clerk.page(url).by_id("main").all("a", css="main")
    return button["href"]


def test_main_button_is_the_next_step(clerk, suspect, each_database):
    arrest_id = enter_arrest(clerk, suspect)
    assert find_main_button(clerk, f"/arrest/show/{arrest_id}") == f"/custody/add?arrest={arrest_id}"
    custody_id = enter_custody(clerk, arrest_id)
    assert "kind=rights" in find_main_button(clerk, f"/custody/show/{custody_id}")
    enter_custody_step(clerk, custody_id, "end", outcome="to_prosecutor")
    assert (
        find_main_button(clerk, f"/custody/show/{custody_id}") == f"/detention/add?involvement={suspect.id}"
    )
    typed = clerk.page(f"/detention/add?involvement={suspect.id}").typed()
    assert typed["since"] == [f"{dates.now() - timedelta(hours=1):%d/%m/%Y}"], (
        "the day of the end of the custody"
    )
    detention_id = enter_detention(clerk, suspect, since=format_day(), document_date=format_day())
    assert (
        find_main_button(clerk, f"/detention/show/{detention_id}")
        == f"/judgment/add?involvement={suspect.id}"
    )
    judgment_id = enter_judgment(clerk, suspect, decided_on=format_day())
    assert find_main_button(clerk, f"/judgment/show/{judgment_id}") == f"/sentence/add?judgment={judgment_id}"
    sentence_id = enter_sentence(clerk, judgment_id, starts_on=format_day())
    assert (
        find_main_button(clerk, f"/sentence/show/{sentence_id}") == f"/detention/add?sentence={sentence_id}"
    )


def test_forms_propose_what_the_records_say(clerk, suspect):
    first = enter_detention(clerk, suspect, since=format_day(-60), document_date=format_day(-60))
    typed = clerk.page(f"/judgment/add?involvement={suspect.id}").typed()
    assert typed["court"] == ["CFI-02"]
    judgment_id = enter_judgment(clerk, suspect)
    typed = clerk.page(f"/sentence/add?judgment={judgment_id}").typed()
    assert (typed["credit_days"], typed["starts_on"]) == (
        ["55"],
        [f"{dates.now() - timedelta(days=5):%d/%m/%Y}"],
    )
    sentence_id = enter_sentence(clerk, judgment_id, credit_days="55")
    typed = clerk.page(f"/detention/add?sentence={sentence_id}").typed()
    assert (typed["kind"], typed["first_prison"], typed["document_no"], typed["court"]) == (
        ["sentence"], ["CC1"], ["៣០១/២៦"], ["CFI-02"],
    )  # fmt: skip
    typed = clerk.page(f"/release/add?detention={first}").typed()
    assert (typed["kind"], typed["released_on"]) == (["order"], [f"{dates.now():%d/%m/%Y}"])
    typed = clerk.page(f"/detention/add?involvement={suspect.id}").typed()
    assert (typed["kind"], typed["offence_class"]) == (["provisional"], ["felony"])


def test_proposed_chain_is_accepted_and_ends_what_it_replaces(db_session, clerk, suspect):
    """Held for 60 days, judged 5 days ago: the proposed beginning and credit need no reason."""
    first = enter_detention(clerk, suspect, since=format_day(-60), document_date=format_day(-60))
    sentence_id = enter_sentence(
        clerk, enter_judgment(clerk, suspect), years=None, months="6", credit_days="55"
    )
    served = enter_detention(
        clerk, suspect, kind="sentence", sentence=sentence_id, offence_class=None, since=format_day(-5),
        document_date=format_day(-5),
    )  # fmt: skip
    enter_release(
        clerk,
        served,
        kind="parole",
        supervised_until=format_day(200),
        reports_to="PC-02",
        released_on__V098__reason="checked",
    )
    db_session.expire_all()
    assert [db_session.get(Detention, one).ended_on is not None for one in (first, served)] == [True, True]


def test_detention_over_its_limit_is_marked_on_its_page(clerk, suspect):
    url = f"/detention/show/{enter_detention(clerk, suspect, since=format_day(-240), document_date=format_day(-240))}"
    (note,) = clerk.page(url).by_id("main").all("div", css="red")
    assert "ហួសកំណត់" in note.text
    assert "/release/add" in find_main_button(clerk, url)


def test_escaped_person_is_not_over_the_limit(clerk, suspect):
    pk = enter_detention(clerk, suspect, since=format_day(-240), document_date=format_day(-240))
    listed = f"/detention/show/{pk}"
    assert clerk.page("/releases-due/list/?due=over").by_id("main").all("a", href=listed)
    enter_detention_step(clerk, pk, "escape", done_on=format_day(-200))
    assert not clerk.page("/releases-due/list/?due=over").by_id("main").all("a", href=listed)
    assert clerk.page("/releases-due/list/?due=escaped").by_id("main").all("a", href=listed)
    assert not clerk.page(listed).by_id("main").all("div", css="red")


def test_sentence_without_a_beginning_says_so(clerk, suspect):
    sentence_id = enter_sentence(clerk, enter_judgment(clerk, suspect), starts_on=None)
    assert "ខ្វះថ្ងៃចាប់ផ្តើម" in clerk.page(f"/sentence/show/{sentence_id}").by_id("main").text


def test_passed_warning_is_shown_on_the_page(clerk, suspect):
    enter_detention(clerk, suspect)
    arrest_id = enter_arrest(clerk, suspect)
    custody_id = enter_custody(clerk, arrest_id, arrest__V068__reason="checked")
    codes = [one.text for one in clerk.page(f"/custody/show/{custody_id}").all("span", css="code")]
    assert codes == ["V068"]


def read_credit(clerk, suspect):
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-10))
    return judgment, clerk.page(f"/sentence/add?judgment={judgment}").typed()["credit_days"]


def test_proposed_credit_leaves_out_the_days_at_large(clerk, suspect):
    first = enter_detention(clerk, suspect, since=format_day(-200), document_date=format_day(-200))
    enter_detention_step(clerk, first, "escape", done_on=format_day(-190))
    enter_detention_step(clerk, first, "recapture", done_on=format_day(-20))
    assert read_credit(clerk, suspect)[1] == ["20"]


def test_proposed_credit_has_the_days_of_every_detention_in_the_case(clerk, suspect, each_database):
    since = {"since": format_day(-200), "document_date": format_day(-200)}
    first = enter_detention(clerk, suspect, **since)
    enter_release(clerk, first, released_on=format_day(-100))
    again = {"since": format_day(-30), "document_date": format_day(-30), "since__V091__reason": "checked"}
    enter_detention(clerk, suspect, **again)
    judgment, credit = read_credit(clerk, suspect)
    assert credit == ["120"]
    enter_sentence(clerk, judgment, starts_on=format_day(-130), credit_days=None)


def test_new_detention_asks_about_the_days_outside(clerk, suspect):
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-300))
    sentence = enter_sentence(clerk, judgment, starts_on=format_day(-300))
    served = {"kind": "sentence", "sentence": sentence, "offence_class": None}
    first = enter_detention(clerk, suspect, **served, since=format_day(-300), document_date=format_day(-300))
    enter_release(clerk, first, released_on=format_day(-100))
    shown = find_shown_rules(enter_detention(clerk, suspect, 422, **served))
    assert ("V095", "since") in shown
    enter_detention(clerk, suspect, **served, since__V095__reason="checked")
