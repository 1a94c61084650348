"""Free text: what stands in a narrative, a way of working or a mark is found by two letters, by whoever may read it."""

import pytest

from app.kernel.text.khmer import latin_digits
from app.search import free_text, text_index
from tests.html_pages import Page
from tests.sample_rows import a_registered_case, a_registered_person, written_by

WAY = "គាស់បង្អួចក្រោយផ្ទះដោយដែកគាស់"


@pytest.fixture
def told(country, db_session):
    country.case.way_text = WAY
    country.far.way_text = "ប្រើសោបន្លំ"
    db_session.commit()
    return country


def asked(browser, text):
    return Page.of(browser.send("/texts/", {"q": text}))


def titles(page):
    return (
        [line.all("b")[0].text for line in page.all("ul", css="lines-of")[0].all("li")]
        if page.all("mark")
        else []
    )


@pytest.mark.parametrize("text", ["ទូរស័ព្ទដៃ", "ហាងកាហ្វេ", "បង្អួច", "គាស់", "ដែក", "ហ្វេ", "កា", "ផ្ទះ ទូរស័ព្ទ"])
def test_a_case_is_found_by_any_letters_of_its_texts(clerk, told, text, each_database):
    assert titles(asked(clerk, text)) == [told.case.number]


@pytest.mark.parametrize("text", ["បង្អួចខ", "ផ្ទះ ភ្នំពេញថ្មី", "ឪឪ", "ស"])
def test_what_stands_nowhere_is_not_found(clerk, told, text, each_database):
    assert titles(asked(clerk, text)) == []


def test_two_letters_at_the_very_end_are_found(clerk, told, db_session, each_database):
    told.case.way_text = "ចាប់ពីក្រោយ ÉÀ ZQ"
    db_session.commit()
    for text in ("zq", "éà", "éà zq"):
        assert titles(asked(clerk, text)) == [told.case.number], text


def test_signs_without_letters_are_found_and_mean_themselves(clerk, told, db_session, each_database):
    told.case.way_text = "ទិញថោក 50%_ ហើយ???"
    db_session.commit()
    for text in ("0%_", "???", "%_", "ទិញ ???"):
        assert titles(asked(clerk, text)) == [told.case.number], text
    for text in ("0%%", "????", "ទិញ %%"):
        assert titles(asked(clerk, text)) == [], text


def test_what_is_copied_in_quotes_is_asked_for_without_them(clerk, told):
    page = asked(clerk, "«ទូរស័ព្ទដៃ»")
    assert titles(page) == [told.case.number] and "««" not in page.text


TOLD = "ទី១២ លួចអណ្តើក ៥ក្បាល ទូរស័ព្ទ៥គ្រឿង ផ្លាកលេខ2AB-1234 នៅឆ្នាំ២០២៦"


@pytest.mark.parametrize(
    "text", ["12", "ទី12", "5គ្រឿង", "៥គ្រឿង", "5ក្បាល", "២ab-១២៣៤", "ឆ្នាំ2026", "12 5ក្បាល 1234 2026", "ព្ទ5គ្រឿង ផ្លាកលេខ២ab"]
)  # fmt: skip
def test_a_number_is_found_in_either_digits(clerk, told, db_session, text, each_database):
    told.case.way_text = TOLD
    db_session.commit()
    page = asked(clerk, text)
    assert titles(page) == [told.case.number]
    assert latin_digits(page.all("mark")[0].text).lower() in latin_digits(text)


@pytest.mark.parametrize("text", ["13", "ទី13", "6គ្រឿង", "គ្រឿង5", "12 5ក្បាល 1234 2025"])
def test_another_number_is_not(clerk, told, db_session, text, each_database):
    told.case.way_text = TOLD
    db_session.commit()
    assert titles(asked(clerk, text)) == []


def test_a_mark_is_found_with_its_person(clerk, told, each_database):
    page = asked(clerk, "រូបនាគ")
    assert "សុខ ដារ៉ា" in page.text and page.all("mark")[0].text == "រូបនាគ"


def test_what_became_known_later_is_found_with_its_case(clerk, told, log, each_database):
    page = asked(clerk, "ឃើញម៉ូតូ")
    assert titles(page) == [told.case.number] and page.all("mark")[0].text == "ឃើញម៉ូតូ"
    assert log("look.search")[-1].facts["supplements"] == [told.case.supplements[0].id]


def test_the_index_follows_a_change_and_an_undone_one(clerk, told, db_session, each_database):
    told.case.way_text = "បើកទូដែក"
    db_session.flush()
    db_session.rollback()
    assert titles(asked(clerk, "បង្អួច")) == [told.case.number] and titles(asked(clerk, "ទូដែក")) == []
    told.case.way_text = "បើកទូដែក"
    db_session.commit()
    assert titles(asked(clerk, "បង្អួច")) == [] and titles(asked(clerk, "ទូដែក")) == [told.case.number]


def test_another_area_is_not_read(clerk, client_as, told, each_database):
    assert titles(asked(clerk, "សោបន្លំ")) == []
    assert titles(asked(client_as("manager"), "សោបន្លំ")) == [told.far.number]


def test_the_mark_of_a_protected_victim_is_nobodys(client_as, told, db_session, each_database):
    with written_by("clerk.bb"):
        victim = a_registered_person(4, surname_km="វ៉ាន់")
        victim.marks[0].text = "ស្នាមអុជធូបលើថ្ងាស"
        a_registered_case(
            people=[(victim, "victim"), (a_registered_person(5), "suspect")], sensitivity="sexual"
        )
    db_session.commit()
    assert titles(asked(client_as("chief.bb"), "ស្នាមអុជ")) == []


def test_the_words_are_marked_and_the_rest_is_escaped(clerk, told, db_session):
    told.case.way_text = "<b>គាស់ទ្វារ</b> & លួច"
    db_session.commit()
    page = asked(clerk, "គាស់ទ្វារ")
    assert [one.text for one in page.all("mark")] == ["គាស់ទ្វារ"]
    assert "&lt;b&gt;" in page.html and not page.all("mark")[0].up("b")


def test_the_search_leaves_its_row(clerk, told, log):
    asked(clerk, "រូបនាគ")
    (row,) = log("look.search")
    assert row.facts["source"] == "text" and told.dara.id in row.facts["people"]


def test_its_address_holds_no_word(clerk, told):
    address = asked(clerk, "ទូរស័ព្ទ").all(data_address=True)[0]["data-address"]
    assert address.startswith("/texts/?slip=") and titles(clerk.page(address)) == [told.case.number]


def test_more_than_are_shown_is_said_and_the_rest_is_a_link_away(clerk, told, monkeypatch, each_database):
    monkeypatch.setattr(free_text, "SHOWN", 0)
    (further,) = asked(clerk, "ទូរស័ព្ទ").all(css="amber")[0].all("a")
    monkeypatch.setattr(free_text, "SHOWN", 30)
    assert titles(clerk.page(further["href"])) == [told.case.number]


def test_a_search_that_takes_long_stops_and_says_so(clerk, told, monkeypatch):
    monkeypatch.setattr(text_index, "STRETCHES", (0, 0, 0))  # a row at a time
    monkeypatch.setattr(free_text, "AT_ONCE", 0)
    with_older = asked(clerk, "ទូរស័ព្ទដៃ")
    assert with_older.all(css="amber") and not titles(with_older)
    assert told.far.id > told.case.id  # the newest alone was looked at


@pytest.mark.parametrize("older", ["x", "1-2", "-1-2-3", "9999999999-1-1", "1-1-1-1"])
def test_an_address_that_no_answer_gave_is_a_search_from_the_newest(clerk, told, older):
    address = asked(clerk, "ទូរស័ព្ទ").all(data_address=True)[0]["data-address"]
    assert titles(clerk.page(f"{address}&older={older}")) == [told.case.number]
