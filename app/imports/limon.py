"""Limon S1 into Unicode: a font that puts Khmer glyphs in the place of Latin letters, typed as they stand on paper.

Left to right on paper is not the order of Unicode: a vowel that stands before its letter, and the foot of RO, are typed
before it, and two halves make one vowel. Typists use several glyphs for one sign. What the table does not know, or
what stands where nothing can bear it, is shown in brackets and told; nothing is guessed.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.kernel.text import khmer

LONGEST = 3  # bytes of one entry of the table
COENG, RO_BELOW, E = "\u17d2", "\u17d2\u179a", "\u17c1"
BEFORE = (E, "\u17c2", "\u17c3")  # vowels that stand before their letter
# What stands behind a letter that has E before it makes one vowel with it; without E it is but half a vowel.
HALVES = {"\u17b6": "\u17c4", "\u17b8": "\u17be"}
WHOLE = ("\u17bf", "\u17c0", "\u17c5")
OPENED, CLOSED = "⟦", "⟧"


@dataclass(frozen=True)
class Turned:
    """A text in Unicode, in normal form; `unknown` are the pieces that could not be turned, which it holds in brackets."""

    text: str
    unknown: tuple = ()


def to_unicode(text):
    """What a text that was typed in Limon S1 says. `text` holds its bytes as letters of Latin-1 or of Windows."""
    clusters = _Clusters()
    for piece in _pieces(text):
        clusters.take(piece)
    clusters.end()
    return Turned(khmer.normal("".join(clusters.said), lines=True), tuple(clusters.unknown))


def named(piece):
    """What could not be turned, for a sentence: nobody sees a quote mark that stands alone, so its code is told."""
    code = _byte(piece) if len(piece) == 1 else None
    if code is None:
        return f"«{piece}»"
    return f"«{piece}» (0x{code:02X})" if piece.isprintable() else f"0x{code:02X}"


@cache
def table():
    """bytes → Unicode."""
    lines = files(__package__).joinpath("data/limon_s1.tsv").read_text("utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return {bytes.fromhex(key): value for key, value in rows}


def _pieces(text):
    """The signs of the text in the order of typing: Unicode where the table knows them, else the letter itself."""
    known, place = table(), 0
    codes = [_byte(letter) for letter in text]
    while place < len(text):
        for length in range(LONGEST, 0, -1):
            part = codes[place : place + length]
            found = known.get(bytes(part)) if None not in part else None
            if found is not None:
                yield found
                place += length
                break
        else:
            letter = text[place]
            yield letter if letter.isspace() else _Unknown(letter)
            place += 1


class _Unknown(str):
    """A letter that is no glyph of the font."""

    __slots__ = ()


def _byte(letter):
    if ord(letter) < 0x100:
        return ord(letter)
    try:
        return letter.encode("cp1252")[0]
    except UnicodeEncodeError:
        return None


class _Clusters:
    """Letters with all that hangs on them, gathered from signs in the order of typing."""

    def __init__(self):
        self.said, self.unknown = [], []
        self._begin()

    def _begin(self):
        self.before, self.ro, self.base = "", "", ""

    def take(self, sign):
        if isinstance(sign, _Unknown):
            self.end()
            self._show(sign)
        elif sign in BEFORE:
            self._open()
            if self.before:
                self._show_pending()
            self.before = sign
        elif sign == RO_BELOW:
            self._open()
            if self.ro:
                self._show_pending()
            self.ro = sign
        elif _is_letter(sign[0]):
            self._open()
            self.base = sign
        elif sign[0] == COENG or _is_mark(sign[0]):
            self._hang(sign)
        else:
            self.end()
            self.said.append(sign)

    def _open(self):
        """A new letter begins: the one before is whole."""
        if self.base:
            self.end()

    def _hang(self, sign):
        if self.base:
            self.base += sign
        else:
            self._show_pending()
            self._show(sign)

    def end(self):
        if not self.base:
            self._show_pending()
            return
        text = self.base + self.ro
        if self.before == E:
            text = _with_e(text)
        elif any(whole in text for whole in WHOLE):
            self._show(text)  # half of a vowel without its other half
            text = ""
        self.said.append(text if self.before in ("", E) else text + self.before)
        self._begin()

    def _show_pending(self):
        if self.before or self.ro:
            self._show(self.before + self.ro)
        self._begin()

    def _show(self, piece):
        told = "".join(
            f"{ord(one):02X}" if 0x7F <= ord(one) < 0xA0 or ord(one) < 0x20 else one for one in piece
        )
        self.said.append(f"{OPENED}{told}{CLOSED}")
        self.unknown.append(piece)


def _with_e(text):
    for half, whole in HALVES.items():
        if half in text:
            return text.replace(half, whole)
    return text if any(whole in text for whole in WHOLE) else text + E


def _is_letter(sign):
    return "\u1780" <= sign <= "\u17b3"


def _is_mark(sign):
    return "\u17b6" <= sign <= "\u17d1" or sign == "\u17dd"
