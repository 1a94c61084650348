"""The paper itself: V070 to V075, and that the law it names was law."""

from datetime import date

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer

OLDEST = date(2000, 1, 1)  # orders since 2000 are entered (directive of 4 May 2020)
CODE_OF_PROCEDURE = date(2007, 8, 10)  # what an older order must name follows the law of its day
PROSECUTOR, INVESTIGATING_JUDGE, COURT, PROSECUTOR_GENERAL, PRESIDENT = (
    "prosecutor", "investigating_judge", "court", "prosecutor_general", "appeal_president",
)  # fmt: skip
_JUDGES = (INVESTIGATING_JUDGE, COURT, PRESIDENT)
# kind → who issues it. What is not here may come from anybody.
ISSUERS = {
    "summons": (PROSECUTOR, *_JUDGES),
    "appear": _JUDGES,
    "bring": (PROSECUTOR, *_JUDGES),
    "arrest": _JUDGES,
    "provisional_detention": _JUDGES,
    "detention_warrant": _JUDGES,
    "detention_extension": _JUDGES,
    "release": _JUDGES,
    "supervision": _JUDGES,
    "search": (PROSECUTOR, INVESTIGATING_JUDGE),
    "rogatory": (INVESTIGATING_JUDGE,),
    "indictment": (INVESTIGATING_JUDGE,),
    "non_suit": (INVESTIGATING_JUDGE,),
    "judgment": (COURT, PRESIDENT),
    "default_judgment": (COURT, PRESIDENT),
    "appeal_judgment": (COURT, PRESIDENT),
    "extradition": (PROSECUTOR_GENERAL, PRESIDENT),
}
RESTS_ON = ("provisional_detention", "detention_extension", "judgment", "default_judgment", "appeal_judgment")


def number_key(number):
    """The number of a paper as it is compared: Latin digits, capital letters, no blanks."""
    return "".join(khmer.latin_digits(number or "").upper().split())


def is_not_entered_twice(order, facts):
    if facts.same_paper:
        text = _(
            "Order %(number)s of this court and day is registered already. Open it there.",
            number=facts.same_paper,
        )
        yield Problem("number", text, "V070")


def days_follow_each_other(order, facts):
    if order.issued_on and order.received_on and order.received_on < order.issued_on:
        text = _("The order cannot be received before the day on which it was issued.")
        yield Problem("received_on", text, "V071")
    today = facts.now.date() if facts.now else None
    for name in ("issued_on", "received_on"):
        day = getattr(order, name)
        if today and day and day > today:
            yield Problem(name, _("This day has not come yet. Check the year."), "V071")


def is_not_too_old(order, facts):
    if order.issued_on and order.issued_on < OLDEST:
        text = _("Orders are entered from the year 2000 on. Check the day of issue, or give the reason.")
        yield Problem("issued_on", text, "V072", WARNING)


def issuer_may_issue_it(order, facts):
    if not order.issuer or order.issuer in ISSUERS.get(order.kind, (order.issuer,)):
        return
    text = _("This kind of order is not issued by that authority. Check the kind and the issuer.")
    # Who issued what before the Code of 2007 was not read in the law of that time.
    old = order.issued_on is not None and order.issued_on < CODE_OF_PROCEDURE
    yield Problem("issuer", text, "V073", WARNING) if old else Problem("issuer", text, "V073")


def warrant_names_what_it_must(order, facts):
    if order.kind != "arrest":
        return
    old = order.issued_on is not None and order.issued_on < CODE_OF_PROCEDURE
    for box, text in _missing_in_a_warrant(order):
        yield Problem(box, text, "V074", WARNING) if old else Problem(box, text, "V074")


def _missing_in_a_warrant(order):
    if not (order.offence or order.offence_code or order.offence_text):
        yield "offence", _("An arrest warrant names the offence. Choose it, or write it as the paper does.")
    if not (order.law or order.law_code or order.law_text or order.offence or order.offence_code):
        yield "law_text", _("An arrest warrant names the text of the law. Write the articles of the paper.")
    if not order.issuer_name:
        yield "issuer_name", _("An arrest warrant names its judge. Write the name that stands on the paper.")
    if not order.signed:
        yield "signed", _("An arrest warrant is signed. Look at the paper, and tick the box.")
    if not order.sealed:
        yield (
            "sealed",
            _("An arrest warrant bears the seal of the court. Look at the paper, and tick the box."),
        )


def detention_rests_on_a_decision(order, facts):
    if order.kind != "detention_warrant":
        return
    base = order.rests_on
    if base is None and not order.rests_on_id:
        text = _(
            "A detention warrant needs the order of provisional detention or the judgment on which it rests."
        )
        yield Problem("rests_on", text, "V075")
    elif base is not None and base.kind not in RESTS_ON:
        text = _("A detention warrant rests on an order of provisional detention or on a judgment.")
        yield Problem("rests_on", text, "V075")


def law_was_in_force(order, facts):
    """An order is judged by the law of its own day: one of 2003 names a law of 2003."""
    law, day = order.law, order.occurred_on or order.issued_on
    if law is None or day is None:
        return
    before = law.valid_from is not None and day < law.valid_from
    later = law.valid_to is not None and order.occurred_on is not None and day > law.valid_to
    if before or later:
        text = _(
            "%(law)s was not in force on %(day)s. Choose the law of that day.",
            law=law,
            day=day,
        )
        yield Problem("law", text, "V013", WARNING)
