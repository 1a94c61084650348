"""The pages of an import: one officer reads and tries, another lets in."""

import io
import os

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import profiles, uploads
from app.imports.models import ImportEntry, ImportProfile, ImportRun
from app.jobs.models import Job
from app.kernel.audit.recorder import AuditEvent
from tests.html_pages import Page
from tests.imports.sample_files import SAMPLES, let_in, sent, tried, worked
from tests.imports.steps import brought_in
from tests.imports.workbooks import text


def test_a_file_is_read_tried_and_let_in_by_another(reader, second, db_session, each_database):
    pk = sent(reader, "ecrime-2016.csv", "ecrime-2016")
    page = reader.get(f"/import/show/{pk}").text
    assert "សុខ" not in page and "ចាន់ថា" in page and "Trial run" in page
    assert second.send(f"/import/let-in/{pk}").status_code == 409  # not tried yet
    reader.send(f"/import/check/{pk}")
    worked()
    assert db.session.get(ImportRun, pk).state == "checked"
    assert not db.session.scalars(select(Case)).all()
    page = reader.get(f"/import/show/{pk}").text
    assert "Write the year with four digits" in page and "another officer lets it in" in page
    assert reader.send(f"/import/let-in/{pk}").status_code == 409
    assert second.send(f"/import/let-in/{pk}").status_code == 302
    worked()
    run = db.session.get(ImportRun, pk)
    assert (run.state, run.entered, run.waiting) == ("done", 1, 1)
    case = db.session.scalars(select(Case)).one()
    assert case.recorded_by_id == run.let_in_by_id
    assert second.send(f"/import/let-in/{pk}").status_code == 409


def test_the_work_on_an_import_leads_to_it(reader, second, db_session):
    pk = tried(reader)
    job = db.session.scalars(select(Job)).one().id
    for address in (f"/jobs/show/{job}", "/jobs/list/", "/jobs/rows"):
        assert [one["href"] for one in reader.page(address).all("a", href=f"/import/show/{pk}")], address


def test_a_tried_file_waits_in_the_inbox_of_the_second_officer_until_it_is_let_in(reader, second, db_session):
    words = "An officer who has not read it"
    pk = sent(reader, "ecrime-2016.csv", "ecrime-2016")
    assert words not in second.get("/inbox/list/").text
    for _again in range(2):
        reader.send(f"/import/check/{pk}")
        worked()
        assert second.get("/inbox/list/").text.count(words) == 1
    (task,) = [a for a in second.page("/inbox/list/").all("a", href=True) if "/inbox/show/" in a["href"]]
    assert f"/import/show/{pk}" in second.get(task["href"]).text
    second.send(f"/import/let-in/{pk}")
    assert words not in second.get("/inbox/list/").text


def test_the_old_number_finds_the_case_and_the_person(reader, second, clerk, db_session):
    pk = tried(reader)
    second.send(f"/import/let-in/{pk}")
    worked()
    number = db.session.scalars(select(Case)).one().number
    assert number in clerk.get("/lookup/case?q=k-100").text
    found = clerk.send("/find/", {"q": "N-1"}).text
    assert "ចាន់ថា" in found


@pytest.mark.parametrize("typed", ["O-1", "o-១", "123/15", "១២៣/១៥"])
def test_an_order_is_found_by_its_number_and_by_its_old_one(
    reader, second, client_as, db_session, typed, each_database
):
    let_in(reader, second, "ecrime-2014.tsv", "ecrime-2014")
    order = db.session.scalars(select(CourtOrder).where(CourtOrder.status == "active")).one()
    warrant = client_as("warrant.bb")
    (found,) = Page.of(warrant.send("/find/", {"q": typed})).all("a", href=f"/courtorder/show/{order.id}")
    assert found.text == order.number
    assert f"/courtorder/show/{order.id}" in warrant.send("/find/suggest", {"q": typed}).text
    shown = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "look.search")).all()
    assert shown[0].facts["orders"] == [order.id]
    assert "/courtorder/show/" not in client_as("warrant.pp").send("/find/", {"q": typed}).text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"%PDF-1.7", "This is a PDF"),
        (b"", "file is empty"),
        (b"\n\n\n", "file is empty"),
        (b" ;;\n", "file is empty"),
        (b"Case ID;Occurred\n;\n\n", "no row below its headings"),
        (b'Case ID;Occurred\n"K-1;2016\n' + b"x" * 20_000, "Row 2 has a cell of more than"),
    ],
)
def test_what_is_no_table_is_refused_with_its_sentence(reader, db_session, content, told):
    data = {"profile": "ecrime-2016", "file": (io.BytesIO(content), "orders.xlsx")}
    answer = reader.send("/import/add", data, content_type="multipart/form-data")
    assert answer.status_code == 422 and told in answer.text
    assert not db.session.scalars(select(ImportRun)).all()


def test_a_file_that_breaks_off_further_below_is_told_by_the_trial_run(reader, db_session):
    content = (SAMPLES / "ecrime-2016.csv").read_bytes() + b"\xff\xfe\r\n"
    data = {"profile": "ecrime-2016", "file": (io.BytesIO(content), "a.csv")}
    pk = int(reader.send("/import/add", data, content_type="multipart/form-data").location.rsplit("/", 1)[1])
    reader.send(f"/import/check/{pk}")
    worked()
    assert db.session.get(ImportRun, pk).state == "refused"
    assert "Line 5 is not in the encoding UTF-8" in reader.get(f"/import/show/{pk}").text


@pytest.mark.parametrize("begin", [b"", b"\xe9;"], ids=["in the rows", "in the headings"])
def test_a_file_in_another_encoding_waits_for_it_and_then_shows_its_columns(reader, db_session, begin):
    content = begin + (SAMPLES / "ecrime-2010.csv").read_bytes()
    data = {"profile": "new-cases", "file": (io.BytesIO(content), "limon.csv")}
    address = reader.send("/import/add", data, content_type="multipart/form-data").location
    page = reader.page(address)
    assert "is not in the encoding UTF-8" in page.text and not page.all("select", name="target-0")
    answer = reader.send(address, {"encoding": "latin-1", "source": "paper", "dates": "dmy", "era": "common"})
    assert answer.status_code == 302 and answer.location == address
    page = reader.page(address)
    assert page.typed()["encoding"] == ["latin-1"] and page.all("select", name="target-0")


def test_a_profile_keeps_its_columns_while_its_file_is_read_in_another_encoding(reader, db_session):
    content = (
        (SAMPLES / "ecrime-2016.csv").read_text("utf-8").replace("open", "n\xe9").encode("latin-1", "replace")
    )
    data = {"profile": "ecrime-2016", "file": (io.BytesIO(content), "a.csv")}
    address = reader.send("/import/add", data, content_type="multipart/form-data").location
    reader.send(address, {"encoding": "cp1252", "source": "paper"})
    assert reader.page(address).typed()["target-0"] == ["case.old"]


def test_columns_are_chosen_on_screen_and_kept_as_a_profile(reader, db_session):
    pk = sent(reader, "ecrime-2012.csv", "new-people")
    page = reader.get(f"/import/choose/{pk}").text
    assert "នាមត្រកូល" in page and "not taken over" in page
    assert reader.send(f"/import/choose/{pk}", {}).status_code == 422
    choices = {
        "target-0": "case.number", "target-1": "involvement.role", "target-3": "person.surname_km",
        "target-4": "person.given_km", "target-5": "person.sex", "codes-5": "ប = M; ស = F", "target-6": "person.born_on",
        "dates": "dmy", "era": "buddhist", "encoding": "utf-8", "source": "paper-2012", "name": "បញ្ជីក្រដាស",
        "fixed": "person.nationality = KH",
    }  # fmt: skip
    assert reader.send(f"/import/choose/{pk}", choices).status_code == 302
    kept = db.session.scalars(select(ImportProfile)).one()
    assert kept.settings["codes"] == {"person.sex": {"ប": "M", "ស": "F"}}
    assert "បញ្ជីក្រដាស" in reader.get("/import/add").text
    assert "លី" in reader.get(f"/import/show/{pk}").text


def test_codes_are_shown_and_typed_in_words_and_kept_as_keys(client_as, db_session):
    reader = client_as("twg", "km")
    pk = sent(reader, "ecrime-2010.csv", "ecrime-2010")
    page = reader.page(f"/import/choose/{pk}")
    typed = {name: found[-1] for name, found in page.typed().items()}
    assert "S = ជនសង្ស័យ; V = ជនរងគ្រោះ" in typed["codes-6"]
    assert "សញ្ជាតិ = ខ្មែរ" in typed["fixed"] and "KH" not in typed["fixed"]
    before = db.session.get(ImportRun, pk).profile
    assert reader.send(f"/import/choose/{pk}", typed).status_code == 302
    after = db.session.get(ImportRun, pk).profile
    assert (after.codes, after.fixed) == (before.codes, before.fixed)


def test_a_name_that_no_field_has_is_refused_and_stays_typed(reader, db_session):
    pk = sent(reader, "ecrime-2012.csv", "ecrime-2012")
    typed = {name: found[-1] for name, found in reader.page(f"/import/choose/{pk}").typed().items()}
    answer = reader.send(f"/import/choose/{pk}", typed | {"fixed": "Nationalty = Khmer"})
    assert answer.status_code == 422 and "Nationalty = Khmer" in answer.text


def test_a_larger_file_is_refused_before_it_is_read(reader):
    answer = reader.post(
        "/import/add",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "1073741824"},
    )
    assert answer.status_code == 413 and "larger than 256 MB" in answer.text


def test_a_file_that_nobody_lets_in_goes_after_a_month(reader, db_session):
    run = db.session.get(ImportRun, sent(reader, "ecrime-2016.csv", "ecrime-2016"))
    path = uploads.path_of(run.sha256)
    assert uploads.sweep() == 0 and path.exists()
    os.utime(path, (0, 0))
    assert uploads.sweep() == 1 and not path.exists()
    assert "The file is no longer kept" in reader.get(f"/import/show/{run.id}").text


def test_old_numbers_stand_on_the_page(reader, second, client_as, db_session):
    pk = tried(reader, "ecrime-2010.csv", "ecrime-2010")
    second.send(f"/import/let-in/{pk}")
    worked()
    case = db.session.scalars(select(Case)).one()
    manager = client_as("manager", "en")
    page = manager.page(f"/case/show/{case.id}").text
    assert "Imported: System of 2010/11 (Limon font)" in page and "Old number: 2010/0001" in page
    assert "Source system System of 2010/11 (Limon font)" in reader.page(f"/import/show/{pk}").text


def test_the_page_of_an_old_case_says_nothing_of_its_entry_in_time_nor_of_an_hour_that_nobody_knows(
    reader, second, client_as, db_session
):
    let_in(reader, second, "ecrime-2010.csv", "ecrime-2010")
    case = db.session.scalars(select(Case)).one()
    page = client_as("manager", "en").page(f"/case/show/{case.id}").text
    assert "Entered in time" not in page and "05/03/2011" in page
    assert "05/03/2011 00:00" not in page and "06/03/2011 00:00" in page


def test_nobody_else_sees_an_import(reader, client_as, db_session):
    pk = tried(reader)
    for username in ("clerk.bb", "chief.bb", "manager", "admin", "auditor"):
        client = client_as(username)
        for address in ("/import/list/", f"/import/show/{pk}", "/import/add", f"/import-waiting/list/{pk}"):
            assert client.get(address).status_code in (302, 403, 404), (username, address)


def test_every_page_of_an_import_leads_back(reader, second, db_session):
    pk = tried(reader)
    second.send(f"/import/let-in/{pk}")
    worked()
    entry = db.session.scalar(select(ImportEntry.id).where(ImportEntry.state == "waits"))
    ways = {
        f"/import-waiting/list/{pk}": f"/import/show/{pk}",
        f"/import-waiting/mend/{entry}": f"/import-waiting/list/{pk}",
    }
    for address, back in ways.items():
        (crumbs,) = second.page(address).all("nav", css="crumbs")
        assert crumbs.all("a")[0]["href"] == back


def test_a_list_without_an_import_says_how_one_comes_onto_it(reader):
    assert "Press «Add»" in reader.page("/import/list/").all(css="empty")[0].text


def test_what_the_page_of_the_columns_refuses_is_told_and_stays_typed(reader, db_session):
    pk = sent(reader, "ecrime-2012.csv", "new-people")
    typed = {
        "target-0": "case.number", "target-3": "person.surname_km", "target-4": "person.surname_km",
        "limon-4": "1", "target-5": "person.sex", "codes-5": "ប = Mann; ស", "codes-7": "x = y", "source": "paper",
        "fixed": "Why there is no photo = No photo available\nKind of document = Identity",
    }  # fmt: skip
    page = Page.of(reader.send(f"/import/choose/{pk}", typed), 422)
    told = page.text
    assert "«Mann» is not in the list of «Sex»" in told and "«ស» needs a =" in told
    assert "«Identity» is not in the list of «Kind of document»" in told
    assert "Write one of these: Why there is no photo · " in told
    kept = {name: found[-1] for name, found in page.typed().items()}
    assert typed.items() <= (kept | {"fixed": kept["fixed"].replace("\r", "")}).items()


def test_a_profile_is_kept_anew_under_its_name(reader, db_session):
    pk = sent(reader, "ecrime-2012.csv", "new-people")
    choices = {"target-3": "person.surname_km", "source": "paper", "name": "ours"}
    assert reader.send(f"/import/choose/{pk}", choices).status_code == 302
    kept = db.session.scalars(select(ImportProfile)).one()
    for address in (
        f"/import/choose/{pk}",
        f"/import/choose/{sent(reader, 'ecrime-2012.csv', f'own-{kept.id}')}",
    ):
        typed = {name: found[-1] for name, found in reader.page(address).typed().items()}
        assert typed["name"] == "ours"
        assert reader.send(address, typed | {"target-4": "person.given_km"}).status_code == 302
        db.session.refresh(kept)
        assert kept.settings["columns"]["person.given_km"]
    assert (
        "ours"
        not in Page.of(
            reader.get(f"/import/choose/{sent(reader, 'ecrime-2012.csv', 'ecrime-2012')}"), 200
        ).text
    )


def test_what_waits_is_turned_over_forwards_and_back_also_under_a_refusal(second, db_session, tmp_path):
    profile = profiles.shipped()["ecrime-2012"]
    rows = [["nowhere" if name == "case.number" else "" for name in profile.columns]] * 26
    lines = [[*row[:-1], f"ឈ្មោះ{number}"] for number, row in enumerate(rows)]
    pk = brought_in(profile, text(tmp_path / "people.csv", [list(profile.columns.values()), *lines])).id
    address = f"/import-waiting/list/{pk}"
    first, last = (second.page(f"{address}{page}") for page in ("", "?page=2"))
    refused = Page.of(second.send(f"/import-waiting/back/{pk}"), 422)
    for page, there in (
        (first, f"{address}?page=2"),
        (last, f"{address}?page=1"),
        (refused, f"{address}?page=2"),
    ):
        assert [one["href"] for one in page.all("a", href=True) if "?page=" in one["href"]] == [there]
