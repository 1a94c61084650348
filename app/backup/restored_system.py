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
    """Return the active user with this name, password and second factor. Raises RestoreRefused.

    A wrong name, password or code gives one answer, and is recorded and limited as at sign-in.
    """
    user = authentication.authenticate_password(username, password)
    has_code = user is not None and second_factor.has_second_factor(user.id)
    if user is None or (has_code and not authentication.verify_second_factor(user, code)):
        raise RestoreRefused(f"The name, the password or the code of the {role} is wrong.")
    if role not in get_role_names(user):
        raise RestoreRefused(f"{username} does not have the role {role}.")
    return user


def record_restore(connection, administrator, auditor, reason, folder=None):
    """Record that entries of the audit log were lost by a restore. Return the number of lost entries.

    The lost entries are those between the end of the restored log and the newest anchor. `verify_chain` reports them
    at every verification. Raises RestoreRefused if the anchors show no loss, or two people seem to be one.
    """
    if share_identity(administrator, auditor):
        raise RestoreRefused("These accounts share a telephone, e-mail address or second factor.")
    last = verify_chain.read_head(connection)
    known = anchors.read_anchors(folder)
    explained = verify_chain.read_lost_anchors(connection)
    lost = sorted(
        (seq, digest)
        for seq, digests in known.items()
        for digest in digests - explained.get(seq, set())
        if seq > last.seq
    )
    if not lost:
        raise RestoreRefused(
            "No entry is missing: the log contains every anchor. Nothing needs to be recorded."
        )
    facts = {
        "reason": reason,
        "administrator": administrator.id,
        "auditor": auditor.id,
        "last": last.seq,
        "anchors": lost,
    }
    entry = hash_chain.build_entry(SYSTEM, verify_chain.RESTORED, body={"facts": facts})
    hash_chain.append_entries(connection, [entry])
    return lost[-1][0] - last.seq
