"""Pages of filtered lists: counts, order, and the same rows in both directions."""

import pytest

from app.kernel.screens import list_query
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.statement_counts import counted

FILTERED = "/person/list/?_flt_0_sex=F"


@prepared
def women(db_session):
    """Sixty women and ten men; groups of people share a name."""
    with acting_as("clerk.bb"):
        people = [
            (
                make_registered_person(
                    number, sex="M" if number % 7 == 0 else "F", given_km="កខគឃង"[number % 5]
                ),
                "suspect",
            )
            for number in range(70)
        ]
        add_registered_case(people=people)
        db_session.commit()


def row_urls(page):
    return [row.all("a", href=True)[0]["href"] for row in page.all("tr", data_row=True)]


def collect_pages(browser, url, step):
    """Return the row URLs of all pages from `url` on, following the links that contain `step`."""
    pages = []
    while url:
        page = browser.page(url)
        pages.append(row_urls(page))
        url = next((a["href"] for a in page.all("a", href=True) if step in a["href"]), None)
    return pages


# With a limit of 20 the sixty women are scanned in index order; otherwise they are sorted.
@pytest.mark.parametrize("cap", [20, 10_000])
def test_filtered_list_is_same_in_both_directions(clerk, women, each_database, monkeypatch, cap):
    monkeypatch.setattr(list_query, "COUNT_LIMIT", cap)
    forwards = collect_pages(clerk, FILTERED, "after_PersonView")
    backwards = collect_pages(clerk, f"{FILTERED}&end_PersonView=1", "before_PersonView")
    assert [len(page) for page in forwards] == [25, 25, 10]
    rows = [key for page in forwards for key in page]
    assert len(set(rows)) == 60
    assert [key for page in reversed(backwards) for key in page] == rows


def test_filtered_list_order_does_not_depend_on_count(clerk, women, monkeypatch):
    few = collect_pages(clerk, FILTERED, "after_PersonView")
    monkeypatch.setattr(list_query, "COUNT_LIMIT", 20)
    assert collect_pages(clerk, FILTERED, "after_PersonView") == few


def test_empty_filter_result_loads_no_rows(clerk, women, register):
    clerk.page("/person/list/?_flt_0_nationality=FR")
    with counted(register) as statements:
        page = clerk.page("/person/list/?_flt_0_nationality=FR")
    assert not row_urls(page)
    assert len(statements) == 5  # the user, the saved views, the count, and two for the access log


def test_list_with_row_lookup_is_counted_if_filtered(client_as, women):
    clerk = client_as("clerk.bb", "en")
    assert "25 of more than 25" in clerk.page("/person/list/").text
    assert "70 in all" in clerk.page("/person/list/?psize_PersonView=100").text
    assert "25 of 60" in clerk.page(FILTERED).text


def test_list_head_and_rows_have_same_columns(clerk, women):
    page = clerk.page("/person/list/")
    heads, rows = page.all("th"), page.all("tr", data_row=True)
    assert heads and rows
    for row in rows:
        assert len(row.all("td")) == len(heads)


# A name with a robat is sorted under RO and not under its first letter; other names must not be searched there.
SURNAMES = ["រស់", "វ៉ន", "សាន", "សុខ", "សំ", "ស៌ន", "ហេង"]


@pytest.mark.parametrize(
    ("filters", "surnames"),
    [
        ({"_flt_0_surname_km": "ស"}, ["ស៌ន", "សាន", "សុខ", "សំ"]),
        ({"_flt_0_surname_km": "សា"}, ["សាន"]),
        ({"_flt_0_surname_km": "ស៌"}, ["ស៌ន"]),
        ({"_flt_1_surname_km": "សុខ"}, ["សុខ"]),
    ],
    ids=["a letter", "a syllable", "a robat", "the whole"],
)
def test_surname_prefix_finds_all_spellings_in_sort_order(
    client_as, db_session, each_database, monkeypatch, filters, surnames
):
    monkeypatch.setattr(list_query, "LOOKUP_LIMIT", 0)  # scan in sort order even for few rows
    with acting_as("clerk.bb"):
        people = [
            (make_registered_person(number, surname_km=name), "suspect")
            for number, name in enumerate(SURNAMES)
        ]
        add_registered_case(people=people)
        db_session.commit()
    clerk = client_as("clerk.bb")
    page = clerk.page(clerk.send("/person/search", filters).location)
    names = [row.all("a", href=True)[0].text for row in page.all("tr", data_row=True)]
    assert [name.split()[0] for name in names] == surnames
