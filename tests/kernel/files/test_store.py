"""File store: the content decides the type, each file is stored once, and access follows the record."""

import io
import os
import resource
import struct
import threading
import zlib

import pytest
from PIL import Image

from app.kernel.files import images
from app.kernel.files import store as files
from app.people.models import PersonPhoto
from tests import nightly
from tests.sample_files import PDF
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

RED, GREEN = (200, 30, 30), (30, 200, 30)


def make_picture(kind="JPEG", size=(300, 200), mode="RGB", **options):
    """Return an image that is red on the left and green on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, (size[0] // 2, 0, *size))
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


def make_png_header(width, height):
    """Return a small PNG with a header that states this size in pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def split_jpeg(content):
    """Return the segments of a JPEG: (marker, bytes). The data of a scan belongs to its segment."""
    segments, start = [], 2
    while content[start + 1] != 0xD9:
        end = start + 2 + int.from_bytes(content[start + 2 : start + 4])
        if content[start + 1] == 0xDA:
            while content[end] != 0xFF or content[end + 1] == 0:
                end += 1
        segments.append((content[start + 1], content[start:end]))
        start = end
    return segments


def make_many_scans(times, size=(300, 200)):
    """Return a progressive JPEG in which the last scan is repeated. Each repetition decodes all pixels again."""
    segments = split_jpeg(make_picture(size=size, mode="L", progressive=True))
    scans = [part for kind, part in segments if kind == 0xDA]
    return b"\xff\xd8" + b"".join(part for _kind, part in segments) + scans[-1] * times + b"\xff\xd9"


def make_exif_photo(**tags):
    exif = Image.Exif()
    exif[0x010F] = "Camera of a clerk"
    exif[0x0112] = tags.get("orientation", 1)
    exif.get_ifd(0x8825)[1] = "N"  # location
    return make_picture(exif=exif.tobytes(), comment=b"written by hand")


@pytest.fixture
def store(app):
    """Return a function that stores bytes as an upload."""
    with app.test_request_context():
        yield lambda content, name="a.jpg": files.save_file(io.BytesIO(content), name)


def open_image(stored):
    return Image.open(files.file_path(stored.sha256))


def upload(client, content, name="photo.jpg"):
    data = {"file": (io.BytesIO(content), name)}
    return client.post("/file/upload", data=data, headers={"X-CSRFToken": client.token})


@pytest.mark.parametrize(
    "content",
    [
        make_picture("JPEG"), make_picture("JPEG", progressive=True), make_picture("JPEG", mode="L"), make_picture("JPEG", mode="CMYK"),
        make_picture("PNG"), make_picture("PNG", mode="P"), make_picture("PNG", mode="RGBA"), make_picture("PNG", mode="1"),
        make_picture("PNG", mode="LA"), make_picture("WEBP"), make_picture("WEBP", lossless=True),
    ],
)  # fmt: skip
def test_photo_of_any_format_is_stored_as_jpeg(store, content):
    stored = store(content)
    assert (stored.mime, stored.width_px, stored.height_px) == ("image/jpeg", 300, 200)
    with open_image(stored) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (300, 200))
    assert stored.size == files.file_path(stored.sha256).stat().st_size


def test_photo_with_twenty_more_scans_is_stored(store):
    assert store(make_many_scans(20)).width_px == 300


def test_photo_with_many_scans_is_refused_before_it_is_decoded(store):
    """A photo of 250 kB must not use the processor for seconds."""
    content = make_many_scans(1500, size=(8000, 5000))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(files.FileRefused, match="photo.jpg"):
        store(content, "photo.jpg")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 2


def test_photo_with_16_bit_grey_is_scaled(store):
    out = io.BytesIO()
    Image.new("I;16", (10, 10), 0x8000).save(out, "PNG")
    with open_image(store(out.getvalue())) as picture:
        assert abs(picture.getpixel((5, 5))[0] - 128) < 3


def test_photo_with_transparency_gets_white_background(store):
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    with open_image(store(out.getvalue())) as picture:
        assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_photo_metadata_is_removed(store):
    stored = store(make_exif_photo())
    content = files.file_path(stored.sha256).read_bytes()
    assert b"Camera" not in content and b"Exif" not in content and b"by hand" not in content


@pytest.mark.parametrize("orientation, left", [(1, RED), (3, GREEN), (2, GREEN), (4, RED)])
def test_photo_is_stored_upright(store, orientation, left):
    with open_image(store(make_exif_photo(orientation=orientation))) as picture:
        assert picture.size == (300, 200)
        assert all(
            abs(one - other) < 20 for one, other in zip(picture.getpixel((20, 100)), left, strict=True)
        )


@pytest.mark.parametrize("orientation, top", [(6, RED), (8, GREEN), (5, RED), (7, GREEN)])
def test_photo_on_its_side_is_rotated(store, orientation, top):
    stored = store(make_exif_photo(orientation=orientation))
    assert (stored.width_px, stored.height_px) == (200, 300)
    with open_image(stored) as picture:
        assert all(abs(one - other) < 20 for one, other in zip(picture.getpixel((100, 20)), top, strict=True))


def test_photo_over_max_side_is_scaled_down(store):
    stored = store(make_picture(size=(6000, 3000)))
    assert (stored.width_px, stored.height_px) == (2400, 1200)


def test_photo_appended_data_is_removed(store):
    stored = store(make_picture() + b"PK\x03\x04 <script>alert(1)</script>")
    assert b"script" not in files.file_path(stored.sha256).read_bytes()


def get_file(client, url, **kwargs):
    """Return the response to a client, read to its end."""
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
    "gif": make_picture("GIF", mode="P"),
    "bmp": make_picture("BMP"),
    "tiff": make_picture("TIFF"),
    "ico": make_picture("ICO"),
    "zip": b"PK\x03\x04" + bytes(100),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "program": b"\x7fELF" + bytes(100),
    "sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(100),
    "start of a jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "start of a png": b"\x89PNG\r\n\x1a\n",
    "half a jpeg": make_picture(size=(900, 900))[:-2000],
    "half a png": make_picture("PNG", size=(900, 900))[:1200],
    "half a webp": make_picture("WEBP", size=(900, 900))[:300],
    "gif called png": b"\x89PNG\r\n\x1a\n" + make_picture("GIF", mode="P"),
    "jpeg of rubbish": b"\xff\xd8\xff" + os.urandom(5000),
    "png with rubbish": make_png_header(100, 100)[:-30] + os.urandom(60),
    "too wide": make_png_header(65000, 65000),
    "a png of too many pixels": make_png_header(5001, 4000),
    "a jpeg of too many scans": make_many_scans(images.MAX_SCANS),
    "a jpeg of too many pixels": make_picture(size=(8001, 5000)),
    "photo of 11 MB": make_picture("JPEG") + bytes(11 * 1024**2),
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


@pytest.mark.nightly(name="matrix")
@pytest.mark.parametrize("kind", REFUSED)
def test_file_with_bad_content_is_refused_under_any_name(store, app, kind):
    for name in nightly.some_of(("photo.jpg", "paper.pdf", "ឯកសារ"), list(REFUSED).index(kind)):
        with pytest.raises(files.FileRefused) as refusal:
            store(REFUSED[kind], name)
        assert name in str(refusal.value)
    incoming = app.config["FILES_DIR"] / "incoming"
    assert not incoming.exists() or not list(incoming.iterdir())


def test_pdf_without_active_content_is_stored_unchanged(store):
    stored = store(PDF, "photo.jpg")
    assert (stored.mime, stored.size, stored.width_px) == ("application/pdf", len(PDF), None)
    assert files.file_path(stored.sha256).read_bytes() == PDF


@pytest.mark.parametrize(
    "kind, mode, size",
    [("JPEG", "RGB", (8000, 5000)), ("PNG", "L", (5000, 4000)),
     pytest.param("PNG", "P", (5000, 4000), marks=pytest.mark.slow)],
)  # fmt: skip
def test_photo_with_maximum_pixels_is_accepted(store, kind, mode, size):
    assert store(make_picture(kind, size=size, mode=mode)).width_px == images.MAX_SIDE


def test_same_photo_is_stored_once_and_never_rewritten(store):
    first = store(make_picture())
    path = files.file_path(first.sha256)
    before = path.stat()
    os.utime(path, (0, 0))
    assert store(make_picture()) == first
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime >= before.st_mtime, "an upload of the same photo restarts its age"
    assert path.stat().st_mode & 0o222 == 0
    assert path.parent.name + path.name == first.sha256


def test_same_photo_uploaded_concurrently_is_stored_once(app):
    content, found = make_picture(size=(500, 500)), []

    def send():
        with app.test_request_context():
            found.append(files.save_file(io.BytesIO(content), "a.jpg"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len(set(found)) == 1


@pytest.mark.parametrize("side", files.THUMBNAIL_SIDES)
def test_thumbnail_is_created_once(store, side):
    stored = store(make_picture(size=(1200, 900)))
    path = files.ensure_thumbnail(stored.sha256, side)
    made = path.stat().st_mtime_ns
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (side, side * 3 // 4))
    assert files.ensure_thumbnail(stored.sha256, side).stat().st_mtime_ns == made


@pytest.mark.parametrize("name", ["", "../secret_key", "0" * 63, "A" * 64, "0" * 64 + "\n", "/etc/passwd"])
def test_path_of_invalid_hash_raises(store, name):
    with pytest.raises(ValueError):
        files.file_path(name)


def test_token_of_other_user_is_invalid(store):
    stored = store(make_picture())
    token = files.create_token(stored, 7)
    assert files.verify_token(token, 7) == stored
    for text, user in ((token, 8), (token[:-2], 7), ("", 7), ("x.y", 7)):
        assert files.verify_token(text, user) is None


def test_upload_by_clerk_shows_thumbnail(clerk):
    answer = upload(clerk, make_exif_photo(), "រូបថត/ដារ៉ា.jpg")
    assert answer.status_code == 200
    body = answer.json
    assert (body["name"], body["mime"]) == ("ដារ៉ា.jpg", "image/jpeg")
    assert "ដារ៉ា" not in body["url"]
    shown = clerk.get(body["url"])
    assert (shown.status_code, shown.content_type) == (200, "image/webp")


def test_pending_photo_of_other_user_is_hidden(clerk, client_as, client):
    url = upload(clerk, make_picture()).json["url"]
    assert get_file(client_as("clerk.pp"), url).status_code == 404
    assert get_file(client, url).status_code == 401
    assert get_file(client_as("auditor"), url).status_code == 403


def test_upload_refused_returns_reason(client_as):
    for language, said in (("en", "Choose a JPEG"), ("km", "JPEG")):
        answer = upload(client_as("clerk.bb", language), REFUSED["html"])
        assert answer.status_code == 422
        assert said in answer.json["error"] and "photo.jpg" in answer.json["error"]


def test_upload_needs_file_permission_and_csrf_token(clerk, client_as, client):
    no_file = clerk.post("/file/upload", headers={"X-CSRFToken": clerk.token})
    assert no_file.status_code == 422 and no_file.json["error"]
    assert upload(client_as("auditor"), make_picture()).status_code == 403
    assert upload(client, make_picture()).status_code == 401
    without_token = {
        "data": {"file": (io.BytesIO(make_picture()), "a.jpg")},
        "headers": {"Accept": "application/json"},
    }
    assert clerk.post("/file/upload", **without_token).status_code == 400


def test_file_name_bidi_controls_are_removed(clerk):
    assert "\u202e" not in upload(clerk, make_picture(), "photo\u202egpj.exe").json["name"]


@pytest.fixture
def photo(app, db_session):
    """The registered photo of a suspect of Battambang."""
    with app.test_request_context(), acting_as("clerk.bb"):
        stored = files.save_file(io.BytesIO(make_picture(size=(800, 600))), "a.jpg")
        person = make_registered_person()
        person.photos.append(PersonPhoto(**stored.columns))
        case = add_registered_case(people=[(person, "suspect")])
        document = files.save_file(io.BytesIO(PDF), "a.pdf")
        case.files[0].sha256, case.files[0].mime, case.files[0].size = (
            document.sha256,
            document.mime,
            document.size,
        )
        db_session.commit()
        return {"photo": person.photos[0].id, "document": case.files[0].id, "sha256": stored.sha256}


def test_photo_is_shown_in_three_sizes(clerk, photo):
    for size, kind, side in (
        ("64", "image/webp", 64),
        ("264", "image/webp", 264),
        ("full", "image/jpeg", 800),
    ):
        answer = get_file(clerk, f"/file/person-photo/{photo['photo']}/{size}")
        assert (answer.status_code, answer.content_type) == (200, kind), size
        with Image.open(io.BytesIO(answer.data)) as picture:
            assert picture.width == side


def test_file_response_has_security_headers(clerk, photo):
    for url in (
        f"person-photo/{photo['photo']}/64",
        f"person-photo/{photo['photo']}/full",
        f"case-file/{photo['document']}/full",
    ):
        headers = get_file(clerk, f"/file/{url}").headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert "private" in headers["Cache-Control"] and "Cookie" in headers["Vary"]
        assert ("no-store" in headers["Cache-Control"]) == url.endswith("full")


def test_pdf_is_downloaded_and_has_no_thumbnail(clerk, photo):
    answer = clerk.get(f"/file/case-file/{photo['document']}/full")
    assert (answer.data, answer.content_type) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert get_file(clerk, f"/file/case-file/{photo['document']}/64").status_code == 404


def test_file_with_matching_etag_returns_304(clerk, photo):
    url = f"/file/person-photo/{photo['photo']}/264"
    tag = get_file(clerk, url).headers["ETag"]
    again = clerk.get(url, headers={"If-None-Match": tag})
    assert (tag, again.status_code, again.data) == (f'"{photo["sha256"]}"', 304, b"")


def test_file_has_access_rules_of_its_record(client, client_as, photo):
    url = f"/file/person-photo/{photo['photo']}/64"
    assert get_file(client, url).status_code == 401
    assert get_file(client_as("auditor"), url).status_code == 403
    assert get_file(client_as("clerk.pp"), url).status_code == 404
    assert get_file(client_as("chief.bb"), url).status_code == 200


def test_file_url_invalid_returns_404(clerk, photo):
    for url in (
        "person-photo/99/64", "person-photo/0/64", f"person-photo/{2**63}/64", "person-photo/-1/64", "person-photo/x/64",
        "person-photo/1/65", "person-photo/1/original", "person/1/64", "../1/64", "pending/nothing",
    ):  # fmt: skip
        assert get_file(clerk, f"/file/{url}").status_code == 404, url


def test_file_missing_in_store_returns_404(clerk, app, photo):
    with app.app_context():
        path = files.file_path(photo["sha256"])
    for lost in path.parent.glob(f"{path.name}*"):
        lost.unlink()
    for size in ("64", "264", "full"):
        assert get_file(clerk, f"/file/person-photo/{photo['photo']}/{size}").status_code == 404
