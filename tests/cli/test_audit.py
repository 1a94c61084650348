"""The commands that prove the log and the records say what they found, and end with a number that a job can read."""

import sqlite3

import pytest

from tests.cli.test_main import GOOD_KEY

WHY = "the tables were mended by hand, letter 12/26"


# All triggers but the one that takes the entries of the log: without it nobody writes any more.
GUARDS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name <> 'audit_entry_added'"


@pytest.fixture
def by_hand(tmp_path):
    """Run SQL on the register of the door as whoever holds its file."""

    def run(*statements):
        with sqlite3.connect(tmp_path / "register.db") as connection:
            triggers = connection.execute(GUARDS).fetchall()
            for (name,) in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return run


def test_a_log_is_proved_once_it_is_anchored(door):
    unproved = door("audit", "verify")
    assert unproved.returncode == 2 and "no anchor" in unproved.stderr and "OK" not in unproved.stderr
    assert door("audit", "anchor").returncode == 0
    proved = door("audit", "verify")
    assert (proved.returncode, proved.stdout[:3]) == (0, "OK:"), proved.stderr


def test_a_log_that_was_tampered_with_is_told_with_its_first_bad_row(door, by_hand):
    door("audit", "anchor")
    by_hand(
        "UPDATE audit_event SET actor_id = 9 WHERE seq = 3",
        "UPDATE audit_event SET actor_id = 9 WHERE seq = 5",
    )
    found = door("audit", "verify")
    assert found.returncode == 1 and "TAMPERED: row 3 (hash)" in found.stderr


def test_without_its_key_or_its_anchors_nothing_is_proved(door, tmp_path):
    door("audit", "anchor")
    no_key = door("audit", "verify", ECRIME_AUDIT_KEY_FILE=str(tmp_path / "another"))
    no_anchors = door("audit", "verify", "--anchors", str(tmp_path / "nowhere"))
    for unproved in (no_key, no_anchors):
        assert unproved.returncode == 2 and "NOT PROVED" in unproved.stderr
        assert "OK" not in unproved.stdout + unproved.stderr and "Traceback" not in unproved.stderr


def test_a_register_does_not_start_with_the_key_of_another(door, tmp_path):
    refused = door("migrate", ECRIME_AUDIT_KEY_FILE=str(tmp_path / "another"))
    assert refused.returncode == 1 and "another key" in refused.stderr


def test_a_record_changed_by_hand_is_named_until_it_is_sealed_as_it_is(door, by_hand):
    assert door("demo", "--cases", "5", "--persons", "10").returncode == 0
    assert door("records", "verify").returncode == 0
    by_hand("UPDATE person SET father_name = 'X' WHERE id = 4", "DELETE FROM person_document WHERE id = 1")
    found = door("records", "verify")
    assert found.returncode == 1
    assert "person 4 was changed" in found.stdout and "person_document 1 was deleted" in found.stdout
    assert "TAMPERED: 2 records" in found.stderr
    assert "twenty" in door("records", "seal", "--because", "so").stderr
    assert door("records", "seal", "--because", WHY).returncode == 0
    assert door("records", "verify").returncode == 0


def test_a_clock_that_had_been_ahead_is_said_and_the_log_goes_on(door, by_hand):
    door("audit", "anchor")
    assert door("audit", "clock", "--because", "it was late").returncode == 1
    assert door("audit", "clock", "--because", WHY).returncode == 0
    assert door("audit", "verify").returncode == 0


# What production must not start with

PRODUCTION = {"ECRIME_ENV": "production", "ECRIME_SECRET_KEY": GOOD_KEY}


@pytest.mark.parametrize("name", ["ECRIME_AUDIT_KEY_FILE", "ECRIME_ANCHOR_DIR"])
def test_production_keeps_the_key_and_the_anchors_outside_the_data(door, tmp_path, name):
    for value in ("", str(tmp_path / "inside")):
        refused = door("migrate", **PRODUCTION | {name: value})
        assert refused.returncode == 1 and name in refused.stderr and "outside" in refused.stderr


def test_production_does_not_start_without_the_key(door, tmp_path_factory):
    missing = tmp_path_factory.mktemp("keys") / "key"
    refused = door("migrate", **PRODUCTION, ECRIME_AUDIT_KEY_FILE=str(missing))
    assert refused.returncode == 1 and "token_urlsafe" in refused.stderr and not missing.exists()


def test_production_does_not_start_with_a_key_that_others_may_read(door, tmp_path_factory):
    open_to_all = tmp_path_factory.mktemp("keys") / "key"
    open_to_all.write_text("k" * 40)
    open_to_all.chmod(0o644)
    refused = door("migrate", **PRODUCTION, ECRIME_AUDIT_KEY_FILE=str(open_to_all))
    assert refused.returncode == 1 and "chmod 600" in refused.stderr


def test_production_does_not_start_where_no_anchor_can_be_written(door, tmp_path_factory):
    nowhere = tmp_path_factory.mktemp("anchors") / "gone"
    refused = door("migrate", **PRODUCTION, ECRIME_ANCHOR_DIR=str(nowhere))
    assert refused.returncode == 1 and "ECRIME_ANCHOR_DIR" in refused.stderr
