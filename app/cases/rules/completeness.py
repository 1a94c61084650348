"""Completeness of the case as a whole: V023, V025 to V027, V029."""

from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import CHILD, SUSPECT_ROLES, deduplicate_people
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer
from app.people.rules import is_identified, is_named
from app.people.rules.birth import has_age
from app.people.rules.identity import FEMALE, MALE

SUMMARY_LETTERS = 30
SOLVED = "solved"
NO_OFFENCE = "exceptional_no_offence"
AT_COURT = ("judicial", "at_court", "judged", "final")


def case_is_not_a_duplicate(case, facts):
    if facts.similar_cases:
        text = _(
            "Case %(numbers)s has the same place, day, offence and victim or suspect. Compare them, or give the reason.",
            numbers=" · ".join(facts.similar_cases),
        )
        yield Problem("occurred_from", text, "V023", WARNING, "duplicate_reason")


def summary_is_long_enough(case, facts):
    letters = khmer.count_khmer_letters(case.summary or "")
    if letters < SUMMARY_LETTERS:
        text = _(
            "The summary has %(letters)s Khmer letters. Write at least %(least)s letters about the people, the facts and the method.",
            letters=letters,
            least=SUMMARY_LETTERS,
        )
        yield Problem("summary", text, "V025", WARNING)


def is_exceptional(case):
    """Return whether the case was solved without an arrest, for one of the exceptional reasons."""
    return (case.clearance or "").startswith("exceptional_")


def find_suspects(case):
    """Return the suspects of the case, including children below 14."""
    return deduplicate_people(
        row.person for row in exclude_voided(case.involvements) if row.role in (*SUSPECT_ROLES, CHILD)
    )


def solved_case_has_a_suspect(case, facts):
    known = any(is_named(person) and is_identified(person) for person in find_suspects(case))
    if case.status == SOLVED and not known and not is_exceptional(case):
        text = _("A solved case needs at least one suspect. Enter the suspect, or the exceptional reason.")
        yield Problem("status", text, "V026")


def exceptional_clearance_has_a_known_suspect(case, facts):
    if not is_exceptional(case) or case.clearance == NO_OFFENCE:
        return  # without an offence there is no suspect
    if not any(_is_fully_known(person) for person in find_suspects(case)):
        text = _("An exceptional clearance needs one suspect known by name, sex and age. Complete them.")
        yield Problem("clearance", text, "V029")


def _is_fully_known(person):
    return is_identified(person) and is_named(person) and person.sex in (MALE, FEMALE) and has_age(person)


def case_at_court_names_the_court(case, facts):
    if case.status not in AT_COURT:
        return
    if not case.sent_on:
        yield Problem("sent_on", _("The case is at court. Enter the day on which it was sent."), "V027")
    if not (case.court or case.court_code):
        yield Problem("court", _("The case is at court. Choose the court."), "V027")
    if not case.dossier_no:
        # A judgment that another officer registers brings the case to court too: it prevents no correction of the case.
        text = _("The case is at court. Enter the number of the court's dossier.")
        yield Problem("dossier_no", text, "V027", WARNING)
