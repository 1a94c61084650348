"""The demo's users: one for each role and place, with one password that everybody may know.

Production refuses to start while one of them exists.
"""

from sqlalchemy import select

from app.accounts import actions
from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.text import dates

PASSWORD = "demo-ecrime-2026"
DOMAIN = "@demo.invalid"

USERS = (
    # username, name, role, unit, what is shown at the start
    ("clerk.pp", "ចាន់ សុភា", "Data-entry specialist", "PC-12", "clerk, Phnom Penh"),
    ("clerk.bb", "ព្រំ សុភា", "Data-entry specialist", "PC-02", "clerk, Battambang"),
    ("investigator.bb", "កែវ វណ្ណា", "Investigator", "PC-02", "investigator, Battambang"),
    ("warrant.bb", "សុខ ចាន់ថា", "Warrant officer", "PC-02", "warrant officer, Battambang"),
    ("warrant.pp", "លឹម សុភ័ក្រ", "Warrant officer", "PC-12", "warrant officer, Phnom Penh"),
    ("chief.bb", "ហេង ដារ៉ា", "Provincial chief", "PC-02", "provincial chief, Battambang"),
    ("admin.bb", "មាស សុវណ្ណ", "Unit administrator", "PC-02", "provincial administrator, Battambang"),
    ("admin.drugs", "លី សំណាង", "Unit administrator", "D-DRUG", "department administrator, Anti-Drug"),
    ("admin.crim", "នួន សុខា", "Unit administrator", "D-CRIM", "department administrator, Criminal Police"),
    ("manager", "សៅ រតនា", "Manager", "GCNP", "manager"),
    ("monitor", "ខៀវ វុទ្ធី", "Criminal police monitor", "GCNP", "criminal police monitor"),
    ("planning", "អ៊ុំ វិចិត្រ", "Head of planning", "D-PLAN", "head of planning"),
    ("twg", "ឈឹម ពិសិដ្ឋ", "Technical working group", "D-PLAN", "technical working group"),
    ("auditor", "គឹម ចាន់ថា", "Auditor", "GCNP", "auditor"),
    ("admin", "ស៊ុំ បុប្ផា", "Administrator", "GCNP", "administrator"),
    ("admin.second", "ទេព សារិន", "Administrator", "GCNP", "second administrator"),
)


def present():
    """The user names of the demo accounts in this database."""
    return list(db.session.scalars(select(User.username).where(User.email.endswith(DOMAIN))))


def create():
    """Create the demo users that are missing. True where there were none before."""
    act_as(db.session, THE_REGISTER)
    actions.make_roles(db.session)
    there = set(present())
    for username, name, role, unit, _told in USERS:
        if username not in there:
            problem = actions.create_user(username, name, role, unit, PASSWORD, email=username + DOMAIN)
            if problem:
                raise RuntimeError(f"{username}: {problem}")
    # A demo that lay unused for months has not closed its accounts.
    for user in db.session.scalars(select(User).where(User.email.endswith(DOMAIN))).unique():
        user.opened_at = dates.now()
    db.session.commit()
    return not there


def told(port):
    """What a newcomer needs to know, for the terminal."""
    lines = [f"\nE-Crime answers on http://127.0.0.1:{port}", f"Demo log-ins (password for all: {PASSWORD})"]
    lines += [f"  {username:16} {told}" for username, _name, _role, _unit, told in USERS]
    return "\n".join([*lines, "Ctrl-C stops it.", ""])
