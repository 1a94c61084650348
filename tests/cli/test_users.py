"""The command `users`, and the refusal of Flask-AppBuilder's own commands."""

import pytest
from flask import Flask
from flask.cli import FlaskGroup

from app.web import fab_commands
from tests.accounts.login import PASSWORD

REASON = "the telephone is lost, letter 12/26"


def sign(*usernames):
    return "".join(f"{name}\n{PASSWORD}\n\n" for name in usernames)


def reset(run_command, given, username="clerk.bb", reason=REASON):
    return run_command("users", "reset", username, "--reason", reason, given=given)


def test_list_prints_every_account(run_command):
    listed = run_command("users", "list")
    assert listed.returncode == 0, listed.stderr
    line = next(line for line in listed.stdout.splitlines() if line.startswith("clerk.bb\t"))
    assert line.split("\t")[1:5] == ["active", "PC-02", "Data-entry specialist", "no"]


def test_reset_by_an_administrator_and_the_chief_prints_a_password(run_command):
    done = reset(run_command, sign("admin", "chief.bb"))
    assert done.returncode == 0, done.stderr
    assert "One-time password of clerk.bb: " in done.stdout


@pytest.mark.parametrize(
    ("officers", "message"),
    [
        (("admin", "admin"), "may not approve"),
        (("admin", "clerk.pp"), "may not approve"),
        (("clerk.pp", "chief.bb"), "does not have the role Administrator"),
    ],
)
def test_reset_by_one_person_or_without_the_right_is_refused(run_command, officers, message):
    refused = reset(run_command, sign(*officers))
    assert refused.returncode == 1 and message in refused.stderr
    assert "One-time" not in refused.stdout and "Traceback" not in refused.stderr


def test_reset_without_a_reason_or_an_account_is_refused(run_command):
    assert "20 characters" in reset(run_command, "", reason="lost").stderr
    assert "There is no user" in reset(run_command, "", username="unknown").stderr


def test_unlock_lets_a_name_sign_in_again(run_command):
    done = run_command("users", "unlock", "clerk.bb")
    assert done.returncode == 0 and "can sign in again" in done.stdout


@pytest.mark.parametrize(
    "command", ["create-admin", "reset-password", "create-permissions", "security-cleanup"]
)
def test_command_of_the_library_is_refused_with_the_right_one(command):
    def create():
        fab_commands.refuse_unsafe_command()
        return Flask(__name__)

    words = {"reset-password": ["--username", "x", "--password", "x"]}.get(command, [])
    if command == "create-admin":
        words = [
            part
            for name in ("username", "firstname", "lastname", "email", "password")
            for part in (f"--{name}", "x")
        ]
    with pytest.raises(SystemExit, match="bypasses the safeguards") as refused:
        FlaskGroup(create_app=create).main(["fab", command, *words], standalone_mode=False)
    assert "python3 run.py" in str(refused.value)


def test_every_alternative_is_a_command_of_the_library():
    from flask_appbuilder.cli import fab

    assert fab_commands.ALTERNATIVES.keys() | fab_commands.ALLOWED <= fab.commands.keys()
