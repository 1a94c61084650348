"""A file of cases: the rows of one old number are one case, each with a person, an offence, or both."""

from dataclasses import replace

from app.cases import queries, rules
from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.imports import existing_records
from app.imports.built_entry import Made, ask_for_all, given, hear
from app.imports.people import People, own_unit
from app.kernel.i18n.lazy_message import _
from app.kernel.schema import bulk_save
from app.kernel.schema.legacy_numbers import key_of
from app.kernel.schema.origin import of_import
from app.kernel.schema.rules import ask

KNOWN = _(
    "A case of this old number was brought in before, with other rows. Put all rows of one case together."
)


def make(profile, entries, actors, now):
    there = existing_records.by_old_numbers(
        profile.source, "case", [entry.first.get("case.old") for entry in entries]
    )
    crowd, origin = (
        People(profile.source, [row for entry in entries for row in entry.values]),
        of_import(profile.source),
    )
    numbers = set(there)
    for entry in entries:
        number = key_of(entry.first.get("case.old"))
        if number in numbers:
            entry.say("case.old", KNOWN, "V112")
        elif not number:
            entry.say("case.old", _("The old number of the case is missing."), "V112")
        else:
            numbers.add(number)
            entry.made = _made(entry, crowd, origin)
    made = [entry for entry in entries if not entry.is_wrong and entry.made is not None]
    facts, earlier = queries.facts_of([entry.made.lead for entry in made], own_unit()), {}
    for entry in made:
        case = entry.made.lead
        marks, of_case = queries.likeness(case), facts[id(case)]
        twins = dict.fromkeys(earlier[mark] for mark in marks if mark in earlier)
        of_case = replace(of_case, similar_cases=(*of_case.similar_cases, *twins))
        hear(entry, ask(rules.CASE, case, of_case), case)
        earlier |= dict.fromkeys(marks - earlier.keys(), entry.first["case.old"])
        people = [row.person for row in case.involvements if row.person.id is None]
        papers = [one for person in people for one in person.documents]
        ask_for_all(
            entry, profile.kind, [case, *case.offences, *case.exhibits, *case.involvements, *people, *papers]
        )


def _made(entry, crowd, origin):
    case = bulk_save.new(
        Case, **{"status": "open", "sensitivity": "normal"} | given(entry.first, "case", "old"), origin=origin
    )
    case.lie_in(case.place_code)  # rules ask where it lies
    offences, things, numbers, rows = {}, [], [(case, entry.first["case.old"])], {}
    for (number, _cells), row in zip(entry.rows, entry.values, strict=True):
        _add_offence(case, offences, row)
        _add_exhibit(case, things, row)
        if not row.get("involvement.role"):
            continue
        person = crowd.of(entry, row)
        if person is None:
            continue
        if person.id is None:
            person.origin = origin
        if row.get("person.old"):
            numbers.append((person, row["person.old"]))
        involved = bulk_save.new(Involvement, person=person, **given(row, "involvement"))
        bulk_save.hang(case, "involvements", involved)
        if person.id is None:
            of_him = map(id, (person, *person.documents, *person.names))
            rows = dict.fromkeys(of_him, number) | rows  # who stands in several rows is made of the first
        rows[id(involved)] = number
    return Made(case, [case], numbers, rows)


def _add_offence(case, offences, row):
    offence = row.get("offence.offence")
    if offence is not None and offence.code not in offences:
        offences[offence.code] = offence
        bulk_save.hang(
            case, "offences", bulk_save.new(CaseOffence, **{"attempt": False} | given(row, "offence"))
        )


def _add_exhibit(case, things, row):
    """A thing that the rows of a case repeat is one thing."""
    thing = given(row, "exhibit")
    if thing.get("kind") and thing not in things:
        things.append(thing)
        bulk_save.hang(case, "exhibits", bulk_save.new(Exhibit, **{"state": "seized"} | thing))
