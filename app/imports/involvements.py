"""A file of people: each row is somebody in a case that is in the register already, by its number or an old one."""

from types import SimpleNamespace

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.cases import court_findings, queries, rules
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules import CaseFacts
from app.cases.rules.facts import standing
from app.cases.rules.people import VICTIM, is_not_victim_and_sole_suspect
from app.extensions import db
from app.imports import existing_records
from app.imports.built_entry import Made, ask_for_all, given, hear
from app.imports.people import People, facts_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema import bulk_save
from app.kernel.schema.legacy_numbers import key_of
from app.kernel.schema.origin import of_import
from app.kernel.schema.rules import ask
from app.kernel.text import khmer
from app.people.models import Person
from app.people.rules import PERSON, of_each

NO_CASE = _("A person is registered only together with a case. Name the case of the row.")


def make(profile, entries, actors, now):
    case_of = _cases(
        profile.cases_of or profile.source, [entry.first.get("case.number") for entry in entries]
    )
    crowd, origin = People(profile.source, [entry.first for entry in entries]), of_import(profile.source)
    for entry in entries:
        case = case_of(entry.first.get("case.number"))
        if case is None:
            number = entry.first.get("case.number")
            entry.say(
                "case.number",
                _("No case has the number %(number)s.", number=number) if number else NO_CASE,
                "V045",
            )
            continue
        person = crowd.of(entry, entry.first)
        if person is not None:
            entry.made = _made(entry, case, person, origin)
    made = [entry for entry in entries if entry.made is not None]
    new = {id(one): one for one in (entry.made.lead.person for entry in made) if one.id is None}
    facts, there = facts_of(list(new.values()), now), _standing(made)
    held = queries.held(entry.made.lead for entry in made)
    for entry in made:
        involvement = entry.made.lead
        if involvement.person.id is None:
            hear(entry, of_each([involvement.person], PERSON, facts(involvement.person, True)), involvement)
        of_case = CaseFacts(now=now, held=held, **court_findings.of_row(involvement))
        hear(entry, ask(rules.INVOLVEMENT, involvement, of_case), involvement)
        hear(entry, _suspects_whom_it_makes_a_victim(involvement, of_case), involvement)
        new = [involvement.person, *involvement.person.documents] if involvement.person.id is None else []
        ask_for_all(entry, profile.kind, [involvement, *new])
        place = involvement.case_id, involvement.role, id(involvement.person)
        if place in there:
            entry.say("involvement.role", _("This person stands in that case in this role already."))
        there.add(place)


def _made(entry, case, person, origin):
    if person.id is None:
        person.origin = origin
    involvement = bulk_save.new(Involvement, person=person, **given(entry.first, "involvement"))
    # It is hung on the case without the case learning of it: a case is not changed by a new row.
    involvement.case_id = case.id
    set_committed_value(involvement, "case", case)
    number = entry.first.get("person.old")
    numbers = [(person, number)] if number else []
    return Made(involvement, [person, involvement], numbers)


def _suspects_whom_it_makes_a_victim(involvement, facts):
    """What V047 says of the suspects of the case with this victim among its people."""
    if involvement.role != VICTIM:
        return
    everybody = SimpleNamespace(involvements=[*involvement.case.involvements, involvement])
    for row in standing(involvement.case.involvements):
        if row.person is not None and row.person.id == involvement.person.id:
            suspect = SimpleNamespace(role=row.role, person=row.person, case=everybody)
            yield from is_not_victim_and_sole_suspect(suspect, facts)


def _standing(entries):
    """(case, role, person) of everybody who stands in the cases of these entries."""
    cases = {entry.made.lead.case for entry in entries}
    return {
        (row.case_id, row.role, id(row.person))
        for case in cases
        for row in case.involvements
        if row.voided_at is None
    }


def _cases(source, numbers):
    """A function: number of this register or an old one → the case with all that its rules read; None for none."""
    old = existing_records.by_old_numbers(source, "case", numbers)
    own = {khmer.latin_digits(number) for number in numbers if number}
    statement = (
        select(Case)
        .where(or_(Case.number.in_(own), Case.id.in_(set(old.values()))), Case.voided_at.is_(None))
        .options(
            joinedload(Case.place),
            selectinload(Case.offences).joinedload(CaseOffence.offence),
            # Who else stands there is compared by his number and his role alone.
            selectinload(Case.involvements)
            .load_only(Involvement.case_id, Involvement.person_id, Involvement.role, Involvement.voided_at)
            .joinedload(Involvement.person)
            .load_only(Person.id),
        )
    )
    found = db.session.scalars(statement).unique().all() if own else ()
    by_number, by_id = {one.number: one for one in found}, {one.id: one for one in found}

    def case(number):
        if not number:
            return None
        return by_number.get(khmer.latin_digits(number)) or by_id.get(old.get(key_of(number)))

    return case
