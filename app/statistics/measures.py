"""The measures: one definition each, from which screens, the page of definitions and docs/statistics.md are generated.

Voided rows, withdrawn rows and drafts never count. Imported rows count in what happened, not in work.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

HAPPENED, REGISTERED, NOW = _("when it happened"), _("when it was registered"), _("now")
CASES, PEOPLE, ITEMS = _("cases"), _("people"), _("items")
OFFENCES, ORDERS, PERCENT = _("offences"), _("orders"), _("percent")
ALL_CASES, WORK = _("all cases, with imported ones"), _("cases entered here, without imported ones")
PROTECTED = _("Protected cases")
NO_MINORS = _("Protected cases, people below 18 and protected people")


@dataclass(frozen=True)
class Measure:
    """A measure with its counting rule, population, time axis, exclusions and source, as lazy messages."""

    code: str
    name: object
    unit: object
    rule: object
    population: object
    axis: object
    left_out: object = ""
    source: object = ""


_TIME_OF_REPORT = _("Directive on E-Crime of 4 May 2020: entry within 48 hours")
_UCR = _("FBI Uniform Crime Reporting: offences are cleared, not people")

MEASURES = (
    Measure(
        "cases", _("Registered cases"), CASES,
        _("Each case counts once. A case with offences of two families is in both rows and once in the total."),
        ALL_CASES, HAPPENED,
    ),
    Measure(
        "offences", _("Offences"), OFFENCES,
        _("Each offence of a case counts, attempts included."), ALL_CASES, HAPPENED,
    ),
    Measure(
        "victims", _("Victims"), PEOPLE,
        _("Each victim counts once in each case."), ALL_CASES, HAPPENED,
    ),
    Measure(
        "suspects", _("Suspects"), PEOPLE,
        _("Each person counts once in the period, also with several cases. Months do not add up."),
        ALL_CASES, HAPPENED, _("Children below 14: they have a role of their own."),
    ),
    Measure(
        "on_time", _("On-time entry"), PERCENT,
        _("Cases registered within 48 hours after the end of the incident or the report, whichever is later."),
        WORK, REGISTERED, PROTECTED, _TIME_OF_REPORT,
    ),
    Measure(
        "delay", _("Entry delay"), _("hours"),
        _("Median and ninth decile from the end of the incident or the report until registration."),
        WORK, REGISTERED, PROTECTED, _TIME_OF_REPORT,
    ),
    Measure(
        "silence", _("Days without entry"), _("days"),
        _("Days since the last entry. A unit is silent if this exceeds 99 % of its own intervals, and 7 days."),
        WORK, NOW, _("Units with fewer than 20 entries in two years"),
    ),
    Measure(
        "complete", _("Complete at the lock"), PERCENT,
        _("Cases with a file, the village, and the photos and documents of their people within 48 hours."),
        WORK, REGISTERED, _("Protected cases, and cases that are not locked yet"),
    ),
    Measure(
        "orders_checked", _("Orders verified in time"), PERCENT,
        _("Orders that a second officer verified within 24 hours after their entry."),
        _("orders entered here, without imported ones"), REGISTERED,
        _("Orders entered in the last 24 hours and not verified yet"),
    ),
    Measure(
        "matches_in_time", _("Matches answered in time"), PERCENT,
        _("Matches answered by their deadline."), _("matches whose deadline has passed"), _("answer deadline"),
        _("Matches that ended without an answer"),
    ),
    Measure(
        "over_limit", _("Custody over the limit"), _("custodies"),
        _("Custodies that ended after their limit, or are open past it."), _("custodies that began in the month"),
        _("arrival at the unit"),
    ),
    Measure(
        "cleared_by_arrest", _("Cleared by arrest"), PERCENT,
        _("Cases of the period that were cleared by an arrest up to today."), ALL_CASES, HAPPENED,
        _("Cases in which no offence was found"), _UCR,
    ),
    Measure(
        "cleared_exceptionally", _("Cleared exceptionally"), PERCENT,
        _("Cases of the period cleared for an exceptional reason. An identified suspect is no clearance."),
        ALL_CASES, HAPPENED, _("Cases in which no offence was found"), _UCR,
    ),
    Measure(
        "open_cases", _("Open cases by age"), CASES,
        _("Cases under investigation or not yet solved, by the days since the report."), WORK, NOW,
        PROTECTED,
    ),
    Measure(
        "hours", _("Hour and weekday"), CASES,
        _("Cases by weekday and three hours of the day. Unknown hours are counted apart."), ALL_CASES, HAPPENED,
    ),
    Measure(
        "drugs", _("Seized drugs"), _("grams, litres or pieces"),
        _("Quantity by substance. Weights are added in grams and volumes in litres; tablets stay apart."),
        ALL_CASES, HAPPENED,
    ),
    Measure(
        "items", _("Weapons and vehicles"), ITEMS,
        _("Items by type: stolen, recovered, seized or used."), ALL_CASES, HAPPENED,
    ),
    Measure(
        "people", _("People, each once"), PEOPLE,
        _("Each person counts once in each cell and once in each total, also with several cases. Cells do not add up."),
        ALL_CASES, HAPPENED, NO_MINORS,
    ),
    Measure(
        "involvements", _("People in cases"), PEOPLE,
        _("Each person counts once for each role in each case."), ALL_CASES, HAPPENED, NO_MINORS,
    ),
    Measure(
        "objects", _("Items"), ITEMS, _("Each item of a case counts once, whatever its quantity."), ALL_CASES, HAPPENED, PROTECTED,
    ),
    Measure(
        "grams", _("Weight of items"), _("grams"),
        _("Sum of the quantities in grams; kilograms and milligrams are converted."), ALL_CASES, HAPPENED, PROTECTED,
    ),
    Measure(
        "litres", _("Volume of items"), _("litres"),
        _("Sum of the quantities in litres; millilitres are converted."), ALL_CASES, HAPPENED, PROTECTED,
    ),
    Measure(
        "pills", _("Tablets"), _("tablets"), _("Sum of the quantities in tablets."), ALL_CASES, HAPPENED, PROTECTED,
    ),
    Measure(
        "protected", _("Protected cases"), CASES,
        _("Each case counts once, in its first group. Numbers from 1 to 4, and those that would give them away, are not shown."),
        ALL_CASES, HAPPENED, _("Months that have not ended"),
    ),
    Measure(
        "errors", _("Error rate"), PERCENT,
        _("Cases corrected or voided because of an error, and rejected entries of imports, in percent of all records."),
        _("all cases, with imported and voided ones, and rejected entries"), REGISTERED,
        _("Corrections for new information or a late document; a month is final after three months"),
        _("FBI NIBRS certification, 4 %; the threshold is to be confirmed"),
    ),
    Measure(
        "corrections", _("Corrections by cause"), _("corrections"),
        _("Corrections by their cause in the month in which they were applied."), _("all locked records"),
        _("application"),
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in MEASURES}


def render_document():
    """Return docs/statistics.md in English: how the figures work, and the table of measures."""
    rows = "\n".join(
        f"| {one.name} | {one.unit} | {one.rule} | {one.population} | {one.axis} | {one.left_out or '—'} | {one.source or '—'} |"
        for one in MEASURES
    )
    return f"{_INTRODUCTION}\n{rows}\n"


_INTRODUCTION = """# Statistics

This page is generated by `python3 run.py statistics document` from `app/statistics/measures.py`. The screen «How the
figures are counted» shows the same table in Khmer.

## How the figures work

* One job follows the audit log every 15 seconds and copies coded facts into a file of its own: no name, no text, no
  number of a document. A person is a keyed hash, ages are bands, and the finest place is the commune.
* Pages read that file only. A save waits for nothing ([decision 28](decisions/0028-statistics-engine.md)).
* `python3 run.py statistics rebuild` writes the file from the register again and continues after an interruption.
  `python3 run.py statistics check` recounts from the register and lists differences.
* Figures are limited to the reader's area and offence families. The country appears as one sum only.
* Voided and withdrawn rows and drafts never count. Imported rows count in what happened, not in work.

## Small numbers

A protected case is a sexual offence, trafficking, an offence against the state or against a child, domestic violence, or
a case with a protected person. Each protected case is in one of these groups. Their numbers from 1 to 4 are not shown,
nor the next smallest number that would give them away. They are shown by group, province and whole month or year only.
Every other table leaves them out and says so, and tables of people leave out people below 18 and protected people. So
the difference of two tables singles out no one.

## Measures

| measure | unit | counting rule | population | time | left out | source |
|---|---|---|---|---|---|---|"""
