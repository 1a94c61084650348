"""The accounts of a practice system: trainees and teachers, with one password made at the first start."""
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
PASSWORD_FILE = config.DATA_DIR / "practice-password"


def load_password():
    """Return the password of the practice accounts. The first start makes it."""
    if not PASSWORD_FILE.exists():
        handle = os.open(PASSWORD_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(passwords.generate_password())
    return PASSWORD_FILE.read_text()


def create_accounts():
    """Create the missing accounts of trainees and teachers."""
    act_as(db.session, SYSTEM)
    existing = set(db.session.scalars(select(User.username).where(User.email.endswith(DOMAIN))))
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
    for username, name, role in accounts:
        if username not in existing:
            problem = actions.create_user(
                username, name, role, UNIT, load_password(), email=username + DOMAIN
            )
            if problem:
                raise RuntimeError(f"{username}: {problem}")
    commit()


def format_startup_message(host, port):
    """Return the text that the practice system prints in the terminal at its start."""
    return "\n".join(
        [
            f"\nThe practice system answers on http://{host}:{port}. All its data is invented.",
            f"Trainees: trainee01 to trainee{TRAINEES}, warrant01 to warrant{OTHERS:02d}, chief01 to chief{OTHERS:02d}.",
            f"Teachers: teacher1, teacher2. Password for all: {load_password()}",
            "Ctrl-C stops it. `python3 run.py practice --fresh` empties it.",
            "",
        ]
    )
