"""A PDF with active content is refused wherever the content is, and a passive one is kept as it is."""

import contextlib
import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from app.kernel.files import store as files
from tests import nightly
from tests.sample_files import PDF

SCRIPT = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
FORM = Dictionary(S=Name.SubmitForm, F="https://evil.invalid")


def make_pdf(change=lambda document: None, **options):
    """Return a PDF of one page after `change(document)`, with its objects in compressed streams."""
    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    change(document)
    document.save(out, **{"object_stream_mode": pikepdf.ObjectStreamMode.generate} | options)
    return out.getvalue()


def annotate(kind, **more):
    def change(document):
        annotation = Dictionary(Type=Name.Annot, Subtype=kind, Rect=Array([0, 0, 9, 9]), **more)
        document.pages[0].Annots = Array([document.make_indirect(annotation)])

    return change


def in_catalog(**parts):
    return lambda document: [document.Root.__setitem__(f"/{name}", part) for name, part in parts.items()]


def on_page(**parts):
    return lambda document: [document.pages[0].__setitem__(f"/{name}", part) for name, part in parts.items()]


def attach(document):
    document.attachments["a.exe"] = b"MZ"


ACTIVE = {
    "a script at the start": in_catalog(OpenAction=SCRIPT),
    "a script by name": in_catalog(
        Names=Dictionary(JavaScript=Dictionary(Names=Array(["a", Dictionary(S=Name.JavaScript)])))
    ),
    "a script of a page": on_page(AA=Dictionary(O=SCRIPT)),
    "a script behind a link": annotate(Name.Link, A=SCRIPT),
    "a script after another action": annotate(
        Name.Link, A=Dictionary(S=Name.GoTo, D=Array([]), Next=Array([SCRIPT]))
    ),
    "a program": annotate(Name.Link, A=Dictionary(S=Name.Launch, F="calc.exe")),
    "a form that is sent": annotate(Name.Link, A=FORM),
    "another document": annotate(Name.Link, A=Dictionary(S=Name.GoToR, F="other.pdf")),
    "an address opened at the start": in_catalog(
        OpenAction=Dictionary(S=Name.URI, URI="https://evil.invalid")
    ),
    "media": annotate(Name.RichMedia),
    "an attached file": attach,
    "an attached file on a page": annotate(Name.FileAttachment),
    "an XFA form": in_catalog(AcroForm=Dictionary(Fields=Array([]), XFA=Array([]))),
}
PASSIVE = {
    "one page": lambda document: None,
    "a page shown at the start": lambda document: document.Root.__setitem__(
        "/OpenAction", Array([document.pages[0].obj, Name.Fit])
    ),
    "a link to an address": annotate(Name.Link, A=Dictionary(S=Name.URI, URI="https://court.invalid")),
    "text that looks like a name": in_catalog(Lang="/JavaScript /JS /Launch"),
}
LOCKED = pikepdf.Encryption(owner="owner", user="")


@pytest.fixture
def store(app):
    with app.test_request_context():
        yield lambda content: files.save_file(io.BytesIO(content), "a.pdf")


@pytest.mark.parametrize("change", ACTIVE.values(), ids=ACTIVE)
def test_pdf_with_active_content_is_refused(store, change):
    with pytest.raises(files.FileRefused, match="PDF"):
        store(make_pdf(change))


@pytest.mark.nightly(name="matrix")
def test_encrypted_pdf_with_active_content_is_refused(store):
    for name in nightly.some_of(ACTIVE):
        with pytest.raises(files.FileRefused, match="PDF"):
            store(make_pdf(ACTIVE[name], encryption=LOCKED))


@pytest.mark.nightly(name="matrix")
@pytest.mark.parametrize("kind", PASSIVE)
def test_passive_pdf_is_stored_unchanged(store, kind):
    for options in nightly.some_of(
        ({}, {"encryption": LOCKED}, {"linearize": True}), list(PASSIVE).index(kind)
    ):
        content = make_pdf(PASSIVE[kind], **options)
        stored = store(content)
        assert files.file_path(stored.sha256).read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        make_pdf(encryption=pikepdf.Encryption(owner="owner", user="secret")),
        PDF.replace(b"/Kids [3 0 R]", b""),
        b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"%%EOF",
    ],
    ids=["a password", "no page", "noise"],
)
def test_unreadable_pdf_is_refused(store, content):
    with pytest.raises(files.FileRefused, match="PDF"):
        store(content)


def test_pdf_with_many_objects_is_stored(store):
    def fill(pdf):
        pdf.Root.X = Array([pdf.make_indirect(Dictionary(A=number)) for number in range(5_000)])

    assert store(make_pdf(fill)).mime == files.PDF


def test_pdf_with_deep_arrays_is_refused_or_stored_in_time(store):
    deep = PDF.replace(b"/Catalog", b"/Catalog /X " + b"[" * 50_000 + b"]" * 50_000)
    with contextlib.suppress(files.FileRefused):
        store(deep)
