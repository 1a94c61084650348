"""Who may be meant by a text: people of that name, of that document, telephone or number in the register.

Candidates are asked of the whole nation through the door and are ids alone; whom the asker may see, and how much of
him, is decided when their cards are made (`cards`).
"""

import re
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.kernel.schema import legacy_numbers
from app.kernel.schema.legacy_numbers import OldNumber
from app.kernel.text import khmer
from app.kernel.text.phone_numbers import telephone_key
from app.name_search import person_search
from app.people.merged_records import leads_to
from app.people.models import Person, PersonAddress, PersonDocument
from app.people.rules import document_key

SAME, SOUNDS, POSSIBLE = "same", "sounds", "possible"
SAME_NUMBER = "number"
BANDS = (SAME_NUMBER, SAME, SOUNDS, POSSIBLE)  # as they are shown
NUMBER, DOCUMENT, TELEPHONE, NAME, BEGINNING = "number", "document", "telephone", "name", "beginning"
MOST = 8  # people of one number
OF_ONE_NAME = 100  # people of the same name
BEGUN = 20  # people whose name begins so
SHORTEST_NUMBER = 4  # digits of a document or telephone that are worth a question


@dataclass(frozen=True)
class Candidate:
    """A person, in which band, by what of him he was found, and the name that fits."""

    person_id: int
    band: str
    by: str
    name: str = ""

    @property
    def shown_in(self):
        """The band of his card: a number is no name."""
        of_number = self.band == SAME and self.by in (NUMBER, DOCUMENT, TELEPHONE)
        return SAME_NUMBER if of_number else self.band

    @property
    def is_guess(self):
        """Found by the beginning of a number: beyond one's part that would tell digit by digit what no card tells."""
        return self.by in (DOCUMENT, TELEPHONE) and self.band != SAME


def find(session, question, most, wider=False, unfinished=False):
    """Candidates, best first, each person once: at most `most` of a name like it, after those of a number. `wider` asks
    for the names that sound one letter different as well; `unfinished`: somebody is still typing."""
    text, found = question.text, []
    if not wider:
        found += [
            *_of_number(session, text),
            *_of_old_number(session, text),
            *_of_document(session, text),
            *_of_telephone(session, text),
        ]
    if _has_letters(text):
        found += _called(session, question, most, wider, unfinished)
    once = {}
    for one in found:
        once.setdefault(one.person_id, one)
    return list(once.values())


def _called(session, question, most, wider, unfinished):
    """People of such a name; where nobody has it, those whose name begins so come before those who are only alike."""
    found = _of_name(session, question, most, each=OF_ONE_NAME, wider=wider, unfinished=unfinished)
    if wider or unfinished or (found and found[0].band == SAME):
        return found
    begin = [
        replace(one, band=POSSIBLE, by=BEGINNING)
        for one in _of_name(session, question, BEGUN, unfinished=True)
    ]
    close = [one for one in found if one.band != POSSIBLE]
    return [*close, *begin, *(one for one in found if one.band == POSSIBLE)]


def _has_letters(text):
    return any(one.isalpha() for one in text)


def _of_name(session, question, most, **way):
    """People of a name like it. Whose sex or birth is not known fits every filter, and comes after those who do."""
    filters = {"sex": question.sex, "birth_from": question.born_from, "birth_to": question.born_to}
    rounds = [filters, {}] if any(filters.values()) else [{}]
    matches = [
        one for some in rounds for one in person_search.find(session, question.text, most, **way, **some)
    ]
    return [Candidate(one.person_id, one.band, NAME, one.matched) for one in matches]


def _of_number(session, text):
    number = re.fullmatch(r"[Pp]?-?0*(\d{1,9})", khmer.latin_digits(text))
    if not number:
        return []
    asked = int(number[1])
    found = _standing(session, asked) or _standing(session, leads_to(asked))
    return [Candidate(found, SAME, NUMBER)] if found else []


def _standing(session, person_id):
    return session.scalar(select(Person.id).where(Person.id == person_id)) if person_id else None


def _of_old_number(session, text):
    """People whom an earlier register knew by this very number."""
    key = legacy_numbers.key_of(text)
    if len(key) > legacy_numbers.LONGEST or not any(one.isdigit() for one in key):
        return []
    number = OldNumber.number_key == key, OldNumber.entity == Person.__tablename__
    found = session.scalars(select(OldNumber.entity_id).where(*number).limit(MOST))
    return [Candidate(leads_to(one) or one, SAME, NUMBER) for one in found]


def _of_document(session, text):
    key = document_key(text)
    if len(key) < SHORTEST_NUMBER or not any(one.isdigit() for one in key):
        return []
    standing = PersonDocument.voided_at.is_(None)
    begins = select(PersonDocument.person_id, PersonDocument.number_key).where(
        PersonDocument.number_key >= key, PersonDocument.number_key < key + "~", standing
    )
    rows = session.execute(begins.order_by(PersonDocument.number_key).limit(MOST))
    return [Candidate(one, SAME if whole == key else POSSIBLE, DOCUMENT) for one, whole in rows]


def _of_telephone(session, text):
    key = telephone_key(text)
    if len(key) < SHORTEST_NUMBER or _has_letters(text):
        return []
    found = []
    for model, person_id in ((Person, Person.id), (PersonAddress, PersonAddress.person_id)):
        begins = (model.phone_key >= key, model.phone_key < key + "~", model.voided_at.is_(None))
        rows = select(person_id, model.phone_key).where(*begins).order_by(model.phone_key)
        for one, whole in session.execute(rows.limit(MOST)):
            found.append(Candidate(one, SAME if whole == key else POSSIBLE, TELEPHONE))
    return found
