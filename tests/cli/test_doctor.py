"""The command `doctor` names each fault with what to do, and changes nothing."""

import pytest

import config
from app.cli import doctor
from app.kernel.actor import SYSTEM
from app.kernel.audit import hash_chain
from app.kernel.audit.models import BACKUP_COMPLETED
from app.web import operations


def test_demo_without_a_backup_key_has_one_fault(run_command):
    run_command("audit", "anchor")
    found = run_command("doctor")
    assert found.returncode == 1 and "ok     tables" in found.stdout
    assert "FAULT  backup: ECRIME_BACKUP_PUBLIC_KEY is not set" in found.stdout
    assert found.stdout.count("FAULT") == 1 and "Traceback" not in found.stderr


def test_installation_with_a_key_needs_a_backup_of_the_last_two_days(run_command, tmp_path):
    run_command("audit", "anchor")
    key = run_command("backup-key", str(tmp_path / "key")).stdout.strip()
    missing = run_command("doctor", ECRIME_BACKUP_PUBLIC_KEY=key)
    assert "FAULT  backup: there was no complete backup yet" in missing.stdout, missing.stderr
    assert run_command("backup", str(tmp_path), ECRIME_BACKUP_PUBLIC_KEY=key).returncode == 0
    found = run_command("doctor", ECRIME_BACKUP_PUBLIC_KEY=key)
    assert "ok     backup" in found.stdout and found.returncode == 0, found.stdout + found.stderr


def test_old_backup_is_a_fault(app, monkeypatch, owner):
    monkeypatch.setattr(config, "BACKUP_PUBLIC_KEY", "age1example")
    monkeypatch.setattr(doctor, "_open_app", lambda: app)
    with owner.begin() as connection:
        old = hash_chain.build_entry(SYSTEM, BACKUP_COMPLETED)
        hash_chain.append_entries(connection, [old])
    monkeypatch.setattr(operations, "BACKUP_LATE", -1)
    with pytest.raises(SystemExit, match="0 days old"):
        doctor._check_backup()


def test_unreachable_database_ends_the_checks(run_command):
    found = run_command("doctor", ECRIME_DATABASE_URL="postgresql://x@127.0.0.1:1/none")
    assert found.returncode == 1 and "FAULT  database" in found.stdout
    assert "tables" not in found.stdout and "Traceback" not in found.stderr


def test_production_with_demo_settings_has_faults(run_command):
    found = run_command(
        "doctor", ECRIME_ENV="production", ECRIME_SECRET_KEY="weak", ECRIME_SECOND_FACTOR="offered"
    )
    assert found.returncode == 1
    for fault in ("secret", "settings", "accounts and roles of the database"):
        assert f"FAULT  {fault}: Not started: " in found.stdout
