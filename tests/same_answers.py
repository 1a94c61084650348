"""A form and the API refuse the same input: same fields, same rules, in Khmer, and all input is kept."""

import re

from tests.html_pages import Page
from tests.sql_calls import Program

FLAGS = ("signed", "sealed", "urgent", "in_absence", "force_used", "new")
LATIN = re.compile(r"[A-Za-z]{4,}")


def submit_refused(browser, url, path, typed, extra=None):
    """Return the page at `url` that refuses the input as the API at `path` does; `extra` is sent to the API only."""
    typed = {name: str(value) for name, value in typed.items()}
    page = Page.from_response(browser.send(url, typed), 422)
    shown = page.typed()
    lost = {name for name, value in typed.items() if value and value not in shown.get(name, [value])}
    assert not lost, f"no more typed: {lost}"
    on_page = find_stopping_problems(page)
    errors = Program(browser).post(path, make_body(typed) | (extra or {}), 422)["errors"]
    by_api = {
        (one["rule"], field)
        for field, messages in errors.items()
        for one in messages
        if field != "record" and one["severity"] != "notice"
    }
    assert by_api == {one for one in on_page if one[1] != "record"}, "the API says something else"
    return page


def find_stopping_problems(page):
    """Return (rule number, field) of each blocking message at a field; each must be in Khmer."""
    problems = set()
    for message in page.all("p", css="message"):
        around, block = message.up("field"), message.up("warn")
        if (
            around is None
            or "hidden" in message.attributes
            or (block is not None and block.has_class("overridden"))
        ):
            continue
        names = (one["name"] for one in around.all(name=True))
        field = next((one for one in names if not one.endswith(("__text", "__shown"))), "")
        codes = [code.text for code in message.all(css="code")] or [""]
        assert not LATIN.search(message.text), f"not in Khmer: {message.text}"
        problems |= {(code, field.removesuffix("__reason").removesuffix(f"__{code}")) for code in codes}
    return problems


def make_body(typed):
    """Return the form input as an API request body."""
    return {
        name: value == "y" if name in FLAGS else value
        for name, value in typed.items()
        if not name.endswith("__shown") and not name.endswith("__text")
    }
