"""Converts text typed in the font Limon S1, which shows Khmer glyphs for Latin letters, to Unicode.

Limon is typed in visual order, which differs from Unicode: a vowel to the left of its consonant and the
subscript RO are typed first, and two halves form one vowel. Typists use several glyphs for one sign. Unknown
letters, and signs in an impossible position, are put in brackets and reported; nothing is guessed.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.kernel.text import khmer

MAX_ENTRY_BYTES = 3  # bytes of one entry of the table
COENG, RO_BELOW, E = "\u17d2", "\u17d2\u179a", "\u17c1"
PREFIX_VOWELS = (E, "\u17c2", "\u17c3")  # vowels typed before their consonant
# After a consonant with E before it, these signs form one vowel with E; without E they are only half a vowel.
VOWEL_HALVES = {"\u17b6": "\u17c4", "\u17b8": "\u17be"}
WHOLE_VOWELS = ("\u17bf", "\u17c0", "\u17c5")
BRACKET_OPEN, BRACKET_CLOSE = "⟦", "⟧"


@dataclass(frozen=True)
class ConvertedText:
    """Text in normalized Unicode; `unknown` are the unconverted pieces, in brackets in the text."""

    text: str
    unknown: tuple = ()


def to_unicode(text):
    """Convert a text typed in Limon S1. `text` holds its bytes as Latin-1 or Windows-1252 letters."""
    clusters = _Clusters()
    for piece in _split_signs(text):
        clusters.add_sign(piece)
    clusters.finish()
    return ConvertedText(khmer.normalize("".join(clusters.output), multiline=True), tuple(clusters.unknown))


def format_piece(piece):
    """Return an unconverted piece for a message, with its code; a single quote mark is hard to see."""
    code = _to_byte(piece) if len(piece) == 1 else None
    if code is None:
        return f"«{piece}»" if piece.isprintable() else f"U+{ord(piece[0]):04X}"
    return f"«{piece}» (0x{code:02X})" if piece.isprintable() else f"0x{code:02X}"


@cache
def load_table():
    """Return bytes → Unicode."""
    lines = files(__package__).joinpath("data/limon_s1.tsv").read_text("utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return {bytes.fromhex(key): value for key, value in rows}


def _split_signs(text):
    """Yield the signs of the text in typing order: Unicode if in the table, else the letter itself."""
    mapping, position = load_table(), 0
    codes = [_to_byte(letter) for letter in text]
    while position < len(text):
        for length in range(MAX_ENTRY_BYTES, 0, -1):
            chunk = codes[position : position + length]
            sign = mapping.get(bytes(chunk)) if None not in chunk else None
            if sign is not None:
                yield sign
                position += length
                break
        else:
            letter = text[position]
            yield letter if _is_blank(letter) else _Unknown(letter)
            position += 1


def _is_blank(letter):
    """Return whether the letter separates words. Some control characters are white space for Python only."""
    return letter in "\t\r\n" or (letter.isspace() and unicodedata.category(letter) != "Cc")


class _Unknown(str):
    """A letter that is not a glyph of the font."""

    __slots__ = ()


def _to_byte(letter):
    if ord(letter) < 0x100:
        return ord(letter)
    try:
        return letter.encode("cp1252")[0]
    except UnicodeEncodeError:
        return None


class _Clusters:
    """Collects letters with their marks from signs in typing order."""

    def __init__(self):
        self.output, self.unknown = [], []
        self._reset()

    def _reset(self):
        self.before, self.ro, self.base = "", "", ""

    def add_sign(self, sign):
        if isinstance(sign, _Unknown):
            self.finish()
            self._bracket(sign)
        elif sign in PREFIX_VOWELS:
            self._start_letter()
            if self.before:
                self._bracket_pending()
            self.before = sign
        elif sign == RO_BELOW:
            self._start_letter()
            if self.ro:
                self._bracket_pending()
            self.ro = sign
        elif _is_letter(sign[0]):
            self._start_letter()
            self.base = sign
        elif sign[0] == COENG or _is_mark(sign[0]):
            self._add_mark(sign)
        else:
            self.finish()
            self.output.append(sign)

    def _start_letter(self):
        """Begin a new letter; the previous one is complete."""
        if self.base:
            self.finish()

    def _add_mark(self, sign):
        if self.base:
            self.base += sign
        else:
            self._bracket_pending()
            self._bracket(sign)

    def finish(self):
        if not self.base:
            self._bracket_pending()
            return
        text = self.base + self.ro
        if self.before == E:
            text = _join_e(text)
        elif any(whole in text for whole in WHOLE_VOWELS):
            self._bracket(text)  # half of a vowel without its other half
            text = ""
        self.output.append(text if self.before in ("", E) else text + self.before)
        self._reset()

    def _bracket_pending(self):
        if self.before or self.ro:
            self._bracket(self.before + self.ro)
        self._reset()

    def _bracket(self, piece):
        shown = "".join(sign if sign.isprintable() else f"{ord(sign):02X}" for sign in piece)
        self.output.append(f"{BRACKET_OPEN}{shown}{BRACKET_CLOSE}")
        self.unknown.append(piece)


def _join_e(text):
    for half, whole in VOWEL_HALVES.items():
        if half in text:
            return text.replace(half, whole)
    return text if any(whole in text for whole in WHOLE_VOWELS) else text + E


def _is_letter(sign):
    return "\u1780" <= sign <= "\u17b3"


def _is_mark(sign):
    return "\u17b6" <= sign <= "\u17d1" or sign == "\u17dd"
