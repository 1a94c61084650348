"""The accounts of a practice system: trainees and teachers, each with a password of its own kind, made at the first start."""
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
# A trainee does not know the password of the teachers, who read the model answers.
TRAINEE, TEACHER = "practice-password", "practice-teacher-password"  # files


def load_password(name):
    """Return the password of the trainees or of the teachers. The first start makes it."""
    path = config.DATA_DIR / name
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(passwords.generate_password())
    return path.read_text()


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
            password = load_password(TEACHER if username.startswith("teacher") else TRAINEE)
            problem = actions.create_user(username, name, role, UNIT, password, email=username + DOMAIN)
            if problem:
                raise RuntimeError(f"{username}: {problem}")
    commit()


def format_startup_message(host, port):
    """Return the text that the practice system prints in the terminal at its start."""
    return "\n".join(
        [
            f"\nThe practice system answers on http://{host}:{port}. All its data is invented.",
            f"Trainees: trainee01 to trainee{TRAINEES}, warrant01 to warrant{OTHERS:02d}, chief01 to chief{OTHERS:02d}.",
            f"Their password: {load_password(TRAINEE)}",
            f"Teachers: teacher1, teacher2. Their password: {load_password(TEACHER)}",
            "Ctrl-C stops it. `python3 run.py practice --fresh` empties it.",
            "",
        ]
    )
