"""Import pages: one officer uploads and tries a file, another approves it."""

import io
import os

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import profiles, survey, uploads
from app.imports.models import ImportEntry, ImportProfile, ImportRun
from app.inbox.models import Message
from app.jobs.models import Job
from app.kernel.audit.recorder import AuditEvent
from tests.html_pages import Page
from tests.imports.sample_files import SAMPLES, run_jobs, upload, upload_and_import, upload_and_try
from tests.imports.steps import approve, import_file
from tests.imports.workbooks import write_text
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


def test_import_needs_trial_run_and_second_officer(uploader, approver, db_session, each_database):
    pk = upload(uploader, "ecrime-2016.csv", "ecrime-2016")
    page = uploader.get(f"/import/show/{pk}").text
    assert "សុខ" not in page and "ចាន់ថា" in page and "Trial run" in page
    assert approve(approver, pk).status_code == 409  # no trial run yet
    uploader.send(f"/import/check/{pk}")
    run_jobs()
    assert db.session.get(ImportRun, pk).state == "checked"
    assert not db.session.scalars(select(Case)).all()
    page = uploader.get(f"/import/show/{pk}").text
    assert "Enter the year with four digits" in page and "Waiting for a second officer to approve" in page
    assert approve(uploader, pk).status_code == 409
    assert approve(approver, pk).status_code == 302
    run_jobs()
    run = db.session.get(ImportRun, pk)
    assert (run.state, run.entered, run.waiting) == ("done", 1, 1)
    case = db.session.scalars(select(Case)).one()
    assert case.recorded_by_id == run.approved_by_id
    assert approve(approver, pk).status_code == 409


@pytest.mark.parametrize("code", [0x01, 0x0B, 0x1C, 0x81])
def test_control_byte_in_a_limon_cell_rejects_its_row_only(
    uploader, approver, db_session, each_database, code
):
    """The row waits with the code of the byte at its field, and every page of the import opens."""
    content = (SAMPLES / "ecrime-2010.csv").read_bytes()
    bad = content.replace(b",P-1,sux,", b",P-1,su" + bytes([code]) + b"x,")
    assert bad != content
    pk = upload(uploader, "ecrime-2010.csv", "ecrime-2010", bad)
    uploader.send(f"/import/check/{pk}")
    run_jobs()
    assert approve(approver, pk).status_code == 302
    run_jobs()
    run = db.session.get(ImportRun, pk)
    assert (run.state, run.entered, run.waiting) == ("done", 0, 2)
    entry = db.session.scalars(
        select(ImportEntry).where(ImportEntry.run_id == pk).order_by(ImportEntry.row)
    ).first()
    (problem,) = entry.problems
    assert (problem["field"], problem["row"]) == ("person.surname_km", 2) and f"0x{code:02X}" in problem["en"]
    for url in (
        f"/import/show/{pk}",
        f"/rejected-entries/list/{pk}",
        f"/rejected-entries/fix/{entry.id}",
        f"/rejected-entries/sheet/{pk}",
    ):
        assert uploader.get(url).status_code == 200, url


def test_job_links_to_its_import(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    job = db.session.scalars(select(Job)).one().id
    for address in (f"/jobs/show/{job}", "/jobs/list/", "/jobs/rows"):
        assert [one["href"] for one in uploader.page(address).all("a", href=f"/import/show/{pk}")], address


def test_approval_task_stays_in_inbox_until_approval(uploader, approver, db_session):
    task_text = "Another officer must review and approve it"
    pk = upload(uploader, "ecrime-2016.csv", "ecrime-2016")
    assert task_text not in approver.get("/inbox/list/").text
    for _again in range(2):
        uploader.send(f"/import/check/{pk}")
        run_jobs()
        assert approver.get("/inbox/list/").text.count(task_text) == 1
    (task,) = [a for a in approver.page("/inbox/list/").all("a", href=True) if "/inbox/show/" in a["href"]]
    assert f"/import/show/{pk}" in approver.get(task["href"]).text
    approve(approver, pk)
    assert task_text not in approver.get("/inbox/list/").text


def test_legacy_number_finds_case_and_person(uploader, approver, clerk, db_session):
    pk = upload_and_try(uploader)
    approve(approver, pk)
    run_jobs()
    number = db.session.scalars(select(Case)).one().number
    assert number in clerk.get("/lookup/case?q=k-100").text
    found = clerk.send("/find/", {"q": "N-1"}).text
    assert "ចាន់ថា" in found


@pytest.mark.parametrize("typed", ["O-1", "o-១", "123/15", "១២៣/១៥"])
def test_order_is_found_by_number_and_legacy_number(
    uploader, approver, client_as, db_session, typed, each_database
):
    upload_and_import(uploader, approver, "ecrime-2014.tsv", "ecrime-2014")
    order = db.session.scalars(select(CourtOrder).where(CourtOrder.status == "active")).one()
    warrant = client_as("warrant.bb")
    (found,) = Page.from_response(warrant.send("/find/", {"q": typed})).all(
        "a", href=f"/courtorder/show/{order.id}"
    )
    assert found.text == order.number
    assert f"/courtorder/show/{order.id}" in warrant.send("/find/suggest", {"q": typed}).text
    shown = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "access.searched")).all()
    searched = [one.facts for one in shown if one.facts["source"] != "compare"]
    assert searched[0]["orders"] == [order.id]
    assert "/courtorder/show/" not in client_as("warrant.pp").send("/find/", {"q": typed}).text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7", "This is a PDF"),
        (b"", "file is empty"),
        (b"\n\n\n", "file is empty"),
        (b" ;;\n", "file is empty"),
        (b"Case ID;Occurred\n;\n\n", "only headings and no data rows"),
    ],
)
def test_upload_without_table_is_refused_with_message(uploader, db_session, content, message):
    data = {"profile": "ecrime-2016", "file": (io.BytesIO(content), "orders.xlsx")}
    response = uploader.send("/import/add", data, content_type="multipart/form-data")
    assert response.status_code == 422 and message in response.text
    assert not db.session.scalars(select(ImportRun)).all()


def test_bad_byte_further_down_rejects_its_row_only(uploader, db_session):
    content = (SAMPLES / "ecrime-2016.csv").read_bytes() + b"\xff\xfe\r\n"
    pk = upload_and_try(uploader, "a.csv", "ecrime-2016", content)
    run = db.session.get(ImportRun, pk)
    assert run.state == "checked" and run.report["right"] == 1 and run.report["wrong"] == 2
    assert "Character 1 of this cell is not in the encoding UTF-8" in uploader.get(f"/import/show/{pk}").text


def test_trial_above_the_daily_limit_of_people_shows_no_row(
    app, uploader, approver, db_session, each_database, monkeypatch
):
    """A file with guessed document numbers would otherwise show which of them are registered."""
    with acting_as("clerk.bb"):
        person = make_registered_person(number=1)
        case = add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    lines = [
        "case;role;surname;given;sex;kind;number",
        f"{case.number};witness;ទេព;ណារ៉េត;F;national_id;{person.documents[0].number}",
    ]
    for allowed in (1, 0):
        monkeypatch.setitem(app.extensions, "ecrime.daily_people", {"Technical working group": allowed})
        pk = upload(uploader, "people.csv", "new-people", lines)
        targets = (
            "case.number", "involvement.role", "person.surname_km", "person.given_km", "person.sex", "document.kind",
            "document.number",
        )  # fmt: skip
        mapping = {f"target-{at}": name for at, name in enumerate(targets)}
        assert uploader.send(f"/import/columns/{pk}", mapping | {"source": "paper"}).status_code == 302
        uploader.send(f"/import/check/{pk}")
        run_jobs()
        page = uploader.get(f"/import/show/{pk}").text
        assert (f"P-{person.id:07d}" in page) == bool(allowed)
        assert ("The invalid rows are not shown." in page) != bool(allowed)
    (alert,) = db.session.scalars(select(Message).where(Message.text_key == "access.limit_reached")).all()
    assert alert.to_role == "Auditor"
    assert approve(approver, pk).status_code == 302


def test_encoding_of_a_limon_file_is_proposed(uploader, db_session):
    pk = upload(uploader, "limon.csv", "new-cases", (SAMPLES / "ecrime-2010.csv").read_bytes())
    page = uploader.page(f"/import/columns/{pk}")
    assert page.typed()["encoding"] == ["latin-1"] and page.all("select", name="target-0")


def test_chosen_columns_are_saved_as_profile(uploader, db_session):
    pk = upload(uploader, "ecrime-2012.csv", "new-people")
    page = uploader.get(f"/import/columns/{pk}").text
    assert "នាមត្រកូល" in page and "skipped" in page
    assert uploader.send(f"/import/columns/{pk}", {}).status_code == 422
    choices = {
        "target-0": "case.number", "target-1": "involvement.role", "target-3": "person.surname_km",
        "target-4": "person.given_km", "target-5": "person.sex", "codes-5": "ប = M; ស = F", "target-6": "person.born_on",
        "dates": "dmy", "era": "buddhist", "encoding": "utf-8", "source": "paper-2012", "name": "បញ្ជីក្រដាស",
        "fixed": "person.nationality = KH",
    }  # fmt: skip
    assert uploader.send(f"/import/columns/{pk}", choices).status_code == 302
    saved = db.session.scalars(select(ImportProfile)).one()
    assert saved.settings["codes"] == {"person.sex": {"ប": "M", "ស": "F"}}
    assert "បញ្ជីក្រដាស" in uploader.get("/import/add").text
    assert "លី" in uploader.get(f"/import/show/{pk}").text


def test_codes_are_edited_as_labels_and_stored_as_keys(client_as, db_session):
    uploader = client_as("twg", "km")
    pk = upload(uploader, "ecrime-2010.csv", "ecrime-2010")
    page = uploader.page(f"/import/columns/{pk}")
    typed = {name: found[-1] for name, found in page.typed().items()}
    assert "S = ជនសង្ស័យ; V = ជនរងគ្រោះ" in typed["codes-6"]
    assert "សញ្ជាតិ = ខ្មែរ" in typed["fixed"] and "KH" not in typed["fixed"]
    before = db.session.get(ImportRun, pk).profile
    assert uploader.send(f"/import/columns/{pk}", typed).status_code == 302
    after = db.session.get(ImportRun, pk).profile
    assert (after.codes, after.fixed) == (before.codes, before.fixed)


def test_unknown_field_name_is_refused_and_kept_in_form(uploader, db_session):
    pk = upload(uploader, "ecrime-2012.csv", "ecrime-2012")
    typed = {name: found[-1] for name, found in uploader.page(f"/import/columns/{pk}").typed().items()}
    response = uploader.send(f"/import/columns/{pk}", typed | {"fixed": "Nationalty = Khmer"})
    assert response.status_code == 422 and "Nationalty = Khmer" in response.text


def test_too_large_file_is_refused_before_reading(uploader):
    response = uploader.post(
        "/import/add",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "1073741824"},
    )
    assert response.status_code == 413 and "larger than 256 MB" in response.text


def test_unapproved_file_expires_after_a_month(uploader, db_session):
    run = db.session.get(ImportRun, upload(uploader, "ecrime-2016.csv", "ecrime-2016"))
    path = uploads.get_path(run.sha256)
    assert uploads.delete_expired() == 0 and path.exists()
    os.utime(path, (0, 0))
    assert uploads.delete_expired() == 1 and not path.exists()
    assert "The file is no longer stored" in uploader.get(f"/import/show/{run.id}").text
    survey._survey.cache_clear()  # of a test with the same file
    answer = uploader.send(f"/import/propose/{run.id}", {})
    assert answer.status_code == 409 and "The file is no longer stored" in answer.text


def test_legacy_numbers_are_shown_on_pages(uploader, approver, client_as, db_session):
    pk = upload_and_try(uploader, "ecrime-2010.csv", "ecrime-2010")
    approve(approver, pk)
    run_jobs()
    case = db.session.scalars(select(Case)).one()
    manager = client_as("manager", "en")
    page = manager.page(f"/case/show/{case.id}").text
    assert "Imported: System of 2010/11 (Limon font)" in page and "Old number: 2010/0001" in page
    assert "Source system System of 2010/11 (Limon font)" in uploader.page(f"/import/show/{pk}").text


def test_old_case_page_omits_deadline_and_unknown_time(uploader, approver, client_as, db_session):
    upload_and_import(uploader, approver, "ecrime-2010.csv", "ecrime-2010")
    case = db.session.scalars(select(Case)).one()
    page = client_as("manager", "en").page(f"/case/show/{case.id}").text
    assert "Entered on time" not in page and "05/03/2011" in page
    assert "05/03/2011 00:00" not in page and "06/03/2011" in page and "06/03/2011 00:00" not in page


def test_import_is_hidden_from_other_roles(uploader, client_as, db_session):
    pk = upload_and_try(uploader)
    for username in ("clerk.bb", "chief.bb", "manager", "admin", "auditor"):
        client = client_as(username)
        for address in ("/import/list/", f"/import/show/{pk}", "/import/add", f"/rejected-entries/list/{pk}"):
            assert client.get(address).status_code in (302, 403, 404), (username, address)


def test_import_pages_have_back_links(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    approve(approver, pk)
    run_jobs()
    entry = db.session.scalar(select(ImportEntry.id).where(ImportEntry.state == "waiting"))
    back_links = {
        f"/rejected-entries/list/{pk}": f"/import/show/{pk}",
        f"/rejected-entries/fix/{entry}": f"/rejected-entries/list/{pk}",
    }
    for address, back in back_links.items():
        (crumbs,) = approver.page(address).all("nav", css="crumbs")
        assert crumbs.all("a")[0]["href"] == back


def test_empty_import_list_explains_how_to_add(uploader):
    assert "Press «Add»" in uploader.page("/import/list/").all(css="empty")[0].text


def test_column_form_errors_keep_typed_values(uploader, db_session):
    pk = upload(uploader, "ecrime-2012.csv", "new-people")
    typed = {
        "target-0": "case.number", "target-3": "person.surname_km", "target-4": "person.surname_km",
        "limon-4": "1", "target-5": "person.sex", "codes-5": "ប = Mann; ស", "codes-7": "x = y", "source": "paper",
        "fixed": "Reason for no photo = No photo available\nDocument type = Identity",
    }  # fmt: skip
    page = Page.from_response(uploader.send(f"/import/columns/{pk}", typed), 422)
    page_text = page.text
    assert "«Mann» is not in the list of «Sex»" in page_text and "«ស» has no = sign" in page_text
    assert "«Identity» is not in the list of «Document type»" in page_text
    assert "Write one of these: Reason for no photo · " in page_text
    sent_back = {name: found[-1] for name, found in page.typed().items()}
    assert typed.items() <= (sent_back | {"fixed": sent_back["fixed"].replace("\r", "")}).items()


def test_profile_is_saved_again_under_its_name(uploader, db_session):
    pk = upload(uploader, "ecrime-2012.csv", "new-people")
    choices = {"target-3": "person.surname_km", "source": "paper", "name": "ours"}
    assert uploader.send(f"/import/columns/{pk}", choices).status_code == 302
    saved = db.session.scalars(select(ImportProfile)).one()
    for address in (
        f"/import/columns/{pk}",
        f"/import/columns/{upload(uploader, 'ecrime-2012.csv', f'own-{saved.id}')}",
    ):
        typed = {name: found[-1] for name, found in uploader.page(address).typed().items()}
        assert typed["name"] == "ours"
        assert uploader.send(address, typed | {"target-4": "person.given_km"}).status_code == 302
        db.session.refresh(saved)
        assert saved.settings["columns"]["person.given_km"]
    assert (
        "ours"
        not in Page.from_response(
            uploader.get(f"/import/columns/{upload(uploader, 'ecrime-2012.csv', 'ecrime-2012')}"), 200
        ).text
    )


def test_pagination_of_rejected_entries_works_after_error(approver, db_session, tmp_path):
    profile = profiles.load_shipped()["ecrime-2012"]
    rows = [["nowhere" if name == "case.number" else "" for name in profile.columns]] * 26
    lines = [[*row[:-1], f"ឈ្មោះ{number}"] for number, row in enumerate(rows)]
    pk = import_file(
        profile, write_text(tmp_path / "people.csv", [list(profile.columns.values()), *lines])
    ).id
    address = f"/rejected-entries/list/{pk}"
    first, last = (approver.page(f"{address}{page}") for page in ("", "?page=2"))
    refused = Page.from_response(approver.send(f"/rejected-entries/upload/{pk}"), 422)
    for page, expected in (
        (first, f"{address}?page=2"),
        (last, f"{address}?page=1"),
        (refused, f"{address}?page=2"),
    ):
        assert [one["href"] for one in page.all("a", href=True) if "?page=" in one["href"]] == [expected]
