"""What offence it was: V011 to V014, V018, V024."""

from decimal import Decimal

from app.cases.rules.exhibits import DRUG, weight_in_grams
from app.cases.rules.facts import standing
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

FELONY = "felony"
DRUGS = "drugs"
# Above this weight the press reports penalties up to life; the article itself was not read, so it only warns.
LARGE_GRAMS = Decimal(80)
WEIGHED = ("heroin", "ice", "yama")
VICTIM, DEAD = "victim", "dead"
CLASSES = {FELONY: _("felony"), "misdemeanour": _("misdemeanour"), "petty": _("petty offence")}


def class_of(row):
    """The class that the clerk gave, else that of the law table, else None."""
    return row.offence_class or (row.offence.offence_class if row.offence else None)


def victims_died(case):
    return [row for row in standing(case.involvements) if row.role == VICTIM and row.injury == DEAD]


def case_has_an_offence(case, facts):
    if not standing(case.offences):
        yield Problem(
            "offences", _("A case needs at least one offence. Choose it from the table of offences."), "V011"
        )


def is_in_the_table(row, facts):
    if row.offence is None:
        yield Problem("offence", _("The offence is missing. Choose it from the table of offences."), "V011")


def class_agrees_with_the_table(row, facts):
    if row.offence is None:
        return
    table, unsure = row.offence.offence_class, row.offence.class_unsure
    if not table:
        if not row.offence_class:
            text = _("The table of offences has no class for this offence. Choose the class.")
            yield Problem("offence_class", text, "V012")
    elif not row.offence_class:
        if unsure:
            text = _(
                "The class in the table, «%(table)s», is not confirmed. Choose the class.",
                table=CLASSES.get(table, table),
            )
            yield Problem("offence_class", text, "V012", WARNING)
    elif row.offence_class != table and not row.class_reason:
        text = _(
            "The table says «%(table)s». Choose that, or enter why the class differs here.",
            table=CLASSES.get(table, table),
        )
        if unsure:
            yield Problem("offence_class", text, "V012", WARNING)
        else:
            yield Problem("class_reason", text, "V012")


def was_in_force(row, facts):
    case, offence = row.case, row.offence
    if offence is None or case is None or case.occurred_from is None:
        return
    day, law = case.occurred_from.date(), offence.law
    first = offence.valid_from or (law and law.valid_from)
    last = offence.valid_to or (law and law.valid_to)
    if first and day < first:
        text = _(
            "%(offence)s is law only since %(first)s. Choose an offence of the law of that day.",
            offence=offence,
            first=first,
        )
    elif last and day > last:
        text = _(
            "%(offence)s is no longer law since %(last)s. Choose an offence of the law of that day.",
            offence=offence,
            last=last,
        )
    else:
        return
    if law and law.day_unsure:
        yield Problem("offence", text, "V013", WARNING)
    else:
        yield Problem("offence", text, "V013")


def death_has_a_victim(row, facts):
    if row.case is None or row.offence is None or not row.offence.causes_death or row.attempt:
        return
    if not victims_died(row.case):
        if row.offence.involuntary:
            text = _(
                "The offence causes a death, but no victim is dead. Enter who died, or change the offence."
            )
        else:
            text = _("The offence causes a death, but no victim is dead. Enter who died, or mark an attempt.")
        yield Problem("offence", text, "V014")


def attempt_is_intended(row, facts):
    if row.attempt and row.offence and row.offence.involuntary:
        text = _("What is not intended cannot be attempted. Remove the mark, or choose another offence.")
        yield Problem("attempt", text, "V024")


def large_amount_is_a_felony(row, facts):
    if row.case is None or row.offence is None or row.offence.family != DRUGS:
        return
    weighed = [
        thing for thing in standing(row.case.exhibits) if thing.kind == DRUG and thing.substance in WEIGHED
    ]
    grams = sum(weight_in_grams(exhibit) for exhibit in weighed)
    if grams > LARGE_GRAMS and class_of(row) not in (None, FELONY):
        text = _(
            "%(grams)s g were seized; above %(limit)s g it is usually a felony. Check class and offence.",
            grams=int(grams) if grams == int(grams) else grams.normalize(),
            limit=LARGE_GRAMS,
        )
        yield Problem("offence_class", text, "V018", WARNING)
