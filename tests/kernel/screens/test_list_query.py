"""Lists that a filter makes short: sorted instead of walked, and the same page by page in both directions."""

import pytest

from app.kernel.screens import list_query
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.statement_counts import counted

FILTERED = "/person/list/?_flt_0_sex=F"


@pytest.fixture
def women(db_session):
    """Sixty women and ten men; the names of each five are equal."""
    with written_by("clerk.bb"):
        people = [
            (
                a_registered_person(
                    number, sex="M" if number % 7 == 0 else "F", given_km="កខគឃង"[number % 5]
                ),
                "suspect",
            )
            for number in range(70)
        ]
        a_registered_case(people=people)
        db_session.commit()


def keys(page):
    return [row.all("a", href=True)[0]["href"] for row in page.all("tr", data_row=True)]


def walk(browser, url, step):
    """The keys of all pages from `url` on, along the links that hold `step`."""
    found = []
    while url:
        page = browser.page(url)
        found.append(keys(page))
        url = next((a["href"] for a in page.all("a", href=True) if step in a["href"]), None)
    return found


# With a cap of twenty the sixty women are many, and are walked in the order of the index; else they are sorted.
@pytest.mark.parametrize("cap", [20, 10_000])
def test_a_filtered_list_is_the_same_in_both_directions(clerk, women, each_database, monkeypatch, cap):
    monkeypatch.setattr(list_query, "COUNTED", cap)
    forwards = walk(clerk, FILTERED, "after_PersonView")
    backwards = walk(clerk, f"{FILTERED}&end_PersonView=1", "before_PersonView")
    assert [len(page) for page in forwards] == [25, 25, 10]
    rows = [key for page in forwards for key in page]
    assert len(set(rows)) == 60
    assert [key for page in reversed(backwards) for key in page] == rows


def test_few_and_many_are_in_the_same_order(clerk, women, monkeypatch):
    few = walk(clerk, FILTERED, "after_PersonView")
    monkeypatch.setattr(list_query, "COUNTED", 20)
    assert walk(clerk, FILTERED, "after_PersonView") == few


def test_where_nothing_fits_nothing_is_read(clerk, women, register):
    clerk.page("/person/list/?_flt_0_nationality=FR")
    with counted(register) as statements:
        page = clerk.page("/person/list/?_flt_0_nationality=FR")
    assert not keys(page)
    assert len(statements) == 4  # the reader, the count, and the two that write the look down


def test_a_list_that_looks_up_each_row_is_counted_where_a_filter_makes_it_short(client_as, women):
    clerk = client_as("clerk.bb", "en")
    assert "25 of more than 25" in clerk.page("/person/list/").text
    assert "70 in all" in clerk.page("/person/list/?psize_PersonView=100").text
    assert "25 of 60" in clerk.page(FILTERED).text


def test_the_head_of_a_list_and_its_rows_have_the_same_columns(clerk, women):
    page = clerk.page("/person/list/")
    heads = page.all("th")
    for row in page.all("tr", data_row=True):
        assert len(row.all("td")) == len(heads)


# Under a robat a name stands at RO, and not where it begins; one that has none must not be looked for there.
NAMES = ["រស់", "វ៉ន", "សាន", "សុខ", "សំ", "ស៌ន", "ហេង"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"_flt_0_surname_km": "ស"}, ["ស៌ន", "សាន", "សុខ", "សំ"]),
        ({"_flt_0_surname_km": "សា"}, ["សាន"]),
        ({"_flt_0_surname_km": "ស៌"}, ["ស៌ន"]),
        ({"_flt_1_surname_km": "សុខ"}, ["សុខ"]),
    ],
    ids=["a letter", "a syllable", "a robat", "the whole"],
)
def test_who_begins_so_is_found_wherever_he_stands_in_the_order(
    client_as, db_session, each_database, monkeypatch, asked, found
):
    monkeypatch.setattr(list_query, "LOOKED_UP", 0)  # even so few are walked in the order
    with written_by("clerk.bb"):
        people = [
            (a_registered_person(number, surname_km=name), "suspect") for number, name in enumerate(NAMES)
        ]
        a_registered_case(people=people)
        db_session.commit()
    clerk = client_as("clerk.bb")
    page = clerk.page(clerk.send("/person/search", asked).location)
    told = [row.all("a", href=True)[0].text for row in page.all("tr", data_row=True)]
    assert [name.split()[0] for name in told] == found
