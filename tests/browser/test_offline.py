"""The entry page on a poor link and without a connection; nothing of a user stays after the sign-out."""

import re

import pytest

from tests.browser.entry_page import SUMMARY, EntryPage

UNTIL_KEPT = """async () => {
    while (!await caches.match("/entry/offline/")) await new Promise(done => setTimeout(done, 50));
}"""
STORED = "JSON.stringify({...localStorage, ...sessionStorage})"


@pytest.fixture
def clerk(window):
    """Return the window of a clerk whose browser keeps the entry page."""
    clerk = window("clerk.bb")
    clerk.open("/about-the-data/").evaluate(UNTIL_KEPT)
    return clerk


def save_draft(entry):
    """Send the draft, and wait until only the tab has a copy."""
    entry.page.click("[data-remember]")
    entry.page.wait_for_function("() => !Object.keys(localStorage).some(name => name.startsWith('draft:'))")


def test_offline_reload_shows_the_draft_and_its_save_registers_one_case(clerk):
    entry = EntryPage(clerk)
    entry.fill_theft()
    save_draft(entry)
    address = entry.page.url
    clerk.context.set_offline(True)
    entry.page.reload()
    assert entry.page.url == address
    assert entry.page.input_value("#case-summary") == SUMMARY
    assert entry.page.input_value("[name=case-place]") == "02030101"
    assert entry.page.input_value("#people-0-role") == "suspect"
    assert entry.page.locator("[data-rows=exhibits] > [data-row]").count() == 1
    entry.fill("case-modus_operandi_text", SUMMARY)
    entry.press("Control+s")
    entry.page.locator("[data-state]", has_text="រង់ចាំ").wait_for()
    clerk.context.set_offline(False)
    entry.page.wait_for_url(re.compile(r"/case/show/\d+"))
    assert SUMMARY in entry.page.inner_text("main")
    case = entry.page.url
    entry.page.goto(address)
    assert entry.page.url.partition("?")[0] == case.partition("?")[0]
    assert "draft:" not in entry.page.evaluate(STORED)


def test_new_entry_opens_and_finds_codes_without_a_connection(clerk):
    clerk.context.set_offline(True)
    entry = EntryPage(clerk)
    assert re.search(r"/entry/[\w-]{16}$", entry.page.url)
    assert entry.page.evaluate("document.activeElement.id") == "case-occurred_from"
    entry.look_up("people-0-person-nationality", "វៀតណាម")
    assert entry.page.input_value("[name='people-0-person-nationality']") == "VN"
    entry.page.locator("#case-latitude").evaluate("box => box.closest('details').setAttribute('open', '')")
    entry.page.click("[data-choose-position]")
    entry.page.locator("#position-map text", has_text="បាត់ដំបង").wait_for()
    entry.page.click("#position-map button[value=yes]")
    assert entry.page.input_value("#case-longitude")
    entry.fill("case-summary", SUMMARY)
    entry.page.click("[data-remember]")
    entry.page.locator("[data-state].amber").wait_for()
    again = EntryPage(clerk)
    again.page.get_by_role("link", name=SUMMARY).click()
    assert again.page.input_value("#case-summary") == SUMMARY


def test_new_entry_after_an_update_is_the_new_page(clerk):
    clerk.page.evaluate(
        """caches.match('/entry/offline/').then(async page => {
            const cache = await caches.open((await caches.keys())[0]);
            const html = (await page.text()).replace(/name="form_version" value="\\w+"/, 'name="form_version" value="old"');
            await cache.put('/entry/offline/', new Response(html, {headers: {'Content-Type': 'text/html'}}));
        })"""
    )
    clerk.open("/entry/")
    clerk.page.locator("[name=form_version]:not([value=old])").wait_for(state="attached")


def test_sign_out_leaves_nothing_and_the_next_user_sees_nothing(clerk):
    entry = EntryPage(clerk)
    entry.fill("case-summary", SUMMARY)
    save_draft(entry)
    address = entry.page.url.removeprefix(clerk.server)
    other = clerk.new_page()
    other.goto(entry.page.url)
    with other.expect_navigation(url=re.compile("/login/")):
        entry.page.click("details.me:not(.purpose) summary")
        with entry.page.expect_navigation(url=re.compile("/login/")):
            entry.page.click("[data-sign-out]")
    for page in (entry.page, other):
        assert SUMMARY not in page.evaluate(STORED)
        assert page.evaluate("caches.keys()") == []
    clerk.sign_in("clerk.pp").open("/about-the-data/").evaluate(UNTIL_KEPT)
    clerk.context.set_offline(True)
    assert clerk.open(address).input_value("#case-summary") == ""
    assert SUMMARY not in clerk.page.inner_text("body") and "clerk.bb" not in clerk.page.content()


def test_kept_page_shows_no_draft_after_the_idle_time(clerk):
    entry = EntryPage(clerk)
    clerk.context.set_offline(True)
    entry.fill("case-summary", SUMMARY)
    entry.page.click("[data-remember]")
    entry.page.locator("[data-state].amber").wait_for()
    entry.page.evaluate("localStorage.setItem('ecrime.used', Date.now() - 16 * 60 * 1000)")
    entry.page.reload()
    assert entry.page.input_value("#case-summary") == ""
    assert entry.page.get_by_role("link", name=SUMMARY).count() == 0
