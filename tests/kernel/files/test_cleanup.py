"""Cleanup: unregistered uploads are deleted after one week; files of records and drafts are kept."""

import io
import os

import pytest
from PIL import Image
from sqlalchemy import select

from app.accounts.models import User
from app.cases import drafts
from app.kernel.files import cleanup, store
from app.people.models import PersonPhoto
from tests.sample_rows import acting_as, make_registered_person

LONG_AGO = 1_000_000_000  # seconds since 1970: the year 2001


@pytest.fixture
def upload(app, db_session, tmp_path, monkeypatch):
    """Return a function that stores a photo of a colour, by default as an old upload, in a store for this test."""
    monkeypatch.setitem(app.config, "FILES_DIR", tmp_path)

    def upload_photo(colour, old=True):
        picture = io.BytesIO()
        Image.new("RGB", (90, 70), colour).save(picture, "PNG")
        picture.seek(0)
        with app.test_request_context():
            stored = store.save_file(picture, "face.png")
        if old:
            os.utime(store.file_path(stored.sha256), (LONG_AGO, LONG_AGO))
        return stored

    return upload_photo


def delete_orphans():
    return cleanup.delete_orphans(drafts.find_referenced_files())


def test_cleanup_old_orphan_is_deleted_with_thumbnails(upload):
    orphan = upload("red")
    thumbnail = store.ensure_thumbnail(orphan.sha256, 64)
    assert delete_orphans() == 1
    assert not store.is_stored(orphan) and not thumbnail.exists()
    assert delete_orphans() == 0


def test_cleanup_old_file_of_record_is_kept(upload, db_session, each_database):
    photo = upload("green")
    with acting_as("clerk.bb"):
        person = make_registered_person()
        person.photos.append(PersonPhoto(**photo.columns))
        db_session.add(person)
        db_session.commit()
    assert delete_orphans() == 0
    assert store.is_stored(photo)


def test_cleanup_recent_file_is_kept(upload):
    fresh = upload("blue", old=False)
    assert delete_orphans() == 0
    assert store.is_stored(fresh)


def test_cleanup_reuploaded_file_is_kept(upload):
    upload("yellow")
    again = upload("yellow", old=False)
    assert delete_orphans() == 0
    assert store.is_stored(again)


def test_cleanup_file_of_draft_is_kept_until_draft_ends(upload, app, clerk, db_session):
    photo = upload("black")
    with app.test_request_context():
        token = store.create_token(
            photo, db_session.scalar(select(User.id).where(User.username == "clerk.bb"))
        )
    clerk.send("/entry/a-draft-with-a-photo/draft", {"people-0-uploads": token})
    assert delete_orphans() == 0
    assert store.is_stored(photo)
    clerk.send("/entry/a-draft-with-a-photo/delete")
    assert delete_orphans() == 1


def test_cleanup_interrupted_upload_is_deleted(upload, app):
    upload("white", old=False)
    remains = store.file_path("0" * 64).parent.parent / "incoming" / "tmpcutoff"
    remains.write_bytes(b"half a photo")
    os.utime(remains, (LONG_AGO, LONG_AGO))
    delete_orphans()
    assert not remains.exists()
