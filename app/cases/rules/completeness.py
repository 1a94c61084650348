"""Whether the case as a whole is complete and belongs here: V023, V025 to V027, V029."""

from app.cases.rules.facts import standing
from app.cases.rules.people import CHILD, SUSPECTED, unique
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer
from app.people.rules import is_identified, is_named
from app.people.rules.birth import has_an_age
from app.people.rules.identity import FEMALE, MALE

SUMMARY_LETTERS = 30
SOLVED = "solved"
NO_OFFENCE = "exceptional_no_offence"
AT_COURT = ("at_court", "judged")


def is_not_entered_twice(case, facts):
    if facts.similar_cases:
        text = _(
            "Case %(numbers)s has the same place, day, offence and victim. Compare them, or give the reason.",
            numbers=" · ".join(facts.similar_cases),
        )
        yield Problem("occurred_from", text, "V023", WARNING, "duplicate_reason")


def summary_says_enough(case, facts):
    letters = khmer.khmer_letters(case.summary or "")
    if letters < SUMMARY_LETTERS:
        text = _(
            "The summary has %(letters)s Khmer letters. Write at least %(least)s on who did what and how.",
            letters=letters,
            least=SUMMARY_LETTERS,
        )
        yield Problem("summary", text, "V025", WARNING)


def is_exceptional(case):
    """Whether the case was solved without an arrest, for one of the exceptional reasons."""
    return (case.clearance or "").startswith("exceptional_")


def suspects(case):
    return unique(row.person for row in standing(case.involvements) if row.role in (*SUSPECTED, CHILD))


def solved_case_has_a_suspect(case, facts):
    known = any(is_named(person) and is_identified(person) for person in suspects(case))
    if case.status == SOLVED and not known and not is_exceptional(case):
        text = _("A solved case names at least one suspect. Enter who it was, or the exceptional reason.")
        yield Problem("status", text, "V026")


def exceptional_clearance_has_a_known_suspect(case, facts):
    if not is_exceptional(case) or case.clearance == NO_OFFENCE:
        return  # where there was no offence nobody is suspected
    if not any(_is_fully_known(person) for person in suspects(case)):
        text = _("An exceptional clearance needs one suspect known by name, sex and age. Complete them.")
        yield Problem("clearance", text, "V029")


def _is_fully_known(person):
    return is_identified(person) and is_named(person) and person.sex in (MALE, FEMALE) and has_an_age(person)


def case_at_court_names_the_court(case, facts):
    if case.status not in AT_COURT:
        return
    if not case.sent_on:
        yield Problem("sent_on", _("The case is at court. Enter the day on which it was sent."), "V027")
    if not (case.court or case.court_code):
        yield Problem("court", _("The case is at court. Choose the court."), "V027")
    if not case.dossier_no:
        yield Problem(
            "dossier_no", _("The case is at court. Enter the number of the court's dossier."), "V027"
        )
