"""The archive of a backup: a tar file, encrypted with age for a key that is kept offline.

A stolen archive cannot be read, also not by the computer that wrote it. age authenticates every chunk, so a
changed or shortened archive is refused.
"""

import json
import os
import shutil
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pyrage
from pyrage import x25519

import config
from app.backup import databases
from app.kernel.audit import anchors
from app.kernel.text import dates

MANIFEST = "manifest.json"  # the last member: an archive without it is incomplete
AUDIT_KEY, SECRET_KEY, ANCHORS, FILES = "audit_key", "secret_key", "anchors", "files"


class BackupFailed(Exception):
    """The archive could not be written or read. The text says what to do."""


def create_key(path):
    """Write a new private key to `path` for its owner only. Return the public key. Raises FileExistsError."""
    identity = x25519.Identity.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def write_archive(folder, public_key, secret_key):
    """Write an archive of the running system into `folder`. Return its path.

    The anchors are read first and the files last: every anchor is then in the copy of the database, and every file that
    the copy refers to is in the archive. Raises BackupFailed, OSError.
    """
    try:
        recipient = x25519.Recipient.from_str(public_key)
    except pyrage.RecipientError as error:
        raise BackupFailed(f"This is not a public key of age: {public_key}") from error
    path = Path(folder) / f"ecrime-{dates.now():%Y%m%d-%H%M%S}.tar.age"
    partial = path.with_suffix(".partial")
    try:
        with tempfile.TemporaryDirectory(dir=config.DATA_DIR, prefix="backup-") as work:
            _copy_anchors(Path(work) / ANCHORS)
            database = databases.copy_database(Path(work))
            with open(partial, "wb") as target:
                _encrypt(target, recipient, lambda tar: _add_members(tar, Path(work), database, secret_key))
                target.flush()
                os.fsync(target.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _copy_anchors(folder):
    folder.mkdir()
    if (config.ANCHOR_DIR / anchors.FILE).exists():
        shutil.copyfile(config.ANCHOR_DIR / anchors.FILE, folder / anchors.FILE)


def _encrypt(target, recipient, add_members):
    """Encrypt the tar file that `add_members` fills. The pipe keeps no copy in memory or on disk."""
    reader, writer = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        with os.fdopen(reader, "rb") as source:
            filled = pool.submit(_fill, writer, add_members)
            pyrage.encrypt_io(source, target, [recipient])
        filled.result()  # raises what stopped the filling: the archive is then incomplete


def _fill(writer, add_members):
    with os.fdopen(writer, "wb") as pipe, tarfile.open(fileobj=pipe, mode="w|") as tar:
        add_members(tar)


def _add_members(tar, work, database, secret_key):
    counts = {}
    tar.add(work / ANCHORS, ANCHORS)
    tar.add(database.path, database.path.name)
    tar.add(config.AUDIT_KEY_FILE, AUDIT_KEY)
    (work / SECRET_KEY).write_text(secret_key)
    tar.add(work / SECRET_KEY, SECRET_KEY)
    for path in sorted(config.FILES_DIR.glob("[0-9a-f][0-9a-f]/*")):
        tar.add(path, f"{FILES}/{path.parent.name}/{path.name}")
        counts[FILES] = counts.get(FILES, 0) + 1
    manifest = {
        "written_at": dates.now().isoformat(timespec="seconds"),
        "database": database.path.name,
        "revision": database.revision,
        "last_event": database.last_event,
        "last_hash": database.last_hash,
        "files": counts.get(FILES, 0),
    }
    (work / MANIFEST).write_text(json.dumps(manifest, indent=1))
    tar.add(work / MANIFEST, MANIFEST)


def find_newest(path):
    """Return the newest archive of a folder, or the path itself if it is none. Raises BackupFailed."""
    path = Path(path)
    if not path.is_dir():
        return path
    newest = max(path.glob("ecrime-*.tar.age"), default=None)
    if newest is None:
        raise BackupFailed(f"{path} has no archive. Is the disk connected?")
    return newest


def read_archive(path, key_file, folder):
    """Extract an archive into the new or empty `folder`. Return its manifest, a dict.

    Raises BackupFailed; the folder is then empty again.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupFailed(f"{folder} is not empty. A restore never overwrites data: choose a new folder.")
    try:
        with open(path, "rb") as source:
            _decrypt(source, _load_identity(key_file), folder)
        return _read_manifest(folder)
    except BaseException:
        for each in folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        raise


def _load_identity(key_file):
    for line in Path(key_file).read_text("ascii", errors="replace").splitlines():
        if line.startswith("AGE-SECRET-KEY-"):
            try:
                return x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError:
                break
    raise BackupFailed(f"{key_file} contains no private key of age.")


def _decrypt(source, identity, folder):
    reader, writer = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        extracted = pool.submit(_extract, reader, folder)
        try:
            with os.fdopen(writer, "wb") as pipe:
                pyrage.decrypt_io(source, pipe, [identity])
        except (pyrage.DecryptError, OSError) as error:
            raise BackupFailed(
                f"The archive cannot be read: {error}. The key is wrong, or the archive is damaged."
            ) from error
        try:
            extracted.result()
        except tarfile.TarError as error:
            raise BackupFailed(f"The archive is incomplete: {error}.") from error


def _extract(reader, folder):
    with os.fdopen(reader, "rb") as pipe:
        try:
            with tarfile.open(fileobj=pipe, mode="r|") as tar:
                tar.extractall(folder, filter="data")
        finally:
            while pipe.read(1024 * 1024):  # the rest, so that the other side ends
                pass


def _read_manifest(folder):
    path = folder / MANIFEST
    if not path.exists():
        raise BackupFailed("The archive is incomplete: it has no manifest.")
    manifest = json.loads(path.read_text())
    datetime.fromisoformat(manifest["written_at"])
    return manifest
