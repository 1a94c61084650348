"""Saved views and chosen columns: own and shared, and what they never do."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import User
from app.kernel.screens.saved_views import SavedView
from tests.html_pages import Page
from tests.kernel.screens.test_list_filters import (
    find_user_id,
    numbers,  # noqa: F401  (cases of two provinces)
)
from tests.statement_counts import counted

SAVE, COLUMNS = "/list-views/CaseView/save", "/list-views/CaseView/columns"
GONE = "គ្មានតម្រង"
DRUGS_BY_NUMBER = "_flt_0_family=drugs&_oc_CaseView=number&_od_CaseView=desc"


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def save(browser, name="គ្រឿងញៀន", arguments=DRUGS_BY_NUMBER, columns=("number", "status"), shared=""):
    """Save a view of the list of cases; return the URL of the list that follows."""
    sent = {"name": name, "arguments": arguments, "column": list(columns), "shared": shared}
    answer = browser.send(SAVE, sent)
    assert answer.status_code == 302
    return answer.location


def list_headings(page):
    return [heading.text for heading in page.all("th") if heading.get("scope") == "col"]


def list_names(browser, url="/case/list/"):
    page = browser.page(url)
    return [
        link.text for link in page.all("a", href=True) if "view=" in link["href"] and "_oc_" not in link.text
    ]


def test_view_has_filters_order_and_columns(chief, numbers, each_database):  # noqa: F811
    url = save(chief)
    page = chief.page(url)
    assert [cell.text for cell in page.all("td", css="lead")] == [numbers["district"]]
    assert len(list_headings(page)) == 2 and "_oc_CaseView=number" in url
    assert len(list_headings(chief.page("/case/list/"))) > 2


def test_own_columns_are_kept_for_the_list(chief, client_as, numbers):  # noqa: F811
    chief.send(COLUMNS, {"arguments": "_flt_0_area=02", "column": ["status", "dossier_no", "password"]})
    headings = list_headings(chief.page("/case/list/"))
    assert len(headings) == 3 and "លេខសំណុំរឿង" in headings[0]
    assert len(list_headings(client_as("clerk.bb").page("/case/list/"))) > 3
    chief.send(COLUMNS, {"arguments": ""})
    assert len(list_headings(chief.page("/case/list/"))) > 3


def test_view_is_shared_in_the_unit_only(chief, client_as, numbers, db_session, each_database):  # noqa: F811
    url = save(chief, shared="1")
    assert len(list_headings(client_as("clerk.bb").page(url))) == 2
    there = client_as("clerk.pp").page(url)  # the columns of the view are not those of a stranger
    assert len(list_headings(there)) > 2 and "គ្រឿងញៀន" not in there.by_id("main").all("summary")[1].text
    assert [cell.text for cell in there.all("td", css="lead")] == [numbers["capital"]]  # his own area
    db_session.execute(
        update(User).where(User.username == "chief.bb").values(active=False, unit_code="PC-12")
    )
    db_session.commit()
    clerk = client_as("clerk.bb")
    assert len(list_headings(clerk.page(url))) == 2  # the officer left, the unit keeps the view
    change = f"/list-views/{db_session.scalar(select(SavedView.id))}/change"
    assert clerk.send(change, {"name": "x"}).status_code == 404
    assert client_as("clerk.pp").send(change, {"act": "delete"}).status_code == 404
    assert clerk.send(change, {"act": "delete"}).status_code == 302
    assert db_session.scalar(select(SavedView.id)) is None


def test_view_of_another_user_cannot_be_changed(chief, client_as, numbers, db_session):  # noqa: F811
    save(chief, shared="1")
    pk = db_session.scalar(select(SavedView.id))
    for sent in ({"name": "x"}, {"act": "delete"}):
        assert client_as("clerk.bb").send(f"/list-views/{pk}/change", sent).status_code == 404
    assert chief.send("/list-views/999/change", {"act": "delete"}).status_code == 404
    chief.send(f"/list-views/{pk}/change", {"name": "ថ្មី"})
    assert "ថ្មី" in chief.page("/case/list/").by_id("main").text
    chief.send(f"/list-views/{pk}/change", {"act": "delete"})
    db_session.expire_all()
    assert db_session.scalar(select(SavedView.id)) is None


def test_same_name_replaces_and_double_submit_saves_once(chief, numbers, db_session):  # noqa: F811
    save(chief)
    save(chief, arguments="_flt_0_area=02", columns=["number"])
    (found,) = db_session.scalars(select(SavedView)).all()
    assert found.arguments == {"_flt_0_area": "02"}


def test_unknown_column_filter_and_order_are_left_out(chief, numbers, db_session):  # noqa: F811
    save(chief)
    gone = {"_flt_0_gone": "1", "_oc_CaseView": "gone", "_flt_0_area": "02"}
    db_session.execute(update(SavedView).values(columns=["gone"], arguments=gone))
    db_session.commit()
    page = chief.page("/case/list/")
    (link,) = [one["href"] for one in page.all("a", href=True) if "view=" in one["href"] and "gone" not in one["href"] and "area" in one["href"]][:1]  # fmt: skip
    assert len(list_headings(chief.page(link))) > 2


def test_filter_whose_choice_is_gone_is_named(chief, numbers, db_session, each_database):  # noqa: F811
    officer = find_user_id(db_session, "clerk.bb")
    url = save(chief, arguments=f"{DRUGS_BY_NUMBER}&_flt_0_officer={officer}", shared="1")
    assert GONE not in chief.page(url).by_id("main").text
    db_session.execute(update(User).where(User.id == officer).values(unit_code="PC-12"))
    db_session.commit()
    opened = chief.get(url, follow_redirects=True)
    page = Page(opened.text)
    assert opened.status_code == 200 and "_flt_0_officer" not in opened.request.full_path
    (note,) = [one.text for one in page.all("div", css="note") if GONE in one.text]
    assert "ចុះបញ្ជីដោយ" in note and "ប្រភេទ" not in note
    assert [cell.text for cell in page.all("td", css="lead")] == [numbers["district"]]
    assert (
        chief.get(f"/case/list/?_flt_0_officer={officer}").status_code == 400
    )  # no view: a forged or old URL


def test_personal_values_are_not_saved(client_as, numbers, db_session):  # noqa: F811
    chief = client_as("chief.bb")
    sent = {"name": "x", "arguments": "_flt_0_given_km=ដារ៉ា&search=token&_flt_0_sex=M", "column": ["name"]}
    assert chief.send("/list-views/PersonView/save", sent).status_code == 302
    assert db_session.scalar(select(SavedView.arguments)) == {"_flt_0_sex": "M"}


@pytest.mark.parametrize(
    ("url", "status"),
    [("/list-views/NoView/save", 404), ("/list-views/PersonView/save", 403), (f"{SAVE}", 403)],
)
def test_list_that_the_user_may_not_read_has_no_view(client_as, url, status):
    assert client_as("admin").send(url, {"name": "x"}).status_code == status


def test_views_cost_one_statement(chief, numbers, register):  # noqa: F811
    chief.page("/case/list/")
    with counted(register) as before:
        chief.page("/case/list/")
    for number in range(5):
        save(chief, name=f"ក{number}")
    with counted(register) as after:
        chief.page("/case/list/")
    assert len(after) == len(before)
