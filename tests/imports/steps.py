"""Steps of an import in the session of a test."""

from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.imports import actions, batch_writer, profiles, readers, runner
from app.imports.models import FIXED, RUNNING, ImportEntry, ImportRun
from tests.sample_rows import acting_as

UPLOADER, APPROVER = "twg", "planning"


def create_run(profile, title="file"):
    """Create an import that is uploaded and approved and has processed no row yet."""
    users = {one.username: one.id for one in db.session.scalars(select(User)).unique()}
    run = ImportRun(
        title=title, kind=profile.kind, settings=profile.settings, sha256="0" * 64, size=1, state=RUNNING,
        uploaded_by_id=users[UPLOADER], read_by_id=users[UPLOADER], approved_by_id=users[APPROVER], last_row=0,
    )  # fmt: skip
    db.session.add(run)
    db.session.commit()
    return run


def import_file(profile, path, encoding=None):
    """Import the file as the approving officer; return the import."""
    profile = profiles.load_shipped()[profile] if isinstance(profile, str) else profile
    run = create_run(profile)
    with acting_as(APPROVER):
        runner.run_import(run, readers.read_table(path, encoding or profile.encoding))
    return db.session.get(ImportRun, run.id, populate_existing=True)


def list_waiting(run):
    """Return the rejected entries of an import in file order."""
    query = select(ImportEntry).where(ImportEntry.run_id == run.id, ImportEntry.state == "waiting")
    return db.session.scalars(query.order_by(ImportEntry.row)).all()


def approve(client, pk):
    """Approve an import as on its page, with the mapping that the page shows."""
    run = db.session.get(ImportRun, pk, populate_existing=True)
    return client.send(f"/import/approve/{pk}", {"mapping": run.mapping_hash})


def send_approval_of_fixes(client, pk):
    """Approve the fixed rows of an import as on their page."""
    typed = client.page(f"/rejected-entries/fixed/{pk}").typed()
    sent = {"entry": typed.get("entry", []), "hash": typed.get("hash", [""])[-1]}
    return client.send(f"/rejected-entries/approve/{pk}", sent)


def approve_fixes(run):
    """Approve all fixed rows of an import as another officer than the one who fixed them."""
    with acting_as(UPLOADER):
        approver = db.session.scalars(select(User).where(User.username == UPLOADER)).unique().one()
        query = select(ImportEntry).where(ImportEntry.run_id == run.id, ImportEntry.state == FIXED)
        entries = db.session.scalars(query.order_by(ImportEntry.id)).all()
        ids, shown_hash = [one.id for one in entries], batch_writer.hash_values(entries)
        return actions.approve_fixes(run, approver, ids, shown_hash)
