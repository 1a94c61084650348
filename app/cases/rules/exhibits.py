"""Rules of exhibits (seized, stolen or recovered items): V017, V019 to V022, V132, V180."""

import re
from decimal import Decimal

from app.cases.exhibit_codes import compute_check_digit
from app.cases.rules.facts import exclude_voided
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text import khmer

DRUG, DOCUMENT, VEHICLE = "drug", "document", "vehicle"
STOLEN, RECOVERED = "stolen", "recovered"
KINDS_WITHOUT_VALUE = (DRUG, DOCUMENT)
# A telephone has its IMEI in either field.
SAME_NUMBERS = {"serial": ("serial", "imei"), "imei": ("imei", "serial")}
NUMBERS = ("plate", "frame_no", "engine_no", "serial", "document_no")
# A number of ISO 3779. Shorter frame numbers are those of vehicles made for Japan, or before 1981.
FRAME_NO, LONG_FRAME_NO = re.compile(r"[A-HJ-NPR-Z0-9]{17}"), 16
GRAMS = {"milligram": Decimal("0.001"), "gram": Decimal(1), "kilogram": Decimal(1000)}

# By code, because the table of offences has no column for this: offences that take an item away, and drug
# offences that are committed and usually proved without an exhibit (use, premises).
THEFT_CODES = (
    "PC2009-353_356",
    "PC2009-354_357",
    "PC2009-358",
    "PC2009-359",
    "PC2009-360",
    "UNTAC1992-34",
    "UNTAC1992-43",
)
CODES_WITHOUT_SUBSTANCE = ("DRUG2012-45", "DRUG2012-X06")


def weight_in_grams(exhibit):
    """Return the weight of an exhibit in grams, 0 if it has none or is counted in pieces."""
    return Decimal(exhibit.quantity or 0) * GRAMS.get(exhibit.measure, 0)


def drug_has_substance_and_quantity(exhibit, facts):
    if exhibit.kind != DRUG:
        return
    if not exhibit.substance:
        yield Problem(
            "substance", _("The substance is missing. Choose it, or choose the suspected substance."), "V017"
        )
    if exhibit.quantity is None or exhibit.quantity <= 0:
        yield Problem(
            "quantity",
            _("The quantity of a drug must be more than 0. Enter the weighed or counted quantity."),
            "V017",
        )
    if not exhibit.measure:
        yield Problem(
            "measure", _("The unit of measure is missing. Choose the unit of the quantity."), "V017"
        )


def drug_offence_has_a_substance(case, facts):
    if any(exhibit.kind == DRUG for exhibit in exclude_voided(case.exhibits)):
        return
    drug_offences = [
        row.offence for row in exclude_voided(case.offences) if row.offence and row.offence.family == "drugs"
    ]
    if any(offence.code not in CODES_WITHOUT_SUBSTANCE for offence in drug_offences):
        text = _(
            "A drug offence needs the drug among the exhibits. Enter its substance, quantity and measure."
        )
        yield Problem("exhibits", text, "V017")
    elif drug_offences:
        text = _("The exhibits include no drug. Enter the drug, or give the reason why nothing was seized.")
        yield Problem("exhibits", text, "V017", WARNING)


def theft_has_a_stolen_item(case, facts):
    thefts = [
        row
        for row in exclude_voided(case.offences)
        if row.offence and row.offence.code in THEFT_CODES and not row.attempt
    ]
    if thefts and not any(exhibit.property_role == STOLEN for exhibit in exclude_voided(case.exhibits)):
        text = _(
            "A theft needs the stolen item among the exhibits. Enter it, or mark the offence as attempted."
        )
        yield Problem("exhibits", text, "V019")


def recovered_item_was_stolen(exhibit, facts):
    if exhibit.property_role != RECOVERED or exhibit.case is None:
        return
    stolen = [other for other in exclude_voided(exhibit.case.exhibits) if other.property_role == STOLEN]
    if not any(_may_be_same_item(exhibit, other) for other in stolen):
        text = _("A recovered item must also be entered as stolen. Add it as a stolen item of the same type.")
        yield Problem("property_role", text, "V020")


def _may_be_same_item(one, other):
    if one.kind != other.kind:
        return False
    pairs = ((getattr(one, number), getattr(other, number)) for number in NUMBERS)
    return all(first == second for first, second in pairs if first and second)


def value_is_not_zero(exhibit, facts):
    if exhibit.value_khr == 0 and exhibit.kind not in KINDS_WITHOUT_VALUE:
        text = _(
            "Only documents and drugs can have the value 0. Enter the value in riel, or leave the field empty if it is unknown."
        )
        yield Problem("value_khr", text, "V021")


def stolen_vehicle_has_a_number(exhibit, facts):
    if exhibit.kind != VEHICLE or exhibit.property_role != STOLEN:
        return
    if not (exhibit.plate or exhibit.frame_no or exhibit.engine_no):
        text = _(
            "Searches for a stolen vehicle use its numbers. Enter plate, frame or engine number, or the reason."
        )
        yield Problem("plate", text, "V022", WARNING, "vehicle_unmarked_reason")


def numbers_have_their_form(exhibit, facts):
    imei = _compact(exhibit.imei)
    if imei and not (re.fullmatch(r"[0-9]{15}", imei) and compute_check_digit(imei[:-1]) == imei[-1]):
        text = _("An IMEI has 15 digits, and the last one must fit the others. Check it on the telephone.")
        yield Problem("imei", text, "V132", WARNING)
    frame_no = _compact(exhibit.frame_no)
    if len(frame_no) >= LONG_FRAME_NO and not FRAME_NO.fullmatch(frame_no):
        text = _("A long frame number has 17 signs, without I, O and Q. Check it on the vehicle.")
        yield Problem("frame_no", text, "V132", WARNING)


def item_is_entered_once(exhibit, facts):
    """A stolen item that was recovered is entered twice (V020). A new row is compared with those before it."""
    others = exclude_voided(exhibit.case.exhibits) if exhibit.case is not None else []
    if exhibit.id is None and exhibit in others:
        others = others[: others.index(exhibit)]
    for other in others:
        roles = {exhibit.property_role, other.property_role}
        if other is exhibit or other.kind != exhibit.kind or roles == {STOLEN, RECOVERED}:
            continue
        for name in (*NUMBERS, "imei"):
            number = _compact(getattr(exhibit, name))
            same = (getattr(other, one) for one in SAME_NUMBERS.get(name, (name,)))
            if number and number in map(_compact, same):
                text = _(
                    "The exhibit «%(name)s» of this case has this number too. Check both rows.",
                    name=str(other),
                )
                yield Problem(name, text, "V180", WARNING, named=(other,) if other.id is not None else ())
                return


def _compact(number):
    return re.sub(r"[\s./-]", "", khmer.to_latin_digits(number or "")).upper()
