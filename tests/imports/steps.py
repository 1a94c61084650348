"""An import from its file to its end, in the session of a test."""

from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.imports import profiles, readers, runner
from app.imports.models import RUNNING, ImportEntry, ImportRun
from tests.sample_rows import written_by

READER, SECOND = "twg", "planning"


def a_run(profile, title="file"):
    """An import that was read by one and let in by another, whose file nobody has looked at yet."""
    users = {one.username: one.id for one in db.session.scalars(select(User)).unique()}
    run = ImportRun(
        title=title, kind=profile.kind, settings=profile.settings, sha256="0" * 64, size=1, state=RUNNING,
        read_by_id=users[READER], let_in_by_id=users[SECOND], last_row=0,
    )  # fmt: skip
    db.session.add(run)
    db.session.commit()
    return run


def brought_in(profile, path, encoding=None):
    """The import of that file, carried through by its second officer."""
    profile = profiles.shipped()[profile] if isinstance(profile, str) else profile
    run = a_run(profile)
    with written_by(SECOND):
        runner.carry_on(run, readers.table_of(path, encoding or profile.encoding))
    return db.session.get(ImportRun, run.id, populate_existing=True)


def waiting_of(run):
    found = select(ImportEntry).where(ImportEntry.run_id == run.id, ImportEntry.state == "waits")
    return db.session.scalars(found.order_by(ImportEntry.row)).all()
