"""The measures: one definition each, from which screens, the page of definitions and docs/statistics.md are generated.

Voided rows, withdrawn rows and drafts never count. Imported rows count in what happened, not in work.
"""

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _

HAPPENED, REGISTERED, NOW = _("when it happened"), _("when it was registered"), _("now")
CASES, PEOPLE, ITEMS = _("cases"), _("people"), _("items")
OFFENCES, ORDERS, PERCENT = _("offences"), _("orders"), _("percent")
ALL_CASES, WORK = _("all cases, with imported ones"), _("cases entered here, without imported ones")
PROTECTED = _("Protected cases")
NO_MINORS = _("Protected cases, people below 18 and protected people")
# What every page of open cases says.
OPEN_CASES = _(
    "Protected cases are left out: sexual offences, trafficking, offences against the state or against children, "
    "domestic violence, and cases with protected people."
)
CENSUS = _("Population: census of 2019, figures to be confirmed.")


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
        WORK, NOW, _("Protected cases, and units with fewer than 20 entries in two years"),
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
        _("Each case counts once, in its first group. Numbers from 1 to 4, and those that would give them away, are not shown. "
          "Nor is a number of one group, province and month."),
        ALL_CASES, HAPPENED, _("Months that have not ended, and cases registered in the current month"),
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
        _("application"), PROTECTED,
    ),
    Measure(
        "rate", _("Rate per 100,000 people"), _("cases per 100,000 people"),
        _("Cases of a province by its people in the census. The rate of the nation counts the provinces of the census."),
        ALL_CASES, HAPPENED, PROTECTED, CENSUS,
    ),
    Measure(
        "usual_band", _("Usual band of a month"), CASES,
        _("Limits of 99 % from the five years before: the last twelve months, their growth, and the share of the month."),
        ALL_CASES, HAPPENED, _("Protected cases, and fewer than three years or 60 cases a year before"),
        _("Farrington and others, 1996: detection of outbreaks"),
    ),
    Measure(
        "beyond_usual", _("Beyond the usual"), CASES,
        _("Twice the difference of the square roots of two numbers is more than 3: 4 % of the differences by chance. "
          "It says nothing about causes."),
        ALL_CASES, HAPPENED, PROTECTED,
    ),
    Measure(
        "hot_spots", _("Hot spots"), _("communes"),
        _("Communes with at least 5 cases, more than 3 standard deviations above what their share of all cases "
          "explains. It says where, not why."),
        ALL_CASES, HAPPENED, PROTECTED,
    ),
    Measure(
        "similar", _("Similar cases"), CASES,
        _("A rare agreement counts more than a frequent one; distance and days between two cases count against it. "
          "Similar cases need not have the same author. People are not compared."),
        _("cases of the last 120 days, of one offence family and province"), HAPPENED,
    ),
    Measure(
        "repeats", _("Repeat suspects, victims and places"), CASES,
        _("Two cases or more in the last 365 days, in your area. These are counts of cases."), ALL_CASES, HAPPENED,
        _("People below 18 and protected people"),
    ),
    Measure(
        "effect", _("Before and after a programme"), CASES,
        _("Cases in the programme minus those that the comparison area lets expect, with limits of 99 %. "
          "A difference does not say why: something else may have changed here and not there."),
        _("whole months of the programme and the same months of the years before"), HAPPENED,
        _("Protected cases, and areas with fewer than 10 cases before"),
    ),
    Measure(
        "displacement", _("Displacement"), CASES,
        _("Whether the cases around the area rose while its own fell, both against the comparison area. It is shown "
          "only if the area has fewer cases than chance explains."),
        _("whole months of the programme and the same months of the years before"), HAPPENED, PROTECTED,
        _("Bowers and Johnson, 2003: weighted displacement quotient"),
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in MEASURES}


def select_measures(*codes):
    """Return the measures with these codes."""
    return [BY_CODE[code] for code in codes]


def list_lines(*codes):
    """Return lines that say how these measures are counted and what they leave out."""
    lines = []
    for one in select_measures(*codes):
        parts = [
            gettext("%(measure)s: %(rule)s", measure=one.name, rule=one.rule),
            gettext("Population: %(what)s.", what=one.population),
        ]
        parts += [gettext("Left out: %(what)s.", what=one.left_out)] if one.left_out else []
        lines.append(" ".join(parts))
    return lines


def describe(measure):
    """Return a measure as texts in the reader's language."""
    return {name: str(value) for name, value in vars(measure).items()}


def render_document():
    """Return docs/statistics.md in English: how the figures work, and the table of measures."""
    rows = "\n".join(
        f"| {one.name} | {one.unit} | {one.rule} | {one.population} | {one.axis} | {one.left_out or '—'} | {one.source or '—'} |"
        for one in MEASURES
    )
    return f"{_INTRODUCTION}\n{rows}\n"


def render_guide(language):
    """Return docs/guide/measures.<language>.md: a section for each measure, in the language of the locale."""
    other, name, colon = ("km", "ខ្មែរ", ":") if language == "en" else ("en", "English", "៖")
    parts = [
        f"# {gettext('How the figures are counted')}",
        f"[{name}](measures.{other}.md)",
        gettext(
            "Every screen, report, file and the REST API count by these definitions. Voided rows, withdrawn rows and "
            "drafts never count."
        ),
        str(OPEN_CASES),
    ]
    for one in MEASURES:
        facts = [
            (gettext("Unit of measure"), one.unit), (gettext("Population"), one.population),
            (gettext("Month by"), one.axis), (gettext("Left out"), one.left_out), (gettext("Source"), one.source),
        ]  # fmt: skip
        lines = [f"* {label}{colon} {str(text).rstrip('.។')}" for label, text in facts if text]
        parts += [f"## {one.name}", str(one.rule), "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """# Statistics

This page is generated by `python3 run.py statistics document` from `app/statistics/measures.py`. The screen «How the
figures are counted» shows the same table in Khmer.

## How the figures work

* One job follows the audit log every 15 seconds and copies coded facts into a file of its own: no name, no text, no
  number of a document. A person is a keyed hash, ages are bands, and the finest place is the commune.
* Pages read that file only. A save waits for nothing ([decision 28](decisions/0028-statistics-engine.md)).
* `python3 run.py statistics rebuild` writes the file from the register again and continues after an interruption.
  `python3 run.py statistics check` recounts from the register, compares each value of each row, and lists differences.
* Figures are limited to the reader's area and offence families. The country appears as one sum only.
* Voided and withdrawn rows and drafts never count. Imported rows count in what happened, not in work.

## Small numbers

A protected case is a sexual offence, trafficking, an offence against the state or against a child, domestic violence, or
a case with a protected person. The offence alone decides this too, if its article is about family or a child or protects
the identity of the victim. Each protected case is in one of these groups. They are shown by whole month or year, and by two of
group, province and month at once. Numbers from 1 to 4 are not shown, nor the next smallest numbers that would give them away: a
reader who knows all shown numbers still finds four possible values or more for each of them. A case counts from the month
after its registration, so no number grows on the day of a case. A revision of an official report shows no change by less than
five ([decision 72](decisions/0072-figures-of-protected-cases.md)). Every other table leaves them out and says so, and tables of people leave
out people below 18 and protected people. A case that ended because its suspect is below 14 counts under «another
reason». So the difference of two tables singles out no one.

## Measures

| measure | unit | counting rule | population | time | left out | source |
|---|---|---|---|---|---|---|"""
