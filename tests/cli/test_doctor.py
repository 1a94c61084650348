"""The command `doctor` names each fault with what to do, and changes nothing."""


def test_demo_without_a_backup_key_has_one_fault(run_command):
    run_command("audit", "anchor")
    found = run_command("doctor")
    assert found.returncode == 1 and "ok     tables" in found.stdout
    assert "FAULT  backup: ECRIME_BACKUP_PUBLIC_KEY is not set" in found.stdout
    assert found.stdout.count("FAULT") == 1 and "Traceback" not in found.stderr


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
