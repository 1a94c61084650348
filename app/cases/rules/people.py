"""Rules of people in a case: V015, V016, V036 and V037 within a case, V039, V047 to V053, V100, V142."""

from app.cases.rules.facts import exclude_voided
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import INFO, WARNING, Problem
from app.people.rules import get_ages_on, has_age, is_unborn, may_be_same_country, normalize_document_number

VICTIM, WITNESS, CHILD = "victim", "witness", "child_below_14"
CONVICTED_ROLES = ("convicted_not_final", "convicted")
DECIDED_ROLES = (
    "charged",
    "accused",
    *CONVICTED_ROLES,
)  # roles above suspect, by a decision of a prosecutor, judge or court
SUSPECT_ROLES = ("suspect", *DECIDED_ROLES)
SHOWN_ROLES = (*SUSPECT_ROLES, CHILD)  # names in these roles are not hidden at any age
# A complainant or civil party of a sexual offence is the victim, or names the victim.
HARMED_ROLES = (VICTIM, "complainant", "civil_party")
PROTECTED_FAMILIES = ("sexual", "trafficking")
PROTECTED_CASES = ("sexual", "trafficking", "minor")
# Levels of identity protection, weakest first: the name of a minor suspect is shown, the others are hidden.
MINOR = "minor"
PROTECTION_LEVELS = (MINOR, VICTIM, WITNESS)
DEAD = "dead"
RESPONSIBLE_AGE, ADULT_AGE = 14, 18
SAME_ROLE = _("This person already has this role in the case. Remove the row, or choose another role.")


def get_ages_at_incident(case, involvement):
    """Return the (lowest, highest) possible age at the time of the incident, or None if unknown."""
    if case is None or involvement.person is None:
        return None
    return get_ages_on(involvement.person, case.occurred_from)


def may_be_minor(case, involvement):
    ages = get_ages_at_incident(case, involvement)
    return ages is not None and ages[0] < ADULT_AGE


def find_protection(case, involvement):
    """Return the level of identity protection that a person in a case needs, or None (rules V016, V048, V050).

    Protected are witnesses, minors in any role, and the harmed in sexual, trafficking and juvenile cases.
    """
    if involvement.role == WITNESS:
        return WITNESS
    if may_be_minor(case, involvement):
        return MINOR if involvement.role in SHOWN_ROLES else VICTIM
    return VICTIM if involvement.role in HARMED_ROLES and _protects_the_harmed(case) else None


def find_strongest_protection(*levels):
    """Return the strongest of these levels; None if all are None."""
    return max(filter(None, levels), key=PROTECTION_LEVELS.index, default=None)


def _protects_the_harmed(case):
    offences = [row.offence for row in exclude_voided(case.offences) if row.offence]
    return case.sensitivity in PROTECTED_CASES or any(
        offence.protects_victim or offence.family in PROTECTED_FAMILIES for offence in offences
    )


def victim_is_protected(involvement, facts):
    case = involvement.case
    if case is not None and involvement.role in HARMED_ROLES and find_protection(case, involvement) == VICTIM:
        text = _(
            "The identity is protected automatically. Only officers of the case can see the name, after they enter a reason."
        )
        yield Problem("role", text, "V016", INFO)


def witness_is_protected(involvement, facts):
    if involvement.role == WITNESS:
        text = _(
            "The identity of a witness is protected automatically. It does not appear in lists, exports or notices."
        )
        yield Problem("role", text, "V048", INFO)


def death_has_an_offence(involvement, facts):
    case = involvement.case
    if case is None or involvement.role != VICTIM or involvement.injury != DEAD:
        return
    offences = [row for row in exclude_voided(case.offences) if row.offence]
    if offences and not any(row.offence.causes_death and not row.attempt for row in offences):
        text = _("The victim is dead, but no offence causes a death. Check the offences, or give the reason.")
        yield Problem("injury", text, "V015", WARNING)


def person_has_photo_or_reason(involvement, facts):
    person = involvement.person
    if person is None or involvement.role not in (*SUSPECT_ROLES, CHILD, VICTIM):
        return
    if not (person.photos or involvement.photo_missing or person.photo_missing):
        text = _("A suspect or victim needs a photo. Add it, or choose the reason why it is missing.")
        yield Problem("photo_missing", text, "V039", WARNING, "photo_missing")


def document_numbers_differ(case, facts):
    """Check rule V036 among the people of one case, whether registered or not."""
    seen = {}  # (key, kind) → [(person, country)]
    for person in deduplicate_people(involvement.person for involvement in exclude_voided(case.involvements)):
        for document in exclude_voided(person.documents):
            key = normalize_document_number(document.number)
            same = seen.setdefault((key, document.kind), []) if key else []
            if any(
                holder is not person and may_be_same_country(document.country, country)
                for holder, country in same
            ):
                text = _("Another person in this case has the same number. Correct it, or merge the two.")
                yield Problem("number", text, "V036", row=document)
            same.append((person, document.country))


def new_people_differ(case, facts):
    """Check rule V037 among the new people of one case; `PersonFacts` compares them with the registered people."""
    seen = set()
    for person in deduplicate_people(involvement.person for involvement in exclude_voided(case.involvements)):
        key = person.surname_km, person.given_km, person.sex, person.born_on
        if person.id is not None or not all(key):
            continue
        if key in seen:
            text = _(
                "Another new person in this case has the same name, date of birth and sex. Remove one of them, or give the reason why they are different people."
            )
            yield Problem("surname_km", text, "V037", WARNING, row=person)
        seen.add(key)


def deduplicate_people(people):
    """Return each person once, even with two roles."""
    return list({id(person): person for person in people if person is not None}.values())


def is_same_person(one, other):
    return one is other or (one.id is not None and one.id == other.id)


def victim_is_not_the_only_suspect(involvement, facts):
    case, person = involvement.case, involvement.person
    if case is None or person is None or involvement.role not in SUSPECT_ROLES:
        return
    victims = [row for row in case.involvements if row.role == VICTIM and row.person is not None]
    if not any(is_same_person(row.person, person) for row in exclude_voided(victims)):
        return
    others = [row for row in exclude_voided(case.involvements) if row.person is not None]
    if not any(row.role in SHOWN_ROLES and not is_same_person(row.person, person) for row in others):
        text = _("The victim is also the only suspect. Choose another role, or enter the other suspect.")
        yield Problem("role", text, "V047")


def birth_is_before_the_offence(involvement, facts):
    """Check suspects and victims only: a child may complain of an offence against the parents."""
    case, person = involvement.case, involvement.person
    if case is None or person is None or involvement.role not in (*SHOWN_ROLES, VICTIM):
        return
    if is_unborn(person, case.occurred_from):
        text = _(
            "This person was born after the offence, %(day)s. Correct the date of birth or the time of the offence.",
            day=case.occurred_from.date(),
        )
        yield Problem("role", text, "V032")


def suspect_is_at_least_14(involvement, facts):
    ages = get_ages_at_incident(involvement.case, involvement)
    if ages is None:
        yield from _request_age(involvement)
        return
    youngest, oldest = ages
    if involvement.role in SUSPECT_ROLES and oldest < RESPONSIBLE_AGE:
        text = _(
            "A child aged %(age)s cannot be a suspect. Choose the role «child below %(limit)s».",
            age=oldest,
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("role", text, "V049")
    elif involvement.role in SUSPECT_ROLES and youngest < RESPONSIBLE_AGE:
        text = _(
            "This person may have been younger than %(limit)s years, too young to be a suspect. Find out the age, or give the reason.",
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("role", text, "V049", WARNING)
    elif involvement.role == CHILD and youngest >= RESPONSIBLE_AGE:
        text = _(
            "A person aged %(age)s is not a child below %(limit)s. Change the role or the age.",
            age=youngest,
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("role", text, "V049")


def _request_age(involvement):
    person = involvement.person
    if involvement.role in SUSPECT_ROLES and person is not None and not has_age(person):
        text = _("The age of the suspect is unknown. Find out the age before an arrest, or estimate it.")
        yield Problem("role", text, "V049", INFO)


def minor_is_marked(involvement, facts):
    if involvement.role in SUSPECT_ROLES and may_be_minor(involvement.case, involvement):
        text = _(
            "A person younger than %(adult)s years is marked as a minor with a protected identity. Call a guardian if the minor is in custody.",
            adult=ADULT_AGE,
        )
        yield Problem("role", text, "V050", INFO)


def person_has_each_role_once(case, facts):
    named = set()
    for involvement in exclude_voided(case.involvements):
        person = involvement.person
        # A registered row whose reader sees only the card of the person has the number alone.
        number = involvement.person_id if person is None else person.id
        key = number or person, involvement.role
        if key in named and key[0] is not None:
            yield Problem("role", SAME_ROLE, "V142", row=involvement)
        named.add(key)


def conviction_has_a_judgment(involvement, facts):
    person = involvement.person
    if involvement.role in CONVICTED_ROLES and (person is None or person.id not in facts.convicted):
        text = _(
            "A person is presumed innocent until convicted by a final judgment. Choose the role «suspect»."
        )
        yield Problem("role", text, "V053")


def charge_has_a_decision(involvement, facts):
    person = involvement.person
    if involvement.role in ("charged", "accused") and (person is None or person.id not in facts.charged):
        text = _(
            "This case has no registered order of a prosecutor or judge. Enter the order first, or choose the role «suspect» until then."
        )
        yield Problem("role", text, "V051")


def conviction_is_final(involvement, facts):
    person = involvement.person
    if involvement.role != "convicted" or person is None or person.id not in facts.convicted:
        return
    if person.id not in facts.final:
        text = _("This judgment is not final yet. Choose the role «found guilty, judgment not final».")
        yield Problem("role", text, "V052")


def suspect_is_not_in_prison(involvement, facts):
    """Warn if a suspect was in prison at the time: the person has escaped, or it is another person."""
    case, person = involvement.case, involvement.person
    since = facts.imprisoned_since.get(person.id) if person is not None else None
    if case is None or since is None or involvement.role not in SUSPECT_ROLES or case.occurred_from is None:
        return
    if case.occurred_from.date() > since:
        text = _(
            "This person has been in prison since %(day)s. Compare the photo, or give the reason.", day=since
        )
        yield Problem("role", text, "V100", WARNING)
