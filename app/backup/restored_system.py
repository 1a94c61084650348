"""Verification of a restored system, and the record of a restore in its audit log."""

import hashlib
from pathlib import Path

from flask_appbuilder import Model
from sqlalchemy import select

from app.accounts import authentication, second_factor
from app.accounts.admin_scope import get_role_names
from app.accounts.identity_traits import share_identity
from app.kernel.actor import SYSTEM
from app.kernel.audit import anchors, hash_chain, verify_chain
from app.kernel.audit.models import AuditEvent
from app.kernel.files.store import FileRecord

ROLES = ("Administrator", "Auditor")  # one of each confirms a restore; no account has both roles


class RestoreRefused(Exception):
    """The restore is not recorded. The text says why."""


def find_lost_files(connection, folder):
    """Return the hashes that records refer to and whose file is missing in `folder` or has another content."""
    kinds = {one.class_ for one in Model.registry.mappers if issubclass(one.class_, FileRecord)}
    hashes = {
        sha256
        for kind in kinds
        for sha256 in connection.scalars(select(kind.__table__.c.sha256).distinct())
        if sha256
    }
    return sorted(one for one in hashes if not _is_intact(Path(folder) / one[:2] / one[2:], one))


def _is_intact(path, sha256):
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def authenticate_officer(username, password, code, role):
    """Return the active user with this name, password and second factor, and with `role` unless it is None.

    Raises RestoreRefused.

    A wrong name, password or code gives one answer, and is recorded and limited as at sign-in.
    """
    user = authentication.authenticate_password(username, password)
    has_code = user is not None and second_factor.has_second_factor(user.id)
    if user is None or (has_code and not authentication.verify_second_factor(user, code)):
        raise RestoreRefused(f"The name, the password or the code of the {role or 'officer'} is wrong.")
    if role and role not in get_role_names(user):
        raise RestoreRefused(f"{username} does not have the role {role}.")
    return user


def record_restore(connection, administrator, auditor, reason, folder=None):
    """Record that entries of the audit log were lost by a restore. Return how many at most.

    They are those after the last anchor that the log contains, up to the newest anchor. `verify_chain` reports them
    at every verification. Raises RestoreRefused if the anchors show no loss, or two people seem to be one.
    """
    if share_identity(administrator, auditor):
        raise RestoreRefused("These accounts share a telephone, e-mail address or second factor.")
    last, lost = _find_lost_anchors(connection, anchors.read_anchors(folder))
    if not lost:
        raise RestoreRefused(
            "No entry is missing: the log contains every anchor. Nothing needs to be recorded."
        )
    facts = {
        "reason": reason,
        "administrator": administrator.id,
        "auditor": auditor.id,
        "last": last,
        "anchors": lost,
    }
    entry = hash_chain.build_entry(SYSTEM, verify_chain.RESTORED, body={"facts": facts})
    hash_chain.append_entries(connection, [entry])
    return lost[-1][0] - last


def _find_lost_anchors(connection, known):
    """Return the number of the last anchor that the log contains, and the later (number, hash) that it does not.

    Entries that were written after the restore can have the number of a lost entry.
    """
    explained, lost = verify_chain.read_lost_anchors(connection), []
    for seq in sorted(known, reverse=True):
        stored = connection.scalar(select(AuditEvent.hash).where(AuditEvent.seq == seq))
        if stored in known[seq]:
            return seq, sorted(lost)
        lost += [(seq, digest) for digest in known[seq] - explained.get(seq, set())]
    return 0, sorted(lost)
