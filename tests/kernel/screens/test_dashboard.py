"""Every number on the first page opens a list that shows as many rows as the number says, to whoever reads it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.accounts import actions
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, Detention, Release
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Prison, Unit
from tests.court_orders.sample_orders import an_active_order, an_order, assigned, executed
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_case, a_registered_person, written_by

NOW = dates.now().replace(second=0, microsecond=0)
TODAY = NOW.date()
# So short that each list must be turned over.
LEAVES = (
    "app.court_orders.worklist_views.PAGE",
    "app.court_orders.match_views.MOST",
    "app.custody.views.lists.MOST",
)
# The offices of a reader: a province, the nation, a department with its own kinds of offence.
READERS = {
    "clerk.bb": None, "chief.bb": None, "manager": None, "monitor.drugs": ("Criminal police monitor", "D-DRUG"),
}  # fmt: skip


def orders_of(unit, court, number):
    """Orders of every age and step that lie with a unit, one of them about drugs. Gives those that are active."""

    def active(n, days, **over):
        day, person = TODAY - timedelta(days=days), a_registered_person(number + n)
        return an_active_order(
            person, number=f"{number + n}/26", court=court, issued_on=day, received_on=day, **over
        )

    drugs = {"offence_text": "ជួញដូរគ្រឿងញៀន", "family": "drugs", "offence_class": "felony"}
    made = [active(n, days) for n, days in enumerate((2, 20, 60, 60, 200, 900, 4000))] + [
        active(8, 3, **drugs)
    ]
    an_order(number=f"{number + 9}/26", court=court, received_on=TODAY - timedelta(days=9))
    for order in (made[0], made[1], made[7]):
        assigned(order, unit)
    executed(made.pop(3))
    late = {"due_on": TODAY - timedelta(days=1), "validate_by": TODAY - timedelta(days=40)}
    table = CourtOrder.__table__
    db.session.execute(update(table).where(table.c.id.in_([one.id for one in made[2:5]])).values(late))
    return made


def held_by(unit_code, prison_code, people, case):
    """Custodies with much time, with little and with none; detentions due and overdue; whoever is followed."""
    unit, prison = db.session.get(Unit, unit_code), db.session.get(Prison, prison_code)

    def detention(person, days):
        since = TODAY - timedelta(days=days)
        return Detention(
            person=person, case=case, kind="provisional", since=since, first_prison=prison,
            offence_class="felony", paper_no="2/26", paper_on=since,
        )  # fmt: skip

    for person, hours in zip(people, (2, 40, 41, 60, 70, 80), strict=False):
        at = NOW - timedelta(hours=hours)
        arrest = Arrest(person=person, case=case, at=at, ground="flagrant", by_unit=unit)
        db.session.add(Custody(arrest=arrest, held_by=unit, arrived_at=at, offence_class="felony"))
    db.session.add_all(detention(*one) for one in zip(people, (100, 165, 170, 175, 200, 210), strict=False))
    for person in people[:3]:
        ended = detention(person, 150)
        release = Release(
            detention=ended, person=person, case=case, released_on=TODAY, kind="parole", paper_no="1/26",
            reports_to=unit, track_until=TODAY + timedelta(days=90),
        )  # fmt: skip
        db.session.add_all([ended, release])


@pytest.fixture
def full(db_session):
    """Two provinces with everything that a board counts, unlike in number."""
    for name, new in READERS.items():
        assert not new or actions.create_user(name, "សុខ ដារ៉ា", *new, "a password of a test") is None
    here, there = orders_of("PC-02", "CFI-02", 100), orders_of("PC-12", "PP", 200)
    with written_by("clerk.pp"):
        elsewhere = a_registered_case(place=PHNOM_PENH, people=[(one.person, "witness") for one in here[:4]])
        held_by("PC-12", "CC1", [one.person for one in here[:4]], elsewhere)
    with written_by("clerk.bb"):
        case = a_registered_case(place=BATTAMBANG, people=[(one.person, "witness") for one in there])
        held_by("PC-02", "PR-02", [one.person for one in there], case)
    db_session.commit()


def numbers_of(page):
    """address → the number that opens it, of everything on the boards."""
    found = []
    for board in page.all("section", css="board"):
        found += [(one.all("a")[0]["href"], one.all("a")[0].text) for one in board.all("p", css="big")]
        for table in board.all("table", css="bars"):
            found += [(row.all("a")[0]["href"], row.all("td", css="num")[0].text) for row in table.all("tr")]
    return [(url, int(number)) for url, number in found]


def rows_behind(browser, url):
    """The addresses of all rows of a list, leaf by leaf."""
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


def test_every_number_of_the_first_page_opens_as_many_rows(full, client_as, monkeypatch, each_database):
    for leaf in LEAVES:
        monkeypatch.setattr(leaf, 4)
    told = {}
    for reader in READERS:
        browser = client_as(reader, "en")
        numbers = numbers_of(browser.page("/"))
        assert len(numbers) == 18, f"{reader}: {numbers}"
        for url, number in numbers:
            rows = rows_behind(browser, url)
            assert len(rows) == len(set(rows)) == number, f"{reader}: {url}"
            told.setdefault(re.sub(r"^/|/$", "", url), set()).add(number)
    assert all(max(numbers) > 0 for numbers in told.values()), told
    assert any(max(numbers) > 4 for numbers in told.values())


def test_whoever_is_held_too_long_stands_out_on_the_first_page(full, client_as):
    """One number of police custody and one of prisons; nobody else is told in red."""
    page = client_as("manager", "en").page("/")
    late = [
        row.all("a")[0].text
        for table in page.all("table", css="bars")
        for row in table.all("tr")
        if row.all(css="red")
    ]
    assert late == ["over the limit", "held longer than allowed"]
