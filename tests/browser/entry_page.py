"""The entry page as a clerk uses it."""

from datetime import timedelta
from itertools import product

from app.kernel.text import dates

SUMMARY = "នៅយប់ម្សិលមិញ ជនសង្ស័យបានគាស់បង្អួចក្រោយផ្ទះ ចូលយកទូរស័ព្ទដៃមួយគ្រឿង ហើយរត់គេចខ្លួន។"


def ago(**span):
    """Return that time as a clerk types it; `ago(days=-1)` is tomorrow."""
    return f"{dates.now() - timedelta(**span):%d/%m/%Y %H:%M}"


# Another suspect for each theft: the same suspect at the same place and day is asked about.
SYLLABLES = ("".join(pair) for pair in product("កខគងចជញតថទនបផពមយរលវស", repeat=2))


class EntryPage:
    """A page at /entry/…, or another form, filled by keys and choices."""

    def __init__(self, window, address="/entry/"):
        self.window = window
        self.page = window.open(address)

    def look_up(self, box, text):
        """Type, wait for the results, take the first."""
        self.page.focus(f"#{box}")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        answers = self.page.locator(f"#{self.page.locator(f'#{box}').get_attribute('aria-controls')} li")
        answers.first.wait_for()
        self.page.keyboard.press("Enter")

    def choose(self, box, key):
        self.page.select_option(f"#{box}", key)

    def fill(self, box, text):
        self.page.fill(f"#{box}", text)

    def leave(self, box):
        """Leave a field and wait until the rules have answered."""
        with self.page.expect_response(lambda answer: answer.url.endswith("/check")):
            self.page.focus(f"#{box}")
            self.page.keyboard.press("Tab")
            self.page.dispatch_event(f"#{box}", "input")

    def get_messages(self, box):
        """Return the message below a field."""
        return self.page.locator(f".field:has(#{box}) .under").inner_text()

    def fill_theft(self, happened=20):
        """Fill in a complete theft in Battambang, that many hours ago, with a suspect and no errors."""
        self.fill("case-occurred_from", ago(hours=happened))
        self.fill("case-reported_at", ago(hours=happened - 10))
        self.choose("case-report_kind", "complaint")
        self.look_up("case-place", "02030101")
        self.look_up("offences-0-offence", "353")
        self.fill("case-summary", SUMMARY)
        self.choose("people-0-role", "suspect")
        self.fill("people-0-person-surname_km", "សុខ")
        self.fill("people-0-person-given_km", f"ពិសីដ្ឋា{next(SYLLABLES)}")
        self.choose("people-0-person-sex", "M")
        self.look_up("people-0-person-nationality", "ខ្មែរ")
        self.choose("people-0-photo_missing", "not_available")
        exhibit = self.add("Alt+KeyE").removesuffix("-kind")
        self.choose(f"{exhibit}-kind", "phone")
        self.choose(f"{exhibit}-property_role", "stolen")
        return self

    def add(self, keys):
        """Add a row by its shortcut; return the id of the focused field."""
        self.press(keys)
        return self.page.evaluate("document.activeElement.id")

    def press(self, keys):
        self.page.keyboard.press(keys)

    def save(self):
        with self.page.expect_navigation():
            self.press("Control+s")
