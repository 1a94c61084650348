"""The audit log as JSON lines: every event once, also after a rotation and after a kill, and no personal data."""

import json
from dataclasses import replace

import pytest

from app.kernel.actor import SYSTEM
from app.kernel.audit import export, hash_chain, recorder

NAME, CASE = "សុខ ដារ៉ា", "PP-2026-000001"


@pytest.fixture
def written(db_session, owner, tmp_path):
    """Return a function that exports and returns the actions in the file."""
    path = tmp_path / "audit.jsonl"

    def append():
        with owner.connect() as connection:
            export.append_events(connection, path, {CASE}.__contains__)
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
    assert written() == whole


def test_events_after_a_restore_are_written_from_the_last_one_in_common(written, each_database):
    record("access.viewed", "access.searched")
    lines = written.path.read_bytes().splitlines(keepends=True) if written() else []
    lost = [json.loads(line) | {"hash": "0" * 64} for line in lines[-2:]]
    lost.append(lost[-1] | {"seq": lost[-1]["seq"] + 1})
    written.path.write_bytes(b"".join(lines[:-2]) + "".join(json.dumps(one) + "\n" for one in lost).encode())
    assert written()[-2:] == ["access.viewed", "access.searched"]
    assert written.path.read_bytes().splitlines(keepends=True)[-2:] == lines[-2:]


def test_export_stops_if_the_events_in_common_are_in_a_rotated_file(written):
    record("access.viewed")
    written()
    written.path.unlink()
    position = written.path.with_name("audit.jsonl.position")
    position.write_text(f"{position.read_text().split()[0]} {'0' * 64}")
    with pytest.raises(export.ExportStopped, match=r"audit.jsonl.position"):
        written()


def test_text_that_is_not_the_number_of_a_case_is_left_out(written, owner):
    entries = [
        hash_chain.build_entry(replace(SYSTEM, case_number=one), "access.viewed") for one in (NAME, CASE)
    ]
    with owner.begin() as connection:
        hash_chain.append_entries(connection, entries)
    written()
    last = [json.loads(line)["case_number"] for line in written.path.read_text("utf-8").splitlines()[-2:]]
    assert last == ["", CASE]
