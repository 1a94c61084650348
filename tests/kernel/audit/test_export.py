"""The audit log as JSON lines: every event once, also after a rotation and after a kill, and no personal data."""

import json

import pytest

from app.kernel.audit import export, recorder

NAME = "សុខ ដារ៉ា"


@pytest.fixture
def written(db_session, owner, tmp_path):
    """Return a function that exports and returns the actions in the file."""
    path = tmp_path / "audit.jsonl"

    def append():
        with owner.connect() as connection:
            export.append_events(connection, path)
        return [json.loads(line)["action"] for line in path.read_text("utf-8").splitlines()]

    append.path = path
    return append


def record(*actions):
    for action in actions:
        recorder.record_now(action, "person", 1, private={"note": NAME})


def test_each_event_is_written_once_without_its_payload(written, each_database):
    before = len(written())
    record("access.viewed", "access.searched")
    assert written()[before:] == written()[before:] == ["access.viewed", "access.searched"]
    text = written.path.read_text("utf-8")
    assert NAME not in text and json.loads(text.splitlines()[-1])["at"].endswith("Z")
    assert written.path.stat().st_mode & 0o077 == 0


def test_rotated_file_continues_with_the_next_event(written):
    record("access.viewed")
    written()
    written.path.rename(written.path.with_suffix(".1"))
    record("access.searched")
    assert written() == ["access.searched"]


def test_half_line_of_a_killed_export_is_written_again(written):
    record("access.viewed", "access.searched")
    whole = written()
    lines = written.path.read_bytes().splitlines(keepends=True)
    written.path.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    written.path.with_name("audit.jsonl.position").write_text(str(json.loads(lines[-2])["seq"]))
    assert written() == whole
