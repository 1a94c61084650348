"""An audio file as document of a case: uploaded, registered and saved by the browser, never shown by it."""

from io import BytesIO

from app.cases.models import CaseFile
from app.people.models import PersonPhoto
from tests.cases.test_entry import count_rows
from tests.kernel.files.test_attachments import MP3, make_office
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case


@prepared
def case(app, db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.commit()
    return case


def upload(clerk, content, rows="files"):
    sent = {"file": (BytesIO(content), "sound.mp3"), "rows": rows}
    return clerk.send("/file/upload", sent, content_type="multipart/form-data")


def add(clerk, case, rows, token):
    fields = {f"{rows}-0-kind": "other", f"{rows}-0-uploads": token}
    return clerk.send(f"/addition/{case.id}/a-token", fields)


def test_audio_becomes_a_document_that_a_browser_only_saves(clerk, case, db_session):
    token = upload(clerk, MP3).json["token"]
    assert clerk.get(f"/file/pending/{token}").status_code == 404
    assert add(clerk, case, "files", token).status_code == 302
    db_session.expire_all()
    file = case.files[-1]
    assert file.mime == "audio/mpeg"
    answer = clerk.get(f"/file/case-file/{file.id}/full")
    assert answer.data == MP3 and answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].endswith(f"case-file-{file.id}.mp3")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert clerk.get(f"/file/case-file/{file.id}/264").status_code == 404
    assert f"/file/case-file/{file.id}/264" not in clerk.get(f"/case/show/{case.id}").text


def test_audio_is_no_photo_of_a_person(clerk, case, db_session):
    assert upload(clerk, MP3, rows="people").status_code == 422
    token = upload(clerk, MP3).json["token"]
    files, photos = count_rows(db_session, CaseFile), count_rows(db_session, PersonPhoto)
    assert add(clerk, case, "people", token).status_code == 422
    assert (count_rows(db_session, CaseFile), count_rows(db_session, PersonPhoto)) == (files, photos)


def test_document_with_a_macro_is_refused_with_a_message(clerk, case):
    answer = upload(clerk, make_office(word__vbaProject=1))
    assert answer.status_code == 422 and "PDF" in answer.json["error"]
