"""The practice system cannot reach another system: settings, cookies, database, numbers, files and tokens."""

import runpy
from io import BytesIO
from types import SimpleNamespace

import flask
import pytest
import sqlalchemy as sa

import config
from app.accounts import access_purpose
from app.cases import numbering
from app.cli import setup
from app.exports import watermark
from app.exports.models import Export
from app.kernel import system_kind
from app.kernel.actor import actor_of
from app.printouts import footer
from tests.corrections.steps import find_user

MARK = system_kind.PRACTICE_MARK


def read_config(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(config.ROOT / "config.py"))


@pytest.fixture
def practice(app, monkeypatch):
    monkeypatch.setitem(app.config, "IS_PRACTICE", True)


def test_settings_of_production_are_not_read(monkeypatch):
    shared = {
        "ECRIME_DATABASE_URL": "postgresql://x/real",
        "ECRIME_SECRET_KEY": "real",
        "ECRIME_SMTP_URL": "smtps://x",
        "ECRIME_PRACTICE_SMTP_URL": "smtps://y",
        "ECRIME_REDIS_URL": "redis://real",
    }
    practice = read_config(monkeypatch, ECRIME_ENV="practice", ECRIME_PRACTICE_PORT="9999", **shared)
    production = read_config(monkeypatch, ECRIME_ENV="production")
    assert practice["SQLALCHEMY_DATABASE_URI"].startswith("sqlite") and practice["PORT"] == 9999
    assert practice["SECRET_KEY"] == practice["REDIS_URL"] == practice["SIGN_IN_SETTINGS"] == ""
    assert practice["SMTP_URL"] == "" and production["SMTP_URL"]
    assert production["SECRET_KEY"] == "real"
    for name in (
        "DATA_DIR", "FILES_DIR", "SQLALCHEMY_DATABASE_URI", "SESSION_COOKIE_NAME", "AUDIT_KEY_FILE", "ANCHOR_DIR", "PORT",
        "STATISTICS_DIR",
    ):  # fmt: skip
        assert practice[name] != production[name], name


@pytest.mark.parametrize("stored", system_kind.KINDS)
@pytest.mark.parametrize("started", system_kind.KINDS)
def test_another_kind_is_refused(tmp_path, stored, started):
    engine = sa.create_engine(f"sqlite:///{tmp_path}/register.db")
    system_kind.check_kind(engine, started, is_new=True)
    system_kind.SystemKind.__table__.create(engine)
    system_kind.write_kind(engine, stored)
    system_kind.write_kind(engine, started)  # the first one stays
    if stored == started:
        system_kind.check_kind(engine, started, is_new=False)
    else:
        with pytest.raises(system_kind.OtherKind, match=stored):
            system_kind.check_kind(engine, started, is_new=False)
    engine.dispose()


def test_practice_does_not_start_on_an_older_database(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path}/register.db")
    with pytest.raises(system_kind.OtherKind):
        system_kind.check_kind(engine, "practice", is_new=False)
    system_kind.check_kind(engine, "production", is_new=False)
    engine.dispose()


def test_command_that_does_not_serve_names_only_a_new_database(db_session):
    setup.update_database()
    assert system_kind.read_kind(db_session.get_bind()) is None


def test_kind_cannot_be_changed(owner, each_database):
    with owner.connect() as connection:
        connection.execute(sa.insert(system_kind.SystemKind).values(id=1, kind="demo"))
        for statement in ("UPDATE system_kind SET kind = 'practice'", "DELETE FROM system_kind"):
            with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
                connection.execute(sa.text(statement))
        connection.rollback()


def test_cookie_and_token_of_practice_open_nothing(app, client):
    """The secret key differs, and the token is in another database."""
    signer = app.session_interface.get_signing_serializer(
        SimpleNamespace(config=app.config, secret_key="of practice")
    )
    cookie = signer.dumps({"_user_id": "1", "_fresh": True})
    for name in ("ecrime", "ecrime-practice"):
        client.set_cookie(name, cookie)
    assert client.get("/case/list/").status_code == 302
    token = {"Authorization": "Bearer ecrime_practice_token"}
    assert client.get("/api/v1/cases/", headers=token).status_code == 401


def test_case_numbers_begin_with_x(app, db_session, practice):
    number = numbering.next_number("120101", 2026)
    assert number.startswith("X12-2026-") and system_kind.is_from_practice(number)
    assert not system_kind.is_from_practice("12-2026-000001 1X02-2026-000001")


def test_banner_is_on_every_page(client, clerk, practice):
    assert MARK in clerk.page("/case/list/").text
    assert MARK in clerk.page("/help/").text and MARK in clerk.page("/no-such-page", 404).text
    assert MARK in client.get("/login/").text


def test_no_banner_elsewhere(clerk):
    assert MARK not in clerk.page("/help/").text
    assert clerk.get("/exercises/").status_code == 404


@pytest.mark.parametrize(
    "table",
    [
        f"# {MARK} · XE-000001\nឈ្មោះ,ភេទ\nសុខ,ប្រុស\n",
        "លេខសំណុំរឿង,ឈ្មោះ\nX12-2026-000001,សុខ\n",
        "ឈ្មោះ,XE-000007\nសុខ,XE-000007\n",
    ],
)
def test_export_of_practice_is_not_imported(client_as, table):
    officer = client_as("twg")
    form = {"file": (BytesIO(table.encode()), "rows.csv"), "profile": "people"}
    refused = officer.send("/import/add", form, content_type="multipart/form-data")
    assert refused.status_code == 422 and "V150" in refused.text


def test_number_of_practice_is_no_purpose(app, monkeypatch):
    with app.test_request_context():
        assert access_purpose.parse_purpose("investigation", "X12-2026-000001") is None
        monkeypatch.setitem(app.config, "IS_PRACTICE", True)
        assert access_purpose.parse_purpose("investigation", "X12-2026-000001") is not None


def test_export_and_printout_are_marked(app, db_session, practice):
    with app.test_request_context():
        flask.g.user = find_user("investigator.bb")
        export = Export(id=7, purpose="investigation", case_number="X12-2026-000001")
        assert system_kind.is_from_practice(watermark.format_line(export)) and export.serial == "XE-000007"
        texts = footer.build_frame_texts(flask.g.user, actor_of(db_session), "1-3FA9C2D1", "")
        assert texts["mark"] == MARK
