"""Rules of reports and of their ends: V160 to V162. V140, about the answers to a match, is in `answers`."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem, not_in_the_future

MISSING, BODY, UNKNOWN = "missing", "body", "unknown"
LOST, FOUND = "lost", "found"
# States: an outcome is the state of a report that has ended.
OPEN, IDENTIFIED, OWNER_KNOWN = "open", "identified", "owner_known"
FOUND_ALIVE, FOUND_DEAD, RETURNED, CLOSED = "found_alive", "found_dead", "returned", "closed"
OUTCOMES = {
    MISSING: (FOUND_ALIVE, FOUND_DEAD, CLOSED),
    BODY: (IDENTIFIED, CLOSED),
    UNKNOWN: (IDENTIFIED, CLOSED),
    LOST: (RETURNED, CLOSED),
    FOUND: (RETURNED, CLOSED),
}
IN_EFFECT = (None, "confirmed")  # confirmations of an end that counts
OLDEST, SMALLEST, TALLEST = 120, 20, 250


def find_report_state(ends, has_match, matched=IDENTIFIED):
    """Return the state of a report: its last end that counts, or `matched` by a confirmed match, or open.

    An end that is void, or that the second officer has not confirmed, does not count.
    """
    valid = [one for one in ends if one.voided_at is None and one.confirmation in IN_EFFECT]
    if valid:
        return valid[-1].outcome
    return matched if has_match else OPEN


def missing_person_is_named(report, facts):
    if report.kind != MISSING:
        return
    if not report.name:
        yield Problem("name", _("Enter the name of the missing person."), "V160")
    if not report.reporter:
        yield Problem("reporter", _("Enter who reported the person as missing."), "V160")
    if report.sex == "unknown":
        yield Problem("sex", _("The reporter knows the sex of the missing person. Choose it."), "V160")


def ranges_are_possible(report, facts):
    for first, last, least, most in (
        ("age_from", "age_to", 0, OLDEST),
        ("height_from", "height_to", SMALLEST, TALLEST),
    ):
        low, high = getattr(report, first), getattr(report, last)
        for name, value in ((first, low), (last, high)):
            if value is not None and not least <= value <= most:
                text = _("Enter a number from %(least)s to %(most)s.", least=least, most=most)
                yield Problem(name, text, "V160")
        if low is not None and high is not None and low > high:
            yield Problem(
                last, _("The end of this range is below its beginning. Check both numbers."), "V160"
            )


def age_is_estimated(report, facts):
    if report.age_from is None and report.age_to is None:
        yield Problem("age_from", _("Enter the age, or the lowest and highest age that is possible."), "V160")


def mark_is_described(report, facts):
    if (report.mark_kind or report.body_part) and not report.marks:
        yield Problem("marks", _("Describe the mark."), "V160")


def finder_keeps_found_property(report, facts):
    if report.side == FOUND and not report.kept_at:
        yield Problem("kept_at", _("Enter where the found property is kept."), "V161")
    if report.side == LOST and not report.reporter:
        yield Problem("reporter", _("Enter who lost the property."), "V161")


def end_is_of_one_report(end, facts):
    if (end.person_report is None) == (end.property_report is None):
        yield Problem("person_report", _("Choose the report that ends, one of the two."), "V162")


def outcome_fits_the_report(end, facts):
    report = end.report
    if report is None or not end.outcome:
        return
    kind = getattr(report, "side", None) or report.kind
    if end.outcome not in OUTCOMES.get(kind, ()):
        yield Problem(
            "outcome", _("A report of this kind does not end in this way. Choose another outcome."), "V162"
        )
    if end.ended_on and report.happened_on and end.ended_on < report.happened_on:
        yield Problem("ended_on", _("The report ends before the day on which it began."), "V162")


def end_has_a_document(end, facts):
    for name, text in (
        ("document_no", _("A report ends by a document. Enter its number.")),
        ("document_date", _("Enter the date of that document.")),
    ):
        if not getattr(end, name):
            yield Problem(name, text, "V162")
    if end.outcome == RETURNED and not end.receiver:
        yield Problem("receiver", _("Enter who received the property."), "V162")


PERSON = (
    missing_person_is_named,
    age_is_estimated,
    ranges_are_possible,
    mark_is_described,
    not_in_the_future("happened_on", rule="V160"),
)
PROPERTY = (finder_keeps_found_property, not_in_the_future("happened_on", rule="V161"))
END = (
    end_is_of_one_report,
    outcome_fits_the_report,
    end_has_a_document,
    not_in_the_future("ended_on", "document_date", rule="V162"),
)
