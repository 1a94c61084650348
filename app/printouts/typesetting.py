"""Sheets become a PDF: by typst, in the one font of the register, with nothing but what the sheets say.

A sheet is handed over as data and set as text, so a record that holds markup prints its letters. Neither the fonts of
the computer nor packages of others are looked at, and nothing is fetched. Letters that the font lacks (a Vietnamese
name) come from the fonts that typst brings along.
"""

import io
import json
import time
from functools import cache
from importlib import resources
from pathlib import Path

import segno
import typst

LANGUAGE = "km"  # of every paper, whoever has it printed
LAYOUT = Path(__file__).parent / "layout"


def typeset(sheets, words):
    """The PDF of these sheets, one after the other; `words` are those around all of them (`stamps.words_of`)."""
    return typst.Compiler(LAYOUT / "paper.typ", LAYOUT, _fonts(), ignore_system_fonts=True).compile(
        format="pdf",
        sys_inputs=inputs(sheets, words),
        timestamp=int(time.time()),
    )


def inputs(sheets, words):
    """What the layout is given."""
    plain = [sheet.plain | {"square": _square(sheet.number)} for sheet in sheets]
    return {"paper": json.dumps({"words": words, "sheets": plain})}


@cache
def _fonts():
    files = resources.files("fontpkg_noto_sans_khmer") / "files"
    return typst.Fonts(include_system_fonts=False, font_paths=[str(files)])


def _square(number):
    """The number as a QR code: an SVG."""
    out = io.BytesIO()
    if number:
        segno.make(number, error="m", micro=False).save(out, kind="svg", border=0)
    return out.getvalue().decode()
