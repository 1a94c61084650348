"""Record history: sentences in the language of the user, and views for the owning chief."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from app.accounts.models import User
from app.cases.models import Case, Exhibit
from app.extensions import db
from app.kernel.actor import act_as, actor_of
from tests.sample_rows import acting_as, add_registered_case
from tests.statement_counts import counted


def read_history(page):
    return [line.text for line in page.all("li") if line.up("tl") or line.parent.has_class("tl")]


def open_history(browser, page):
    """Open the page and follow the link to the history."""
    (link,) = [a["href"] for a in browser.page(page).all("a", href=True) if a["href"].endswith("#life")]
    return browser.page(link)


@pytest.fixture
def changed(case, db_session):
    """Change two codes of the case and one code of a row as the clerk."""
    with acting_as("clerk.bb"):
        assert (case.place_kind, case.involvements[1].injury) == ("shop", "none")
        case.report_kind, case.place_kind = "flagrant", "house"
        case.involvements[1].injury = "slight"
        db_session.commit()
        return case


@pytest.mark.parametrize(
    ("language", "words"),
    [("km", ("ព្រំ សុភា", "ហាង", "ផ្ទះ")), ("en", ("changed", "Shop", "→"))],
)
def test_history_shows_changes_in_the_readers_language(client_as, changed, language, words, each_database):
    text = " ".join(read_history(client_as("clerk.bb", language).page(f"/case/show/{changed.id}")))
    assert not [word for word in words if word not in text], text
    assert "place_kind" not in text and "shop" not in text


def test_history_leaves_out_derived_columns(client_as, case, db_session):
    with acting_as("clerk.bb"):
        person = case.involvements[0].person
        person.phone = "012 999 111"
        db_session.commit()
    text = " ".join(read_history(open_history(client_as("clerk.bb", "en"), f"/person/show/{person.id}")))
    assert "012 999 111" in text and "as compared" not in text


def test_case_history_includes_its_rows(client_as, changed):
    lines = read_history(client_as("clerk.bb", "en").page(f"/case/show/{changed.id}"))
    assert any("Person in a case" in line for line in lines)
    assert any(line.endswith("registered: Case") for line in lines)


def test_every_record_has_a_history(client_as, case):
    clerk = client_as("clerk.bb", "en")
    row, person = case.offences[0], case.involvements[0].person
    for page in (
        f"/caseoffence/show/{row.id}",
        f"/person/show/{person.id}",
        f"/personname/show/{person.names[0].id}",
    ):
        assert any("registered" in line for line in read_history(open_history(clerk, page))), page


def test_views_are_shown_only_to_the_chief_of_the_unit(client_as, clerk, suspect):
    page = f"/person/show/{suspect.id}"
    assert "Viewed by" not in open_history(client_as("investigator.bb", "en"), page).text
    history_page = open_history(client_as("chief.bb", "en"), page)
    assert "Viewed by" in history_page.text
    views = [line for line in read_history(history_page) if "opened" in line]
    assert any("Investigation" in line and "02-2026-000001" in line for line in views)


def test_provincial_chief_sees_the_views_of_district_records(client_as, app, db_session, each_database):
    with acting_as("clerk.bb"):
        act_as(db.session, replace(actor_of(db.session), unit_code="DI-0201"))
        case = add_registered_case()
        db_session.commit()
    page = f"/case/show/{case.id}"
    client_as("investigator.bb").get(page)
    text = client_as("chief.bb", "en").page(page).text
    assert "Viewed by" in text and f"Case {case.number} ·" in text, "the views name the case by its number"


def test_history_hides_values_of_a_hidden_person(client_as, changed, db_session, monkeypatch):
    from app.audit_review import record_history as history

    row = changed.involvements[1]
    monkeypatch.setattr(
        history, "_hides_person", lambda one: one.id == row.id and one.__tablename__ == "involvement"
    )
    text = " ".join(read_history(client_as("clerk.bb", "en").page(f"/case/show/{changed.id}")))
    assert "not shown here" in text and "Slight" not in text


def test_longer_history_runs_no_more_statements(register, clerk, case, db_session):
    def count_statements():
        with counted(register) as statements:
            clerk.page(f"/case/show/{case.id}")
        return len(statements)

    with acting_as("clerk.bb"):
        case.place_kind = "school"
        db_session.commit()
    count_statements()
    before = count_statements()
    with acting_as("clerk.bb"):
        for kind in ("house", "shop", "house", "shop"):
            case.place_kind = kind
            case.involvements[0].injury = "slight" if kind == "house" else "none"
            db_session.commit()
    assert db.session.get(User, case.recorded_by_id)
    assert count_statements() <= before


def test_rows_added_to_a_case_without_log_entries_are_shown(client_as, case, db_session, each_database):
    """A case that was loaded with many others has no entry for itself."""
    table = Case.__table__
    columns = dict(db_session.execute(select(table).where(table.c.id == case.id)).mappings().one())
    columns |= {"id": case.id + 1, "number": "02-2020-000009", "draft_token": None}
    db_session.execute(insert(table).values(columns))
    with acting_as("clerk.bb"):
        copy = db_session.get(Case, case.id + 1)
        copy.exhibits.append(Exhibit(kind="phone", property_role="seized"))
        db_session.commit()
    lines = read_history(client_as("clerk.bb", "en").page(f"/case/show/{copy.id}"))
    assert any(line.endswith("registered: Exhibit") for line in lines)


def test_older_changes_and_views_are_on_further_pages(client_as, case, db_session, each_database):
    with acting_as("clerk.bb"):
        for number in range(35):
            case.place_text = f"ផ្ទះលេខ {number}"
            db_session.commit()
    officer, chief, url = client_as("investigator.bb"), client_as("chief.bb", "en"), f"/case/show/{case.id}"
    officer.get(url)
    for _number in range(31):
        client_as("clerk.bb").get(url)
    page = chief.page(url)
    assert not any("registered: Case" in line for line in read_history(page))
    changes, views = (find_link(page, name) for name in ("before_change", "before_view"))
    assert any("registered: Case" in line for line in read_history(chief.page(changes)))
    assert any("កែវ វណ្ណា" in line for line in read_history(chief.page(views)))
    assert chief.get(f"{url}?life=1&before_change={10**30}").status_code == 200


def find_link(page, argument):
    (link,) = [a["href"] for a in page.all("a", href=True) if f"{argument}=" in a["href"]]
    return link
