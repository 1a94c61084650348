"""Saves of a case with four persons, two offences, two exhibits and one photo, each time with new persons."""

import io
import secrets
from functools import cache

from PIL import Image

from app.demo.names import NameLists
from app.demo.seeded_random import SeededRandom
from tests.bench.stores import PROVINCE
from tests.bench.turns import WARM, share
from tests.cases.form_data import hours_ago, make_drug, make_person, make_row, make_theft, make_victim
from tests.html_pages import Page

STATEMENTS, P95 = 30, 60  # limits: number, and elapsed milliseconds
SAVES = 100  # with thirty, the second most expensive would decide
SEXES = "MFMF"  # of the four persons
# The database is kept, and the next run continues from the last case. Otherwise each run would save the same
# persons again and measure how many duplicates are found.
LAST = 'SELECT max(id) FROM "case"'
CARDS = 100_000  # consecutive numbers, of which the database has some dozens
COMMUNES = f"SELECT code, name_km FROM place WHERE parent_code LIKE '{PROVINCE}__' ORDER BY code"  # noqa: S608


class Saving:
    """Saves one case after the other and returns the cost of each."""

    def __init__(self, worker):
        self.worker, self.token = worker, worker.token("/entry/new-one")
        self.communes = worker.query(COMMUNES)
        ((self.number,),) = worker.query(LAST)
        self.cards = _free_cards(worker)

    def save(self):
        number, self.number = self.number, self.number + 1
        photo = upload_photo(self.worker, number, self.token)
        place, words = self.communes[number % len(self.communes)]
        form = a_case(number, self.cards, photo) | {"csrf_token": self.token}
        form |= {"case-place": place, "case-place__text": words}
        answer = self.worker.answer(f"/entry/{secrets.token_urlsafe(12)}", "POST", form)
        assert answer.pop("status") == 302, Page(answer["text"]).by_id("summary").text
        return answer


def measure(ours):
    """Return the statements of one save and the elapsed milliseconds of many: p50 and p95."""
    saving = Saving(ours)
    answers = [saving.save() for _number in range(SAVES + WARM)][WARM:]
    walls = sorted(one["wall"] for one in answers)
    return {
        "statements": max(one["statements"] for one in answers),
        "p50": share(walls, 0.5),
        "p95": share(walls, 0.95),
        "cpu": sorted(one["cpu"] for one in answers)[len(answers) // 2],
        "statements_target": STATEMENTS,
        "p95_target": P95,
        "saves": SAVES,
    }


def upload_photo(worker, number, token):
    """Return the token of an uploaded photo of that number."""
    return worker.upload("/file/upload", "scene.jpg", _photo(number), token)["token"]


def _photo(number):
    """Return a different photo for each case: the store keeps equal files once."""
    stream = io.BytesIO()
    Image.new("RGB", (640, 480), (number % 256, number // 256 % 256, 90)).save(stream, "JPEG")
    return stream.getvalue()


def _free_cards(worker):
    """Return card numbers that no person in the database has."""
    first = secrets.randbelow(800_000_000) + 100_000_000
    asked = f"SELECT number_key FROM person_document WHERE number_key BETWEEN '{first}' AND '{first + CARDS}'"  # noqa: S608
    taken = {key for (key,) in worker.query(asked)}
    return (card for card in map(str, range(first, first + CARDS)) if card not in taken)


def a_case(number, cards, photo=""):
    """Return a clerk's input for the case of that number; `cards` gives the card numbers of its persons."""
    drugs = make_row("offences-1", offence="DRUG2012-45", offence_class="misdemeanour")
    files = (
        {"files-0-kind": "scene_photo", "files-0-uploads": photo, "case-photo_missing": ""} if photo else {}
    )
    when = {"case-occurred_from": hours_ago(47 - number % 40), "case-reported_at": hours_ago(2)}
    when["case-occurred_to"] = when["case-occurred_from"]
    people = make_person(2, "witness") | make_victim(3)
    passed = {"case-occurred_from__reason": "another_event"}
    form = make_theft(people, drugs, make_drug(1), files, when, passed)
    return form | {
        key: value for index in range(4) for key, value in _somebody(number, index, next(cards)).items()
    }


def _somebody(number, index, card):
    """Return a typical person: others may share the name and the birth date, but not the card."""
    chance, names = SeededRandom(f"{number} {index}"), _names()
    family, given = names.draw_khmer(chance, SEXES[index])
    of_father, fathers_name = names.draw_khmer(chance, "M")
    boxes = {
        "surname_km": family.km,
        "given_km": given.km,
        "surname_latin": family.latin,
        "given_latin": given.latin,
        "sex": SEXES[index],
        "born_on": f"{chance.between(1, 28):02d}-{chance.between(1, 12):02d}-{chance.between(1950, 2004)}",
        "father_name": f"{of_father.km} {fathers_name.km}",
        "surname_km__reason": "another_person",
    }
    found = {f"people-{index}-person-{key}": value for key, value in boxes.items()}
    return found | {f"people-{index}-document-number": card}


@cache
def _names():
    return NameLists()
