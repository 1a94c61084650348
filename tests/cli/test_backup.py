"""The commands `backup-key`, `backup`, `restore` and `drill`."""

import pytest

from app.cli import backup


@pytest.fixture
def archive(run_command, tmp_path):
    """Return (path of an archive of the prepared system, file of its private key)."""
    made = run_command("backup-key", str(tmp_path / "key"))
    (tmp_path / "disk").mkdir()
    run_command("audit", "anchor")
    done = run_command("backup", str(tmp_path / "disk"), ECRIME_BACKUP_PUBLIC_KEY=made.stdout.strip())
    assert done.returncode == 0, done.stderr
    return next((tmp_path / "disk").glob("*.age")), tmp_path / "key"


@pytest.mark.slow
def test_drill_restores_and_verifies_the_newest_archive(run_command, archive, tmp_path):
    path, key = archive
    path.with_name("ecrime-20200101-000000.tar.age").write_bytes(b"an older one, damaged")
    result = tmp_path / "ecrime.prom"
    drilled = run_command("drill", str(path.parent), "--key-file", str(key), "--metrics", str(result))
    assert drilled.returncode == 0, drilled.stderr
    assert "was restored and verified" in drilled.stdout
    ok, written = result.read_text().splitlines()
    assert ok == f"{backup.DRILL_OK} 1"
    name, _blank, at = written.partition(" ")
    assert name == backup.DRILL_ARCHIVE and abs(float(at) - path.stat().st_mtime) < 60


@pytest.mark.slow
def test_sqlite_archive_moves_into_an_empty_postgresql_database(run_command, archive, registers, tmp_path):
    path, key = archive
    url = registers("postgresql").make_other(filled=False)
    words = "restore", str(path), "--key-file", str(key), "--database", url, "--into"
    restored = run_command(*words, str(tmp_path / "data"))
    assert restored.returncode == 0, restored.stderr
    assert "rows were moved to PostgreSQL" in restored.stdout
    assert not (tmp_path / "data" / "register.db").exists()
    again = run_command(*words, str(tmp_path / "again"))
    assert again.returncode == 1 and "Name an empty one" in again.stderr


def test_failed_drill_says_so_in_its_metrics(run_command, tmp_path):
    result = tmp_path / "ecrime.prom"
    for archive in (tmp_path, tmp_path / "missing.tar.age"):
        refused = run_command("drill", str(archive), "--key-file", "none", "--metrics", str(result))
        assert refused.returncode == 1 and "Not restored" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert result.read_text() == f"{backup.DRILL_OK} 0\n"
        assert result.stat().st_mode & 0o777 == 0o644
        result.unlink()


def test_restore_never_overwrites(run_command, archive, tmp_path):
    path, key = archive
    refused = run_command("restore", str(path), "--key-file", str(key), "--into", str(tmp_path))
    assert refused.returncode == 1 and "is not empty" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_wrong_key_is_refused(run_command, archive, tmp_path):
    run_command("backup-key", str(tmp_path / "another"))
    refused = run_command("drill", str(archive[0]), "--key-file", str(tmp_path / "another"))
    assert refused.returncode == 1 and "The key is wrong" in refused.stderr


def test_key_is_not_replaced(run_command, tmp_path):
    assert run_command("backup-key", str(tmp_path / "key")).returncode == 0
    again = run_command("backup-key", str(tmp_path / "key"))
    assert again.returncode == 1 and "is not replaced" in again.stderr


@pytest.mark.parametrize(("key", "folder"), [("", "."), ("age1wrong", "."), ("age1wrong", "missing")])
def test_backup_without_key_or_disk_says_so(run_command, tmp_path, key, folder):
    refused = run_command("backup", str(tmp_path / folder), ECRIME_BACKUP_PUBLIC_KEY=key)
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert any(words in refused.stderr for words in ("No key", "not a public key", "not a folder"))
