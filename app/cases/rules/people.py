"""People in a case: V015, V016, V036 within a case, V039, V047 to V053, V100."""

from app.cases.rules.facts import standing
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import NOTICE, WARNING, Problem
from app.people.rules import ages_on, document_key, may_be_one_country

VICTIM, WITNESS, CHILD = "victim", "witness", "child_below_14"
CONVICTED = ("convicted_not_final", "convicted")
DECIDED = (
    "charged",
    "accused",
    *CONVICTED,
)  # more than a suspect, by a decision of a prosecutor, judge or court
SUSPECTED = ("suspect", *DECIDED)
SHOWN_ROLES = (*SUSPECTED, CHILD)  # the names of these are not hidden, whatever their age
# A complainant or civil party of a sexual offence is the victim, or names the victim.
HARMED = (VICTIM, "complainant", "civil_party")
PROTECTED_FAMILIES = ("sexual", "trafficking")
PROTECTED_CASES = ("sexual", "trafficking", "minor")
DEAD = "dead"
RESPONSIBLE_AGE, ADULT_AGE = 14, 18


def ages_at(case, involvement):
    """(youngest, oldest) age that somebody can have had when it happened; None where it is not known."""
    if case is None or involvement.person is None:
        return None
    return ages_on(involvement.person, case.occurred_from)


def may_be_minor(case, involvement):
    ages = ages_at(case, involvement)
    return ages is not None and ages[0] < ADULT_AGE


def identity_is_protected(case, involvement):
    """Whether the identity of somebody in a case is hidden from most readers (rules V016 and V048).

    So are witnesses, minors in any role, and those harmed in sexual, trafficking and juvenile cases.
    """
    if involvement.role == WITNESS or may_be_minor(case, involvement):
        return True
    if involvement.role not in HARMED:
        return False
    offences = [row.offence for row in standing(case.offences) if row.offence]
    return case.sensitivity in PROTECTED_CASES or any(
        offence.protects_victim or offence.family in PROTECTED_FAMILIES for offence in offences
    )


def victim_is_protected(involvement, facts):
    case = involvement.case
    if case is not None and involvement.role in HARMED and identity_is_protected(case, involvement):
        text = _(
            "The identity is protected automatically. Only officers of the case see the name, after a reason."
        )
        yield Problem("role", text, "V016", NOTICE)


def witness_is_protected(involvement, facts):
    if involvement.role == WITNESS:
        text = _(
            "The identity of a witness is protected automatically. It appears in no list, export or notice."
        )
        yield Problem("role", text, "V048", NOTICE)


def death_has_an_offence(involvement, facts):
    case = involvement.case
    if case is None or involvement.role != VICTIM or involvement.injury != DEAD:
        return
    offences = [row for row in standing(case.offences) if row.offence]
    if offences and not any(row.offence.causes_death and not row.attempt for row in offences):
        text = _("The victim is dead, but no offence causes a death. Check the offences, or give the reason.")
        yield Problem("injury", text, "V015", WARNING)


def has_a_photo_or_a_reason(involvement, facts):
    person = involvement.person
    if person is None or involvement.role not in (*SUSPECTED, CHILD, VICTIM):
        return
    if not (person.photos or involvement.photo_missing or person.photo_missing):
        text = _("A suspect or victim has a photo. Add it, or choose why there is none.")
        yield Problem("photo_missing", text, "V039", WARNING, "photo_missing")


def numbers_differ_within_the_case(case, facts):
    """Rule V036 among the people of one case, none of whom the register need know yet."""
    seen = []
    for person in unique(involvement.person for involvement in standing(case.involvements)):
        for document in person.documents:
            if any(bearer is not person and _is_one_document(document, other) for bearer, other in seen):
                text = _("Another person of this case has the same number. Correct it, or join the two.")
                yield Problem("number", text, "V036", row=document)
            seen.append((person, document))


def _is_one_document(one, other):
    key = document_key(one.number)
    return (
        bool(key)
        and (key, one.kind) == (document_key(other.number), other.kind)
        and may_be_one_country(one.country, other.country)
    )


def unique(people):
    """Each person once, also one who has two roles."""
    return list({id(person): person for person in people if person is not None}.values())


def is_one_person(one, other):
    return one is other or (one.id is not None and one.id == other.id)


def is_not_victim_and_sole_suspect(involvement, facts):
    case, person = involvement.case, involvement.person
    if case is None or person is None or involvement.role not in SUSPECTED:
        return
    others = [row for row in standing(case.involvements) if row.person is not None]
    is_victim = any(row.role == VICTIM and is_one_person(row.person, person) for row in others)
    has_company = any(
        row.role in (*SUSPECTED, CHILD) and not is_one_person(row.person, person) for row in others
    )
    if is_victim and not has_company:
        text = _("The victim is also the only suspect. Choose another role, or enter the other suspect.")
        yield Problem("role", text, "V047")


def child_below_14_is_no_suspect(involvement, facts):
    ages = ages_at(involvement.case, involvement)
    if ages is None:
        return
    youngest, oldest = ages
    if involvement.role in SUSPECTED and oldest < RESPONSIBLE_AGE:
        text = _(
            "At the age of %(age)s years nobody is a suspect. Choose the role «child below %(limit)s».",
            age=oldest,
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("role", text, "V049")
    elif involvement.role in SUSPECTED and youngest < RESPONSIBLE_AGE:
        text = _(
            "This person may have been younger than %(limit)s years, and then is no suspect."
            " Find out the age, or give the reason.",
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("role", text, "V049", WARNING)
    elif involvement.role == CHILD and youngest >= RESPONSIBLE_AGE:
        text = _(
            "At the age of %(age)s years this is no child below %(limit)s. Change the role or the age.",
            age=youngest,
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("role", text, "V049")


def minor_is_marked(involvement, facts):
    if involvement.role in SUSPECTED and may_be_minor(involvement.case, involvement):
        text = _(
            "Younger than %(adult)s years: marked as a minor, and the identity is protected."
            " In custody a guardian must be called.",
            adult=ADULT_AGE,
        )
        yield Problem("role", text, "V050", NOTICE)


def nobody_is_convicted_without_a_judgment(involvement, facts):
    person = involvement.person
    if involvement.role in CONVICTED and (person is None or person.id not in facts.convicted):
        text = _("Before a judgment a person is presumed innocent. Choose the role «suspect».")
        yield Problem("role", text, "V053")


def charge_rests_on_a_decision(involvement, facts):
    person = involvement.person
    if involvement.role in ("charged", "accused") and (person is None or person.id not in facts.charged):
        text = _(
            "No order of a prosecutor or judge in this case is registered."
            " Enter the order first; until then choose the role «suspect»."
        )
        yield Problem("role", text, "V051")


def conviction_is_final_or_said_not_to_be(involvement, facts):
    person = involvement.person
    if involvement.role != "convicted" or person is None or person.id not in facts.convicted:
        return
    if person.id not in facts.final:
        text = _("This judgment is not final yet. Choose the role «found guilty, judgment not final».")
        yield Problem("role", text, "V052")


def nobody_offends_in_prison(involvement, facts):
    """Whoever is held and did it all the same has escaped, or it is somebody else."""
    case, person = involvement.case, involvement.person
    since = facts.held.get(person.id) if person is not None else None
    if case is None or since is None or involvement.role not in SUSPECTED or case.occurred_from is None:
        return
    if case.occurred_from.date() > since:
        text = _(
            "This person has been in prison since %(day)s. Compare the photo, or give the reason.", day=since
        )
        yield Problem("role", text, "V100", WARNING)
