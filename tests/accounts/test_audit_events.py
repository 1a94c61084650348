"""Sign-in events are in the audit log with actor, session and address, and without the typed name."""

from sqlalchemy import select

from app.kernel.audit.recorder import AuditEvent
from tests.accounts.login import PASSWORD, enrol_second_factor, find_user, open_signed_in_client, sign_in


def list_actions(db_session):
    return list(db_session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def test_sign_in_and_sign_out_are_audited(app, db_session):
    client = open_signed_in_client(app)
    client.send("/logout/")
    rows = db_session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()[-2:]
    assert [row.action for row in rows] == ["sign_in.succeeded", "session.signed_out"]
    me = find_user("clerk.bb")
    assert {(row.actor_id, row.unit_code, row.address) for row in rows} == {(me.id, "PC-02", "127.0.0.1")}
    assert rows[0].session_ref == rows[1].session_ref != ""


def test_failed_and_locked_attempts_are_audited_as_refused(app, db_session):
    for _ in range(6):
        sign_in(app.test_client(), "clerk.bb", "wrong")
    rows = db_session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()[-6:]
    assert [row.action for row in rows] == ["sign_in.failed"] * 5 + ["sign_in.locked"]
    assert {row.outcome for row in rows} == {"refused"}


def test_unknown_user_name_is_audited_without_name(app, db_session):
    sign_in(app.test_client(), "somebodys.password", "wrong")
    row = db_session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (row.action, row.actor_id) == ("sign_in.failed", None)


def test_own_account_actions_are_audited(app, db_session):
    client = open_signed_in_client(app)
    telephone, _page = enrol_second_factor(client, "clerk.bb")
    client.send("/my-account/tokens", {"name": "Statistics", "days": "30"})
    signed_in_elsewhere = app.test_client()
    sign_in(signed_in_elsewhere)
    signed_in_elsewhere.send("/sign-in/code", {"code": "000000"})
    signed_in_elsewhere.send("/sign-in/code", {"code": telephone.code()})
    client.send("/my-account/sessions/end-others")
    new = "four plain words here"
    client.send("/resetmypassword/form", {"old_password": PASSWORD, "password": new, "conf_password": new})
    recorded = list_actions(db_session)
    for action in (
        "second_factor.enabled",
        "token.created",
        "second_factor.failed",
        "session.ended",
        "password.changed",
    ):
        assert recorded.count(action) == 1, action
