"""List filters: operators of each kind of column, errors, and active filters."""

from datetime import timedelta

import pytest

from app.kernel.text import dates
from tests.html_pages import Page
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person, take_step


@prepared
def cases(db_session):
    """Three cases of Battambang and one of Phnom Penh, on four days; returns their numbers."""
    with acting_as("clerk.bb"):
        created = []
        for days, place in ((1, "020310"), (2, "020310"), (3, "0204"), (4, PHNOM_PENH)):
            moment = (dates.now() - timedelta(days=days)).replace(hour=23, minute=30, second=0, microsecond=0)
            person = make_registered_person(days, given_km="កខគឃ"[days - 1] + "ានី", sex="MF"[days % 2])
            created.append(
                add_registered_case(
                    place=place,
                    people=[(person, "suspect")],
                    occurred_from=moment,
                    occurred_to=None,
                    late=days > 2,
                )
            )
            if days > 2:
                take_step(created[-1], "unsolved")
        db_session.commit()
        return [case.number for case in created]


@pytest.fixture
def manager(client_as):
    """A reader who sees every province."""
    return client_as("manager")


def search(browser, listing, **filters):
    """Return the lead cells that a search finds, and the page."""
    answer = browser.send(f"/{listing}/search", filters)
    assert answer.status_code == 302
    page = browser.page(answer.location)
    return [cell.text for cell in page.all("td", css="lead")], page


def day(ago):
    return f"{dates.now() - timedelta(days=ago):%d/%m/%Y}"


def test_filter_by_code_matches_exact_code(manager, cases):
    assert set(search(manager, "case", _flt_0_status="unsolved")[0]) == set(cases[2:])


def test_filter_by_day_includes_last_minute(manager, cases, each_database):
    assert set(search(manager, "case", _flt_0_occurred_from=day(2))[0]) == set(cases[:2])
    assert set(search(manager, "case", _flt_1_occurred_from=day(2))[0]) == set(cases[1:])
    assert search(manager, "case", _flt_0_occurred_from=day(2), _flt_1_occurred_from=day(2))[0] == [cases[1]]


def test_filter_by_number_matches_prefix(manager, cases, each_database):
    numbers, _page = search(manager, "case", _flt_0_number="02-")
    assert set(numbers) == set(cases[:3])
    assert search(manager, "case", _flt_1_number=cases[0])[0] == [cases[0]]


def test_filter_treats_wildcards_as_plain_text(manager, cases):
    assert search(manager, "case", _flt_0_number="%")[0] == []
    assert search(manager, "case", _flt_0_number="02_")[0] == []


def test_filter_by_name_matches_normalized_prefix(manager, cases, each_database):
    names, page = search(manager, "person", _flt_0_given_km="ក\u200bា")
    assert len(names) == 1 and names[0].startswith("សុខ កានី")
    assert "កា" not in page.by_id("main").all("a", href=True)[0]["href"]


def test_two_filters_are_combined(manager, cases):
    names, _page = search(manager, "person", _flt_0_given_km="ក", _flt_0_sex="M")
    assert names == [] or all("ក" in name for name in names)
    assert (
        len(search(manager, "person", _flt_0_sex="M")[0]) + len(search(manager, "person", _flt_0_sex="F")[0])
        == 4
    )


def test_active_filter_is_shown_and_can_be_removed(manager, cases):
    _numbers, page = search(manager, "case", _flt_0_status="unsolved", _flt_0_occurred_from=day(4))
    chips = page.all("span", css="chip")
    assert len(chips) == 2 and "មិនទាន់បង្ក្រាប" in page.by_id("main").text
    without = manager.page(chips[0].all("a", href=True)[0]["href"])
    assert len(without.all("span", css="chip")) == 1


INVALID_DATES = [("31/02/2026", "ខែទី២ គ្មានថ្ងៃទី៣១ ទេ។"), ("05/03/2569", "២០២៦"), ("yesterday", "ថ្ងៃ/ខែ/ឆ្នាំ")]


@pytest.mark.parametrize(("typed", "message"), INVALID_DATES)
def test_invalid_date_keeps_form_and_shows_error_at_field(manager, cases, typed, message):
    sent = {
        "_flt_1_occurred_from": typed,
        "_flt_0_status": "unsolved",
        "_flt_0_late": "1",
        "_flt_0_number": "02-",
    }
    page = Page.from_response(manager.send("/case/search", sent), 422)
    (field,) = [one for one in page.all("div", css="field") if one.get("data-column") == "occurred_from"]
    assert message in field.all("div", css="under")[0].text
    assert field.all("input")[0]["value"] == typed
    assert field.all("option", selected=True)[0]["value"] == "1"
    chosen = {box["name"]: box.all("option", selected=True) for box in page.all("select", name=True)}
    assert [option["value"] for option in chosen["_flt_0_status"]] == ["unsolved"]
    assert [option["value"] for option in chosen["_flt_0_late"]] == ["1"]
    assert page.all("input", name="_flt_0_number")[0]["value"] == "02-"
    assert manager.get("/case/search?_flt_0_late=1").location == "/case/list/?_flt_0_late=1"


@pytest.mark.parametrize("listing", ["case", "courtorder", "arrest", "custody"])
def test_every_date_filter_rejects_invalid_date(manager, cases, listing):
    boxes = manager.page(f"/{listing}/list/").by_id("main").all("input", data_date=True)
    assert boxes
    for box in boxes:
        wrong = Page.from_response(manager.send(f"/{listing}/search", {box["name"]: "31/02/2026"}), 422)
        assert "គ្មានថ្ងៃទី៣១ ទេ។" in wrong.by_id("main").text


def test_new_filter_is_added_to_active_filters(manager, cases):
    answer = manager.send(
        "/case/search?_flt_0_late=1&_oc_CaseView=number&_od_CaseView=desc", {"_flt_0_number": "02-"}
    )
    assert "_flt_0_late=1" in answer.location and "_oc_CaseView=number" in answer.location
    page = manager.page(answer.location)
    assert [cell.text for cell in page.all("td", css="lead")] == [cases[2]]
    (form,) = page.all("form", css="filters")
    assert "_flt_0_late=1" in form["action"] and "_flt_0_number=02-" in form["action"]


def test_personal_filter_is_combined_with_next_filter(manager, cases):
    first = manager.send("/person/search", {"_flt_0_given_km": "ក"}).location
    page = manager.page(first)
    (form,) = page.all("form", css="filters")
    both = manager.send(form["action"], {"_flt_0_sex": "M"}).location
    assert "ក" not in both and len(manager.page(both).all("span", css="chip")) == 2


def test_empty_search_filters_nothing(manager, cases):
    assert len(search(manager, "case", _flt_0_status="", _flt_0_number="   ")[0]) == 4


def test_filter_stays_in_sort_and_page_links(manager, cases):
    _numbers, page = search(manager, "case", _flt_0_status="unsolved")
    urls = [
        a["href"]
        for a in page.all("a", href=True)
        if "_oc_CaseView" in a["href"] or "psize_CaseView" in a["href"]
    ]
    assert urls and all("_flt_0_status=unsolved" in href for href in urls)


def test_flag_filter_offers_both_labels(manager, cases):
    boxes = manager.page("/case/list/").all("select", name="_flt_0_late")
    assert [option.text for option in boxes[0].all("option")] == ["", "យឺត", "មិនយឺត"]
    late, page = search(manager, "case", _flt_0_late="1")
    assert set(late) == set(cases[2:]) and "យឺត" in page.all("span", css="chip")[0].text
    timely, page = search(manager, "case", _flt_0_late="0")
    assert set(timely) == set(cases[:2]) and "មិនយឺត" in page.all("span", css="chip")[0].text


def test_flag_filter_rejects_other_values(manager, cases):
    manager.page("/case/list/?_flt_0_late=y", status=400)


def test_lookup_filter_accepts_exact_text_or_shows_error(manager, cases):
    numbers, page = search(manager, "case", _flt_0_place_kind__text="ផ្សារ")
    assert "ផ្សារ" in page.all("span", css="chip")[0].text
    typed = {"_flt_0_place_kind__text": "ផ្ស", "_flt_0_status": "unsolved"}
    page = Page.from_response(manager.send("/case/search", typed), 422)
    (box,) = [one for one in page.all("input") if one.get("name") == "_flt_0_place_kind__text"]
    assert (box["value"], box["aria-invalid"]) == ("ផ្ស", "true")
    assert "សូមវាយអក្សរខ្លះ" in box.up("field").up("field").text
    assert page.all("option", value="unsolved", selected=True)


def test_too_long_filter_value_shows_error_at_field(manager, cases):
    page = Page.from_response(manager.send("/person/search", {"_flt_0_given_km": "ក" * 6000}), 422)
    assert "មិនឱ្យលើស ២០០ តួអក្សរ" in page.text
    assert page.all("input", name="_flt_0_given_km")[0]["value"] == "ក" * 6000
