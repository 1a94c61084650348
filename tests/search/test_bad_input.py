"""Whatever is typed, there is an answer or a sentence: never a fault, never another's row."""

import pytest

from tests.html_pages import Page

ODD = [
    "ស", "a", "ក" * 1000, "a" * 1000, "ា", "ិីុូ", "\u17d2", "🐘", "🐘🐘 ដារ៉ា", "%", "_", "%%", "__", "s%k", "'", '"', '""', "'; --",
    '" OR 1', "* NEAR ( )", "NEAR(a b)", "a AND", "OR", "NOT", "- : ^", "summary : x", "text_of_case", "(", ")", "{a b}: c",
    "\\", "\\%", "sok ដារ៉ា", "សុខ dara", "\u200fសុខ", "\u202eសុខ", "\u2066ស\u2069", "\x00", "\ud800", "សុខ\u200bដារ៉ា", "1e999",
    "9" * 60, "--", "....", "   ", "\n", "ZZ", "a\tb", "០", "P-", "P-" + "9" * 30,
]  # fmt: skip


def sent(browser, url, text):
    return browser.send(url, {"q": text.encode("utf-8", "surrogatepass")})


@pytest.mark.parametrize("url", ["/find/", "/texts/"])
def test_every_text_has_an_answer_or_a_sentence(clerk, country, url, each_database):
    for text in ODD:
        page = Page.of(sent(clerk, url, text))
        said = page.by_id("main").text
        assert len(said) > 20, repr(text)


def test_every_text_has_a_suggestion_or_none(clerk, country, each_database):
    for text in ODD:
        assert sent(clerk, "/find/suggest", text).status_code == 200, repr(text)


@pytest.mark.parametrize("text", ["\u200fសុខ ដារ៉ា", "\u202eសុខ\u202c ដារ៉ា", "សុ\u200bខ ដារ៉ា", "  សុខ   ដារ៉ា  "])
def test_what_cannot_be_seen_hides_nobody(clerk, country, text):
    assert "សុខ ដារ៉ា" in clerk.send("/find/", {"q": text}).text


def test_no_sign_of_a_database_means_anything(clerk, country, each_database):
    for text in ("%%", "__", "s%k", "* OR *", '"a" OR "b"'):
        page = Page.of(clerk.send("/texts/", {"q": text}))
        assert not page.all("mark"), text


def test_markup_in_a_text_is_text(clerk, country):
    page = clerk.send("/find/", {"q": "<script>alert(1)</script>"}).text
    assert "<script>alert(1)" not in page and "&lt;script&gt;" in page


def test_a_name_that_holds_no_letter_of_its_script_breaks_no_search(clerk, country, db_session):
    country.dara.names[0].text_km = "ដារ៉ា Dara 12"
    db_session.commit()
    assert "សុខ ដារ៉ា" in clerk.send("/find/", {"q": "dara"}).text
