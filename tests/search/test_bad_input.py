"""Any typed text has a result or a message, never an error and never a hidden record."""

import pytest

from tests.html_pages import Page

ODD_TEXTS = [
    "ស", "a", "ក" * 1000, "a" * 1000, "ា", "ិីុូ", "\u17d2", "🐘", "🐘🐘 ដារ៉ា", "%", "_", "%%", "__", "s%k", "'", '"', '""', "'; --",
    '" OR 1', "* NEAR ( )", "NEAR(a b)", "a AND", "OR", "NOT", "- : ^", "summary : x", "text_of_case", "(", ")", "{a b}: c",
    "\\", "\\%", "sok ដារ៉ា", "សុខ dara", "\u200fសុខ", "\u202eសុខ", "\u2066ស\u2069", "\x00", "\ud800", "សុខ\u200bដារ៉ា", "1e999",
    "9" * 60, "--", "....", "   ", "\n", "ZZ", "a\tb", "០", "P-", "P-" + "9" * 30,
]  # fmt: skip


def post_text(browser, url, text):
    return browser.send(url, {"q": text.encode("utf-8", "surrogatepass")})


@pytest.mark.parametrize("url", ["/find/", "/text-search/"])
def test_odd_text_has_result_or_message(clerk, country, url, each_database):
    for text in ODD_TEXTS:
        page = Page.from_response(post_text(clerk, url, text))
        text_shown = page.by_id("main").text
        assert len(text_shown) > 20, repr(text)


def test_odd_text_suggestion_succeeds(clerk, country, each_database):
    for text in ODD_TEXTS:
        assert post_text(clerk, "/find/suggest", text).status_code == 200, repr(text)


@pytest.mark.parametrize("text", ["\u200fសុខ ដារ៉ា", "\u202eសុខ\u202c ដារ៉ា", "សុ\u200bខ ដារ៉ា", "  សុខ   ដារ៉ា  "])
def test_invisible_characters_are_ignored(clerk, country, text):
    assert "សុខ ដារ៉ា" in clerk.send("/find/", {"q": text}).text


def test_database_wildcards_match_nothing(clerk, country, each_database):
    for text in ("%%", "__", "s%k", "* OR *", '"a" OR "b"'):
        page = Page.from_response(clerk.send("/text-search/", {"q": text}))
        assert not page.all("mark"), text


def test_markup_in_text_is_escaped(clerk, country):
    page = clerk.send("/find/", {"q": "<script>alert(1)</script>"}).text
    assert "<script>alert(1)" not in page and "&lt;script&gt;" in page


def test_name_in_wrong_script_is_searchable(clerk, country, db_session):
    country.dara.names[0].text_km = "ដារ៉ា Dara 12"
    db_session.commit()
    assert "សុខ ដារ៉ា" in clerk.send("/find/", {"q": "dara"}).text
