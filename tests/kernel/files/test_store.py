"""What is uploaded is what its content is, lies in the store once, and follows the record it belongs to."""

import io
import os
import struct
import threading
import zlib

import pytest
from PIL import Image

from app.kernel.files import images
from app.kernel.files import store as files
from app.people.models import PersonPhoto
from tests.sample_rows import a_registered_case, a_registered_person, written_by

RED, GREEN = (200, 30, 30), (30, 200, 30)
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


def a_picture(kind="JPEG", size=(300, 200), mode="RGB", **options):
    """A picture, red on its left and green on its right."""
    made = Image.new("RGB", size, RED)
    made.paste(GREEN, (size[0] // 2, 0, *size))
    out = io.BytesIO()
    made.convert(mode).save(out, kind, **options)
    return out.getvalue()


def a_png_that_says(width, height):
    """A PNG of a few bytes whose header promises that many pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def with_exif(**tags):
    exif = Image.Exif()
    exif[0x010F] = "Camera of a clerk"
    exif[0x0112] = tags.get("orientation", 1)
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    return a_picture(exif=exif.tobytes(), comment=b"written by hand")


@pytest.fixture
def store(app):
    """Keeps bytes as an upload would be kept."""
    with app.test_request_context():
        yield lambda content, name="a.jpg": files.store(io.BytesIO(content), name)


def kept(stored):
    return Image.open(files.path_of(stored.sha256))


def upload(client, content, name="photo.jpg"):
    data = {"file": (io.BytesIO(content), name)}
    return client.post("/file/upload", data=data, headers={"X-CSRFToken": client.token})


@pytest.mark.parametrize(
    "content",
    [
        a_picture("JPEG"), a_picture("JPEG", progressive=True), a_picture("JPEG", mode="L"), a_picture("JPEG", mode="CMYK"),
        a_picture("PNG"), a_picture("PNG", mode="P"), a_picture("PNG", mode="RGBA"), a_picture("PNG", mode="1"),
        a_picture("PNG", mode="LA"), a_picture("WEBP"), a_picture("WEBP", lossless=True),
    ],
)  # fmt: skip
def test_a_photo_of_any_usual_kind_becomes_a_jpeg(store, content):
    stored = store(content)
    assert (stored.mime, stored.width_px, stored.height_px) == ("image/jpeg", 300, 200)
    with kept(stored) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (300, 200))
    assert stored.size == files.path_of(stored.sha256).stat().st_size


def test_grey_of_sixteen_bits_is_scaled(store):
    out = io.BytesIO()
    Image.new("I;16", (10, 10), 0x8000).save(out, "PNG")
    with kept(store(out.getvalue())) as picture:
        assert abs(picture.getpixel((5, 5))[0] - 128) < 3


def test_a_transparent_photo_stands_on_white(store):
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    with kept(store(out.getvalue())) as picture:
        assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_nothing_but_the_picture_is_kept(store):
    stored = store(with_exif())
    content = files.path_of(stored.sha256).read_bytes()
    assert b"Camera" not in content and b"Exif" not in content and b"by hand" not in content


@pytest.mark.parametrize("orientation, left", [(1, RED), (3, GREEN), (2, GREEN), (4, RED)])
def test_a_photo_stands_upright(store, orientation, left):
    with kept(store(with_exif(orientation=orientation))) as picture:
        assert picture.size == (300, 200)
        assert all(
            abs(one - other) < 20 for one, other in zip(picture.getpixel((20, 100)), left, strict=True)
        )


@pytest.mark.parametrize("orientation, top", [(6, RED), (8, GREEN), (5, RED), (7, GREEN)])
def test_a_photo_that_lay_on_its_side_is_turned(store, orientation, top):
    stored = store(with_exif(orientation=orientation))
    assert (stored.width_px, stored.height_px) == (200, 300)
    with kept(stored) as picture:
        assert all(abs(one - other) < 20 for one, other in zip(picture.getpixel((100, 20)), top, strict=True))


def test_a_large_photo_is_made_smaller(store):
    stored = store(a_picture(size=(6000, 3000)))
    assert (stored.width_px, stored.height_px) == (2400, 1200)


def test_what_lies_behind_a_photo_is_gone(store):
    stored = store(a_picture() + b"PK\x03\x04 <script>alert(1)</script>")
    assert b"script" not in files.path_of(stored.sha256).read_bytes()


def seen(client, url, **kwargs):
    """What a client is given, read to its end."""
    with client.get(url, **kwargs) as answer:
        answer.get_data()
        return answer


REFUSED = {
    "nothing": b"",
    "one byte": b"\xff",
    "text": b"hello",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "xml before svg": b"<?xml version='1.0'?><svg/>",
    "html": b"<!DOCTYPE html><script>alert(1)</script>",
    "gif": a_picture("GIF", mode="P"),
    "bmp": a_picture("BMP"),
    "tiff": a_picture("TIFF"),
    "ico": a_picture("ICO"),
    "zip": b"PK\x03\x04" + bytes(100),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "program": b"\x7fELF" + bytes(100),
    "sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(100),
    "start of a jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "start of a png": b"\x89PNG\r\n\x1a\n",
    "half a jpeg": a_picture(size=(900, 900))[:-2000],
    "half a png": a_picture("PNG", size=(900, 900))[:1200],
    "half a webp": a_picture("WEBP", size=(900, 900))[:300],
    "gif called png": b"\x89PNG\r\n\x1a\n" + a_picture("GIF", mode="P"),
    "jpeg of rubbish": b"\xff\xd8\xff" + os.urandom(5000),
    "png with rubbish": a_png_that_says(100, 100)[:-30] + os.urandom(60),
    "too wide": a_png_that_says(65000, 65000),
    "a png of too many pixels": a_png_that_says(5001, 4000),
    "a jpeg of too many pixels": a_picture(size=(8001, 5000)),
    "photo of 11 MB": a_picture("JPEG") + bytes(11 * 1024**2),
    "26 MB": PDF[:-7] + bytes(26 * 1024**2) + b"%%EOF\n",
    "pdf without an end": PDF[:-7],
    "pdf with its end far away": PDF + bytes(3000),
    "pdf behind a byte": b" " + PDF,
    "pdf with a script": PDF.replace(b"/Catalog", b"/Catalog /OpenAction <</S /JavaScript /JS (app.alert)>>"),
    "pdf with a hidden script": PDF.replace(
        b"/Catalog", b"/Catalog /OpenAction <</S /J#61v#41Script>>".replace(b"#41", b"#61")
    ),
    "pdf that starts a program": PDF.replace(b"/Catalog", b"/Catalog /AA <</S /Launch>>"),
    "pdf with a file inside": PDF.replace(b"/Catalog", b"/Catalog /EmbeddedFiles 3 0 R"),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_this_is_refused_whatever_its_name_says(store, app, content):
    for name in ("photo.jpg", "paper.pdf", "ឯកសារ"):
        with pytest.raises(files.FileRefused) as refusal:
            store(content, name)
        assert name in str(refusal.value)
    incoming = app.config["FILES_DIR"] / "incoming"
    assert not incoming.exists() or not list(incoming.iterdir())


def test_a_passive_pdf_is_kept_as_it_is(store):
    stored = store(PDF, "photo.jpg")
    assert (stored.mime, stored.size, stored.width_px) == ("application/pdf", len(PDF), None)
    assert files.path_of(stored.sha256).read_bytes() == PDF


@pytest.mark.parametrize(
    "kind, mode, size",
    [("JPEG", "RGB", (8000, 5000)), ("PNG", "L", (5000, 4000)), ("PNG", "P", (5000, 4000))],
)
def test_as_many_pixels_as_are_allowed_are_read(store, kind, mode, size):
    assert store(a_picture(kind, size=size, mode=mode)).width_px == images.LONGEST_SIDE


def test_the_same_photo_lies_there_once_and_is_never_written_again(store):
    first = store(a_picture())
    path = files.path_of(first.sha256)
    before = path.stat()
    os.utime(path, (0, 0))
    assert store(a_picture()) == first
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime >= before.st_mtime, "whoever sends it again holds it for as long as the first"
    assert path.stat().st_mode & 0o222 == 0
    assert path.parent.name + path.name == first.sha256


def test_many_may_send_the_same_photo_at_once(app):
    content, found = a_picture(size=(500, 500)), []

    def send():
        with app.test_request_context():
            found.append(files.store(io.BytesIO(content), "a.jpg"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1


@pytest.mark.parametrize("side", files.SIDES)
def test_a_small_picture_is_made_once(store, side):
    stored = store(a_picture(size=(1200, 900)))
    path = files.thumbnail(stored.sha256, side)
    made = path.stat().st_mtime_ns
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (side, side * 3 // 4))
    assert files.thumbnail(stored.sha256, side).stat().st_mtime_ns == made


@pytest.mark.parametrize("name", ["", "../secret_key", "0" * 63, "A" * 64, "0" * 64 + "\n", "/etc/passwd"])
def test_what_is_no_hash_is_no_path(store, name):
    with pytest.raises(ValueError):
        files.path_of(name)


def test_a_held_file_is_its_owners_alone(store):
    stored = store(a_picture())
    token = files.sign(stored, 7)
    assert files.unsign(token, 7) == stored
    for text, user in ((token, 8), (token[:-2], 7), ("", 7), ("x.y", 7)):
        assert files.unsign(text, user) is None


def test_a_clerk_uploads_a_photo_and_sees_it(clerk):
    answer = upload(clerk, with_exif(), "រូបថត/ដារ៉ា.jpg")
    assert answer.status_code == 200
    told = answer.json
    assert (told["name"], told["mime"]) == ("ដារ៉ា.jpg", "image/jpeg")
    assert "ដារ៉ា" not in told["url"]
    shown = clerk.get(told["url"])
    assert (shown.status_code, shown.content_type) == (200, "image/webp")


def test_nobody_else_sees_a_held_photo(clerk, client_as, client):
    url = upload(clerk, a_picture()).json["url"]
    assert seen(client_as("clerk.pp"), url).status_code == 404
    assert seen(client, url).status_code == 401
    assert seen(client_as("auditor"), url).status_code == 403


def test_a_refused_upload_says_why(client_as):
    for language, said in (("en", "Choose a JPEG"), ("km", "JPEG")):
        answer = upload(client_as("clerk.bb", language), REFUSED["html"])
        assert answer.status_code == 422
        assert said in answer.json["error"] and "photo.jpg" in answer.json["error"]


def test_an_upload_needs_a_file_a_right_and_a_token(clerk, client_as, client):
    no_file = clerk.post("/file/upload", headers={"X-CSRFToken": clerk.token})
    assert no_file.status_code == 422 and no_file.json["error"]
    assert upload(client_as("auditor"), a_picture()).status_code == 403
    assert upload(client, a_picture()).status_code == 401
    without_token = {
        "data": {"file": (io.BytesIO(a_picture()), "a.jpg")},
        "headers": {"Accept": "application/json"},
    }
    assert clerk.post("/file/upload", **without_token).status_code == 400


def test_a_name_that_turns_the_writing_around_is_not_told(clerk):
    assert "\u202e" not in upload(clerk, a_picture(), "photo\u202egpj.exe").json["name"]


@pytest.fixture
def photo(app, db_session):
    """The photo of a suspect of Battambang, registered."""
    with app.test_request_context(), written_by("clerk.bb"):
        stored = files.store(io.BytesIO(a_picture(size=(800, 600))), "a.jpg")
        person = a_registered_person()
        person.photos.append(PersonPhoto(**stored.columns))
        case = a_registered_case(people=[(person, "suspect")])
        paper = files.store(io.BytesIO(PDF), "a.pdf")
        case.files[0].sha256, case.files[0].mime, case.files[0].size = paper.sha256, paper.mime, paper.size
        db_session.commit()
        return {"photo": person.photos[0].id, "paper": case.files[0].id, "sha256": stored.sha256}


@pytest.mark.parametrize(
    "size, kind, side", [("64", "image/webp", 64), ("264", "image/webp", 264), ("full", "image/jpeg", 800)]
)
def test_a_photo_is_shown_in_three_sizes(clerk, photo, size, kind, side):
    answer = clerk.get(f"/file/person-photo/{photo['photo']}/{size}")
    assert (answer.status_code, answer.content_type) == (200, kind)
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert picture.width == side


def test_a_file_can_do_nothing_in_a_browser(clerk, photo):
    for url in (
        f"person-photo/{photo['photo']}/64",
        f"person-photo/{photo['photo']}/full",
        f"case-file/{photo['paper']}/full",
    ):
        headers = seen(clerk, f"/file/{url}").headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert "private" in headers["Cache-Control"] and "Cookie" in headers["Vary"]


def test_a_paper_is_downloaded_and_has_no_small_picture(clerk, photo):
    answer = clerk.get(f"/file/case-file/{photo['paper']}/full")
    assert (answer.data, answer.content_type) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert seen(clerk, f"/file/case-file/{photo['paper']}/64").status_code == 404


def test_what_a_browser_has_is_not_sent_again(clerk, photo):
    url = f"/file/person-photo/{photo['photo']}/264"
    tag = seen(clerk, url).headers["ETag"]
    again = clerk.get(url, headers={"If-None-Match": tag})
    assert (tag, again.status_code, again.data) == (f'"{photo["sha256"]}"', 304, b"")


def test_a_file_follows_its_record(client, client_as, photo):
    url = f"/file/person-photo/{photo['photo']}/64"
    assert seen(client, url).status_code == 401
    assert seen(client_as("auditor"), url).status_code == 403
    assert seen(client_as("chief.bb"), url).status_code == 200


@pytest.mark.parametrize(
    "url",
    ["person-photo/99/64", "person-photo/0/64", f"person-photo/{2**63}/64", "person-photo/-1/64", "person-photo/x/64",
     "person-photo/1/65", "person-photo/1/original", "person/1/64", "../1/64", "held/nothing"],
)  # fmt: skip
def test_there_is_no_other_file(clerk, photo, url):
    assert seen(clerk, f"/file/{url}").status_code == 404


def test_a_lost_file_is_not_found_and_no_fault(clerk, app, photo):
    with app.app_context():
        path = files.path_of(photo["sha256"])
    for lost in path.parent.glob(f"{path.name}*"):
        lost.unlink()
    for size in ("64", "264", "full"):
        assert seen(clerk, f"/file/person-photo/{photo['photo']}/{size}").status_code == 404
