"""Search of places, offences and units as a clerk types them."""

from datetime import date

import pytest

from app.reference.search import (
    find_appeal_courts,
    find_codes,
    find_courts,
    find_offences,
    find_places,
    find_prisons,
    find_units,
    format_place_path,
)

pytestmark = pytest.mark.usefixtures("register")


def get_ids(rows):
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("battambang", "02"),
        ("Battambang", "02"),
        ("Batt ambang", "02"),
        ("បាត់ដំបង", "02"),
        ("បាត់ ដំបង", "02"),
        ("ខេត្តបាត់ដំបង", "02"),
        ("ក្រុង បាត់ដំបង", "0203"),
        ("krong siem reab", "1710"),
        ("svay pao battambang", "020310"),
        ("battambang svay pao", "020310"),
        ("ស្វាយប៉ោ បាត់ដំបង", "020310"),
        ("ព្រែកមហាទេព បាត់ដំបង", "02031001"),
        ("បាត់ដំបង ព្រែកមហាទេព", "02031001"),
        ("mahatep battambang", "02031001"),
        ("preykmohatep", "02031001"),
        ("ភូមិរំចេក១ សង្កាត់រតនៈ", "02030301"),
        ("kampong-cham", "03"),
        ("KAMPONG CHAM", "03"),
        ("takeo", "21"),
        ("ខេត្តកណ្\u178aាល", "08"),
        ("0203", "0203"),
        ("០២០៣១០", "020310"),
        ("mangkul bourei", "0102"),
    ],
)
def test_place_is_found_by_any_spelling(typed, first):
    assert get_ids(find_places(typed))[0] == first


def test_exact_spelling_ranks_before_other_spellings():
    assert get_ids(find_places("svay pao"))[:2] == ["20041504", "020310"]  # Svay Pao, Svay Por
    assert get_ids(find_places("svay por"))[0] == "020310"


def test_all_search_words_must_match_place_or_parents():
    found = find_places("ស្វាយ បាត់ដំបង", limit=50)
    assert found
    assert all(row["id"].startswith("02") for row in found)


def test_exact_match_ranks_before_prefix_before_inside():
    names = [row["text"].removeprefix("ភូមិ") for row in find_places("ភូមិ ស្វាយ", limit=2000)]
    names = [name for name in names if "ស្វាយ" in name]
    begins = names.index(next(name for name in names if name.startswith("ស្វាយ") and name != "ស្វាយ"))
    inside = names.index(next(name for name in names if not name.startswith(("ស្វាយ", "ឃុំ", "សង្កាត់"))))
    assert begins <= inside
    assert names[0] == "ស្វាយ"


def test_equal_names_rank_by_higher_level():
    assert get_ids(find_places("kampong cham", limit=4)) == ["03", "0305", "030502", "100402"]


def test_preferred_area_ranks_first_after_provinces():
    assert find_places("ស្វាយ", prefer_area="21")[0]["id"].startswith("21")
    assert get_ids(find_places("កំពត", prefer_area="02"))[0] == "07"


def test_place_detail_lists_parents_small_to_large():
    village = find_places("02031001")[0]
    assert village["text"] == "ភូមិព្រែកមហាទេព"
    assert village["detail"] == "សង្កាត់ស្វាយប៉ោ ក្រុងបាត់ដំបង ខេត្តបាត់ដំបង"
    assert village["icon"] == "map-pin"


def test_village_type_is_not_repeated_in_the_name():
    assert format_place_path("12010101").startswith("ភូមិ ១ សង្កាត់ទន្លេបាសាក់")


def test_mark_covers_matched_whole_letters():
    row = find_places("ព្រែកមហា បាត់ដំបង")[0]
    start, end = row["mark"]
    assert row["text"][start:end] == "ព្រែកមហា"
    start, end = find_places("ស", limit=1)[0]["mark"]
    shown = find_places("ស", limit=1)[0]["text"]
    assert shown[end : end + 1] not in ("\u17d2", "ៀ", "្")


def test_latin_match_is_shown_in_the_detail():
    row = find_places("battambang")[0]
    assert row["mark"] is None
    assert row["detail"] == "Battambang"


def test_query_without_letters_finds_nothing():
    for nothing in ("", "  ", "…", "\u200b", "a\x00b", "xyzxyz"):
        assert find_places(nothing) == []
        assert find_offences(nothing) == []
        assert find_units(nothing) == []


def test_place_search_respects_the_limit():
    assert len(find_places("ស", limit=8)) == len(find_places("kampong", limit=8)) == 8


def test_place_path_is_formatted_in_either_language():
    assert format_place_path("02031001", "en") == (
        "Prek MohaTep Village, Svay Por Sangkat, Battambang Municipality, Battambang Province"
    )
    assert format_place_path("12", "en") == "Phnom Penh"
    assert format_place_path("99") == ""


@pytest.mark.parametrize(
    "typed", ["239", "២៣៩", "មាត្រា 239", "មាត្រា២៣៩", "art 239", "ការរំលោភសេពសន្ថវៈ", "rape"]
)
def test_offence_is_found_by_article_or_title(typed):
    assert get_ids(find_offences(typed))[0] == "PC2009-239"


def test_offence_is_found_by_an_everyday_word():
    assert get_ids(find_offences("លួចម៉ូតូ")) == ["PC2009-353_356", "PC2009-354_357"]
    assert get_ids(find_offences("ចាប់ជំរិត"))[0] == "PC2009-254"


def test_article_inside_a_range_is_found():
    assert get_ids(find_offences("219")) == ["PC2009-218-221"]


def test_exact_title_ranks_before_longer_titles():
    assert get_ids(find_offences("លួច"))[0] == "PC2009-353_356"


def test_law_name_narrows_offence_search():
    assert get_ids(find_offences("40 drug control"))[0] == "DRUG2012-40"
    assert get_ids(find_offences("traffic 2015 death"))[0].startswith("TRAF2015")


def test_offences_in_force_on_the_day_rank_first():
    assert get_ids(find_offences("theft", date(2005, 1, 1)))[0] == "UNTAC1992-43"
    assert get_ids(find_offences("theft", date(2015, 1, 1)))[0] == "PC2009-353_356"
    assert get_ids(find_offences("437bis", date(2015, 1, 1))) == ["PC2009-437bis"]


def test_offence_detail_shows_what_is_to_be_confirmed():
    graded = find_offences("drug 40")[0]["detail"]
    proposed = find_offences("239")[0]["detail"]
    read = find_offences("413")[0]["detail"]
    assert "២៣៩" in proposed and "ក្រមព្រហ្មទណ្ឌ" in proposed
    assert len({graded.split(" · ")[2], proposed.split(" · ")[2], read.split(" · ")[2]}) == 3
    assert read.endswith("បទមជ្ឈិម")
    assert proposed.split(" · ")[2] != "បទឧក្រិដ្ឋ"


def test_unit_is_found_by_area_with_parent_as_detail():
    row = find_units("ស្វាយចេក")[0]
    assert row["id"] == "DI-0108"
    assert row["detail"] == "ស្នងការដ្ឋាននគរបាលខេត្តបន្ទាយមានជ័យ"
    assert get_ids(find_units("anti drug")) == ["D-DRUG"]


def test_province_unit_ranks_before_district_units():
    found = get_ids(find_units("ក្រចេះ"))
    assert found[:2] == ["PC-10", "DI-1002"], "then the district of that name"


def test_first_instance_court_ranks_before_appeal_court():
    assert get_ids(find_courts("kep")) == ["CFI-07", "CA-18"]
    assert get_ids(find_courts("កំពូល")) == ["SC"]


def test_prison_is_found_by_its_province():
    assert get_ids(find_prisons("kandal")) == ["PR-08"]


def test_code_is_found_by_name_key_and_synonym():
    for typed in ("heroin", "ហេរ៉ូអ៊ីន", "Heroin "):
        assert get_ids(find_codes("substance", typed)) == ["heroin"]
    for typed in ("ម៉ាទឹកកក", "ទឹកកក", "ICE"):
        assert get_ids(find_codes("substance", typed)) == ["ice"]
    assert get_ids(find_codes("nationality", "viet"))[0] == "VN"
    assert get_ids(find_codes("relation", "ប្តី"))[0] == "spouse"
    assert get_ids(find_codes("method", "គាស់"))[0] == "breaking_in"
    assert find_codes("no_such_list", "a") == []


def test_appeal_courts_leave_out_courts_of_first_instance():
    assert get_ids(find_appeal_courts("ភ្នំពេញ")) == ["CA-12"]
    assert "CFI-12" in get_ids(find_courts("ភ្នំពេញ"))
