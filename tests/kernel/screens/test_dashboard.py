"""Dashboard numbers: each opens a list with as many rows, for every kind of reader."""

import re
from datetime import timedelta

from sqlalchemy import update

from app.accounts import actions
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, Detention, Release
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Prison, Unit
from tests.court_orders.sample_orders import assign_order, execute_order, make_active_order, make_order
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person

NOW = dates.now().replace(second=0, microsecond=0)
TODAY = NOW.date()
# Short pages, so that each list has several.
PAGE_SIZES = (
    "app.court_orders.worklist_views.PAGE_SIZE",
    "app.court_orders.match_views.MAX_ROWS",
    "app.custody.views.lists.MAX_ROWS",
)
CARDS = {
    "/in-custody/list/", "/orders/worklist/", "/orders/worklist/?list=overdue", "/matches/list/",
    "/releases-due/list/?due=coming",
}  # fmt: skip
# Readers of a province, of the whole country, and of a department with its own offence families.
READERS = {
    "clerk.bb": None, "chief.bb": None, "manager": None, "monitor.drugs": ("Criminal police monitor", "D-DRUG"),
}  # fmt: skip


def create_orders(unit, court, number):
    """Create orders of every age and status for a unit, one of them about drugs. Return the active ones."""

    def active(n, days, **over):
        day, person = TODAY - timedelta(days=days), make_registered_person(number + n)
        return make_active_order(
            person, number=f"{number + n}/26", court=court, issued_on=day, received_on=day, **over
        )

    drugs = {"offence_text": "ជួញដូរគ្រឿងញៀន", "family": "drugs", "offence_class": "felony"}
    orders = [active(n, days) for n, days in enumerate((2, 20, 60, 60, 200, 900, 4000))] + [
        active(8, 3, **drugs)
    ]
    make_order(number=f"{number + 9}/26", court=court, received_on=TODAY - timedelta(days=9))
    for order in (orders[0], orders[1], orders[7]):
        assign_order(order, unit)
    execute_order(orders.pop(3))
    late = {"due_on": TODAY - timedelta(days=1), "validate_by": TODAY - timedelta(days=40)}
    table = CourtOrder.__table__
    db.session.execute(update(table).where(table.c.id.in_([one.id for one in orders[2:5]])).values(late))
    return orders


def create_custodies(unit_code, prison_code, people, case):
    """Create custodies with much, little and no time left, an arrest alone, detentions due and overdue, and releases."""
    unit, prison = db.session.get(Unit, unit_code), db.session.get(Prison, prison_code)

    def detention(person, days):
        since = TODAY - timedelta(days=days)
        return Detention(
            person=person, case=case, kind="provisional", since=since, first_prison=prison,
            offence_class="felony", document_no="2/26", document_date=since,
        )  # fmt: skip

    for person, hours in zip(people, (2, 40, 41, 60, 70, 80), strict=False):
        at = NOW - timedelta(hours=hours)
        arrest = Arrest(person=person, case=case, at=at, ground="flagrant", by_unit=unit)
        db.session.add(Custody(arrest=arrest, held_by=unit, arrived_at=at, offence_class="felony"))
    alone = make_registered_person(900 + int(unit_code[-2:]))
    db.session.add(Arrest(person=alone, case=case, at=NOW, ground="flagrant", by_unit=unit))
    db.session.add_all(detention(*one) for one in zip(people, (100, 165, 170, 175, 200, 210), strict=False))
    for person in people[:3]:
        ended = detention(person, 150)
        release = Release(
            detention=ended, person=person, case=case, released_on=TODAY, kind="parole", document_no="1/26",
            reports_to=unit, supervised_until=TODAY + timedelta(days=90),
        )  # fmt: skip
        db.session.add_all([ended, release])


@prepared
def filled_provinces(db_session):
    """Two provinces with everything that the dashboard counts, in different numbers."""
    for name, new in READERS.items():
        assert not new or actions.create_user(name, "សុខ ដារ៉ា", *new, "a password of a test") is None
    here, there = create_orders("PC-02", "CFI-02", 100), create_orders("PC-12", "PP", 200)
    with acting_as("clerk.pp"):
        elsewhere = add_registered_case(
            place=PHNOM_PENH, people=[(one.person, "witness") for one in here[:4]]
        )
        create_custodies("PC-12", "CC1", [one.person for one in here[:4]], elsewhere)
    with acting_as("clerk.bb"):
        case = add_registered_case(place=BATTAMBANG, people=[(one.person, "witness") for one in there])
        create_custodies("PC-02", "PR-02", [one.person for one in there], case)
    db_session.commit()


def card_numbers(page):
    """Return (URL, number) of all numbers on the dashboard, without shares and figures that are not computed yet."""
    found = []
    for board in page.all("section", css="dashboard-card"):
        found += [(one.all("a")[0]["href"], one.all("a")[0].text) for one in board.all("p", css="big")]
        for table in board.all("table", css="bars"):
            found += [(row.all("a")[0]["href"], row.all("td", css="num")[0].text) for row in table.all("tr")]
    for line in page.all(css="all-places"):  # without a card: nothing waits, or the screen has no place
        found += [(link["href"], link.all("span", css="tag")[0].text) for link in line.all("a")]
    return [(url, int(number)) for url, number in found if number != "—" and "%" not in number]


def list_row_urls(browser, url):
    """Return the URLs of all rows of a list, over all its pages."""
    found = []
    while url:
        page = browser.page(url)
        listed = next(iter(page.all("table", css="tbl")), None)
        rows = (
            [row for body in listed.all("tbody") for row in body.all("tr")]
            if listed
            else page.all(data_row=True)
        )
        found += [row.all("a")[0]["href"] for row in rows]
        url = next((one["href"] for one in page.all("a", css="btn") if one.text == "Next"), None)
    return found


def test_dashboard_number_opens_list_with_as_many_rows(
    filled_provinces, client_as, monkeypatch, each_database
):
    for setting in PAGE_SIZES:
        monkeypatch.setattr(setting, 4)
    numbers_by_url = {}
    for reader in READERS:
        browser = client_as(reader, "en")
        # No second person is requested here (tests/accounts/test_staff_requests.py). Cards of statistics show what the
        # last job computed, not the records of this test (tests/statistics).
        numbers = [
            one
            for one in card_numbers(browser.page("/"))
            if one[0] != "/staff-requests/list/" and not one[0].startswith(("/case/list/", "/statistics/"))
        ]
        assert {url for url, _number in numbers} >= CARDS, f"{reader}: {numbers}"
        for url, number in numbers:
            rows = list_row_urls(browser, url)
            assert len(rows) == len(set(rows)) == number, f"{reader}: {url}"
            numbers_by_url.setdefault(re.sub(r"^/|/$", "", url), set()).add(number)
    assert len(numbers_by_url) == 19
    assert all(max(numbers) > 0 for numbers in numbers_by_url.values()), numbers_by_url
    assert any(max(numbers) > 4 for numbers in numbers_by_url.values())


def test_chosen_unit_narrows_numbers_and_lists(filled_provinces, client_as, each_database):
    manager, clerk = client_as("manager", "en"), client_as("clerk.bb", "en")
    every = sum(number for _url, number in card_numbers(manager.page("/")))
    numbers = card_numbers(manager.page("/?unit=PC-02"))
    assert 0 < sum(number for _url, number in numbers) < every
    for url, number in numbers:
        assert "unit=PC-02" in url
        assert len(list_row_urls(manager, url)) == number, url
    for unit in ("PC-12", "GCNP", "no unit"):  # not below the unit of the clerk
        assert card_numbers(clerk.page(f"/?unit={unit}")) == card_numbers(clerk.page("/"))


def test_dashboard_overdue_custody_and_detention_are_red(filled_provinces, client_as):
    """Only one number of police custody and one of prisons are red."""
    page = client_as("manager", "en").page("/")
    late = [
        row.all("a")[0].text
        for table in page.all("table", css="bars")
        for row in table.all("tr")
        if row.all(css="red")
    ]
    assert late == ["over the limit", "detained beyond the limit"]
