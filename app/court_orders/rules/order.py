"""Rules of the order itself: V070 to V075, and that its law was in force (V013)."""

from datetime import date

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer

EARLIEST_ISSUE_DATE = date(2000, 1, 1)  # orders since 2000 are entered (directive of 4 May 2020)
# Earlier orders and detentions follow the law of their day. Adopted on 7 June 2007, promulgated on this day; whether it
# was in force before is to be confirmed.
CODE_OF_PROCEDURE = date(2007, 8, 10)
PROSECUTOR, INVESTIGATING_JUDGE, COURT, PROSECUTOR_GENERAL, PRESIDENT = (
    "prosecutor", "investigating_judge", "court", "prosecutor_general", "appeal_president",
)  # fmt: skip
_JUDGES = (INVESTIGATING_JUDGE, COURT, PRESIDENT)
# kind → authorities that issue it. Any authority can issue the kinds not listed here.
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
BASIS_KINDS = (
    "provisional_detention",
    "detention_extension",
    "judgment",
    "default_judgment",
    "appeal_judgment",
)


def number_key(number):
    """Return the order number for comparison: Latin digits, capital letters, no spaces."""
    return "".join(khmer.to_latin_digits(number or "").upper().split())


def is_not_a_duplicate(order, facts):
    if facts.duplicate_number:
        text = _(
            "Order %(number)s of this court and date is already registered. Open that order.",
            number=facts.duplicate_number,
        )
        if facts.unit_of_duplicate:
            text = _(
                "Order %(number)s of this court and date is already registered by unit %(unit)s. Open that order, or ask the unit to reject it if your paper is the real one.",
                number=facts.duplicate_number,
                unit=facts.unit_of_duplicate,
            )
        yield Problem("number", text, "V070")


def dates_are_in_order(order, facts):
    if order.issued_on and order.received_on and order.received_on < order.issued_on:
        text = _("The order cannot be received before its date of issue.")
        yield Problem("received_on", text, "V071")
    today = facts.now.date() if facts.now else None
    for name in ("issued_on", "received_on"):
        day = getattr(order, name)
        if today and day and day > today:
            yield Problem(name, _("This date is in the future. Check the year."), "V071")


def is_not_too_old(order, facts):
    if order.issued_on and order.issued_on < EARLIEST_ISSUE_DATE:
        text = _("Orders must be dated 2000 or later. Check the date of issue, or give the reason.")
        yield Problem("issued_on", text, "V072", WARNING)


def issuer_may_issue_it(order, facts):
    if not order.issuer or order.issuer in ISSUERS.get(order.kind, (order.issuer,)):
        return
    text = _("That authority does not issue this type of order. Check the type and the issuer.")
    # The rules do not know which authority issued what before the Code of 2007, so they only warn.
    old = order.issued_on is not None and order.issued_on < CODE_OF_PROCEDURE
    yield Problem("issuer", text, "V073", WARNING) if old else Problem("issuer", text, "V073")


def warrant_is_complete(order, facts):
    if order.kind != "arrest":
        return
    old = order.issued_on is not None and order.issued_on < CODE_OF_PROCEDURE
    for field, text in _find_missing(order):
        yield Problem(field, text, "V074", WARNING) if old else Problem(field, text, "V074")


def _find_missing(order):
    if not (order.offence or order.offence_code or order.offence_text):
        yield (
            "offence",
            _("An arrest warrant must name the offence. Choose it, or enter it as stated in the warrant."),
        )
    if not (order.law or order.law_code or order.law_text or order.offence or order.offence_code):
        yield "law_text", _("An arrest warrant must cite the law. Enter the articles stated in the warrant.")
    if not order.issuer_name:
        yield "issuer_name", _("An arrest warrant must name the judge. Enter the name stated in the warrant.")
    if not order.signed:
        yield "signed", _("An arrest warrant needs a signature. Check the warrant and select the checkbox.")
    if not order.sealed:
        yield (
            "sealed",
            _("An arrest warrant needs the seal of the court. Check the warrant and select the checkbox."),
        )


def detention_has_a_basis(order, facts):
    if order.kind != "detention_warrant":
        return
    basis = order.basis_order
    if basis is None and not order.basis_order_id:
        text = _(
            "A detention warrant needs a provisional detention order or a judgment as its basis. Enter it."
        )
        yield Problem("basis_order", text, "V075")
    elif basis is not None and basis.kind not in BASIS_KINDS:
        text = _(
            "A detention warrant can only be based on a provisional detention order or a judgment. Choose one of them."
        )
        yield Problem("basis_order", text, "V075")


def law_was_in_force(order, facts):
    """Check the order against the law of its own date: an order of 2003 cites a law of 2003."""
    law, day = order.law, order.occurred_on or order.issued_on
    if law is None or day is None:
        return
    before = law.valid_from is not None and day < law.valid_from
    later = law.valid_to is not None and order.occurred_on is not None and day > law.valid_to
    if before or later:
        text = _(
            "%(law)s was not in force on %(day)s. Choose the law in force on that day.",
            law=law,
            day=day,
        )
        yield Problem("law", text, "V013", WARNING)
