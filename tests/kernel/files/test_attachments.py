"""Audio, video and office files: the content decides the type, macros are refused, nothing is shown by a browser."""

import io
import zipfile

import pytest

from app.kernel.files import attachments, store

TYPES = b'<Types><Override PartName="/word/document.xml" ContentType="application/xml"/></Types>'
MP3, WAV = b"ID3\x04" + bytes(200), b"RIFF\x24\0\0\0WAVEfmt " + bytes(200)
MP4, M4A = b"\0\0\0\x18ftypisom" + bytes(200), b"\0\0\0\x18ftypM4A " + bytes(200)


def make_office(main="word/document.xml", types=TYPES, **parts):
    """Return an office file with these parts (`__` stands for a slash)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(attachments.TYPES_PART, types)
        for name in (main, *(one.replace("__", "/") for one in parts)):
            archive.writestr(name, b"<x/>")
    return out.getvalue()


def save(content, with_attachments=True):
    return store.save_file(io.BytesIO(content), "a.mp3", with_attachments)


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (MP3, "audio/mpeg"),
        (WAV, "audio/wav"),
        (MP4, "video/mp4"),
        (M4A, "audio/mp4"),
        (b"OggS" + bytes(50), "audio/ogg"),
        (b"\x1a\x45\xdf\xa3" + bytes(50), "video/x-matroska"),
        (make_office(), "application/x-docx"),
        (make_office("xl/workbook.xml"), "application/x-xlsx"),
    ],
)
def test_content_decides_the_type(app, content, mime):
    with app.app_context():
        stored = save(content)
        assert (stored.mime, stored.size, stored.is_attachment) == (mime, len(content), True)
        assert store.file_path(stored.sha256).read_bytes() == content
        with pytest.raises(store.FileRefused):
            save(content, with_attachments=False)


@pytest.mark.parametrize(
    "content",
    [
        make_office(word__vbaProject_bin=1).replace(b"vbaProject_bin", b"vbaProject.bin"),
        make_office(types=TYPES.replace(b"application/xml", b"application/vnd.ms-word.document.macroEnabled.main+xml")),
        make_office(word__embeddings__oleObject1=1),
        make_office()[:-30],
        make_office(main="other.txt"),
        b"PK\x03\x04" + bytes(100),
        b"\xd0\xcf\x11\xe0" + bytes(100),
        b"MZ" + bytes(100),
        b"<html><script>alert(1)</script>",
        b"\0\0\0\x18ftypheic" + bytes(100),
        b"",
    ],
)  # fmt: skip
def test_active_unknown_and_damaged_files_are_refused(app, content):
    with app.app_context(), pytest.raises(store.FileRefused):
        save(content)


@pytest.mark.parametrize(
    "part",
    [
        "word/vbaProject.bin", "word/embeddings/a.bin", "word/activeX/activeX1.bin", "xl/externalLinks/externalLink1.xml",
        "xl/macrosheets/sheet1.xml", "xl/ctrlProps/ctrlProp1.xml",
    ],
)  # fmt: skip
def test_office_file_with_one_active_part_is_refused(app, part):
    with app.app_context(), pytest.raises(store.FileRefused, match="ម៉ាក្រូ"):
        save(make_office(**{part: 1}))


@pytest.mark.parametrize(
    "kind", [b"ms-word.document.macroEnabled.main+xml", b"oleObject", b"ms-office.activeX+xml"]
)
def test_office_file_with_one_active_type_is_refused(app, kind):
    with app.app_context(), pytest.raises(store.FileRefused, match="ម៉ាក្រូ"):
        save(make_office(types=TYPES.replace(b"application/xml", b"application/vnd." + kind)))


def test_large_video_is_refused(app, monkeypatch):
    monkeypatch.setattr(store, "PDF_LIMIT", 1000)
    with app.app_context(), pytest.raises(store.FileRefused, match="MB"):
        save(MP4 + bytes(2000))


def test_every_type_has_an_extension():
    for one in attachments.list_types():
        assert attachments.find_extension(one.mime) == one.extension or one.mime == "audio/mpeg"
        assert len(one.mime) <= 60
