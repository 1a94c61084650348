"""Check Khmer text for faults that are invisible: two spellings that look alike, marks in the wrong order.

A word must be one string of code points, or search and sorting miss it. `faults` returns what is wrong with a
text; an empty list means no fault. The order in a syllable is that of the Unicode standard (chapter on
Khmer): base, robat, shifter, subscripts, vowel, signs.
"""

import re

BASE = "\u1780-\u17a2\u17a5-\u17b3"
COENG = "\u17d2"
SHIFTER = "\u17c9\u17ca"
VOWEL = "\u17b6-\u17c5"
SIGN = "\u17c6-\u17c8\u17cb\u17cd-\u17d1\u17dd"
MARK = "\u17b6-\u17d3\u17dd"
KHMER = "\u1780-\u17ff"

ROBAT = "\u17cc"
SUBSCRIPT = f"{COENG}[{BASE}]"
SYLLABLE = re.compile(
    f"[{BASE}]{ROBAT}?[{SHIFTER}]?(?:{SUBSCRIPT}){{0,2}}[{SHIFTER}]?[{VOWEL}]?[{SIGN}]{{0,2}}"
)
MARKED_RUN = re.compile(f"[{BASE}](?:{SUBSCRIPT}|[{MARK}])*")

FAULTS = {
    "an invisible character": re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u00a0]"),
    "subscript DA where the register writes TA": re.compile(f"{COENG}\u178a"),
    "subscript RO before another subscript": re.compile(f"{COENG}\u179a{COENG}"),
    "a vowel in two parts": re.compile("\u17c1[\u17b6\u17b8\u17be]"),
    "a deprecated letter": re.compile("[\u17a3\u17a4\u17b2\u17b4\u17b5\u17d3\u17d8]"),
    "a subscript sign without a letter": re.compile(f"{COENG}(?![{BASE}])"),
    "a mark without a letter": re.compile(f"(?:^|[^{BASE}{MARK}])[{MARK}]"),
    "a mark twice": re.compile(f"([{MARK}])\\1"),
    "an ASCII colon for ៈ or ៖": re.compile(f"[{BASE}{MARK}]:"),
    "a semicolon after Khmer": re.compile(f"[{KHMER}];"),
    "a space before ។ ៕ ៖ or ៗ": re.compile(r"\s[។៕៖ៗ]"),
    "two spaces": re.compile("  "),
    "Khmer and Latin digits in one number": re.compile("[០-៩][0-9]|[0-9][០-៩]"),
    "spaces inside « »": re.compile("«\\s|\\s»"),
    "three full stops for …": re.compile(r"\.\.\."),
}


def faults(text):
    """Return the faults in the code points of a Khmer text, each as a message with its position."""
    found = [f"{fault}: {match.group()!r}" for fault, form in FAULTS.items() if (match := form.search(text))]
    for run in MARKED_RUN.finditer(text):
        if not SYLLABLE.fullmatch(run.group()):
            found.append(f"marks in the wrong order: {run.group()!r}")
    return found
