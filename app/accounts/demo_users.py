"""The demo users: one for each role and place, with one public password.

Production refuses to start while one of them exists.
"""
# unrestricted: creates the demo users as the system
# commits: the demo users

from sqlalchemy import select

from app.accounts import actions, passwords
from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates

PASSWORD = "demo-ecrime-2026"
DOMAIN = "@demo.invalid"

USERS = (
    # username, name, role, unit, description shown at the start
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
    # Issues the certificates of a session that the other has run.
    ("post.pp", "ឡុង វិសាល", "Post officer", "DI-1201", "post officer, Phnom Penh"),
    ("investigator.drugs", "យិន សុធា", "Investigator", "D-DRUG", "investigator, Anti-Drug Department"),
    ("clerk.crim", "ប៊ុន ចរិយា", "Data-entry specialist", "D-CRIM", "clerk, Criminal Police Department"),
    ("quality", "ម៉ៅ ពិសី", "Planning monitor", "D-PLAN", "planning monitor"),
    ("analyst", "ឈន់ រដ្ឋា", "Analyst", "D-PLAN", "analyst"),
    ("planning.second", "ឃុន សុភ័ក្រ", "Head of planning", "D-PLAN", "second head of planning"),
    ("twg", "ឈឹម ពិសិដ្ឋ", "Technical working group", "D-PLAN", "technical working group"),
    ("auditor", "គឹម ចាន់ថា", "Auditor", "GCNP", "auditor"),
    ("admin", "ស៊ុំ បុប្ផា", "Administrator", "GCNP", "administrator"),
    ("admin.second", "ទេព សារិន", "Administrator", "GCNP", "second administrator"),
)


def list_demo_users():
    """Return the user names of the demo accounts in this database."""
    return list(db.session.scalars(select(User.username).where(User.email.endswith(DOMAIN))))


def list_renamed_demo_users():
    """Return the user names of accounts that the system created and that have the demo password.

    Checking a hash is slow, so accounts created by users are skipped.
    """
    created = db.session.scalars(select(User).where(User.created_by_fk.is_(None))).unique()
    return [user.username for user in created if passwords.is_password_correct(user, PASSWORD)]


def create_demo_users():
    """Create the missing demo users. Return whether there were none before."""
    act_as(db.session, SYSTEM)
    actions.create_roles(db.session)
    existing = set(list_demo_users())
    for username, name, role, unit, _description in USERS:
        if username not in existing:
            problem = actions.create_user(username, name, role, unit, PASSWORD, email=username + DOMAIN)
            if problem:
                raise RuntimeError(f"{username}: {problem}")
    # The accounts of a demo that was not used for months must not close as dormant.
    for user in db.session.scalars(select(User).where(User.email.endswith(DOMAIN))).unique():
        user.active_since = dates.now()
    commit()
    return not existing


def format_startup_message(port):
    """Return the text that the demo prints in the terminal at its start."""
    lines = [f"\nE-Crime answers on http://127.0.0.1:{port}", f"Demo log-ins (password for all: {PASSWORD})"]
    lines += [f"  {username:16} {description}" for username, _name, _role, _unit, description in USERS]
    return "\n".join([*lines, "Ctrl-C stops it.", ""])
