"""What was uploaded and never registered goes after a week; what anybody holds or has registered stays."""

import io
import os

import pytest
from PIL import Image
from sqlalchemy import select

from app.accounts.models import User
from app.cases import drafts
from app.kernel.files import cleanup, store
from app.people.models import PersonPhoto
from tests.sample_rows import a_registered_person, written_by

LONG_AGO = 1_000_000_000  # seconds since 1970: the year 2001


@pytest.fixture
def upload(app, db_session, tmp_path, monkeypatch):
    """Keeps a photo of that colour, as if uploaded long ago, in a store of this test's own."""
    monkeypatch.setitem(app.config, "FILES_DIR", tmp_path)

    def make(colour, old=True):
        picture = io.BytesIO()
        Image.new("RGB", (90, 70), colour).save(picture, "PNG")
        picture.seek(0)
        with app.test_request_context():
            stored = store.store(picture, "face.png")
        if old:
            os.utime(store.path_of(stored.sha256), (LONG_AGO, LONG_AGO))
        return stored

    return make


def sweep():
    return cleanup.sweep(drafts.held_files())


def test_an_old_file_that_nobody_registered_goes_with_its_small_pictures(upload):
    forgotten = upload("red")
    small = store.thumbnail(forgotten.sha256, 64)
    assert sweep() == 1
    assert not store.is_kept(forgotten) and not small.exists()
    assert sweep() == 0


def test_a_file_of_a_record_stays_however_old(upload, db_session, each_database):
    photo = upload("green")
    with written_by("clerk.bb"):
        person = a_registered_person()
        person.photos.append(PersonPhoto(**photo.columns))
        db_session.add(person)
        db_session.commit()
    assert sweep() == 0
    assert store.is_kept(photo)


def test_a_file_of_the_last_week_stays(upload):
    fresh = upload("blue", old=False)
    assert sweep() == 0
    assert store.is_kept(fresh)


def test_a_file_that_is_uploaded_again_is_young_again(upload):
    upload("yellow")
    again = upload("yellow", old=False)
    assert sweep() == 0
    assert store.is_kept(again)


def test_a_file_that_a_draft_holds_stays_until_the_draft_is_dropped(upload, app, clerk, db_session):
    photo = upload("black")
    with app.test_request_context():
        word = store.sign(photo, db_session.scalar(select(User.id).where(User.username == "clerk.bb")))
    clerk.send("/entry/a-draft-with-a-photo/draft", {"people-0-held": word})
    assert sweep() == 0
    assert store.is_kept(photo)
    clerk.send("/entry/a-draft-with-a-photo/drop")
    assert sweep() == 1


def test_the_remains_of_an_upload_that_was_cut_off_go(upload, app):
    upload("white", old=False)
    remains = store.path_of("0" * 64).parent.parent / "incoming" / "tmpcutoff"
    remains.write_bytes(b"half a photo")
    os.utime(remains, (LONG_AGO, LONG_AGO))
    sweep()
    assert not remains.exists()
