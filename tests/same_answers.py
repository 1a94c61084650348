"""A form and the API refuse the same things: at the same boxes, by the same rules, in Khmer, and nothing typed is lost."""

import re

from tests.html_pages import Page
from tests.sql_calls import Program

FLAGS = ("signed", "sealed", "urgent", "in_absence", "force_used", "new")
LATIN = re.compile(r"[A-Za-z]{4,}")


def refused(browser, url, path, typed, more=None):
    """The page of the form at `url` that refuses what was typed, as the API at `path` does; `more` is said to it alone."""
    typed = {name: str(value) for name, value in typed.items()}
    page = Page.of(browser.send(url, typed), 422)
    shown = page.typed()
    lost = {name for name, value in typed.items() if value and value not in shown.get(name, [value])}
    assert not lost, f"no more typed: {lost}"
    on_page = said_at_boxes(page)
    errors = Program(browser).post(path, body_of(typed) | (more or {}), 422)["errors"]
    by_api = {
        (one["rule"], box)
        for box, said in errors.items()
        for one in said
        if box != "record" and one["severity"] != "notice"
    }
    assert by_api == {one for one in on_page if one[1] != "record"}, "the API says something else"
    return page


def said_at_boxes(page):
    """(number of the rule, box) of each sentence beside a box that stops the save; each is in Khmer."""
    said = set()
    for line in page.all("p", css="say"):
        around, block = line.up("field"), line.up("warn")
        if around is None or "hidden" in line.attributes or (block is not None and block.has_class("passed")):
            continue
        names = (one["name"] for one in around.all(name=True))
        box = next((one for one in names if not one.endswith(("__text", "__shown"))), "")
        codes = [code.text for code in line.all(css="code")] or [""]
        assert not LATIN.search(line.text), f"not in Khmer: {line.text}"
        said |= {(code, box.removesuffix("__reason").removesuffix(f"__{code}")) for code in codes}
    return said


def body_of(typed):
    """What was typed into a form, as a program sends it."""
    return {
        name: value == "y" if name in FLAGS else value
        for name, value in typed.items()
        if not name.endswith("__shown") and not name.endswith("__text")
    }
