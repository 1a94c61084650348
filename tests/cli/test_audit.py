"""The commands `audit` and `records`: their findings, exit codes and production checks."""

import sqlite3

import pytest

from tests.cli.test_production import GOOD_KEY

REASON = "the tables were mended by hand, letter 12/26"


# All triggers except the one that stores log entries, without which nothing can be written.
GUARD_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name <> 'audit_entry_added'"


@pytest.fixture
def run_sql(tmp_path):
    """Run SQL on the test database as someone with access to its file."""

    def run(*statements):
        with sqlite3.connect(tmp_path / "register.db") as connection:
            triggers = connection.execute(GUARD_TRIGGERS).fetchall()
            for (name,) in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return run


def test_verify_succeeds_only_with_anchor(run_command):
    unproved = run_command("audit", "verify")
    assert unproved.returncode == 2 and "no anchor" in unproved.stderr and "OK" not in unproved.stderr
    assert run_command("audit", "anchor").returncode == 0
    proved = run_command("audit", "verify")
    assert (proved.returncode, proved.stdout[:3]) == (0, "OK:"), proved.stderr


def test_verify_names_first_tampered_row(run_command, run_sql):
    run_command("audit", "anchor")
    run_sql(
        "UPDATE audit_event SET actor_id = 9 WHERE seq = 3",
        "UPDATE audit_event SET actor_id = 9 WHERE seq = 5",
    )
    found = run_command("audit", "verify")
    assert found.returncode == 1 and "TAMPERED: row 3 (hash)" in found.stderr


def test_recorded_verification_reaches_the_log(run_command, run_sql, tmp_path):
    run_command("audit", "anchor")
    assert run_command("audit", "verify", "--record").returncode == 0
    run_sql("UPDATE audit_event SET actor_id = 9 WHERE seq = 3")
    assert run_command("audit", "verify", "--record").returncode == 1
    with sqlite3.connect(tmp_path / "register.db") as connection:
        found = "SELECT outcome, entity_id FROM audit_event WHERE action = 'audit.verified' ORDER BY seq"
        assert connection.execute(found).fetchall() == [("ok", None), ("alarm", 3)]
    connection.close()


def test_verify_without_key_or_anchors_proves_nothing(run_command, tmp_path):
    run_command("audit", "anchor")
    no_key = run_command("audit", "verify", ECRIME_AUDIT_KEY_FILE=str(tmp_path / "another"))
    no_anchors = run_command("audit", "verify", "--anchors", str(tmp_path / "nowhere"))
    for unproved in (no_key, no_anchors):
        assert unproved.returncode == 2 and "NOT PROVED" in unproved.stderr
        assert "OK" not in unproved.stdout + unproved.stderr and "Traceback" not in unproved.stderr


def test_migrate_with_other_audit_key_fails(run_command, tmp_path):
    refused = run_command("migrate", ECRIME_AUDIT_KEY_FILE=str(tmp_path / "another"))
    assert refused.returncode == 1 and "another key" in refused.stderr


@pytest.mark.slow
def test_records_verify_names_changed_rows_until_sealed(run_command, run_sql):
    few = ("--cases", "5", "--persons", "10", "--orders", "2", "--custody", "0")
    assert run_command("demo", *few).returncode == 0
    assert run_command("records", "verify").returncode == 0
    run_sql("UPDATE person SET father_name = 'X' WHERE id = 4", "DELETE FROM person_document WHERE id = 1")
    found = run_command("records", "verify")
    assert found.returncode == 1
    assert "person 4 was changed" in found.stdout and "person_document 1 was deleted" in found.stdout
    assert "TAMPERED: 2 records" in found.stderr
    assert "20 characters" in run_command("records", "rehash", "--reason", "so").stderr
    assert run_command("records", "rehash", "--reason", REASON).returncode == 0
    assert run_command("records", "verify").returncode == 0


def test_audit_clock_needs_reason_and_keeps_log_valid(run_command, run_sql):
    run_command("audit", "anchor")
    assert run_command("audit", "clock", "--reason", "it was late").returncode == 1
    assert run_command("audit", "clock", "--reason", REASON).returncode == 0
    assert run_command("audit", "verify").returncode == 0


# Production checks

PRODUCTION = {"ECRIME_ENV": "production", "ECRIME_SECRET_KEY": GOOD_KEY}


@pytest.mark.parametrize("name", ["ECRIME_AUDIT_KEY_FILE", "ECRIME_ANCHOR_DIR"])
def test_production_needs_audit_files_outside_data(run_command, tmp_path, name):
    for value in ("", str(tmp_path / "inside")):
        refused = run_command("migrate", **PRODUCTION | {name: value})
        assert refused.returncode == 1 and name in refused.stderr and "outside" in refused.stderr


def test_production_without_audit_key_does_not_start(run_command, tmp_path_factory):
    missing = tmp_path_factory.mktemp("keys") / "key"
    refused = run_command("migrate", **PRODUCTION, ECRIME_AUDIT_KEY_FILE=str(missing))
    assert refused.returncode == 1 and "token_urlsafe" in refused.stderr and not missing.exists()


def test_production_with_readable_audit_key_does_not_start(run_command, tmp_path_factory):
    open_to_all = tmp_path_factory.mktemp("keys") / "key"
    open_to_all.write_text("k" * 40)
    open_to_all.chmod(0o644)
    refused = run_command("migrate", **PRODUCTION, ECRIME_AUDIT_KEY_FILE=str(open_to_all))
    assert refused.returncode == 1 and "chmod 600" in refused.stderr


def test_production_without_anchor_folder_does_not_start(run_command, tmp_path_factory):
    nowhere = tmp_path_factory.mktemp("anchors") / "gone"
    refused = run_command("migrate", **PRODUCTION, ECRIME_ANCHOR_DIR=str(nowhere))
    assert refused.returncode == 1 and "ECRIME_ANCHOR_DIR" in refused.stderr
