"""The one door: every command explains itself, makes users, and refuses what production must not start with."""

import pytest
from sqlalchemy import create_engine, text

from app import roles
from app.accounts import demo_users
from app.cli import main

COMMANDS = (
    "serve",
    "demo",
    "migrate",
    "sweep",
    "duplicates",
    "create-user",
    "roles",
    "audit",
    "records",
    "search",
    "find",
    "status",
    "clocks",
    "words",
    "dictionary",
    "test",
    "check",
    "bench",
)
GOOD_KEY = "zT3kQ9vLrX2mN7bW4cJ8hY5gF1dS6pAoUeIi"


@pytest.fixture
def without_demo_users(tmp_path, door):
    """The register of the door as production would have it."""
    engine = create_engine(f"sqlite:///{tmp_path / 'register.db'}")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM sign_in"))
        connection.execute(text("DELETE FROM ab_user_role"))
        connection.execute(text("DELETE FROM ab_user"))
    engine.dispose()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as end:
        main.main([command, "--help"])
    assert end.value.code == 0
    told = capsys.readouterr().out
    assert f"run.py {command}" in told and len(told.splitlines()) > 4


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main.main(["--help"])
    told = capsys.readouterr().out
    assert all(f"    {command} " in told or f"    {command}\n" in told for command in COMMANDS)


def test_a_word_that_is_no_command_is_told(capsys):
    with pytest.raises(SystemExit) as end:
        main.main(["sevre"])
    assert end.value.code == 2 and "sevre" in capsys.readouterr().err


def test_the_table_of_roles_can_be_printed(capsys):
    main.main(["roles"])
    told = capsys.readouterr().out
    assert all(role in told for role in roles.TABLE) and len(roles.TABLE) == 14


def test_a_user_is_created_with_a_password_from_standard_input(door, tmp_path):
    made = door(
        "create-user",
        "sok.dara",
        "--name",
        "សុខ ដារ៉ា",
        "--role",
        "Manager",
        "--unit",
        "PC-02",
        given="four plain words here\n",
    )
    assert made.returncode == 0, made.stderr
    assert "sok.dara" in made.stdout
    engine = create_engine(f"sqlite:///{tmp_path / 'register.db'}")
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT unit_code, password FROM ab_user WHERE username = 'sok.dara'")
        ).one()
    engine.dispose()
    kind, cost, *_rest = row.password.split("$")[0].split(":")
    assert row.unit_code == "PC-02" and kind == "scrypt" and int(cost) >= 2**15


@pytest.mark.parametrize(
    ("changed", "given"),
    [
        (("--role", "King"), "four plain words here\n"),
        (("--unit", "PC-99"), "four plain words here\n"),
        (("--role", "Manager"), "short\n"),
    ],
    ids=["an unknown role", "an unknown unit", "a short password"],
)
def test_a_user_who_cannot_be_is_refused_with_a_sentence(door, changed, given):
    refused = door(
        "create-user", "x", "--name", "សុខ", "--role", "Manager", "--unit", "PC-02", *changed, given=given
    )
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr and refused.stderr.strip()
    assert refused.stderr.isascii(), "a terminal seldom draws Khmer"


def test_a_user_is_not_created_twice(door):
    refused = door(
        "create-user",
        "manager",
        "--name",
        "សុខ",
        "--role",
        "Manager",
        "--unit",
        "PC-02",
        given="four plain words here\n",
    )
    assert refused.returncode == 1 and "manager" in refused.stderr and "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "key", ["", "secret", "a" * 64, "changeme" * 8], ids=["no key", "short", "one letter", "few letters"]
)
def test_production_does_not_start_with_a_weak_secret(door, without_demo_users, key):
    refused = door("migrate", ECRIME_ENV="production", ECRIME_SECRET_KEY=key)
    assert refused.returncode == 1
    assert "ECRIME_SECRET_KEY" in refused.stderr and "token_urlsafe" in refused.stderr


def test_production_does_not_start_with_demo_accounts(door):
    refused = door("migrate", ECRIME_ENV="production", ECRIME_SECRET_KEY=GOOD_KEY)
    assert refused.returncode == 1
    assert (
        f"{len(demo_users.USERS)} demo accounts" in refused.stderr and "ECRIME_DATABASE_URL" in refused.stderr
    )


def test_production_starts_with_a_good_secret_and_no_demo_account(door, without_demo_users):
    started = door("migrate", ECRIME_ENV="production", ECRIME_SECRET_KEY=GOOD_KEY)
    assert started.returncode == 0, started.stderr


def test_an_environment_that_is_neither_is_refused(door):
    refused = door("migrate", ECRIME_ENV="live")
    assert refused.returncode == 1 and "demo or production" in refused.stderr


def test_the_key_of_the_demo_is_made_once_and_nobody_else_may_read_it(door, tmp_path):
    door("migrate")
    key = tmp_path / "secret_key"
    first = key.read_text()
    assert len(first) > 32 and key.stat().st_mode & 0o777 == 0o600
    door("migrate")
    assert key.read_text() == first


def test_from_nothing_everything_is_made(door, tmp_path):
    empty = tmp_path / "new"
    made = door("migrate", data_dir=empty)
    assert made.returncode == 0, made.stderr
    assert "Making the tables" in made.stdout and "rows of place" in made.stdout
    again = door("migrate", data_dir=empty)
    assert "Making" not in again.stdout and "rows of" not in again.stdout


def test_a_stale_dictionary_is_told(door):
    assert door("dictionary", "--check").returncode == 0


def test_a_status_a_clock_and_a_list_that_were_changed_past_the_register_are_named(door, tmp_path):
    assert door("status", "check").returncode == 0
    engine = create_engine(f"sqlite:///{tmp_path / 'register.db'}")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO person (id, name, name_sort, sex, unidentified, recorded_at, changed_at, version)"
                " VALUES (7, 'x', 'x', 'M', 0, '2026-01-01 10:00', '2026-01-01 10:00', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO person_status (person_id, status, entity, entity_id)"
                " VALUES (7, 'wanted', 'court_order', 1)"
            )
        )
        connection.execute(
            text("INSERT INTO visibility (person_id, province_code, hidden) VALUES (7, '02', 0)")
        )
        connection.execute(text("DELETE FROM province_list WHERE person_id = 7"))
        connection.execute(
            text(
                "INSERT INTO open_clock (entity, seen_by, ends_at, entity_id, person_id)"
                " VALUES ('custody', '02', '2026-01-01 10:00:00', 1, 7)"
            )
        )
    engine.dispose()
    checked = door("status", "check")
    assert checked.returncode == 1 and "P-0000007: stored wanted, computed none" in checked.stdout
    assert "1 clocks differ" in checked.stdout and "custody 1 until 2026-01-01 10:00:00, 02" in checked.stdout
    assert "1 persons are missing in the list of a province" in checked.stdout
    assert "P-0000007: province 02" in checked.stdout


def test_the_clocks_of_every_feature_say_what_they_have_done(door):
    told = door("clocks")
    assert (told.returncode, sorted(told.stdout.splitlines())) == (
        0,
        ["custody: 0", "hits: 0", "results of jobs: 0", "searches that were kept: 0"],
    )
