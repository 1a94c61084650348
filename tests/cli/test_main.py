"""The command line: help, user creation and setup."""

import pytest
from sqlalchemy import create_engine, text

from app import roles
from app.cli import main
from tests.locked_records import drop_lock_triggers

COMMANDS = (
    "serve",
    "demo",
    "migrate",
    "clean-up",
    "import",
    "duplicates",
    "create-user",
    "unlock-address",
    "roles",
    "audit",
    "records",
    "search",
    "find",
    "status",
    "deadlines",
    "translations",
    "dictionary",
    "test",
    "check",
    "bench",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as end:
        main.main([command, "--help"])
    assert end.value.code == 0
    result = capsys.readouterr().out
    assert f"run.py {command}" in result and len(result.splitlines()) > 4


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit):
        main.main(["--help"])
    result = capsys.readouterr().out
    assert all(f"    {command} " in result or f"    {command}\n" in result for command in COMMANDS)


def test_unknown_command_is_rejected(capsys):
    with pytest.raises(SystemExit) as end:
        main.main(["sevre"])
    assert end.value.code == 2 and "sevre" in capsys.readouterr().err


def test_roles_command_prints_table(capsys):
    main.main(["roles"])
    result = capsys.readouterr().out
    assert all(role in result for role in roles.TABLE) and len(roles.TABLE) == 14


def test_create_user_reads_password_from_stdin(run_command, tmp_path):
    result = run_command(
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
    assert result.returncode == 0, result.stderr
    assert "sok.dara" in result.stdout
    engine = create_engine(f"sqlite:///{tmp_path / 'register.db'}")
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT unit_code, password FROM ab_user WHERE username = 'sok.dara'")
        ).one()
        notices = connection.scalars(
            text("SELECT to_role FROM message WHERE text_key = 'staff.created' ORDER BY id")
        ).all()
    assert notices == ["Auditor", "Provincial chief"]
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
def test_create_user_with_invalid_value_fails_with_message(run_command, changed, given):
    refused = run_command(
        "create-user", "x", "--name", "សុខ", "--role", "Manager", "--unit", "PC-02", *changed, given=given
    )
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr and refused.stderr.strip()
    assert refused.stderr.isascii(), "a terminal seldom draws Khmer"


def test_create_user_rejects_existing_name(run_command):
    refused = run_command(
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


def test_unknown_environment_is_rejected(run_command):
    refused = run_command("migrate", ECRIME_ENV="live")
    assert refused.returncode == 1 and "demo or production" in refused.stderr


def test_demo_secret_is_created_once_and_private(run_command, tmp_path):
    run_command("migrate")
    key = tmp_path / "secret_key"
    first = key.read_text()
    assert len(first) > 32 and key.stat().st_mode & 0o777 == 0o600
    run_command("migrate")
    assert key.read_text() == first


@pytest.mark.slow
def test_migrate_creates_everything_once(run_command, tmp_path):
    empty = tmp_path / "new"
    result = run_command("migrate", data_dir=empty)
    assert result.returncode == 0, result.stderr
    assert "Creating or updating the tables" in result.stdout and "rows of place" in result.stdout
    again = run_command("migrate", data_dir=empty)
    assert "Creating" not in again.stdout and "rows of" not in again.stdout


def test_data_dictionary_is_current(run_command):
    assert run_command("dictionary", "--check").returncode == 0


def test_status_check_names_values_changed_by_sql(run_command, tmp_path):
    assert run_command("status", "check").returncode == 0
    engine = create_engine(f"sqlite:///{tmp_path / 'register.db'}")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO person (id, name, name_sort, sex, unidentified, recorded_at, changed_at, version)"
                " VALUES (7, 'x', 'x', 'M', 0, '2026-01-01 10:00', '2026-01-01 10:00', 1)"
            )
        )
        drop_lock_triggers(connection)
        connection.execute(
            text(
                "INSERT INTO person (id, name, name_sort, sex, unidentified, recorded_at, changed_at, version, deceased_on)"
                " VALUES (8, 'x', 'x', 'M', 0, '2026-01-01 10:00', '2026-01-01 10:00', 1, '2026-01-02')"
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
        connection.execute(text("DELETE FROM province_person WHERE person_id = 7"))
        connection.execute(
            text(
                "INSERT INTO active_deadline (entity, visible_to, ends_at, entity_id, person_id)"
                " VALUES ('custody', '02', '2026-01-01 10:00:00', 1, 7)"
            )
        )
    engine.dispose()
    checked = run_command("status", "check")
    assert checked.returncode == 1 and "P-0000007: stored wanted, computed none" in checked.stdout
    assert "1 dates of death differ" in checked.stdout
    assert "person 8: deceased_on 2026-01-02, computed None" in checked.stdout
    assert (
        "1 deadlines differ" in checked.stdout and "custody 1 until 2026-01-01 10:00:00, 02" in checked.stdout
    )
    assert "1 persons are missing from the list of a province" in checked.stdout
    assert "P-0000007: province 02" in checked.stdout


def test_deadlines_prints_result_of_every_job(run_command):
    result = run_command("deadlines")
    assert (result.returncode, sorted(result.stdout.splitlines())) == (
        0,
        [
            "break-glass reviews: 0",
            "certificates that expire: 0",
            "changed time limits: 0",
            "custody: 0",
            "diversions that end: 0",
            "ended retention periods: 0",
            "expired search tokens: 0",
            "investigations that are due: 0",
            "items of exhibits: 0",
            "items of loaded exhibits: 0",
            "letters: 0",
            "limitation of orders: 0",
            "mails: 0",
            "matches of reports: 0",
            "matches: 0",
            "notices that end: 0",
            "protected matches: 0",
            "protection orders that end: 0",
            "requests without an answer: 0",
            "results of jobs: 0",
            "series of cases: 0",
            "silent units: 0",
            "statistics of SQLite: 0",
            "statistics: 0",
            "tests that are over: 0",
        ],
    )
