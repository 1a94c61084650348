"""A restore that lost entries is tampering until an administrator and an auditor sign it, and is reported for ever."""

import pytest
from sqlalchemy import select

from app.accounts.demo_users import PASSWORD
from app.accounts.models import User
from app.backup import restored_system
from app.backup.restored_system import RestoreRefused
from app.extensions import db
from app.kernel.audit import anchors, recorder, verify_chain
from app.kernel.audit.verify_chain import TAMPERED, VALID


@pytest.fixture
def restored(register, db_session, owner, tmp_path, each_database):
    """Restore a copy that lacks the last three entries of the audit log. Return (connection, folder of the anchors)."""
    with owner.connect() as connection:
        anchors.write_anchor(connection, tmp_path)
    for number in range(3):
        recorder.record_now("access.viewed", "person", number)
    db_session.rollback()
    with owner.connect() as connection:
        anchors.write_anchor(connection, tmp_path)
    db_session.remove()
    register.app_engine.dispose()
    register.copy_template()
    with owner.connect() as connection:
        yield connection, tmp_path


@pytest.fixture
def officers(db_session):
    """Return an administrator and an auditor."""
    found = {
        one.username: one
        for one in db_session.scalars(select(User).where(User.username.in_(("admin", "auditor")))).unique()
    }
    return found["admin"], found["auditor"]


def verify(connection, folder):
    connection.rollback()
    verify_chain.begin_snapshot(connection)
    finding = verify_chain.verify_chain(connection, anchors.read_anchors(folder))
    connection.rollback()
    return finding


def record(connection, officers, folder):
    count = restored_system.record_restore(connection, *officers, "the disk of the server failed", folder)
    connection.commit()
    anchors.write_anchor(connection, folder, after_restore=True)
    connection.rollback()
    return count


def test_restore_is_tampering_until_two_people_sign(restored, officers):
    connection, folder = restored
    assert (verify(connection, folder).status, verify(connection, folder).kind) == (TAMPERED, "cut")
    assert record(connection, officers, folder) == 3
    found = verify(connection, folder)
    assert found.status == VALID and "lost by a restore" in str(found)


def test_log_and_anchors_continue_after_the_restore(restored, officers):
    connection, folder = restored
    record(connection, officers, folder)
    for number in range(5):  # beyond the lost entries, with the same numbers
        recorder.record_now("access.viewed", "person", number)
    db.session.rollback()
    assert anchors.write_anchor(connection, folder) is not None
    assert verify(connection, folder).status == VALID


def test_entries_written_before_the_signature_do_not_prevent_it(restored, officers):
    connection, folder = restored
    for number in range(5):  # the service was started first: new entries take the numbers of lost ones
        recorder.record_now("access.viewed", "person", number)
    db.session.rollback()
    assert verify(connection, folder).kind == "anchor"
    assert record(connection, officers, folder) == 3
    assert verify(connection, folder).status == VALID


def test_recorded_restore_explains_no_later_loss(restored, officers):
    connection, folder = restored
    record(connection, officers, folder)
    seq, digest = verify_chain.read_head(connection)
    with open(folder / anchors.FILE, "a") as file:
        file.write(f"{seq}\t{digest[::-1]}\t2026-01-01T00:00:00\n")
    assert verify(connection, folder).kind == "anchor"


def test_intact_log_has_nothing_to_sign(owner, officers, tmp_path, each_database):
    with owner.connect() as connection:
        anchors.write_anchor(connection, tmp_path)
        with pytest.raises(RestoreRefused, match="No entry is missing"):
            restored_system.record_restore(connection, *officers, "a reason of some length", tmp_path)


def test_two_accounts_of_one_person_do_not_sign(restored, officers, db_session):
    with db_session.no_autoflush, pytest.raises(RestoreRefused, match="share a telephone"):
        officers[0].phone = officers[1].phone = "012 345 678"
        restored_system.record_restore(restored[0], *officers, "a reason of some length", restored[1])
    db_session.rollback()


@pytest.mark.parametrize(
    ("username", "password", "role", "says"),
    [
        ("admin", "wrong", "Administrator", "is wrong"),
        ("clerk.bb", PASSWORD, "Administrator", "does not have the role"),
        ("nobody", PASSWORD, "Auditor", "is wrong"),
    ],
)
def test_signature_needs_password_and_role(app, username, password, role, says):
    with app.test_request_context(), pytest.raises(RestoreRefused, match=says):
        restored_system.authenticate_officer(username, password, "", role)


def test_right_password_signs(app):
    with app.test_request_context():
        assert (
            restored_system.authenticate_officer("admin", PASSWORD, "", "Administrator").username == "admin"
        )
