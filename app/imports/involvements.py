"""Import of people: each row is a person involved in a registered case.

The case is given by its number or a legacy number.
"""

from types import SimpleNamespace

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.cases import court_findings, queries, rules
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules import CaseFacts
from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import VICTIM, victim_is_not_the_only_suspect
from app.extensions import db
from app.imports import existing_records
from app.imports.built_entry import BuiltEntry, collect_problems, require_fields, values_for
from app.imports.people import BatchPeople, load_person_facts
from app.kernel.i18n.lazy_message import _
from app.kernel.schema import bulk_save
from app.kernel.schema.legacy_numbers import legacy_number_key
from app.kernel.schema.origin import import_origin
from app.kernel.schema.rules import check_each, check_rules
from app.kernel.text import khmer
from app.people.models import Person
from app.people.rules import PERSON

NO_CASE = _("A person can only be registered with a case. Enter the case of this row.")


def build_entries(profile, entries, actors, now):
    """Build the records of these entries and check every rule of people and involvements."""
    find_case = _build_case_finder(
        profile.cases_of or profile.source, [entry.first.get("case.number") for entry in entries]
    )
    people_of_batch, origin = (
        BatchPeople(profile.source, [entry.first for entry in entries]),
        import_origin(profile.source),
    )
    for entry in entries:
        case = find_case(entry.first.get("case.number"))
        if case is None:
            number = entry.first.get("case.number")
            entry.add_problem(
                "case.number",
                _("No case has the number %(number)s.", number=number) if number else NO_CASE,
                "V045",
            )
            continue
        person = people_of_batch.find_or_create(entry, entry.first)
        if person is not None:
            entry.built = _build_entry(entry, case, person, origin)
    built = [entry for entry in entries if entry.built is not None]
    new = {id(person): person for person in (entry.built.lead.person for entry in built) if person.id is None}
    facts, existing_roles = load_person_facts(list(new.values()), now), _find_existing_roles(built)
    imprisoned = queries.find_imprisoned(entry.built.lead for entry in built)
    for entry in built:
        involvement = entry.built.lead
        if involvement.person.id is None:
            collect_problems(
                entry, check_each([involvement.person], PERSON, facts(involvement.person, True)), involvement
            )
        case_facts = CaseFacts(
            now=now,
            imprisoned_since=imprisoned,
            **court_findings.find_for_rows(involvement.case, [involvement]),
        )
        collect_problems(entry, check_rules(rules.INVOLVEMENT, involvement, case_facts), involvement)
        collect_problems(entry, _check_suspects(involvement, case_facts), involvement)
        new = [involvement.person, *involvement.person.documents] if involvement.person.id is None else []
        require_fields(entry, profile.kind, [involvement, *new])
        role_key = involvement.case_id, involvement.role, id(involvement.person)
        if role_key in existing_roles:
            entry.add_problem("involvement.role", _("This person already has this role in that case."))
        existing_roles.add(role_key)


def _build_entry(entry, case, person, origin):
    if person.id is None:
        person.origin = origin
    involvement = bulk_save.new_record(Involvement, person=person, **values_for(entry.first, "involvement"))
    # The case must not notice the link: a new row does not change a case.
    involvement.case_id = case.id
    set_committed_value(involvement, "case", case)
    number = entry.first.get("person.old")
    numbers = [(person, number)] if number else []
    return BuiltEntry(involvement, [person, involvement], numbers)


def _check_suspects(involvement, facts):
    """Yield the problems of V047 for the suspects of the case if this victim is added to it."""
    if involvement.role != VICTIM:
        return
    case_with_victim = SimpleNamespace(involvements=[*involvement.case.involvements, involvement])
    for row in exclude_voided(involvement.case.involvements):
        if row.person is not None and row.person.id == involvement.person.id:
            suspect = SimpleNamespace(role=row.role, person=row.person, case=case_with_victim)
            yield from victim_is_not_the_only_suspect(suspect, facts)


def _find_existing_roles(entries):
    """Return (case id, role, Python id of the person) of all people in the cases of these entries."""
    cases = {entry.built.lead.case for entry in entries}
    return {
        (row.case_id, row.role, id(row.person))
        for case in cases
        for row in case.involvements
        if row.voided_at is None
    }


def _build_case_finder(source, numbers):
    """Return a function: case number or legacy number → case with all that its rules read, or None."""
    legacy_ids = existing_records.find_by_legacy_numbers(source, "case", numbers)
    numbers_typed = {khmer.to_latin_digits(number) for number in numbers if number}
    statement = (
        select(Case)
        .where(
            or_(Case.number.in_(numbers_typed), Case.id.in_(set(legacy_ids.values()))),
            Case.voided_at.is_(None),
        )
        .options(
            joinedload(Case.place),
            selectinload(Case.offences).joinedload(CaseOffence.offence),
            # The other people of the case are compared by id and role alone.
            selectinload(Case.involvements)
            .load_only(Involvement.case_id, Involvement.person_id, Involvement.role, Involvement.voided_at)
            .joinedload(Involvement.person)
            .load_only(Person.id),
        )
    )
    found = db.session.scalars(statement).unique().all() if numbers_typed else ()
    by_number, by_id = (
        {found_case.number: found_case for found_case in found},
        {found_case.id: found_case for found_case in found},
    )

    def find_case(number):
        if not number:
            return None
        return by_number.get(khmer.to_latin_digits(number)) or by_id.get(
            legacy_ids.get(legacy_number_key(number))
        )

    return find_case
