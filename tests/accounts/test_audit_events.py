"""Every act of signing in stands in the trace, with its actor, session and address, and no name that was typed."""

from sqlalchemy import select

from app.kernel.audit.recorder import AuditEvent
from tests.accounts.login import PASSWORD, enrol, sign_in, signed_in, user_named


def actions(db_session):
    return list(db_session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def test_coming_and_going_are_told(app, db_session):
    client = signed_in(app)
    client.send("/logout/")
    rows = db_session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()[-2:]
    assert [row.action for row in rows] == ["signin.ok", "signout"]
    me = user_named("clerk.bb")
    assert {(row.actor_id, row.unit_code, row.address) for row in rows} == {(me.id, "PC-02", "127.0.0.1")}
    assert rows[0].session_mark == rows[1].session_mark != ""


def test_wrong_and_locked_tries_are_told_as_refused(app, db_session):
    for _ in range(6):
        sign_in(app.test_client(), "clerk.bb", "wrong")
    rows = db_session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()[-6:]
    assert [row.action for row in rows] == ["signin.failed"] * 5 + ["signin.locked"]
    assert {row.outcome for row in rows} == {"refused"}


def test_an_unknown_name_is_told_without_the_name(app, db_session):
    sign_in(app.test_client(), "somebodys.password", "wrong")
    row = db_session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (row.action, row.actor_id) == ("signin.failed", None)


def test_what_a_user_does_with_his_account_is_told(app, db_session):
    client = signed_in(app)
    telephone, _page = enrol(client, "clerk.bb")
    client.send("/my-account/tokens", {"name": "Statistics", "days": "30"})
    signed_in_elsewhere = app.test_client()
    sign_in(signed_in_elsewhere)
    signed_in_elsewhere.send("/sign-in/code", {"code": "000000"})
    signed_in_elsewhere.send("/sign-in/code", {"code": telephone.code()})
    client.send("/my-account/sessions/end-others")
    new = "four plain words here"
    client.send("/resetmypassword/form", {"old_password": PASSWORD, "password": new, "conf_password": new})
    told = actions(db_session)
    for action in (
        "secondfactor.on",
        "token.made",
        "secondfactor.failed",
        "session.ended",
        "password.changed",
    ):
        assert told.count(action) == 1, action
