"""Rules of the offences of a case: V011 to V014, V018, V024, V183."""

from decimal import Decimal

from app.cases.rules.exhibits import DRUG, weight_in_grams
from app.cases.rules.facts import exclude_voided
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

FELONY, UNCONFIRMED = "felony", "unconfirmed"
DRUGS = "drugs"
# The press reports penalties up to life above this weight. The article itself was not read, so the rule only
# warns.
LARGE_GRAMS = Decimal(80)
WEIGHED = ("heroin", "ice", "yama")
VICTIM, DEAD = "victim", "dead"
CLASSES = {FELONY: _("felony"), "misdemeanour": _("misdemeanour"), "petty": _("petty offence")}


def get_class(row):
    """Return the class that the clerk selected, else that of the table of offences, else None. None if not confirmed."""
    known = row.offence_class or (row.offence.offence_class if row.offence else None)
    return None if known == UNCONFIRMED else known


def find_dead_victims(case):
    return [row for row in exclude_voided(case.involvements) if row.role == VICTIM and row.injury == DEAD]


def case_has_an_offence(case, facts):
    if not exclude_voided(case.offences):
        yield Problem(
            "offences", _("A case needs at least one offence. Choose it from the table of offences."), "V011"
        )


def offence_is_chosen(row, facts):
    if row.offence is None:
        yield Problem("offence", _("The offence is missing. Choose it from the table of offences."), "V011")


def class_matches_table(row, facts):
    if row.offence is None:
        return
    table, unsure = row.offence.offence_class, row.offence.class_uncertain
    if row.offence_class == UNCONFIRMED and (unsure or not table):
        return  # the clerk need not decide what the table does not know
    if not table:
        if not row.offence_class:
            text = _(
                "The table of offences has no class for this offence. Choose the class, or «class not confirmed»."
            )
            yield Problem("offence_class", text, "V012")
    elif not row.offence_class:
        if unsure:
            text = _(
                "The class in the table, «%(table)s», is not confirmed. Choose the class, or «class not confirmed».",
                table=CLASSES.get(table, table),
            )
            yield Problem("offence_class", text, "V012", WARNING)
    elif row.offence_class != table and not row.class_reason:
        text = _(
            "The table of offences gives «%(table)s». Choose that class, or enter the reason for a different class.",
            table=CLASSES.get(table, table),
        )
        if unsure:
            yield Problem("offence_class", text, "V012", WARNING)
        else:
            yield Problem("class_reason", text, "V012")


def offence_was_in_force(row, facts):
    case, offence = row.case, row.offence
    if offence is None or case is None or case.occurred_from is None:
        return
    day, law = case.occurred_from.date(), offence.law
    first = offence.valid_from or (law and law.valid_from)
    last = offence.valid_to or (law and law.valid_to)
    if first and day < first:
        text = _(
            "%(offence)s has been in force only since %(first)s. Choose an offence in force on the day of the incident.",
            offence=offence,
            first=first,
        )
    elif last and day > last:
        text = _(
            "%(offence)s was in force only until %(last)s. Choose an offence in force on the day of the incident.",
            offence=offence,
            last=last,
        )
    else:
        return
    if law and law.date_uncertain:
        yield Problem("offence", text, "V013", WARNING)
    else:
        yield Problem("offence", text, "V013")


def death_has_a_victim(row, facts):
    if row.case is None or row.offence is None or not row.offence.causes_death or row.attempt:
        return
    if not find_dead_victims(row.case):
        if row.offence.involuntary:
            text = _(
                "The offence causes a death, but no victim is recorded as dead. Enter the dead victim, or change the offence."
            )
        else:
            text = _(
                "The offence causes a death, but no victim is recorded as dead. Enter the dead victim, or mark an attempt."
            )
        yield Problem("offence", text, "V014")


def attempt_is_intentional(row, facts):
    if row.attempt and row.offence and row.offence.involuntary:
        text = _(
            "An unintentional offence cannot be attempted. Clear the attempt field, or choose another offence."
        )
        yield Problem("attempt", text, "V024")


def large_amount_is_a_felony(row, facts):
    if row.case is None or row.offence is None or row.offence.family != DRUGS:
        return
    weighed = [
        exhibit
        for exhibit in exclude_voided(row.case.exhibits)
        if exhibit.kind == DRUG and exhibit.substance in WEIGHED
    ]
    grams = sum(weight_in_grams(exhibit) for exhibit in weighed)
    if grams > LARGE_GRAMS and get_class(row) not in (None, FELONY):
        text = _(
            "%(grams)s g were seized; above %(limit)s g it is usually a felony. Check class and offence.",
            grams=int(grams) if grams == int(grams) else grams.normalize(),
            limit=LARGE_GRAMS,
        )
        yield Problem("offence_class", text, "V018", WARNING)


def offence_is_entered_once(row, facts):
    """A new row is compared with those before it, a stored one with all others."""
    if row.case is None or row.offence is None:
        return
    others = exclude_voided(row.case.offences)
    if row.id is None and row in others:
        others = others[: others.index(row)]
    for other in others:
        if other is not row and other.offence is not None and other.offence.code == row.offence.code:
            text = _("This offence is already in the case. Check whether it is another act.")
            yield Problem("offence", text, "V183", WARNING)
            return
