"""The filters of a list: each kind of column in its own way, read from the beginning, told as chips."""

from datetime import timedelta

import pytest

from app.kernel.text import dates
from tests.html_pages import Page
from tests.sample_rows import PHNOM_PENH, a_registered_case, a_registered_person, written_by


@pytest.fixture
def cases(db_session):
    """Three cases of Battambang and one of Phnom Penh, on four days; their numbers."""
    with written_by("clerk.bb"):
        made = []
        for days, place in ((1, "020310"), (2, "020310"), (3, "0204"), (4, PHNOM_PENH)):
            moment = (dates.now() - timedelta(days=days)).replace(hour=23, minute=30, second=0, microsecond=0)
            person = a_registered_person(days, given_km="កខគឃ"[days - 1] + "ានី", sex="MF"[days % 2])
            made.append(
                a_registered_case(
                    place=place,
                    people=[(person, "suspect")],
                    occurred_from=moment,
                    occurred_to=None,
                    late=days > 2,
                    status="open" if days < 3 else "unsolved",
                )
            )
        db_session.commit()
        return [case.number for case in made]


@pytest.fixture
def manager(client_as):
    """Somebody who sees every province."""
    return client_as("manager")


def found(browser, listing, **filters):
    """The first cells of what a search finds."""
    answer = browser.send(f"/{listing}/search", filters)
    assert answer.status_code == 302
    page = browser.page(answer.location)
    return [cell.text for cell in page.all("td", css="lead")], page


def day(ago):
    return f"{dates.now() - timedelta(days=ago):%d/%m/%Y}"


def test_a_code_is_compared_as_a_whole(manager, cases):
    assert set(found(manager, "case", _flt_0_status="unsolved")[0]) == set(cases[2:])


def test_a_day_takes_in_its_last_minute(manager, cases, each_database):
    assert set(found(manager, "case", _flt_0_occurred_from=day(2))[0]) == set(cases[:2])
    assert set(found(manager, "case", _flt_1_occurred_from=day(2))[0]) == set(cases[1:])
    assert found(manager, "case", _flt_0_occurred_from=day(2), _flt_1_occurred_from=day(2))[0] == [cases[1]]


def test_a_number_is_found_from_its_beginning(manager, cases, each_database):
    numbers, _page = found(manager, "case", _flt_0_number="02-")
    assert set(numbers) == set(cases[:3])
    assert found(manager, "case", _flt_1_number=cases[0])[0] == [cases[0]]


def test_signs_that_a_pattern_would_take_as_any_are_only_themselves(manager, cases):
    assert found(manager, "case", _flt_0_number="%")[0] == []
    assert found(manager, "case", _flt_0_number="02_")[0] == []


def test_a_name_is_found_from_its_beginning_in_its_normal_form(manager, cases, each_database):
    names, page = found(manager, "person", _flt_0_given_km="ក\u200bា")
    assert len(names) == 1 and names[0].startswith("សុខ កានី")
    assert "កា" not in page.by_id("main").all("a", href=True)[0]["href"]


def test_two_filters_hold_together(manager, cases):
    names, _page = found(manager, "person", _flt_0_given_km="ក", _flt_0_sex="M")
    assert names == [] or all("ក" in name for name in names)
    assert (
        len(found(manager, "person", _flt_0_sex="M")[0]) + len(found(manager, "person", _flt_0_sex="F")[0])
        == 4
    )


def test_a_filter_is_told_as_a_chip_and_can_be_dropped(manager, cases):
    _numbers, page = found(manager, "case", _flt_0_status="unsolved", _flt_0_occurred_from=day(4))
    chips = page.all("span", css="chip")
    assert len(chips) == 2 and "មិនទាន់បង្ក្រាប" in page.by_id("main").text
    without = manager.page(chips[0].all("a", href=True)[0]["href"])
    assert len(without.all("span", css="chip")) == 1


NO_DAYS = [("31/02/2026", "ខែទី២ គ្មានថ្ងៃទី៣១ ទេ។"), ("05/03/2569", "២០២៦"), ("yesterday", "ថ្ងៃ/ខែ/ឆ្នាំ")]


@pytest.mark.parametrize(("typed", "said"), NO_DAYS)
def test_what_is_no_day_is_told_beside_its_box_and_all_else_is_still_typed(manager, cases, typed, said):
    sent = {
        "_flt_1_occurred_from": typed,
        "_flt_0_status": "unsolved",
        "_flt_0_late": "1",
        "_flt_0_number": "02-",
    }
    page = Page.of(manager.send("/case/search", sent), 422)
    (field,) = [one for one in page.all("div", css="field") if one.get("data-column") == "occurred_from"]
    assert said in field.all("div", css="under")[0].text
    assert field.all("input")[0]["value"] == typed
    assert field.all("option", selected=True)[0]["value"] == "1"
    chosen = {box["name"]: box.all("option", selected=True) for box in page.all("select", name=True)}
    assert [option["value"] for option in chosen["_flt_0_status"]] == ["unsolved"]
    assert [option["value"] for option in chosen["_flt_0_late"]] == ["1"]
    assert page.all("input", name="_flt_0_number")[0]["value"] == "02-"
    assert manager.get("/case/search?_flt_0_late=1").location == "/case/list/?_flt_0_late=1"


@pytest.mark.parametrize("listing", ["case", "courtorder", "arrest", "custody"])
def test_every_list_that_is_filtered_by_a_date_refuses_what_is_none(manager, cases, listing):
    boxes = manager.page(f"/{listing}/list/").by_id("main").all("input", data_date=True)
    assert boxes
    for box in boxes:
        wrong = Page.of(manager.send(f"/{listing}/search", {box["name"]: "31/02/2026"}), 422)
        assert "គ្មានថ្ងៃទី៣១ ទេ។" in wrong.by_id("main").text


def test_a_filter_comes_to_those_in_force(manager, cases):
    answer = manager.send(
        "/case/search?_flt_0_late=1&_oc_CaseView=number&_od_CaseView=desc", {"_flt_0_number": "02-"}
    )
    assert "_flt_0_late=1" in answer.location and "_oc_CaseView=number" in answer.location
    page = manager.page(answer.location)
    assert [cell.text for cell in page.all("td", css="lead")] == [cases[2]]
    (form,) = page.all("form", css="filters")
    assert "_flt_0_late=1" in form["action"] and "_flt_0_number=02-" in form["action"]


def test_a_filter_that_is_personal_comes_to_another_one(manager, cases):
    first = manager.send("/person/search", {"_flt_0_given_km": "ក"}).location
    page = manager.page(first)
    (form,) = page.all("form", css="filters")
    both = manager.send(form["action"], {"_flt_0_sex": "M"}).location
    assert "ក" not in both and len(manager.page(both).all("span", css="chip")) == 2


def test_an_empty_search_filters_nothing(manager, cases):
    assert len(found(manager, "case", _flt_0_status="", _flt_0_number="   ")[0]) == 4


def test_a_filter_stays_while_one_pages_and_orders(manager, cases):
    _numbers, page = found(manager, "case", _flt_0_status="unsolved")
    kept = [
        a["href"]
        for a in page.all("a", href=True)
        if "_oc_CaseView" in a["href"] or "psize_CaseView" in a["href"]
    ]
    assert kept and all("_flt_0_status=unsolved" in href for href in kept)


def test_a_flag_is_asked_for_either_of_its_words(manager, cases):
    boxes = manager.page("/case/list/").all("select", name="_flt_0_late")
    assert [option.text for option in boxes[0].all("option")] == ["", "យឺត", "មិនយឺត"]
    late, page = found(manager, "case", _flt_0_late="1")
    assert set(late) == set(cases[2:]) and "យឺត" in page.all("span", css="chip")[0].text
    timely, page = found(manager, "case", _flt_0_late="0")
    assert set(timely) == set(cases[:2]) and "មិនយឺត" in page.all("span", css="chip")[0].text


def test_what_is_neither_of_the_words_of_a_flag_is_refused(manager, cases):
    manager.page("/case/list/?_flt_0_late=y", status=400)


def test_words_of_a_lookup_are_taken_where_one_record_has_them_and_told_where_none_was_chosen(manager, cases):
    numbers, page = found(manager, "case", _flt_0_place_kind__text="ផ្សារ")
    assert "ផ្សារ" in page.all("span", css="chip")[0].text
    typed = {"_flt_0_place_kind__text": "ផ្ស", "_flt_0_status": "unsolved"}
    page = Page.of(manager.send("/case/search", typed), 422)
    (box,) = [one for one in page.all("input") if one.get("name") == "_flt_0_place_kind__text"]
    assert (box["value"], box["aria-invalid"]) == ("ផ្ស", "true")
    assert "សូមវាយអក្សរខ្លះ" in box.up("field").up("field").text
    assert page.all("option", value="unsolved", selected=True)


def test_what_is_too_long_to_compare_is_told_beside_its_box(manager, cases):
    page = Page.of(manager.send("/person/search", {"_flt_0_given_km": "ក" * 6000}), 422)
    assert "មិនឱ្យលើស ២០០ តួអក្សរ" in page.text
    assert page.all("input", name="_flt_0_given_km")[0]["value"] == "ក" * 6000
