"""The search for active content in a PDF. A script of `limited_process`; imports nothing of ours.

The library finds every object as a viewer does: in compressed streams, with escaped names, behind a broken index.
"""

import json
import sys

import pikepdf

# Scripts, automatic actions, forms with scripts, files inside, media.
ACTIVE_KEYS = frozenset(("/JS", "/JavaScript", "/AA", "/XFA", "/EF", "/EmbeddedFiles", "/RichMediaContent"))
ACTIVE_VALUES = {
    "/S": frozenset(
        ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound",
         "/RichMediaExecute", "/GoTo3DView")
    ),
    "/Subtype": frozenset(("/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D")),
    "/Type": frozenset(("/EmbeddedFile",)),
}  # fmt: skip


def has_active_content(document):
    """Return True if the document runs a program, sends data, opens something else or contains another file."""
    return any(map(_is_active, document.objects)) or _opens_with_action(document.Root)


def _is_active(found):
    """Return True if this object is active, or one within it. Objects that it refers to are in the list themselves."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (pikepdf.Dictionary, pikepdf.Stream)):
            parts = dict(one.items())
            if not ACTIVE_KEYS.isdisjoint(parts):
                return True
            if any(str(parts.get(key)) in values for key, values in ACTIVE_VALUES.items()):
                return True
            if str(parts.get("/Type")) == "/ObjStm":
                one.read_bytes()  # raises PdfError if the objects inside cannot be inspected
            waiting += [part for part in parts.values() if _is_direct(part)]
        elif isinstance(one, pikepdf.Array):
            waiting += [part for part in one if _is_direct(part)]
    return False


def _is_direct(part):
    return isinstance(part, pikepdf.Object) and not part.is_indirect


def _opens_with_action(root):
    """Return True if opening the document does more than show one of its pages."""
    action = root.get("/OpenAction")
    return isinstance(action, pikepdf.Dictionary) and (action.get("/S") != "/GoTo" or "/Next" in action)


def main():
    """Print whether the PDF of the standard input is active or unreadable."""
    try:
        with pikepdf.open(sys.stdin.buffer) as document:
            result = {"error": "active"} if has_active_content(document) else {}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  (the library may raise anything on data of an attacker)
        result = {"error": "unreadable"}
    sys.stderr.write(json.dumps(result))


if __name__ == "__main__":
    main()
