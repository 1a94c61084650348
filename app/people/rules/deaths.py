"""Rules of a report of death: V004, V032 and V113."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.people.rules.birth import get_ages_on


def death_has_a_document(report, facts):
    for field, text in (
        ("document_no", _("A death is based on a document. Enter its number.")),
        ("document_date", _("Enter the date of that document.")),
    ):
        if not getattr(report, field):
            yield Problem(field, text, "V113")
    if report.died_on and report.document_date and report.document_date < report.died_on:
        text = _("This document is older than the death. Check both dates.")
        yield Problem("document_date", text, "V113")


def death_follows_birth(report, facts):
    person = report.person
    if person is None or not report.died_on or not (person.born_on or person.birth_year):
        return
    if get_ages_on(person, report.died_on) is None:
        text = _("The date of death is before the date of birth. Correct one of the two.")
        yield Problem("died_on", text, "V032")


def death_follows_the_last_act(report, facts):
    """Ask about an act that met the person alive after this day, such as an arrest or a visit."""
    if report.died_on and facts.last_act_on and report.died_on < facts.last_act_on:
        text = _(
            "An act about this person is recorded for %(day)s, after the death. Check the person and both dates, or give the reason.",
            day=facts.last_act_on,
        )
        yield Problem("died_on", text, "V113", WARNING)
