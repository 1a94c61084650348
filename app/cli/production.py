"""Checks before production starts. Each exits with an instruction if a setting or a file is unsafe."""

import shlex
import sys
from collections import Counter
from itertools import pairwise

from sqlalchemy.engine import make_url

import config
from app import roles
from app.accounts import demo_users
from app.extensions import db
from app.kernel.audit import daily_limit
from app.kernel.database import privileges

MIN_SECRET_LENGTH = 32
MIN_SECRET_CHARACTERS = 12  # different ones
REPEATED_LENGTH = 6  # of a part that occurs twice
SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {pair for row in SEQUENCES for pair in (*pairwise(row), *pairwise(row[::-1]))}


def is_weak_secret(key):
    """Return whether the secret is short, or made of few characters, repeated parts or a known sequence."""
    if len(key) < MIN_SECRET_LENGTH or len(set(key)) < MIN_SECRET_CHARACTERS:
        return True
    parts = Counter(key[start : start + REPEATED_LENGTH] for start in range(len(key) - REPEATED_LENGTH + 1))
    pairs = list(pairwise(key.lower()))
    in_sequence = sum(pair in _NEIGHBOURS or pair[0] == pair[1] for pair in pairs)
    return max(parts.values()) > 1 or in_sequence > len(pairs) / 2


def refuse_weak_secret():
    """Exit if the secret key is missing or weak."""
    if is_weak_secret(config.SECRET_KEY):
        sys.exit(
            "Not started: ECRIME_SECRET_KEY is missing or weak. Set at least 32 random characters, for example\n"
            "  export ECRIME_SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')"
        )


def refuse_readable_files():
    """Exit if other users of the computer may read the data folder, the database or the sign-in settings."""
    paths = [config.DATA_DIR, *sorted(config.DATA_DIR.glob("*")), *_other_private_files()]
    readable = [path for path in paths if path.exists() and path.stat().st_mode & 0o077]
    if readable:
        # One command repairs the data folder with all its files.
        repaired = {config.DATA_DIR if path.is_relative_to(config.DATA_DIR) else path for path in readable}
        sys.exit(
            f"Not started: other users of this computer may read {readable[0]}. Allow only the service's user:\n"
            f"  chmod -R go= {shlex.join(sorted(map(str, repaired)))}"
        )


def _other_private_files():
    database = make_url(config.SQLALCHEMY_DATABASE_URI)
    names = [config.SIGN_IN_SETTINGS]
    if database.get_backend_name() == "sqlite" and database.database:
        names += [database.database + suffix for suffix in ("", "-wal", "-shm")]
    return [config.ROOT / name for name in names if name]


def refuse_unsafe_settings():
    """Exit if the second factor is only offered, a limit is switched off, or the host names or proxies are unset."""
    if config.SECOND_FACTOR != "required":
        sys.exit(
            "Not started: in production the second factor is required. Remove ECRIME_SECOND_FACTOR from the settings."
        )
    off = [name for name, is_off in _list_limits() if is_off]
    if off:
        sys.exit(
            f"Not started: in production these limits cannot be switched off: {', '.join(off)}.\n"
            "Remove them from the settings, or set another number."
        )
    if not config.HOSTS:
        sys.exit(
            "Not started: ECRIME_HOSTS is not set. Set the public name of this server, for example\n"
            "  export ECRIME_HOSTS=register.example.gov.kh"
        )
    if config.TRUSTED_PROXIES < 1:
        sys.exit(
            "Not started: ECRIME_TRUSTED_PROXIES is not set. Without it all users have the address of the proxy,"
            " and one of them can lock all.\n"
            "  export ECRIME_TRUSTED_PROXIES=1     # one reverse proxy with TLS, see docs/administrator.md"
        )


def _list_limits():
    """Yield each setting of a limit, and whether it is switched off."""
    people = daily_limit.read_limits(roles.DAILY_PEOPLE, config.DAILY_PEOPLE)
    yield "ECRIME_DAILY_PEOPLE", not people
    yield "ECRIME_QUESTIONS_PER_MINUTE", config.QUESTIONS_PER_MINUTE < 1
    yield "ECRIME_ITEM_NUMBERS_PER_MINUTE", config.ITEM_NUMBERS_PER_MINUTE < 1
    yield "ECRIME_SESSIONS", config.SESSIONS_PER_USER < 1
    yield "ECRIME_DRAFTS", config.DRAFTS_PER_USER < 1
    yield "ECRIME_UPLOAD_MEGABYTES", config.UPLOAD_MEGABYTES_PER_DAY < 1


def refuse_table_owner(app):
    """Exit if the application's PostgreSQL role could bypass the row-level security or the audit log's triggers."""
    with app.app_context():
        bypasses = privileges.may_bypass_protection(db.engine)
    if bypasses:
        role = privileges.application_role(app.config["SQLALCHEMY_DATABASE_URI"])
        sys.exit(
            f"Not started: the role {role} of ECRIME_DATABASE_URL owns the tables or is a superuser, so the database"
            " does not protect the audit log from it. Create a second role, and grant its privileges:\n"
            "  CREATE ROLE ecrime_app LOGIN PASSWORD '…';\n"
            "  ECRIME_OWNER_DATABASE_URL=postgresql://OWNER:…@host/ecrime"
            " ECRIME_DATABASE_URL=postgresql://ecrime_app:…@host/ecrime python3 run.py migrate"
        )


def refuse_demo_accounts(app):
    """Exit if demo accounts exist, or accounts with the demo password, which is in the README."""
    with app.app_context():
        found = demo_users.list_demo_users() or demo_users.list_renamed_demo_users()
    if found:
        sys.exit(
            f"Not started: {len(found)} demo accounts are active in this database ({', '.join(found[:3])} …).\n"
            "Use a separate database for production (ECRIME_DATABASE_URL, ECRIME_DATA_DIR)."
        )
