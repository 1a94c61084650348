"""Typesets printouts as PDF with typst, in the one font of the system.

Content is passed as data and set as text, so markup in a record is printed literally. System fonts and
external packages are not used, and nothing is downloaded. Glyphs that the font lacks (Vietnamese names) come
from the fonts bundled with typst.
"""

import io
import json
import time
from functools import cache
from importlib import resources
from pathlib import Path

import segno
import typst

LANGUAGE = "km"  # of a printout, independent of the language of the reader, unless another one is asked for
LAYOUT = Path(__file__).parent / "layout"


def typeset(printouts, texts):
    """Return the PDF of these printouts in order.

    `texts` are printed around all of them (`footer.build_frame_texts`).
    """
    return typst.Compiler(LAYOUT / "printouts.typ", LAYOUT, load_fonts(), ignore_system_fonts=True).compile(
        format="pdf",
        sys_inputs=build_inputs(printouts, texts),
        timestamp=int(time.time()),
    )


def build_inputs(printouts, texts):
    """Return the inputs of the layout."""
    data = [
        printout.as_data | {"square": _build_qr_code(_get_code(printout, texts["address"]))}
        for printout in printouts
    ]
    return {"data": json.dumps({"texts": texts, "printouts": data})}


@cache
def load_fonts():
    files = resources.files("fontpkg_noto_sans_khmer") / "files"
    return typst.Fonts(include_system_fonts=False, font_paths=[str(files)])


def _get_code(printout, address):
    return printout.number if printout.proves_itself else address or printout.number


def _build_qr_code(text):
    """Return the text as a QR code in SVG."""
    out = io.BytesIO()
    if text:
        segno.make(text, error="m", micro=False).save(out, kind="svg", border=0)
    return out.getvalue().decode()
