"""An import is approved as it was read: by an officer who neither uploaded nor mapped it."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cases.models import Exhibit
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.imports import actions, profiles, runner
from app.imports.models import ImportEntry, ImportRun
from app.imports.notifications import APPROVER_ROLES
from app.inbox.models import Message
from app.jobs import JobRefused
from app.kernel.audit.recorder import AuditEvent
from tests import sign_ins
from tests.imports.sample_files import SAMPLES, run_jobs, upload_and_import, upload_and_try
from tests.imports.steps import approve, import_file, list_waiting, send_approval_of_fixes
from tests.imports.test_rules_of_orders import write_orders
from tests.imports.test_runner import PEOPLE, write_people
from tests.prepared import prepared
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


@pytest.mark.parametrize("step", ["change", "approve"])
def test_trial_run_of_an_earlier_mapping_does_not_count(each_database, uploader, approver, db_session, step):
    """A trial run that ends after a change would show its own result for the changed mapping."""
    pk = upload_and_try(uploader)

    def take_step(_row):
        assert (
            change_columns(uploader, pk) if step == "change" else approve(approver, pk)
        ).status_code == 302

    with acting_as("twg"), pytest.raises(JobRefused):
        runner.run_trial(load_run(pk), actions.read_file_rows(load_run(pk)), take_step)
    db.session.rollback()
    assert load_run(pk).state == ("read" if step == "change" else "running")


@pytest.mark.parametrize("lost", [{"roles": []}, {"active": False}], ids=str)
def test_import_needs_the_role_of_its_approver_when_it_runs(
    each_database, uploader, approver, db_session, lost
):
    pk = upload_and_try(uploader)
    assert approve(approver, pk).status_code == 302
    with acting_as("admin"):
        for name, value in lost.items():
            setattr(find_user("planning"), name, value)
        db_session.commit()
    run_jobs()
    assert (load_run(pk).state, load_run(pk).entered) == ("running", 0)


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


def test_import_of_new_cases_notifies_no_one(uploader, approver, db_session):
    upload_and_import(uploader, approver)
    assert not db.session.scalars(select(Message).where(Message.text_key == "import.cases")).all()


def fix(client, entry, **changed):
    """Send the fix form of an entry with other values, also in boxes that the officer adds."""
    address = f"/rejected-entries/fix/{entry.id}"
    typed = {name: found[-1] for name, found in client.page(address).typed().items()}
    more = [key.partition("-")[2] for key in changed]
    return client.send(address, typed | {"more": more} | changed)


def load_orders():
    return db.session.scalars(select(CourtOrder)).unique().all()


@prepared
def fixed_order(each_database, approver, db_session, tmp_path):
    """An entry that is fixed: the order of the file had a wrong date, and the officer also typed that it was recalled."""
    row = {"order.state": "NEW", "order.received_on": "2099-04-09"}
    run = import_file("ecrime-2014", write_orders(tmp_path, row))
    (entry,) = list_waiting(run)
    typed = {"0-order.received_on": "2015-04-09", "0-order.state": "CANCEL", "0-order.state__text": "CANCEL"}
    paper = {"0-act.document_no": "12/15", "0-act.document_date": "2015-09-01"}
    assert fix(approver, entry, **typed, **paper).status_code == 302
    db_session.expire_all()
    return db_session.get(ImportEntry, entry.id)


def test_fixed_row_is_registered_by_another_officer_only(fixed_order, uploader, approver, db_session):
    """The officer who fixed it cannot approve it, not even with SQL of the application."""
    pk = fixed_order.run_id
    assert (fixed_order.state, fixed_order.run.fixed) == ("fixed", 1) and not load_orders()
    page = approver.page(f"/rejected-entries/fixed/{pk}")
    assert "You fixed these rows" in page.text and not page.all("input", name="hash")
    shown = uploader.page(f"/rejected-entries/fixed/{pk}")
    assert {"2099-04-09", "Received, not yet checked"} <= {one.text for one in shown.all("del")}
    sent = {"entry": fixed_order.id, "hash": shown.typed()["hash"][-1]}
    assert approver.send(f"/rejected-entries/approve/{pk}", sent).status_code == 409
    for columns in ("state = 'entered'", "state = 'entered', approved_by_id = fixed_by_id"):
        with pytest.raises(DBAPIError, match="second_officer"), db_session.begin_nested():
            db_session.execute(text(f"UPDATE import_entry SET {columns} WHERE state = 'fixed'"))  # noqa: S608
    db_session.commit()
    assert not load_orders()
    assert send_approval_of_fixes(uploader, pk).status_code == 302
    (order,) = load_orders()
    assert (order.status, order.recorded_by_id) == ("recalled", find_user("planning").id)
    entry = db_session.get(ImportEntry, fixed_order.id, populate_existing=True)
    assert (entry.state, entry.approved_by_id) == ("entered", find_user("twg").id)


def test_two_accounts_of_one_person_cannot_fix_and_approve(fixed_order, uploader, db_session):
    for name in ("twg", "planning"):
        find_user(name).phone = "012 345 678"
    db_session.commit()
    assert send_approval_of_fixes(uploader, fixed_order.run_id).status_code == 409
    assert not load_orders()


def test_approval_of_other_values_than_shown_is_refused(fixed_order, uploader, approver, db_session):
    """The officer takes the row back and fixes it with other values while the other one reads it."""
    pk, shown = fixed_order.run_id, uploader.page(f"/rejected-entries/fixed/{fixed_order.run_id}").typed()
    assert approver.send(f"/rejected-entries/return/{fixed_order.id}").status_code == 302
    assert approver.send(f"/rejected-entries/return/{fixed_order.id}").status_code == 409, "a second click"
    assert fix(approver, fixed_order, **{"0-order.received_on": "2015-04-10"}).status_code == 302
    stale = {"entry": shown["entry"], "hash": shown["hash"][-1]}
    for sent in (stale, {"entry": ["x", "99999"], "hash": ""}):
        answer = uploader.send(f"/rejected-entries/approve/{pk}", sent)
        assert answer.status_code == 409 and "Read them again" in answer.text
    assert not load_orders()


def test_task_asks_for_the_approval_of_fixed_rows(fixed_order, uploader, db_session):
    query = select(Message.to_role, Message.done_at).where(Message.text_key == "import.fixed")
    assert {role for role, done_at in db_session.execute(query) if done_at is None} == set(APPROVER_ROLES)
    assert uploader.send(f"/rejected-entries/return/{fixed_order.id}").status_code == 302
    db_session.rollback()
    assert all(done_at for _role, done_at in db_session.execute(query))
    entry = db_session.get(ImportEntry, fixed_order.id, populate_existing=True)
    assert (entry.state, entry.run.waiting, entry.run.fixed) == ("waiting", 1, 0)
    assert "Another officer returned this row" in uploader.page(f"/rejected-entries/list/{entry.run_id}").text


def test_unit_of_a_case_is_notified_of_a_fixed_row(each_database, uploader, approver, db_session, tmp_path):
    """The row names no case; the officer who fixes it chooses one of another unit."""
    with acting_as("clerk.bb"):
        case = add_registered_case()
    db_session.commit()
    run = import_file(PEOPLE, write_people(tmp_path, {"case.number": "0"}))
    (entry,) = list_waiting(run)
    assert fix(approver, entry, **{"0-case.number": case.number}).status_code == 302
    notices = select(Message).where(Message.text_key == "import.cases")
    assert not db.session.scalars(notices).all()
    assert send_approval_of_fixes(uploader, run.id).status_code == 302
    (message,) = db.session.scalars(notices).all()
    assert (message.to_unit_code, message.facts["count"]) == ("PC-02", 1)


def test_imported_exhibit_keeps_the_state_of_the_file(db_session):
    profile = profiles.load_shipped()["ecrime-2010"]
    profile = replace(profile, fixed=profile.fixed | {"exhibit.state": "stored"})
    import_file(profile, SAMPLES / "ecrime-2010.csv")
    assert set(db.session.scalars(select(Exhibit.state))) == {"stored"}


@pytest.mark.parametrize(
    ("field", "state"),
    [("exhibit.state", "destroyed"), ("exhibit.state", "returned"), ("case.status", "void")],
)
def test_end_without_a_document_is_not_imported(db_session, field, state):
    profile = profiles.load_shipped()["ecrime-2010"]
    run = import_file(replace(profile, fixed=profile.fixed | {field: state}), SAMPLES / "ecrime-2010.csv")
    assert run.entered == 0 and not db.session.scalars(select(Exhibit)).all()
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.run_id == run.id)).first()
    assert (field, "V141") in {(one["field"], one["rule"]) for one in entry.problems}
