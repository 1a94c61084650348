"""An offence entered without a mouse: Tab reaches every field, arrows choose, Alt adds rows, Ctrl S saves."""

import re

from tests.browser.entry_page import SUMMARY, EntryPage, ago

FARTHEST = 90  # presses of Tab between two fields
MOST_KEYS = 25  # from the page of the case to the saved row
MOST_KEYS_OF_A_LETTER = 40


class Keys(EntryPage):
    """An entry page that is used by keyboard only; `count` counts the pressed keys."""

    count = 0

    def press(self, keys):
        self.count += 1
        super().press(keys)

    def type(self, text):
        self.count += len(text)
        self.page.keyboard.type(text)

    def begin_row(self, keys):
        """Press the keys that begin a row on the page of a case, and count from there."""
        self.page.goto(f"{self.window.server}/case/list/")
        self.page.locator("tr[data-row] td.lead a").first.click()
        self.page.locator("#exhibits").wait_for()
        self.count = 0
        with self.page.expect_navigation(url=re.compile(r"/addition/\d+/")):
            self.press(keys)
        self.page.locator(".item :focus").wait_for()
        return self

    def go(self, box):
        for _press in range(FARTHEST):
            if self.page.evaluate("document.activeElement.id") == box:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {box}")

    def write(self, box, text):
        self.go(box)
        if self.page.input_value(f"#{box}"):
            self.press("Control+A")
        self.type(text)

    def pick(self, box, key):
        """Choose an option of a select field with the arrows."""
        self.go(box)
        for _press in range(self.page.locator(f"#{box} option").count()):
            if self.page.input_value(f"#{box}") == key:
                return
            self.press("ArrowDown")
        assert self.page.input_value(f"#{box}") == key

    def find(self, box, text):
        """Look up: type, wait for the results, take the first with Enter."""
        self.write(box, text)
        answers = self.page.get_attribute(f"#{box}", "aria-controls")
        self.page.locator(f"#{answers} li[aria-selected=true]").wait_for()
        self.press("Enter")


def test_a_theft_is_entered_by_keyboard_alone(window):
    clerk = Keys(window("clerk.bb"))
    clerk.write("case-occurred_from", ago(hours=5))
    clerk.write("case-reported_at", ago(hours=3))
    clerk.pick("case-report_kind", "complaint")
    clerk.find("case-place", "02030101")
    clerk.find("offences-0-offence", "353")
    clerk.write("case-summary", SUMMARY)
    clerk.pick("people-0-role", "suspect")
    clerk.pick("people-0-photo_missing", "not_available")
    clerk.write("people-0-person-surname_km", "សុខ")
    clerk.write("people-0-person-given_km", "ក្តារចុច")
    clerk.pick("people-0-person-sex", "M")
    clerk.find("people-0-person-nationality", "ខ្មែរ")
    exhibit = clerk.add("Alt+KeyE").removesuffix("-kind")
    clerk.pick(f"{exhibit}-kind", "phone")
    clerk.pick(f"{exhibit}-property_role", "stolen")
    assert clerk.add("Alt+KeyO").startswith("offences-")
    clerk.press("Alt+Delete")  # removes the extra row
    clerk.save()
    assert re.search(r"/case/show/\d+$", clerk.page.url), clerk.page.inner_text("#summary")
    assert re.search(r"02-\d{4}-\d{6}", clerk.page.inner_text("h1"))


def test_rows_are_added_to_a_case_with_few_keys(window):
    clerk = Keys(window("clerk.bb"))

    def save():
        clerk.save()
        assert "/case/show/" in clerk.page.url, clerk.page.inner_text("#summary")
        return clerk.count

    clerk.begin_row("Alt+KeyE")
    clerk.pick("exhibits-0-kind", "phone")
    clerk.pick("exhibits-0-property_role", "stolen")
    exhibit = save()
    clerk.begin_row("Alt+KeyP")
    clerk.pick("people-0-role", "suspect")
    clerk.pick("people-0-photo_missing", "not_available")
    clerk.write("people-0-person-surname_km", "ចាន")
    clerk.write("people-0-person-given_km", "វុទ្ធ")
    clerk.pick("people-0-person-sex", "M")
    person = save()
    assert max(exhibit, person) <= MOST_KEYS, (exhibit, person)


def test_a_letter_about_a_case_is_sent_with_few_keys(window):
    clerk = Keys(window("clerk.bb"))
    clerk.page.goto(f"{clerk.window.server}/case/list/")
    case = clerk.page.locator("tr[data-row] td.lead a").first.get_attribute("href").rpartition("/")[2]
    clerk.page.goto(f"{clerk.window.server}/case/show/{case}")
    person = clerk.page.locator("a[href^='/person/show/']").first.get_attribute("href").rpartition("/")[2]
    clerk.page.goto(f"{clerk.window.server}/letter/add?case={case}")
    clerk.count = 0
    clerk.find("template", "រូបថត")
    clerk.find("to_unit", "PC-12")
    clerk.find("person", f"P-{person}")
    with clerk.page.expect_navigation(url=re.compile(r"/letter/show/")):
        clerk.press("Control+s")
    clerk.page.locator("button[value=submit]:focus").wait_for()
    with clerk.page.expect_navigation():
        clerk.press("Enter")
    assert clerk.page.locator("button[value=take_back]").count() == 1, "it waits for the signature"
    assert clerk.count <= MOST_KEYS_OF_A_LETTER, clerk.count


def test_click_into_an_empty_field_opens_its_code_list(window):
    page = window("clerk.bb").open("/entry/")
    page.click("#offences-0-method")
    page.locator(f"#{page.get_attribute('#offences-0-method', 'aria-controls')} li").nth(1).wait_for()
    page.click("#people-0-known-known")
    assert page.locator("[role=listbox]:visible").count() == 0, "a search for people begins with a text"


def test_first_field_that_the_link_left_empty_has_the_focus(window):
    clerk = window("clerk.bb")
    link = clerk.open("/case/list/").locator("tr[data-row] td.lead a").first
    case = link.get_attribute("href").rpartition("/")[2]
    clerk.open(f"/supplement/add?case={case}").wait_for_selector("#learned_on:focus")


def test_arrow_opens_a_whole_code_list(window):
    clerk = Keys(window("clerk.bb"))
    clerk.go("people-0-person-nationality")
    clerk.press("ArrowDown")
    answers = clerk.page.locator(f"#{clerk.page.get_attribute(':focus', 'aria-controls')} li")
    answers.first.wait_for()
    assert answers.count() > 200
    clerk.press("ArrowDown")
    second = answers.nth(1).inner_text()
    clerk.press("Enter")
    assert clerk.page.input_value("#people-0-person-nationality") in second


def test_searched_name_of_an_unknown_person_fills_the_name_fields(window):
    clerk = Keys(window("clerk.bb"))
    clerk.write("people-0-known-known", "ឈ្មោះថ្មី មិនទាន់មាន")
    clerk.press("Tab")
    assert clerk.page.input_value("#people-0-person-surname_km") == "ឈ្មោះថ្មី"
    assert clerk.page.input_value("#people-0-person-given_km") == "មិនទាន់មាន"
    assert clerk.page.input_value("#people-0-known-known") == ""


def test_name_typed_with_the_latin_layout_is_offered_in_khmer(window):
    clerk = Keys(window("clerk.bb"))
    clerk.go("people-0-known-known")
    clerk.type("sux visal")
    clerk.press("Tab")
    for name, khmer in (("surname", "សុខ"), ("given", "វិសាល")):
        clerk.page.locator("[data-converted]:visible", has_text=khmer).click()
        assert clerk.page.input_value(f"#people-0-person-{name}_km") == khmer
        assert clerk.page.input_value(f"#people-0-person-{name}_latin") == ""
    clerk.fill("people-0-person-surname_latin", "Sok")
    clerk.press("Tab")
    assert clerk.page.locator("[data-converted]").count() == 0


def test_enter_in_a_field_sends_no_partial_input(window):
    clerk = Keys(window("clerk.bb"))
    clerk.write("case-place_text", "ក្រោយផ្សារ")
    clerk.press("Enter")
    clerk.write("offences-0-offence", "353")
    clerk.press("Enter")  # before the results arrive
    clerk.page.locator("#offences-0-offence[aria-expanded=true]").wait_for()
    clerk.press("Enter")
    assert clerk.page.input_value("[name=offences-0-offence]") == "PC2009-353_356"
    assert not clerk.page.locator("#summary .note").count()


def test_the_next_mistake_is_one_key_away(window):
    clerk = Keys(window("clerk.bb"))
    clerk.save()
    assert clerk.page.locator("[aria-invalid=true]").count() > 2
    seen = set()
    for _press in range(3):
        clerk.press("F8")
        seen.add(clerk.page.evaluate("document.activeElement.id"))
    assert len(seen) == 3
    assert all(clerk.page.get_attribute(f"#{box}", "aria-invalid") == "true" for box in seen)


def test_a_list_is_read_with_j_and_k(window):
    reader = window("manager")
    page = reader.open("/person/list/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('tr[data-row]')")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/person/show/\d+"))
