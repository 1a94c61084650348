"""Every channel shows the same persons as the screen: one test for all output."""

import pytest

from app.exports.export_job import FORMATS
from app.people.models import Person
from tests.exports.file_contents import download, parse_workbook, read_text, run_export
from tests.printouts.pdf_text import build_case_sheet, collect_text
from tests.special_access.sample_cases import protected  # noqa: F401

# The persons of the protected case that each user sees. Channels that the role may not use (exports,
# printouts) are left out.
SEEN = {"clerk.bb": {"suspect"}, "investigator.bb": {"suspect"}, "manager": {"suspect"}, "clerk.pp": set()}
WRITES_FILES = {"investigator.bb"}


@pytest.fixture
def named(protected, db_session):  # noqa: F811
    """Return part → (key, surname) of the persons of a case with a protected victim and witness; the case
    under «case».
    """
    found = {}
    for row in protected.involvements:
        if row.role == "suspect":
            db_session.get(Person, row.person_id).surname_km = "ទូចសំរាន"
        found[row.role] = (row.person_id, row.person.surname_km)
    db_session.commit()
    return found | {"case": protected.id}


@pytest.mark.parametrize("reader", SEEN)
def test_every_channel_shows_the_persons_of_the_screen(app, client_as, named, reader, each_database):
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
    sheet = f"/printout/case-sheet/{case}"
    if browser.get(sheet).status_code == 200:
        told["paper"] = who(collect_text(build_case_sheet(app, reader, case)))
    if reader in WRITES_FILES:
        for format in FORMATS:
            for url in ("/export/table/PersonView", f"/export/case/{case}"):
                told[f"{format} {url[:12]}"] = who(
                    text_of(download(browser, run_export(browser, url, format)), format)
                )
    assert told == dict.fromkeys(told, SEEN[reader]), told
    assert len(told) >= (10 if reader in WRITES_FILES else 3)


def text_of(content, format):
    return str(parse_workbook(content)) if format == "xlsx" else read_text(content)
