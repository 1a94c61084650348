"""Passkeys: keys of a device as second factor, bound to this site, in addition to the codes of a telephone."""

import copy
import json

import pytest
from sqlalchemy import select, update

from app.accounts import passkeys, second_factor
from app.accounts.models import LoginSession, Passkey, RecoveryCode
from app.kernel.audit.recorder import AuditEvent
from tests.accounts.authenticator import Authenticator, read_options
from tests.accounts.login import (
    PASSWORD,
    backdate_sessions,
    enrol_second_factor,
    find_user,
    is_signed_in,
    open_signed_in_client,
    sign_in,
)
from tests.html_pages import Page

ADD, CODE = "/my-account/passkeys/add", "/sign-in/code"


def add_passkey(client, key, name="ទូរស័ព្ទ", **spoofed):
    answer = key.create(read_options(client.page(ADD)), **spoofed)
    return client.send(ADD, {"name": name, "passkey": answer})


@pytest.fixture
def key(app, db_session):
    """The passkey of the clerk, who has no telephone."""
    key = Authenticator()
    key.recovery_page = add_passkey(open_signed_in_client(app), key)
    return key


def open_pending_client(app):
    client = app.test_client()
    assert sign_in(client).location.startswith(CODE)
    return client


def count_keys(session):
    session.expire_all()
    return len(session.scalars(select(Passkey.id)).all())


def test_sign_in_with_passkey(app, key, db_session, each_database):
    client = open_pending_client(app)
    assert not is_signed_in(client)
    assert client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))}).status_code == 302
    assert is_signed_in(client)
    row = db_session.scalars(select(Passkey)).one()
    assert row.sign_count == 1 and row.used_at and row.host == "localhost"


def test_first_passkey_gives_recovery_codes_and_marks_session(app, key, db_session):
    page = Page.from_response(key.recovery_page)
    codes = [one.text for one in page.all("ul", css="codes")[0].all("li")]
    assert len(codes) == 10
    client = open_pending_client(app)
    client.send(CODE, {"code": codes[0]})
    assert is_signed_in(client)


def test_further_passkeys_have_names_and_keep_the_codes(app, key, db_session):
    codes = set(db_session.scalars(select(RecoveryCode.code_hash)))
    client = open_pending_client(app)
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))})
    other = Authenticator()
    assert add_passkey(client, other, name="Security key").location == "/my-account/"
    shown = client.page("/my-account/").text
    assert "ទូរស័ព្ទ" in shown and "Security key" in shown
    assert set(db_session.scalars(select(RecoveryCode.code_hash))) == codes
    excluded = read_options(client.page(ADD))["excludeCredentials"]
    assert len(excluded) == 2
    again = open_pending_client(app)
    again.send(CODE, {"passkey": other.get(read_options(again.page(CODE)))})
    assert is_signed_in(again)


FOREIGN = {
    "another origin": {"site": "http://localhost.evil.invalid"},
    "another port": {"site": "http://localhost:8081"},
    "another scheme": {"site": "https://localhost"},
    "another site's key": {"rp_id": "evil.invalid"},
}


@pytest.mark.parametrize("spoofed", FOREIGN.values(), ids=FOREIGN)
def test_passkey_of_another_origin_is_refused(app, key, db_session, spoofed, each_database):
    client = open_pending_client(app)
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)), **spoofed)})
    assert not is_signed_in(client)
    signed_in = open_signed_in_client(app, "clerk.pp")
    assert add_passkey(signed_in, Authenticator(), **spoofed).location == ADD
    assert count_keys(db_session) == 1


def key_options(app):
    return read_options(open_pending_client(app).page(CODE))


@pytest.mark.parametrize("host", ["evil.invalid", "127.0.0.1", "localhost.evil.invalid", "[::1]"])
def test_host_that_is_not_configured_has_no_passkeys(app, key, db_session, host):
    row, user = _last_session(db_session), find_user("clerk.bb")
    options = key_options(app)
    with app.test_request_context(CODE, base_url=f"https://{host}"):
        assert passkeys.get_host() is None and passkeys.build_add_options(user, row) == ""
        assert passkeys.build_use_options(user.id, row) == ""
        answer = key.get(options, site=f"https://{host}", rp_id=host)
        assert passkeys.use_passkey(user.id, row, answer) is None


def test_passkey_works_at_its_configured_host_only(app, db_session, monkeypatch):
    hosts = ["register.example", "copy.example"]
    monkeypatch.setitem(app.config, "FAB_SAFE_REDIRECT_HOSTS", hosts)
    open_signed_in_client(app)
    row, user, key = _last_session(db_session), find_user("clerk.bb"), Authenticator()
    with app.test_request_context("/", base_url="https://register.example"):
        options = json.loads(passkeys.build_add_options(user, row))
        answer = key.create(options, site="https://register.example")
        assert passkeys.add_passkey(user.id, row, "x", answer).host == "register.example"
        use = json.loads(passkeys.build_use_options(user.id, row))
    with app.test_request_context("/", base_url="https://copy.example"):
        assert passkeys.build_use_options(user.id, row) == ""
        assert passkeys.use_passkey(user.id, row, key.get(use, site="https://copy.example")) is None
    with app.test_request_context("/", base_url="https://register.example"):
        assert passkeys.use_passkey(user.id, row, key.get(use, site="https://register.example")) == "passkey"


def _last_session(session):
    return session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()


def test_answer_to_another_session_is_refused(app, key):
    stolen = key.get(key_options(app))
    client = open_pending_client(app)
    client.send(CODE, {"passkey": stolen})
    assert not is_signed_in(client)


def test_answer_works_once(app, key):
    client = open_pending_client(app)
    answer = key.get(read_options(client.page(CODE)))
    client.send(CODE, {"passkey": answer})
    assert is_signed_in(client)
    confirmed = client.send("/sign-in/confirm?next=/", {"password": PASSWORD, "passkey": answer})
    assert confirmed.status_code == 200


def test_copied_key_with_lower_count_is_refused(app, key):
    copied = copy.copy(key)
    client = open_pending_client(app)
    for _use in range(2):
        key.get(read_options(client.page(CODE)))
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))})
    assert is_signed_in(client)
    thief = open_pending_client(app)
    thief.send(CODE, {"passkey": copied.get(read_options(thief.page(CODE)))})
    assert not is_signed_in(thief)


def test_passkey_of_another_user_is_refused(app, key, db_session):
    other = Authenticator()
    add_passkey(open_signed_in_client(app, "clerk.pp"), other)
    client = open_pending_client(app)
    client.send(CODE, {"passkey": other.get(read_options(client.page(CODE)))})
    assert not is_signed_in(client)


def test_known_key_cannot_be_added_to_another_account(app, key, db_session):
    assert add_passkey(open_signed_in_client(app, "clerk.pp"), key).location == ADD
    assert count_keys(db_session) == 1


BAD_ANSWERS = ("x", "{}", "[]", "[" * 19_000, '{"id": 1}', "null", "x" * 30_000, '{"id": "é", "rawId": "é"}')


@pytest.mark.parametrize("answer", BAD_ANSWERS, ids=range(len(BAD_ANSWERS)))
def test_malformed_answer_is_refused_without_error(app, key, db_session, answer):
    client = open_pending_client(app)
    assert client.send(CODE, {"passkey": answer}).status_code == 200
    assert not is_signed_in(client)
    assert open_signed_in_client(app, "clerk.pp").send(ADD, {"passkey": answer}).status_code == 302
    assert count_keys(db_session) == 1


def test_five_wrong_answers_lock_the_name(app, key):
    client = open_pending_client(app)
    for _try in range(5):
        client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)), site="http://evil.invalid")})
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))})
    assert not is_signed_in(client)


def test_reauthentication_with_password_and_passkey(app, key):
    client = open_pending_client(app)
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))})
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    assert client.get(ADD).location.startswith("/sign-in/confirm")
    options = read_options(client.page("/sign-in/confirm"))
    assert client.send("/sign-in/confirm?next=/", {"passkey": key.get(options)}).status_code == 200
    options = read_options(client.page("/sign-in/confirm"))
    answer = {"password": PASSWORD, "passkey": key.get(options)}
    assert client.send("/sign-in/confirm?next=/", answer).status_code == 302
    assert client.get(ADD).status_code == 200


def test_removal_requires_fresh_password(app, key, db_session):
    client = open_pending_client(app)
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))})
    enrol_second_factor(client, "clerk.bb")
    pk = db_session.scalar(select(Passkey.id))
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    assert client.send(f"/my-account/passkeys/{pk}/remove").status_code == 403
    db_session.execute(update(LoginSession).values(authenticated_at=LoginSession.last_seen_at))
    db_session.commit()
    client.send(f"/my-account/passkeys/{pk}/remove")
    assert count_keys(db_session) == 0
    removed = db_session.scalars(select(AuditEvent).where(AuditEvent.action == "passkey.removed")).one()
    assert removed.facts["name"] == "ទូរស័ព្ទ"


def test_only_second_factor_cannot_be_removed(app, key, db_session):
    client = open_pending_client(app)
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))})
    client.send(f"/my-account/passkeys/{db_session.scalar(select(Passkey.id))}/remove")
    assert count_keys(db_session) == 1


def test_passkey_of_another_user_cannot_be_removed(app, key, db_session):
    other = open_signed_in_client(app, "clerk.pp")
    other.send(f"/my-account/passkeys/{db_session.scalar(select(Passkey.id))}/remove")
    assert count_keys(db_session) == 1


def test_reset_of_second_factor_removes_passkeys(app, key, db_session, each_database):
    second_factor.remove_second_factor(find_user("clerk.bb").id)
    db_session.commit()
    assert count_keys(db_session) == 0 and not db_session.scalars(select(RecoveryCode)).all()
    assert is_signed_in(open_signed_in_client(app))


def test_passkey_fulfils_the_required_second_factor(app, db_session):
    app.config["SECOND_FACTOR"] = "required"
    try:
        client = open_signed_in_client(app)
        assert client.get("/").location == "/my-account/second-factor"
        assert client.page("/my-account/second-factor").all("a", href=ADD)
        add_passkey(client, Authenticator())
        assert is_signed_in(client)
    finally:
        app.config["SECOND_FACTOR"] = "offered"


def test_telephone_can_be_added_to_passkey(app, key, db_session):
    client = open_pending_client(app)
    client.send(CODE, {"passkey": key.get(read_options(client.page(CODE)))})
    telephone, _page = enrol_second_factor(client, "clerk.bb")
    for proof in ("code", "passkey"):
        again = open_pending_client(app)
        page = again.page(CODE)
        again.send(CODE, {proof: telephone.code() if proof == "code" else key.get(read_options(page))})
        assert is_signed_in(again), proof
