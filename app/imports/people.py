"""Person of a row: a registered one if a number proves it, else a new one.

People are never matched by name. A row matches the registered person with its legacy number or document; it
is rejected if sex or birth differ. All other people are new, and signs of likely duplicates are found in the
same transaction.
"""

from app.extensions import db
from app.imports import existing_records
from app.kernel.actor import actor_of
from app.kernel.audit.access_log import DATA_ENTRY
from app.kernel.i18n.lazy_message import _
from app.kernel.schema import bulk_save, code_lists
from app.kernel.schema.legacy_numbers import legacy_number_key
from app.people.comparison import compare_people
from app.people.models import Person, PersonDocument, PersonName
from app.people.rules import PersonFacts, normalize_document_number
from app.reference.models import Unit

OUTSIDE = _("This person is outside the importing officer's area of responsibility.")


def extract_document(values):
    """Return the document of a row as a dict, or None."""
    if not values.get("document.number"):
        return None
    return {name: values.get(f"document.{name}") for name in ("kind", "number", "country")} | {
        "kind": values.get("document.kind", "other")
    }


class BatchPeople:
    """People of one batch. `find_or_create` returns the person of a row and adds problems to the entry."""

    def __init__(self, source, rows):
        self.source, self.new_people = source, {}
        self.numbers = existing_records.find_people_by_legacy_numbers(
            source, [row.get("person.old") for row in rows]
        )
        documents = [document for document in map(extract_document, rows) if document]
        self.holders = existing_records.find_document_holders(documents)
        document_holder_ids = {
            pk for document in documents for pk in existing_records.match_holders(self.holders, document)
        }
        self.registered = existing_records.load_people({*self.numbers.values(), *document_holder_ids})

    def find_or_create(self, entry, values, place=0, build=None):
        """Return the person of a row, or None after a problem.

        `place` is that of the row in its entry. `build` makes a new person, by default from the row.
        """
        ids = self._find_ids(values)
        if len(ids) > 1:
            numbers = " · ".join(f"P-{pk:07d}" for pk in sorted(ids))
            entry.add_problem(
                "document.number",
                _("The numbers in this row belong to several people: %(numbers)s.", numbers=numbers),
                "V036",
            )
            return None
        if ids:
            person = self._use_registered(entry, values, ids.pop())
            return self._note_merge(entry, place, person) if person is not None else None
        return self._get_new(entry, values, place, build or (lambda: build_person(values)))

    @staticmethod
    def _note_merge(entry, place, person):
        entry.merged[place] = person
        return person

    def _find_ids(self, values):
        document = extract_document(values)
        matches = existing_records.match_holders(self.holders, document) if document else set()
        number = self.numbers.get(legacy_number_key(values.get("person.old")))
        return matches | ({number} if number else set())

    def _use_registered(self, entry, values, person_id):
        person = self.registered.get(person_id)
        if person is None:
            entry.add_problem("person.old", OUTSIDE)
            return None
        if person.is_void:
            text = _(
                "The number belongs to %(number)s, whose record is void. Correct the number, or leave it out.",
                number=person.number,
            )
            entry.add_problem("person.old", text)
            return None
        if existing_records.find_differences(values, person):
            text = _(
                "The number belongs to %(number)s, who has a different sex or birth in E-Crime.",
                number=person.number,
            )
            entry.add_problem("person.sex", text, "V036")
            return None
        if existing_records.has_other_name(values, person):
            text = _(
                "The number belongs to %(number)s, who has another name in E-Crime.", number=person.number
            )
            entry.add_problem(_find_name_field(values), text, "V036")
            return None
        entry.matched += 1
        return person

    def _get_new(self, entry, values, place, build):
        """Return a new person, or the one that an earlier row of the batch made for the same number."""
        keys = [("old", legacy_number_key(values["person.old"]))] if values.get("person.old") else []
        document = extract_document(values)
        keys += [(document["kind"], normalize_document_number(document["number"]))] if document else []
        person = next((self.new_people[key] for key in keys if key in self.new_people), None)
        if person is None:
            person = build()
            for key in keys:
                self.new_people[key] = person
            return person
        self._note_merge(entry, place, person)
        if existing_records.find_differences(values, person):
            entry.add_problem(
                "person.sex",
                _("An earlier row of the file has this number with a different sex or date of birth."),
                "V036",
            )
        elif existing_records.has_other_name(values, person):
            text = _(
                "An earlier row of the file has this number with another name. Correct the number or the name."
            )
            entry.add_problem(_find_name_field(values), text, "V036")
        return person


def _find_name_field(values):
    """Return the first name of the row."""
    names = (f"person.{name}" for fields in existing_records.NAME_FIELDS.values() for name in fields)
    return next(name for name in names if values.get(name))


def build_person(values):
    """Return a new person with the document and alias of a row."""
    values_of_person = {
        key.partition(".")[2]: value for key, value in values.items() if key.startswith("person.")
    }
    values_of_person.pop("old", None)
    person = bulk_save.new_record(Person, **values_of_person)
    if person.born_on and not person.birth_precision:
        person.birth_precision = "day"
    elif person.birth_year and not person.birth_precision:
        person.birth_precision = "year"
    document = extract_document(values)
    if document:
        bulk_save.append_child(person, "documents", bulk_save.new_record(PersonDocument, **document))
    if values.get("alias.text_km") or values.get("alias.text_latin"):
        texts = {name: values.get(f"alias.{name}") for name in ("text_km", "text_latin")}
        bulk_save.append_child(person, "names", bulk_save.new_record(PersonName, kind="alias", **texts))
    return person


def get_own_unit():
    """Return the unit of the importing officer, which owns all imported records."""
    code = actor_of(db.session).unit_code
    return db.session.get(Unit, code) if code else None


def load_person_facts(people, now):
    """Return a function person → PersonFacts for these new people, loaded in a few statements."""
    found = compare_people(
        people, (document for person in people for document in person.documents), DATA_ENTRY
    )
    countries = set(code_lists.keys("nationality"))

    def facts(person, has_case):
        return PersonFacts(
            now=now, has_case=has_case, countries=countries, documents_elsewhere=found.documents_elsewhere,
            same_people=found.same_people.get(id(person), ()), alike_people=found.alike_people.get(id(person), ()),
        )  # fmt: skip

    return facts
