"""The accounts of a practice system: trainees and teachers, each with an own password, made at the first start.

A trainee who knew another password could read model answers in the name of a colleague first.
"""
# unrestricted: creates the accounts as the system
# commits: the accounts

import os

from sqlalchemy import select

import config
from app.accounts import actions, passwords
from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit

DOMAIN = "@practice.invalid"
UNIT = "PC-12"
TRAINEES, OTHERS = 20, 5
OTHER_TRAINEES = (("warrant", "មន្ត្រីដីកា", "Warrant officer"), ("chief", "ប្រធាន", "Provincial chief"))
PASSWORDS = "practice-passwords"  # file: one line with user name and password for each account


def load_passwords():
    """Return user name → password of the accounts in the file."""
    path = config.DATA_DIR / PASSWORDS
    return dict(line.split() for line in path.read_text().splitlines()) if path.exists() else {}


def _store_passwords(known):
    handle = os.open(config.DATA_DIR / PASSWORDS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{username} {password}\n" for username, password in known.items()))


def create_accounts():
    """Create the missing accounts of trainees and teachers. An account without a line in the file gets a new password."""
    act_as(db.session, SYSTEM)
    found = db.session.scalars(select(User).where(User.email.endswith(DOMAIN))).unique()
    existing, known = {one.username: one for one in found}, load_passwords()
    accounts = [
        (f"trainee{number:02d}", f"សិក្ខាកាម {number}", "Data-entry specialist")
        for number in range(1, TRAINEES + 1)
    ]
    accounts += [
        (f"{name}{number:02d}", f"{title} {number}", role)
        for name, title, role in OTHER_TRAINEES
        for number in range(1, OTHERS + 1)
    ]
    accounts += [(f"teacher{number}", f"គ្រូបង្វឹក {number}", "Investigator") for number in (1, 2)]
    missing = [one for one in accounts if one[0] not in existing or one[0] not in known]
    _store_passwords(known | {username: passwords.generate_password() for username, *_rest in missing})
    known = load_passwords()
    for username, name, role in missing:
        if username in existing:
            passwords.set_password(existing[username], known[username])
            continue
        problem = actions.create_user(username, name, role, UNIT, known[username], email=username + DOMAIN)
        if problem:
            raise RuntimeError(f"{username}: {problem}")
    commit()


def format_startup_message(host, port):
    """Return the text that the practice system prints in the terminal at its start."""
    return "\n".join(
        [
            f"\nThe practice system answers on http://{host}:{port}. All its data is invented.",
            f"Trainees: trainee01 to trainee{TRAINEES}, warrant01 to warrant{OTHERS:02d}, chief01 to chief{OTHERS:02d}.",
            "Teachers: teacher1, teacher2.",
            f"The password of each account: {config.DATA_DIR / PASSWORDS}",
            "Ctrl-C stops it. `python3 run.py practice --fresh` empties it.",
            "",
        ]
    )
