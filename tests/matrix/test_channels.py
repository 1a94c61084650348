"""Whoever is shown on the screen is shown by every other channel, and nobody else: one measure for all that leaves."""

import pytest

from app.exports.export_job import FORMATS
from app.people.models import Person
from tests.exports.file_contents import ask, fetched, packed, sheets_of
from tests.printouts.pdf_text import said, sheet_of_case
from tests.special_access.sample_cases import protected  # noqa: F401

# Whom of the protected case each of them sees. What he has no right to (files, papers) is no channel of his.
SEEN = {"clerk.bb": {"suspect"}, "investigator.bb": {"suspect"}, "manager": {"suspect"}, "clerk.pp": set()}
WRITES_FILES = {"investigator.bb"}


@pytest.fixture
def named(protected, db_session):  # noqa: F811
    """part → (key, surname) of the people of a case with a protected victim and witness; the case under «case»."""
    found = {}
    for row in protected.involvements:
        if row.role == "suspect":
            db_session.get(Person, row.person_id).surname_km = "ទូចសំរាន"
        found[row.role] = (row.person_id, row.person.surname_km)
    db_session.commit()
    return found | {"case": protected.id}


@pytest.mark.parametrize("reader", SEEN)
def test_every_channel_shows_whom_the_screen_shows(app, client_as, named, reader, each_database):
    browser, told = client_as(reader), {}

    def who(text):
        return {part for part, (_key, name) in people.items() if name in text}

    people = {part: one for part, one in named.items() if part != "case"}
    case = named["case"]
    told["screen"] = who(browser.get("/person/list/").text + browser.get(f"/case/show/{case}").text)
    told["api"] = who("".join(browser.get(f"/api/v1/{one}/").text for one in ("persons", "involvements")))
    told["feed"] = {
        part
        for one in browser.get("/api/v1/changes/").json["result"]
        for part, (key, _name) in people.items()
        if (one["resource"], one["id"]) == ("persons", key)
    }
    sheet = f"/paper/case-sheet/{case}"
    if browser.get(sheet).status_code == 200:
        told["paper"] = who(said(sheet_of_case(app, reader, case)))
    if reader in WRITES_FILES:
        for format in FORMATS:
            for url in ("/export/of/PersonView", f"/export/case/{case}"):
                told[f"{format} {url[:12]}"] = who(
                    text_of(fetched(browser, ask(browser, url, format)), format)
                )
    assert told == dict.fromkeys(told, SEEN[reader]), told
    assert len(told) >= (10 if reader in WRITES_FILES else 3)


def text_of(content, format):
    if format == "xlsx":
        return str(sheets_of(content))
    parts = packed(content).values() if content.startswith(b"PK") else [content]
    return "".join(part.decode() for part in parts)
