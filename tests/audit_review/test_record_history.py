"""A record tells its life in sentences, in the reader's language, and its chief who looked at it."""

import pytest

from app.accounts.models import User
from app.extensions import db
from tests.sample_rows import written_by
from tests.statement_counts import counted


def life(page):
    return [line.text for line in page.all("li") if line.up("tl") or line.parent.has_class("tl")]


def asked_for(browser, page):
    """The page once more, by the link that shows its life."""
    (link,) = [a["href"] for a in browser.page(page).all("a", href=True) if a["href"].endswith("#life")]
    return browser.page(link)


@pytest.fixture
def changed(case, db_session):
    """The clerk has changed a code, a text and a date of the case, and a code of a row."""
    with written_by("clerk.bb"):
        assert (case.place_kind, case.involvements[1].injury) == ("shop", "none")
        case.report_kind, case.place_kind = "flagrant", "house"
        case.involvements[1].injury = "slight"
        db_session.commit()
        return case


@pytest.mark.parametrize(
    ("language", "words"),
    [("km", ("ព្រំ សុភា", "ហាង", "ផ្ទះ")), ("en", ("changed", "Shop", "→"))],
)
def test_a_change_is_told_before_and_after_in_the_readers_words(
    client_as, changed, language, words, each_database
):
    told = " ".join(life(client_as("clerk.bb", language).page(f"/case/show/{changed.id}")))
    assert not [word for word in words if word not in told], told
    assert "place_kind" not in told and "shop" not in told


def test_what_follows_from_another_box_is_not_told_beside_it(client_as, case, db_session):
    with written_by("clerk.bb"):
        person = case.involvements[0].person
        person.phone = "012 999 111"
        db_session.commit()
    told = " ".join(life(asked_for(client_as("clerk.bb", "en"), f"/person/show/{person.id}")))
    assert "012 999 111" in told and "as compared" not in told


def test_the_life_of_a_case_holds_that_of_its_rows(client_as, changed):
    told = life(client_as("clerk.bb", "en").page(f"/case/show/{changed.id}"))
    assert any("Person in a case" in line for line in told)
    assert any(line.endswith("registered: Case") for line in told)


def test_every_record_has_a_life(client_as, case):
    clerk = client_as("clerk.bb", "en")
    row, person = case.offences[0], case.involvements[0].person
    for page in (
        f"/caseoffence/show/{row.id}",
        f"/person/show/{person.id}",
        f"/personname/show/{person.names[0].id}",
    ):
        assert any("registered" in line for line in life(asked_for(clerk, page))), page


def test_the_chief_of_its_unit_reads_who_looked_and_nobody_else_does(client_as, clerk, suspect):
    page = f"/person/show/{suspect.id}"
    assert "Who looked at it" not in asked_for(client_as("investigator.bb", "en"), page).text
    told = asked_for(client_as("chief.bb", "en"), page)
    assert "Who looked at it" in told.text
    looks = [line for line in life(told) if "opened" in line]
    assert any("Investigation" in line and "02-2026-000001" in line for line in looks)


def test_whom_the_reader_may_not_see_has_no_values_in_a_life(client_as, changed, db_session, monkeypatch):
    from app.audit_review import record_history as history

    row = changed.involvements[1]
    monkeypatch.setattr(
        history, "_hides_somebody", lambda one: one.id == row.id and one.__tablename__ == "involvement"
    )
    told = " ".join(life(client_as("clerk.bb", "en").page(f"/case/show/{changed.id}")))
    assert "not shown here" in told and "Slight" not in told


def test_a_longer_life_takes_no_more_statements(register, clerk, case, db_session):
    def asked():
        with counted(register) as statements:
            clerk.page(f"/case/show/{case.id}")
        return len(statements)

    with written_by("clerk.bb"):
        case.place_kind = "school"
        db_session.commit()
    asked()
    before = asked()
    with written_by("clerk.bb"):
        for kind in ("house", "shop", "house", "shop"):
            case.place_kind = kind
            case.involvements[0].injury = "slight" if kind == "house" else "none"
            db_session.commit()
    assert db.session.get(User, case.recorded_by_id)
    assert asked() <= before
