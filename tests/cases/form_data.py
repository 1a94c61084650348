"""Form data of a clerk of Battambang: a complete theft that breaks no rule.

A test changes the one value it is about. Field names like `people-1-person-sex` cannot be keyword arguments, so
changes are dicts of field names; None removes a field.
"""

from datetime import timedelta

from app.kernel.text import dates
from tests.factories import SUMMARY

PLACE, PLACE_NAME = "020310", "ស្វាយប៉ោ"
THEFT, MURDER, DRUGS, UNINTENTIONAL = "PC2009-353_356", "PC2009-199", "DRUG2012-40", "PC2009-236"


def hours_ago(hours):
    """Return that moment as a clerk types it. The base form is typed this minute."""
    return (dates.now() - timedelta(hours=hours)).strftime("%d-%m-%Y %H:%M")


def make_row(prefix, **boxes):
    return {f"{prefix}-{name}": value for name, value in boxes.items()}


def make_person(number, role="suspect", **boxes):
    """Return a man with every requested value; identity fields are named `person-…`, document fields `document-…`."""
    values = {
        "role": role, "injury": "none", "relation": "stranger", "intoxication": "none", "work": "farmer",
        "photo_missing": "not_available", "known-known": "",
        "person-surname_km": "សុខ", "person-given_km": "វិបុល", "person-surname_latin": "Sok", "person-given_latin": "Vibol",
        "person-sex": "M", "person-born_on": "20-01-1994", "person-birth_precision": "day", "person-nationality": "KH",
        "person-father_name": "សុខ សំណាង", "document-kind": "national_id", "document-number": f"01234567{number}",
        "document-country": "KH", "alias-text_km": "វិបុលតូច",
    }  # fmt: skip
    return {f"people-{number}-{name}": value for name, value in (values | boxes).items()}


def make_victim(number, **boxes):
    values = {
        "person-surname_km": "ចាន់", "person-given_km": "សុភា", "person-surname_latin": "Chan",
        "person-given_latin": "Sophea", "person-sex": "F", "person-father_name": "ចាន់ សារ៉ាត់",
    }  # fmt: skip
    return make_person(number, "victim", **values | boxes)


def make_phone(number, **boxes):
    values = {
        "kind": "phone", "property_role": "stolen", "description": "ទូរស័ព្ទដៃពណ៌ខ្មៅ", "serial": "356938035643809",
        "phone": "012345678", "value_khr": "800.000",
    }  # fmt: skip
    return make_row(f"exhibits-{number}", **values | boxes)


def make_drug(number, **boxes):
    values = {
        "kind": "drug",
        "property_role": "seized",
        "substance": "ice",
        "quantity": "5",
        "measure": "gram",
    }
    return make_row(f"exhibits-{number}", **values | boxes)


def make_theft(*changes):
    """Return the whole form with `changes`."""
    form = {
        "case-occurred_from": hours_ago(6), "case-occurred_to": hours_ago(5), "case-reported_at": hours_ago(4),
        "case-report_kind": "complaint", "case-time_unknown__shown": "1", "case-place": PLACE,
        "case-place__text": PLACE_NAME, "case-place_kind": "shop", "case-place_text": "ហាងកាហ្វេជិតផ្សារ",
        "case-summary": SUMMARY, "case-modus_operandi_text": "ជនសង្ស័យធ្វើជាអ្នកទិញកាហ្វេ។", "case-sensitivity": "normal",
        "case-photo_missing": "no_scene",
    }  # fmt: skip
    form |= make_row(
        "offences-0",
        offence=THEFT,
        offence_class="misdemeanour",
        attempt__shown="1",
        method="snatching",
        means="motorcycle",
    )
    form |= make_person(0) | make_victim(1) | make_phone(0)
    for change in changes:
        form |= change
    return {name: value for name, value in form.items() if value is not None}
