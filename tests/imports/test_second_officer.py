"""An import is approved as it was read: by an officer who neither uploaded nor mapped it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.cases.models import Exhibit
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import profiles
from app.imports.models import ImportRun
from app.inbox.models import Message
from app.kernel.audit.recorder import AuditEvent
from tests import sign_ins
from tests.imports.sample_files import SAMPLES, run_jobs, upload_and_import, upload_and_try
from tests.imports.steps import approve, import_file, list_waiting
from tests.imports.test_rules_of_orders import write_orders
from tests.imports.test_runner import PEOPLE, write_people
from tests.sample_rows import acting_as, add_registered_case
from tests.special_access.sample_cases import find_user


def load_run(pk):
    return db.session.get(ImportRun, pk, populate_existing=True)


def change_columns(client, pk, **changed):
    """Map the columns again, with a fixed value for all rows, as the finding did."""
    typed = {name: found[-1] for name, found in client.page(f"/import/columns/{pk}").typed().items()}
    return client.send(f"/import/columns/{pk}", typed | {"fixed": "person.nationality = KH"} | changed)


def test_officer_who_maps_an_import_cannot_approve_it(each_database, uploader, approver, db_session):
    pk = upload_and_try(uploader)
    read = load_run(pk).mapping_hash
    assert change_columns(approver, pk).status_code == 302
    run = load_run(pk)
    assert (run.read_by_id, run.uploaded_by_id) == (find_user("planning").id, find_user("twg").id)
    assert run.state == "read" and run.mapping_hash != read
    approver.send(f"/import/check/{pk}")
    run_jobs()
    assert "Approve import" not in approver.page(f"/import/show/{pk}").text
    for client in (approver, uploader):
        assert approve(client, pk).status_code == 409
    assert load_run(pk).state == "checked"


def test_third_officer_approves_a_mapped_import(uploader, approver, client_as, db_session):
    pk = upload_and_try(uploader)
    change_columns(approver, pk)
    approver.send(f"/import/check/{pk}")
    run_jobs()
    find_user("manager").roles = find_user("planning").roles[:]
    db_session.commit()
    third = client_as("manager", "en")
    with third.application.app_context():
        sign_ins.write_session("manager")
    assert approve(third, pk).status_code == 302
    assert load_run(pk).approved_by_id == find_user("manager").id


def test_approval_of_another_mapping_than_shown_is_refused(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    (shown,) = [one["value"] for one in approver.page(f"/import/show/{pk}").all("input", name="mapping")]
    change_columns(uploader, pk)
    uploader.send(f"/import/check/{pk}")
    run_jobs()
    for stale in ({"mapping": shown}, {}):
        assert approver.send(f"/import/approve/{pk}", stale).status_code == 409
    assert approve(approver, pk).status_code == 302


@pytest.mark.parametrize("trait", [{"phone": "012 345 678"}, {"email": "one@police.example"}], ids=str)
def test_two_accounts_of_one_person_cannot_import(uploader, approver, db_session, trait):
    pk = upload_and_try(uploader)
    for name in ("twg", "planning"):
        for column, value in trait.items():
            local, at, host = value.partition("@")
            setattr(find_user(name), column, f"{local}+{name}{at}{host}" if at else value)
    db_session.commit()
    assert approve(approver, pk).status_code == 409
    assert load_run(pk).state == "checked"


def test_file_and_mapping_are_hashed_into_the_audit_log(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    change_columns(uploader, pk)
    uploader.send(f"/import/check/{pk}")
    run_jobs()
    approve(approver, pk)
    run = load_run(pk)
    asked = (
        select(AuditEvent)
        .where(AuditEvent.entity == "import_run", AuditEvent.entity_id == pk)
        .order_by(AuditEvent.seq)
    )
    events = [one for one in db.session.scalars(asked) if one.action in ("import.read", "import.approved")]
    assert [one.action for one in events] == ["import.read", "import.read", "import.approved"]
    assert {one.facts["file"] for one in events} == {run.sha256}
    hashes = [one.facts["mapping"] for one in events]
    assert hashes[0] != hashes[1] == hashes[2] == run.mapping_hash


def test_units_of_changed_cases_are_notified(each_database, db_session, tmp_path):
    with acting_as("clerk.bb"):
        case = add_registered_case()
    db_session.commit()
    rows = write_people(
        tmp_path, {"case.number": case.number}, {"case.number": case.number, "person.given_km": "សុខា"}
    )
    run = import_file(PEOPLE, rows)
    assert run.entered == 2
    (message,) = db.session.scalars(select(Message).where(Message.text_key == "import.cases")).all()
    assert (message.to_unit_code, message.entity_id) == ("PC-02", case.id)
    assert (message.facts["count"], message.facts["case"]) == (1, case.number)


def test_import_of_new_cases_notifies_nobody(uploader, approver, db_session):
    upload_and_import(uploader, approver)
    assert not db.session.scalars(select(Message).where(Message.text_key == "import.cases")).all()


def fix(client, entry, **changed):
    """Send the fix form of an entry with other values, also in boxes that the officer adds."""
    address = f"/rejected-entries/fix/{entry.id}"
    typed = {name: found[-1] for name, found in client.page(address).typed().items()}
    more = [key.partition("-")[2] for key in changed]
    return client.send(address, typed | {"more": more} | changed)


def test_officer_who_fixes_a_row_ends_no_search_alone(each_database, approver, db_session, tmp_path):
    """The file has an active order with a wrong date. The officer corrects the date and types «recalled»."""
    row = {"order.state": "NEW", "order.received_on": "2099-04-09"}
    run = import_file("ecrime-2014", write_orders(tmp_path, row))
    (entry,) = list_waiting(run)
    date = {"0-order.received_on": "2015-04-09"}
    paper = {"0-act.document_no": "12/15", "0-act.document_date": "2015-09-01"}
    ended = date | paper | {"0-order.state": "CANCEL", "0-order.state__text": "CANCEL"}
    for _attempt in range(2):  # the refused value is not stored either
        answer = fix(approver, entry, **ended)
        assert answer.status_code == 422 and "Two officers approved this value" in answer.text
    assert not db.session.scalars(select(CourtOrder)).unique().all()
    assert fix(approver, entry, **date).status_code == 302
    (order,) = db.session.scalars(select(CourtOrder)).unique().all()
    assert order.status == "received"


def test_unit_of_a_case_is_notified_of_a_fixed_row(each_database, approver, db_session, tmp_path):
    """The row names no case; the officer who fixes it chooses one of another unit."""
    with acting_as("clerk.bb"):
        case = add_registered_case()
    db_session.commit()
    run = import_file(PEOPLE, write_people(tmp_path, {"case.number": "0"}))
    (entry,) = list_waiting(run)
    assert fix(approver, entry, **{"0-case.number": case.number}).status_code == 302
    (message,) = db.session.scalars(select(Message).where(Message.text_key == "import.cases")).all()
    assert (message.to_unit_code, message.facts["count"]) == ("PC-02", 1)


def test_imported_exhibit_keeps_the_state_of_the_file(db_session):
    profile = profiles.load_shipped()["ecrime-2010"]
    profile = replace(profile, fixed=profile.fixed | {"exhibit.state": "destroyed"})
    import_file(profile, SAMPLES / "ecrime-2010.csv")
    assert set(db.session.scalars(select(Exhibit.state))) == {"destroyed"}
