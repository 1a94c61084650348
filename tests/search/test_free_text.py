"""The text search: narratives, modus operandi and marks are found by two letters, within the user's area."""

import pytest

from app.kernel.text.khmer import to_latin_digits
from app.search import free_text, text_index
from tests.html_pages import Page
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

METHOD = "គាស់បង្អួចក្រោយផ្ទះដោយដែកគាស់"


@pytest.fixture
def country_with_texts(country, db_session):
    country.case.modus_operandi_text = METHOD
    country.far.modus_operandi_text = "ប្រើសោបន្លំ"
    db_session.commit()
    return country


def post_text_search(browser, text):
    return Page.from_response(browser.send("/text-search/", {"q": text}))


def result_titles(page):
    return (
        [line.all("b")[0].text for line in page.all("ul", css="lines-of")[0].all("li")]
        if page.all("mark")
        else []
    )


def test_case_is_found_by_letters_of_its_texts(clerk, country_with_texts, each_database):
    for text in ("ទូរស័ព្ទដៃ", "ហាងកាហ្វេ", "បង្អួច", "គាស់", "ដែក", "ហ្វេ", "កា", "ផ្ទះ ទូរស័ព្ទ"):
        assert result_titles(post_text_search(clerk, text)) == [country_with_texts.case.number], text


def test_missing_text_is_not_found(clerk, country_with_texts, each_database):
    for text in ("បង្អួចខ", "ផ្ទះ ភ្នំពេញថ្មី", "ឪឪ", "ស"):
        assert result_titles(post_text_search(clerk, text)) == [], text


def test_two_letters_at_end_are_found(clerk, country_with_texts, db_session, each_database):
    country_with_texts.case.modus_operandi_text = "ចាប់ពីក្រោយ ÉÀ ZQ"
    db_session.commit()
    for text in ("zq", "éà", "éà zq"):
        assert result_titles(post_text_search(clerk, text)) == [country_with_texts.case.number], text


def test_signs_are_found_literally(clerk, country_with_texts, db_session, each_database):
    country_with_texts.case.modus_operandi_text = "ទិញថោក 50%_ ហើយ???"
    db_session.commit()
    for text in ("0%_", "???", "%_", "ទិញ ???"):
        assert result_titles(post_text_search(clerk, text)) == [country_with_texts.case.number], text
    for text in ("0%%", "????", "ទិញ %%"):
        assert result_titles(post_text_search(clerk, text)) == [], text


def test_quotation_marks_are_removed(clerk, country_with_texts):
    page = post_text_search(clerk, "«ទូរស័ព្ទដៃ»")
    assert result_titles(page) == [country_with_texts.case.number] and "««" not in page.text


NARRATIVE = "ទី១២ លួចអណ្តើក ៥ក្បាល ទូរស័ព្ទ៥គ្រឿង ផ្លាកលេខ2AB-1234 នៅឆ្នាំ២០២៦"


NUMBERS = (
    "12", "ទី12", "5គ្រឿង", "៥គ្រឿង", "5ក្បាល", "២ab-១២៣៤", "ឆ្នាំ2026", "12 5ក្បាល 1234 2026", "ព្ទ5គ្រឿង ផ្លាកលេខ២ab",
)  # fmt: skip
OTHER_NUMBERS = ("13", "ទី13", "6គ្រឿង", "គ្រឿង5", "12 5ក្បាល 1234 2025")


def test_number_is_found_in_either_digits(clerk, country_with_texts, db_session, each_database):
    country_with_texts.case.modus_operandi_text = NARRATIVE
    db_session.commit()
    for text in NUMBERS:
        page = post_text_search(clerk, text)
        assert result_titles(page) == [country_with_texts.case.number], text
        assert to_latin_digits(page.all("mark")[0].text).lower() in to_latin_digits(text)
    for text in OTHER_NUMBERS:
        assert result_titles(post_text_search(clerk, text)) == [], text


def test_mark_is_found_with_person(clerk, country_with_texts, each_database):
    page = post_text_search(clerk, "រូបនាគ")
    assert "សុខ ដារ៉ា" in page.text and page.all("mark")[0].text == "រូបនាគ"


def test_supplement_is_found_with_case(clerk, country_with_texts, log, each_database):
    page = post_text_search(clerk, "ឃើញម៉ូតូ")
    assert result_titles(page) == [country_with_texts.case.number] and page.all("mark")[0].text == "ឃើញម៉ូតូ"
    assert log("access.searched")[-1].facts["supplements"] == [country_with_texts.case.supplements[0].id]


def test_text_index_follows_change_and_rollback(clerk, country_with_texts, db_session, each_database):
    country_with_texts.case.modus_operandi_text = "បើកទូដែក"
    db_session.flush()
    db_session.rollback()
    assert (
        result_titles(post_text_search(clerk, "បង្អួច")) == [country_with_texts.case.number]
        and result_titles(post_text_search(clerk, "ទូដែក")) == []
    )
    country_with_texts.case.modus_operandi_text = "បើកទូដែក"
    db_session.commit()
    assert result_titles(post_text_search(clerk, "បង្អួច")) == [] and result_titles(
        post_text_search(clerk, "ទូដែក")
    ) == [country_with_texts.case.number]


def test_text_outside_area_is_not_found(clerk, client_as, country_with_texts, each_database):
    assert result_titles(post_text_search(clerk, "សោបន្លំ")) == []
    assert result_titles(post_text_search(client_as("manager"), "សោបន្លំ")) == [country_with_texts.far.number]


def test_mark_of_protected_victim_is_not_found(client_as, country_with_texts, db_session, each_database):
    with acting_as("clerk.bb"):
        victim = make_registered_person(4, surname_km="វ៉ាន់")
        victim.marks[0].text = "ស្នាមអុជធូបលើថ្ងាស"
        add_registered_case(
            people=[(victim, "victim"), (make_registered_person(5), "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    assert result_titles(post_text_search(client_as("chief.bb"), "ស្នាមអុជ")) == []


def test_words_are_marked_and_text_is_escaped(clerk, country_with_texts, db_session):
    country_with_texts.case.modus_operandi_text = "<b>គាស់ទ្វារ</b> & លួច"
    db_session.commit()
    page = post_text_search(clerk, "គាស់ទ្វារ")
    assert [one.text for one in page.all("mark")] == ["គាស់ទ្វារ"]
    assert "&lt;b&gt;" in page.html and not page.all("mark")[0].up("b")


def test_text_search_is_logged(clerk, country_with_texts, log):
    post_text_search(clerk, "រូបនាគ")
    (row,) = log("access.searched")
    assert row.facts["source"] == "text" and country_with_texts.dara.id in row.facts["people"]


def test_text_search_url_has_no_text(clerk, country_with_texts):
    address = post_text_search(clerk, "ទូរស័ព្ទ").all(data_address=True)[0]["data-address"]
    assert address.startswith("/text-search/?search=") and result_titles(clerk.page(address)) == [
        country_with_texts.case.number
    ]


def test_further_matches_are_linked(clerk, country_with_texts, monkeypatch, each_database):
    monkeypatch.setattr(free_text, "MAX_MATCHES", 0)
    (further,) = post_text_search(clerk, "ទូរស័ព្ទ").all(css="amber")[0].all("a")
    monkeypatch.setattr(free_text, "MAX_MATCHES", 30)
    assert result_titles(clerk.page(further["href"])) == [country_with_texts.case.number]


def test_slow_text_search_stops_with_note(clerk, country_with_texts, monkeypatch):
    monkeypatch.setattr(text_index, "RANGE_BITS", (0, 0, 0))  # one row per range
    monkeypatch.setattr(free_text, "TIME_LIMIT", 0)
    with_older = post_text_search(clerk, "ទូរស័ព្ទដៃ")
    assert with_older.all(css="amber") and not result_titles(with_older)
    assert country_with_texts.far.id > country_with_texts.case.id  # only the newest text was searched


@pytest.mark.parametrize("older", ["x", "1-2", "-1-2-3", "9999999999-1-1", "1-1-1-1"])
def test_invalid_older_parameter_searches_from_newest(clerk, country_with_texts, older):
    address = post_text_search(clerk, "ទូរស័ព្ទ").all(data_address=True)[0]["data-address"]
    assert result_titles(clerk.page(f"{address}&older={older}")) == [country_with_texts.case.number]
