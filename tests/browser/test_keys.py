"""The number of keys of two usual cases and of a letter, from the empty page to the saved record."""

import re
from datetime import timedelta

from PIL import Image

from app.kernel.text import dates
from tests.browser.entry_page import SUMMARY, SYLLABLES
from tests.browser.test_keyboard import Keys

MOST_FOR_A_THEFT = 150
MOST_FOR_A_ROBBERY = 230  # two suspects, a victim, a motorcycle and a photo
MOST_FOR_A_REQUEST = 40  # for a photo of a person, from the form about that person


class Clerk(Keys):
    """A clerk who presses Enter for the next field that must be filled."""

    def enter(self, box):
        self.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == box
        return self

    def fill_incident(self):
        """Fill in time, place, offence and summary; the first field has the focus."""
        yesterday = dates.now() - timedelta(days=1)
        self.type(f"{yesterday.day}/{yesterday.month} 2229")
        self.enter("case-report_kind").pick("case-report_kind", "complaint")
        self.enter("case-place").find("case-place", "02030101")
        self.enter("offences-0-offence").find("offences-0-offence", "353")
        self.enter("case-summary").type(SUMMARY)

    def fill_person(self, number, role, sex):
        """Fill in a new person; the searched name becomes the name of the person."""
        row = f"people-{number}"
        self.go(f"{row}-known-known")
        self.type(f"សុខ ពិសី{next(SYLLABLES)}")
        self.press("Tab")
        self.pick(f"{row}-role", role)
        self.pick(f"{row}-photo_missing", "not_available")
        self.enter(f"{row}-person-sex").pick(f"{row}-person-sex", sex)

    def fill_stolen(self, kind):
        exhibit = self.add("Alt+KeyE").removesuffix("-kind")
        self.pick(f"{exhibit}-kind", kind)
        self.pick(f"{exhibit}-property_role", "stolen")
        return exhibit

    def save_case(self):
        self.save()
        assert re.search(r"/case/show/\d+$", self.page.url), self.page.inner_text("#summary")
        return self.count


def test_simple_theft_takes_few_keys(window):
    clerk = Clerk(window("clerk.bb"))
    clerk.fill_incident()
    clerk.fill_person(0, "suspect", "M")
    clerk.fill_stolen("phone")
    assert clerk.save_case() <= MOST_FOR_A_THEFT


def test_theft_with_three_people_motorcycle_and_photo_takes_few_keys(window, tmp_path):
    picture = tmp_path / "scene.jpg"
    Image.new("RGB", (640, 480), "grey").save(picture)
    clerk = Clerk(window("clerk.bb"))
    # The key can reach the page before a request to intercept that is sent with it.
    clerk.page.on("filechooser", lambda chooser: chooser.set_files(picture))
    clerk.fill_incident()
    clerk.fill_person(0, "suspect", "M")
    clerk.add("Alt+KeyP")
    clerk.fill_person(1, "suspect", "M")
    clerk.add("Alt+KeyP")
    clerk.fill_person(2, "victim", "F")
    motorcycle = clerk.fill_stolen("vehicle")
    clerk.write(f"{motorcycle}-plate", "1A-2345")
    photo = clerk.add("Alt+KeyF").removesuffix("-kind")
    clerk.pick(f"{photo}-kind", "scene_photo")
    clerk.go(f"{photo}-upload")
    clerk.press("Space")
    clerk.page.locator(f"#{photo.removesuffix('-upload')} [data-attachments] img").wait_for()
    assert clerk.save_case() <= MOST_FOR_A_ROBBERY


def test_next_entry_keeps_day_and_place(window):
    clerk = Clerk(window("clerk.bb"))
    clerk.fill_incident()
    clerk.fill_stolen("phone")
    clerk.save_case()
    with clerk.page.expect_navigation(url=re.compile("/entry/.")):
        clerk.press("Alt+KeyN")
    yesterday = dates.now() - timedelta(days=1)
    clerk.page.locator("#case-occurred_from:focus").wait_for()
    clerk.type("2130")
    assert "ពិនិត្យ" in clerk.get_messages("case-place")
    clerk.enter("case-report_kind").pick("case-report_kind", "complaint")
    clerk.enter("case-place").enter("offences-0-offence")  # the place is checked once
    assert clerk.page.input_value("#case-occurred_from") == f"{yesterday:%d/%m/%Y} 2130"
    assert clerk.page.input_value("[name=case-place]") == "02030101"
    assert clerk.page.input_value("#case-summary") == ""


def test_request_to_another_province_takes_few_keys(window):
    officer = Keys(window("investigator.bb"), "/case/list/")
    officer.page.locator("tr[data-row] td.lead a").first.click()
    person = officer.page.locator("a[href*='/person/show/']").first.get_attribute("href").rsplit("/", 1)[1]
    officer.page.goto(f"{officer.window.server}/letter/add?person={person}")
    officer.page.locator("#template:focus").wait_for()
    officer.find("template", "រូបថត")
    officer.find("to_unit", "រាជធានីភ្នំពេញ")
    officer.save()
    assert "/letter/show/" in officer.page.url, officer.page.inner_text("main")
    assert officer.count <= MOST_FOR_A_REQUEST
