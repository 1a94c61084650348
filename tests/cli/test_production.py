"""Production starts only with safe settings, and only the service's user can read its files."""

import stat

import pytest
from sqlalchemy import create_engine, text

from app import create_app
from app.accounts import demo_users
from app.accounts.models import User
from app.cli import production
from app.extensions import db
from tests.accounts.login import find_user

GOOD_KEY = "zT3kQ9vLrX2mN7bW4cJ8hY5gF1dS6pAoUeIi"
PRODUCTION = {"ECRIME_ENV": "production", "ECRIME_SECRET_KEY": GOOD_KEY}
SERVICE = PRODUCTION | {"ECRIME_HOSTS": "register.example.gov.kh", "ECRIME_TRUSTED_PROXIES": "1"}
# A worker whose parent has another number ends at once, after the checks.
ENDS_AT_ONCE = ("worker", "--parent-pid", "1")


@pytest.fixture
def without_demo_users(tmp_path, run_command):
    """The test database without demo users, as in production."""
    engine = create_engine(f"sqlite:///{tmp_path / 'register.db'}")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM login_session"))
        connection.execute(text("DELETE FROM ab_user_role"))
        connection.execute(text("DELETE FROM ab_user"))
    engine.dispose()


def test_production_with_weak_secret_does_not_start(run_command, without_demo_users):
    for key in ("", "a" * 64):
        refused = run_command("migrate", **PRODUCTION | {"ECRIME_SECRET_KEY": key})
        assert refused.returncode == 1
        assert "ECRIME_SECRET_KEY" in refused.stderr and "token_urlsafe" in refused.stderr


@pytest.mark.parametrize(
    "key",
    [
        "",
        "secret",
        "a" * 64,
        "changeme" * 8,
        "abcdefghijklmnopqrstuvwxyzABCDEF",
        "zyxwvutsrqponmlkjihgfedcba987654",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "MySecretKey2026-MySecretKey2026-x",
    ],
)
def test_guessable_secret_is_weak(key):
    assert production.is_weak_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "wc3m0pCyPLjnKRD7Kz2f3TRjmvqVxEXa1zDqvV0uQZ6m4PSgk5sYtNhUE8oLbIW9",
        "9f1c0b7de42a5386fa03c1d97be85420617fd3ca98b4e205f36d8c417ba0592e",
        "0d4f7a52-93be-4c18-a6f1-7e20c9b853d4",
    ],
    ids=["URL-safe", "hexadecimal", "UUID"],
)
def test_random_secret_is_strong(key):
    assert not production.is_weak_secret(key)


def test_production_with_demo_accounts_does_not_start(run_command):
    refused = run_command("migrate", **PRODUCTION)
    assert refused.returncode == 1
    assert (
        f"{len(demo_users.USERS)} demo accounts" in refused.stderr and "ECRIME_DATABASE_URL" in refused.stderr
    )


def test_production_gets_no_demo_data_and_no_demo_users(run_command, tmp_path, without_demo_users):
    """The accounts of the demo have a public password, and two of them are administrators."""
    refused = run_command(
        "demo", "--cases", "0", "--persons", "0", "--orders", "0", "--custody", "0", **SERVICE
    )
    assert refused.returncode == 1 and "only a demo system" in refused.stderr
    engine = create_engine(f"sqlite:///{tmp_path / 'register.db'}")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ab_user")) == 0
    engine.dispose()


def test_renamed_demo_account_is_found_by_its_password(app, db_session):
    """An account of a demo keeps its password under another name and address."""
    for user in db_session.query(User):
        user.email = f"{user.username}@police.invalid"
    find_user("admin").username = "sok.dara"
    find_user("manager").password = find_user("manager").password + "0"
    db_session.commit()
    assert not demo_users.list_demo_users()
    found = demo_users.list_renamed_demo_users()
    assert "sok.dara" in found and "manager" not in found


def test_production_starts_with_strong_secret(run_command, without_demo_users):
    started = run_command("migrate", **PRODUCTION)
    assert started.returncode == 0, started.stderr


@pytest.mark.slow
def test_service_starts_with_safe_settings(run_command, without_demo_users):
    started = run_command(*ENDS_AT_ONCE, **SERVICE)
    assert started.returncode == 0, started.stderr


@pytest.mark.parametrize("command", [ENDS_AT_ONCE, ("serve",)], ids=["worker", "serve"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("ECRIME_SECOND_FACTOR", "offered"), ("ECRIME_HOSTS", ""), ("ECRIME_TRUSTED_PROXIES", "0")],
)
def test_service_with_unsafe_setting_does_not_start(run_command, without_demo_users, command, name, value):
    refused = run_command(*command, **SERVICE | {name: value})
    assert refused.returncode == 1 and name in refused.stderr


def test_service_with_limits_switched_off_does_not_start(run_command, without_demo_users):
    off = {
        "ECRIME_DAILY_PEOPLE": "off",
        "ECRIME_QUESTIONS_PER_MINUTE": "0",
        "ECRIME_ITEM_NUMBERS_PER_MINUTE": "0",
        "ECRIME_SESSIONS": "0",
        "ECRIME_DRAFTS": "0",
        "ECRIME_UPLOAD_MEGABYTES": "0",
    }
    refused = run_command("serve", **SERVICE | off)
    assert refused.returncode == 1 and all(name in refused.stderr for name in off)


def test_service_with_role_that_owns_tables_does_not_start(app, owner, each_database):
    production.refuse_table_owner(app)
    url = owner.url.render_as_string(hide_password=False)
    other = create_app(SECRET_KEY=GOOD_KEY, SQLALCHEMY_DATABASE_URI=url)
    if each_database == "sqlite":  # which has no roles
        production.refuse_table_owner(other)
        return
    with pytest.raises(SystemExit, match="CREATE ROLE ecrime_app"):
        production.refuse_table_owner(other)
    with other.app_context():
        db.engine.dispose()


# Files


def modes_of(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


@pytest.mark.slow
def test_commands_write_files_for_the_service_user_only(run_command, tmp_path):
    folder = tmp_path / "new"
    assert run_command("migrate", data_dir=folder).returncode == 0
    modes = modes_of(folder)
    assert {"new", "register.db", "setup.lock", "secret_key"} <= set(modes)
    assert not {name: oct(mode) for name, mode in modes.items() if mode & 0o077}


@pytest.mark.parametrize("name", [".", "register.db-shm", "setup.lock"])
def test_production_with_readable_file_does_not_start(run_command, without_demo_users, tmp_path, name):
    """A lock of another local user on the -shm file would stop all writing."""
    assert run_command("migrate", **PRODUCTION).returncode == 0
    path = tmp_path / name
    path.touch()
    path.chmod(path.stat().st_mode | 0o044)
    refused = run_command("migrate", **PRODUCTION)
    assert refused.returncode == 1 and f"chmod -R go= {tmp_path}" in refused.stderr


def test_production_with_readable_database_elsewhere_does_not_start(
    run_command, without_demo_users, tmp_path, tmp_path_factory
):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "ecrime.db"
    (tmp_path / "register.db").rename(elsewhere)
    elsewhere.chmod(0o640)
    refused = run_command("migrate", **PRODUCTION, ECRIME_DATABASE_URL=f"sqlite:///{elsewhere}")
    assert refused.returncode == 1 and f"chmod -R go= {elsewhere}" in refused.stderr
    elsewhere.chmod(0o600)
    started = run_command("migrate", **PRODUCTION, ECRIME_DATABASE_URL=f"sqlite:///{elsewhere}")
    assert started.returncode == 0, started.stderr
