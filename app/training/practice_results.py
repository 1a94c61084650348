"""The results of practice as a text that a trainer carries from the practice system to the course. Pure functions.

The two systems share no key. The page of the session shows its code to the trainers; the teacher types it in the practice
system, which seals the text with it.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass

TITLE = "E-CRIME PRACTICE"
MOST_EXERCISES = 999
_HEAD = re.compile(rf"{TITLE} (\d{{1,9}})")
_LINE = re.compile(r"(\d{1,4}) (\d{1,3}) (\d{1,3})")


class InvalidText(Exception):
    """Raised for a text that was not made with the code of this session, or was changed."""


@dataclass(frozen=True)
class Result:
    """The practice of one participant: the number in the list of participants, the exercises done, the mean in percent."""

    number: int
    exercises: int
    percent: int


def make_code(secret, session_id):
    """Return the code of a session as its trainers read it: four groups of four letters and digits."""
    digest = hmac.digest(secret.encode(), f"practice of session {session_id}".encode(), "sha256")
    letters = b32encode(digest).decode()[:16]
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def write_results(code, session_id, results):
    """Return the sealed text of these results."""
    lines = [f"{TITLE} {session_id}", *(f"{one.number} {one.exercises} {one.percent}" for one in results)]
    return "\n".join((*lines, _seal(code, lines)))


def read_results(code, session_id, text):
    """Return the results in a text. Raise InvalidText if it is not sealed with this code for this session."""
    lines = [line for line in (" ".join(one.split()) for one in text.splitlines()) if line]
    if len(lines) < 3 or not hmac.compare_digest(
        lines[-1].upper().encode(), _seal(code, lines[:-1]).encode()
    ):
        raise InvalidText
    head, rows = _HEAD.fullmatch(lines[0]), [_LINE.fullmatch(line) for line in lines[1:-1]]
    if head is None or int(head[1]) != session_id or None in rows:
        raise InvalidText
    results = [Result(*map(int, row.groups())) for row in rows]
    numbers = {one.number for one in results}
    if len(numbers) < len(results) or any(
        one.percent > 100 or not 1 <= one.exercises <= MOST_EXERCISES for one in results
    ):
        raise InvalidText
    return results


def _seal(code, lines):
    key = "".join(one for one in code.upper() if one.isalnum())
    return hmac.digest(key.encode(), "\n".join(lines).encode(), "sha256").hex()[:20].upper()
