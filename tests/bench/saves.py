"""Saving a case with four people, two offences, two exhibits and one photo, again and again with new people."""

import io
import secrets

from PIL import Image

from tests.bench.turns import WARM, share
from tests.cases.typed import drug, hours_ago, person, row, theft, victim
from tests.pages import Page

STATEMENTS, P95 = 30, 60  # the most of each, milliseconds of the clock
KHMER = [chr(code) for code in range(0x1780, 0x17A2)]


class Saving:
    """Saves one case after the other, and says what each has cost."""

    def __init__(self, worker):
        self.worker, self.token, self.number = worker, worker.token("/entry/new-one"), 0

    def save(self):
        number, self.number = self.number, self.number + 1
        photo = self.worker.upload("/file/upload", "scene.jpg", _photo(number), self.token)["token"]
        form = a_case(number, photo) | {"csrf_token": self.token}
        answer = self.worker.answer(f"/entry/{secrets.token_urlsafe(12)}", "POST", form)
        assert answer.pop("status") == 302, Page(answer["text"]).by_id("summary").text
        return answer


def measure(ours, times):
    """The statements of one save and the milliseconds of many, of the clock: p50 and p95."""
    saving = Saving(ours)
    answers = [saving.save() for _number in range(times + WARM)][WARM:]
    walls = sorted(one["wall"] for one in answers)
    return {
        "statements": max(one["statements"] for one in answers),
        "p50": share(walls, 0.5),
        "p95": share(walls, 0.95),
        "cpu": sorted(one["cpu"] for one in answers)[len(answers) // 2],
        "statements_target": STATEMENTS,
        "p95_target": P95,
        "saves": times,
    }


def _photo(number):
    """A photo of its own for each case: the store keeps equal files once."""
    stream = io.BytesIO()
    Image.new("RGB", (640, 480), (number % 256, number // 256 % 256, 90)).save(stream, "JPEG")
    return stream.getvalue()


def a_case(number, photo=""):
    """What a clerk types of the case of that number."""
    drugs = row("offences-1", offence="DRUG2012-45", offence_class="misdemeanour")
    files = {"files-0-kind": "scene_photo", "files-0-held": photo, "case-photo_missing": ""} if photo else {}
    when = {"case-occurred_from": hours_ago(47 - number % 40), "case-reported_at": hours_ago(2)}
    when["case-occurred_to"] = when["case-occurred_from"]
    # Places and ways of working go round, so that no rule takes one case for another.
    people = person(2, "witness") | victim(3)
    passed = {"case-occurred_from__reason": "another_event"}
    form = theft(people, drugs, drug(1), files, when, passed)
    return form | {key: value for index in range(4) for key, value in _somebody(number, index).items()}


def _somebody(number, index):
    """A name and a card that nobody else has."""
    mark = number * 4 + index
    name = "".join(KHMER[(mark // 34**place + 7 * place) % 34] for place in range(4))
    boxes = {
        "surname_km": f"ប{name[:2]}",
        "given_km": f"{name}ា",
        "surname_latin": "Bench",
        "given_latin": f"X{_letters(mark)}",
    }
    reasons = {"surname_km__reason": "another_person"}
    found = {f"people-{index}-person-{key}": value for key, value in (boxes | reasons).items()}
    return found | {
        f"people-{index}-document-number": f"{700000000 + mark + secrets.randbelow(10**7) * 4:09d}"
    }


def _letters(number):
    return "".join(chr(97 + number // 26**place % 26) for place in range(4))
