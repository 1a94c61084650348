"""A manager types a name as spoken on the telephone: by keyboard alone, the right person opens."""

import re

from tests.browser.conftest import each_width
from tests.browser.test_pages import faults_of

WIDER = "document.documentElement.scrollWidth > innerWidth"


def find_misspelled_person(window):
    """Return (number of a person, their name in Latin letters with one wrong letter)."""
    page = window.open("/person/list/")
    for row in page.locator("main tbody tr:has(.lat)").all():
        latin = row.locator(".lat").inner_text().strip()
        if len(latin) > 9 and " " in latin:
            pk = row.locator("td.lead a").first.get_attribute("href").rsplit("/", 1)[1]
            surname, given = latin.lower().split(" ", 1)
            return pk, f"{surname} {given[:-1]}{given[-1]}h"
    raise AssertionError("Nobody has a name in Latin letters.")


@each_width
def test_a_misspelled_name_leads_to_the_person_by_keyboard_alone(window, size):
    manager = window("manager", size)
    pk, heard = find_misspelled_person(manager)
    page = manager.open("/")
    page.keyboard.press("/")
    page.keyboard.type(heard, delay=20)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/find/\?search="))
    page.locator(f"[data-results] [data-person='{pk}']").wait_for(state="attached")
    for _press in range(40):
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.closest('[data-person]')?.dataset.person") == pk:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/person/show/{pk}$"))
    page.go_back()
    page.locator(f"[data-results] [data-person='{pk}']").wait_for(state="attached")
    assert heard.split()[0] not in page.url
    assert manager.faults == []


def test_a_suggestion_is_chosen_by_the_arrows_and_opened(window):
    manager = window("manager")
    pk, heard = find_misspelled_person(manager)
    page = manager.open("/")
    page.keyboard.press("Control+k")
    page.keyboard.type(heard[:-1], delay=20)
    page.locator(".quick [role=option]").first.wait_for()
    assert page.locator(".quick [aria-selected=true]").count() == 0
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/person/show/\d+$"))


def test_page_of_the_menu_is_suggested_by_its_name(window):
    page = window("clerk.bb").open("/")
    page.keyboard.press("/")
    page.keyboard.type("ជនបាត់ខ្លួន")
    page.locator("[role=option]", has_text="ជនបាត់ខ្លួន").first.click()
    page.wait_for_url("**/personreport/list/")


def test_suggestions_scroll_in_a_low_window(window):
    page = window("manager", {"width": 390, "height": 300}).open("/")
    page.fill("#quick", "sok")
    page.locator(".quick [role=option]").first.wait_for()
    menu = page.locator(".quick .menu")
    assert menu.evaluate("menu => menu.scrollHeight > menu.clientHeight")
    assert menu.evaluate("menu => menu.getBoundingClientRect().bottom") <= 300
    assert menu.evaluate("menu => getComputedStyle(menu).overflowY") == "auto"


@each_width
def test_similar_sounding_names_load_without_a_finding(window, size):
    manager = window("manager", size)
    page = manager.open("/find/")
    page.fill("#quick", "Sok Dara")
    with page.expect_response(lambda answer: answer.url.endswith("/find/more") and answer.ok):
        page.press("#quick", "Enter")
    page.locator("[data-alike] .note").wait_for()
    page.click("details.find summary")
    assert not faults_of(page) and not page.evaluate(WIDER)
    page.goto(f"{manager.server}/text-search/")
    page.fill("#text", "កា")
    page.press("#text", "Enter")
    page.locator("mark").first.wait_for()
    assert not faults_of(page) and not page.evaluate(WIDER)
    assert manager.faults == []


@each_width
def test_long_word_makes_no_page_wider(window, size):
    page = window("manager", size).open("/find/")
    page.fill("#quick", "ក" * 1000)
    page.press("#quick", "Enter")
    page.locator("[data-alike] .note").wait_for()
    assert not page.evaluate(WIDER)
    page.click("details.save-search summary")
    page.press("#keep-name", "Enter")
    page.locator(".as-link").first.wait_for()
    assert not page.evaluate(WIDER)
    page.goto(page.url.replace("/find/", "/text-search/"))
    page.fill("#text", "ក" * 100)
    page.press("#text", "Enter")
    page.locator("h1:has-text('«')").wait_for()
    assert not page.evaluate(WIDER)


def test_a_reload_asks_again_without_sending_a_form(window):
    manager = window("manager")
    pk, heard = find_misspelled_person(manager)
    page = manager.open("/find/")
    page.fill("#quick", heard)
    page.press("#quick", "Enter")
    page.wait_for_url(re.compile(r"/find/\?search="))
    page.reload()
    page.locator(f"[data-results] [data-person='{pk}']").wait_for(state="attached")


def test_search_button_reports_an_invalid_date(window):
    page = window("manager").open("/case/list/")
    page.click("details.find summary")
    page.fill("[data-column=occurred_from] input", "31/02/2026")
    with page.expect_navigation():
        page.click("details.find button")
    assert "គ្មានថ្ងៃទី៣១ ទេ។" in page.inner_text("[data-column=occurred_from] .under")
    assert page.input_value("[data-column=occurred_from] input") == "31/02/2026"


def test_escape_cancels_a_pending_suggestion_list(window):
    page = window("manager").open("/case/list/")
    page.click("details.find summary")
    box = "[name=_flt_0_place_kind__text]"
    page.route(re.compile("place_kind"), lambda route: None)
    with page.expect_request(re.compile("place_kind")):
        page.fill(box, "ផ្ស")
    with page.expect_event("requestfailed"):
        page.press(box, "Escape")


def test_lookup_without_a_choice_is_reported_at_its_field(window):
    page = window("manager").open("/case/list/")
    page.click("details.find summary")
    box = "[name=_flt_0_place_kind__text]"
    page.fill(box, "ផ្ស")
    page.press(box, "Escape")
    with page.expect_navigation():
        page.click("details.find button")
    assert "មិនទាន់បានជ្រើសទេ។" in page.inner_text("[data-column=place_kind] .under")
    page.fill(box, "ផ្ស")
    page.locator("[data-column=place_kind] [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    with page.expect_navigation():
        page.click("details.find button")
    assert page.locator("main .chip b").first.inner_text() == "ផ្សារ"
