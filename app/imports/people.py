"""The person of a row: found in the register where a number proves it, else new. Nobody is matched by a name.

Whoever has the old number or the document of somebody registered is that one; where sex or birth say otherwise the
row waits. Everybody else is registered anew, and the signs of a likely duplicate are found in the same transaction.
"""

from app.extensions import db
from app.imports import existing_records
from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema import bulk_save, code_lists
from app.kernel.schema.legacy_numbers import key_of
from app.people import queries
from app.people.models import Person, PersonDocument, PersonName
from app.people.nationwide import nation
from app.people.rules import PersonFacts, document_key
from app.reference.models import Unit

OUTSIDE = _("This person lies outside the part of the register of whoever imports.")


def document_of(values):
    """The document of a row as a dict; None where it has none."""
    if not values.get("document.number"):
        return None
    return {name: values.get(f"document.{name}") for name in ("kind", "number", "country")} | {
        "kind": values.get("document.kind", "other")
    }


class People:
    """The people of one batch. `of(entry, values)` gives the person of a row, and says in the entry what is wrong."""

    def __init__(self, source, rows):
        self.source, self.made = source, {}
        self.numbers = existing_records.by_old_numbers(
            source, "person", [row.get("person.old") for row in rows]
        )
        documents = [one for one in map(document_of, rows) if one]
        self.bearers = existing_records.bearers(documents)
        borne = {pk for one in documents for pk in existing_records.bearer(self.bearers, one)}
        self.there = existing_records.people({*self.numbers.values(), *borne})

    def of(self, entry, values, new=None):
        """`new` makes the person who is not registered yet; without it he is made of the row."""
        ids = self._ids(values)
        if len(ids) > 1:
            numbers = " · ".join(f"P-{one:07d}" for one in sorted(ids))
            entry.say(
                "document.number",
                _("The numbers of this row belong to several people: %(numbers)s.", numbers=numbers),
                "V036",
            )
            return None
        if ids:
            return self._registered(entry, values, ids.pop())
        return self._new(entry, values, new or (lambda: built(values)))

    def _ids(self, values):
        document = document_of(values)
        found = existing_records.bearer(self.bearers, document) if document else set()
        number = self.numbers.get(key_of(values.get("person.old")))
        return found | ({number} if number else set())

    def _registered(self, entry, values, person_id):
        person = self.there.get(person_id)
        if person is None:
            entry.say("person.old", OUTSIDE)
            return None
        if existing_records.differing(values, person):
            text = _(
                "The number belongs to %(number)s, of whom the register tells another sex or birth.",
                number=person.number,
            )
            entry.say("person.sex", text, "V036")
            return None
        entry.matched += 1
        return person

    def _new(self, entry, values, new):
        """A new person; the same one where an earlier row of the batch has the same number."""
        keys = [("old", key_of(values["person.old"]))] if values.get("person.old") else []
        document = document_of(values)
        keys += [(document["kind"], document_key(document["number"]))] if document else []
        person = next((self.made[key] for key in keys if key in self.made), None)
        if person is None:
            person = new()
            for key in keys:
                self.made[key] = person
        elif existing_records.differing(values, person):
            entry.say(
                "person.sex",
                _("An earlier row of the file has this number with another sex or birth."),
                "V036",
            )
        return person


def built(values):
    """A new person with the document and the other name of a row."""
    given = {key.partition(".")[2]: value for key, value in values.items() if key.startswith("person.")}
    given.pop("old", None)
    person = bulk_save.new(Person, **given)
    if person.born_on and not person.birth_precision:
        person.birth_precision = "day"
    elif person.birth_year and not person.birth_precision:
        person.birth_precision = "year"
    document = document_of(values)
    if document:
        bulk_save.hang(person, "documents", bulk_save.new(PersonDocument, **document))
    if values.get("alias.text_km") or values.get("alias.text_latin"):
        texts = {name: values.get(f"alias.{name}") for name in ("text_km", "text_latin")}
        bulk_save.hang(person, "names", bulk_save.new(PersonName, kind="alias", **texts))
    return person


def own_unit():
    """The unit of whoever imports, in the name of which all comes in."""
    code = actor_of(db.session).unit_code
    return db.session.get(Unit, code) if code else None


def facts_of(people, now):
    """person → PersonFacts of these new people, asked for all of them at once."""
    with nation(protected_too=True) as everybody:
        same, alike = queries.namesakes(everybody, people)
        documents = [one for person in people for one in person.documents]
        elsewhere = queries.documents_elsewhere(everybody, documents)
    countries = set(code_lists.keys("nationality"))

    def facts(person, has_case):
        return PersonFacts(
            now=now, has_case=has_case, countries=countries, documents_elsewhere=elsewhere,
            same_people=same.get(id(person), ()), alike_people=alike.get(id(person), ()),
        )  # fmt: skip

    return facts
