"""Every rule broken on the entry page: the Khmer message is at its field, and all input is kept.

The rules have their own tests (`test_rules_…`); here they are checked through the form. V045 cannot be broken
here: a person on this page always comes with a case, and no other page registers a person.
"""

import re
from datetime import timedelta

import pytest

from app.cli import translations
from app.kernel.text import dates
from app.people.models import Person
from tests.cases.form_data import (
    DRUGS,
    MURDER,
    UNINTENTIONAL,
    hours_ago,
    make_drug,
    make_person,
    make_phone,
    make_row,
    make_theft,
)
from tests.court_orders.sample_orders import make_active_order
from tests.custody.sample_rows import imprison
from tests.house.test_rule_book import SOURCES, find_reported_rules
from tests.html_pages import Page
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

ENTRY = "/entry/a-case-that-breaks-a-rule"
NOTICES = {"V016", "V048", "V050"}
ELSEWHERE = {
    "V045",
    # Of ending acts: test_case_status.py, test_exhibit_state.py, tests/people/test_deaths.py
    *("V026", "V027", "V029", "V113", "V119", "V130", "V141", "V179"),
    # Of movements: tests/evidence
    *("V126", "V127", "V131"),
}

# Makes a second record similar to a registered one: the person below, in a case of last month.
KNOWN = {
    "person-surname_km": "សុខ", "person-given_km": "ដារ៉ា", "person-surname_latin": "Sok", "person-given_latin": "Dara I",
    "person-born_on": "01-01-1990",
}  # fmt: skip
WITHOUT_STOLEN_ITEM = dict.fromkeys(make_phone(0))  # without the stolen item
WITHOUT_PERSON = dict.fromkeys(make_person(0))
UNNAMED = {
    f"person-{name}": ""
    for name in ("surname_km", "given_km", "surname_latin", "given_latin", "born_on", "birth_precision")
}


def case_fields(**boxes):
    return make_row("case", **boxes)


def offence_fields(**boxes):
    return make_row("offences-0", **boxes)


# rule, id of the field, severity, changes to the base form
BROKEN = [
    ("V001", "case-occurred_from", "error", [case_fields(occurred_from="")]),
    ("V002", "case-occurred_to", "error", [case_fields(occurred_to=hours_ago(9))]),
    ("V003", "case-reported_at", "error", [case_fields(reported_at=hours_ago(9))]),
    ("V004", "case-reported_at", "error", [case_fields(reported_at=hours_ago(-2))]),
    ("V005", "case-reported_at", "warning", [case_fields(occurred_from=hours_ago(80), occurred_to="", reported_at=hours_ago(60))]),
    ("V006", "case-occurred_from", "error", [case_fields(occurred_from="06-01-1979 10:00")]),
    ("V006", "case-occurred_from", "warning", [case_fields(occurred_from="06-01-1999 10:00")]),
    ("V007", "case-place", "error", [case_fields(place="", place__text="")]),
    ("V008", "case-place", "warning", [case_fields(place="120101", place__text="ទន្លេបាសាក់")]),
    ("V009", "case-latitude", "error", [case_fields(latitude="15,5", longitude="103,2")]),
    ("V009", "case-longitude", "error", [case_fields(latitude="13,1", longitude="")]),
    ("V010", "case-latitude", "warning", [case_fields(latitude="11,5", longitude="104,9")]),
    ("V011", "section-offences", "error", [{name: None for name in make_theft() if name.startswith("offences-")}]),
    ("V011", "offences-0-offence", "error", [offence_fields(offence="", offence__text="")]),
    ("V012", "offences-0-offence_class", "warning", [offence_fields(offence_class="felony", class_reason="")]),
    ("V012", "offences-0-offence_class", "error", [offence_fields(offence=DRUGS, offence_class=""), make_drug(1)]),
    ("V012", "offences-0-class_reason", "error", [offence_fields(offence="PC2009-183-184", offence_class="petty", class_reason="")]),
    ("V013", "offences-0-offence", "warning", [case_fields(occurred_from="05-03-2009 08:00", occurred_to="")]),
    ("V014", "offences-0-offence", "error", [offence_fields(offence=MURDER, offence_class="felony")]),
    ("V015", "people-1-injury", "warning", [{"people-1-injury": "dead"}]),
    ("V017", "exhibits-1-substance", "error", [make_drug(1, substance="")]),
    ("V017", "exhibits-1-quantity", "error", [make_drug(1, quantity="0")]),
    ("V017", "exhibits-1-measure", "error", [make_drug(1, measure="")]),
    ("V017", "section-exhibits", "error", [offence_fields(offence=DRUGS, offence_class="felony")]),
    ("V017", "section-exhibits", "warning", [offence_fields(offence="DRUG2012-45")]),
    ("V018", "offences-0-offence_class", "warning", [offence_fields(offence=DRUGS), make_drug(1, quantity="81")]),
    ("V019", "section-exhibits", "error", [WITHOUT_STOLEN_ITEM]),
    ("V020", "exhibits-1-property_role", "error", [make_phone(1, property_role="recovered", serial="359999999999999")]),
    ("V021", "exhibits-0-value_khr", "error", [make_row("exhibits-0", value_khr="0")]),
    ("V022", "exhibits-0-plate", "warning", [WITHOUT_STOLEN_ITEM, make_row("exhibits-0", kind="vehicle", property_role="stolen", plate="")]),
    ("V132", "exhibits-0-imei", "warning", [make_row("exhibits-0", imei="356938035643808")]),
    ("V183", "offences-1-offence", "warning", [make_row("offences-1", offence="PC2009-353_356", offence_class="misdemeanour")]),
    ("V180", "exhibits-1-serial", "warning", [make_phone(1)]),
    ("V024", "offences-0-attempt", "error", [offence_fields(offence=UNINTENTIONAL, attempt="y")]),
    ("V025", "case-summary", "warning", [case_fields(summary="ជនសង្ស័យលួច។")]),
    ("V030", "people-0-person-surname_km", "error", [make_person(0, **UNNAMED)]),
    ("V030", "people-0-person-surname_latin", "error", [
        make_person(0, **{"person-nationality": "VN", "person-surname_latin": "", "person-given_latin": ""})
    ]),
    ("V030", "people-0-person-age_from", "error", [make_person(0, **UNNAMED, **{"person-unidentified": "y"})]),
    ("V031", "people-0-person-given_km", "error", [{"people-0-person-given_km": "Vibol"}]),
    ("V031", "people-0-alias-text_km", "error", [{"people-0-alias-text_km": "Kon"}]),
    ("V032", "people-0-person-born_on", "error", [{"people-0-person-born_on": "01-01-2090"}]),
    ("V032", "people-0-person-born_on", "error", [{"people-0-person-born_on": "01-01-1901"}]),
    ("V033", "people-0-person-age_stated", "warning", [{"people-0-person-age_stated": "60"}]),
    ("V034", "people-0-person-age_to", "error", [make_person(0, **{
        "person-born_on": "", "person-birth_precision": "estimated", "person-age_from": "20", "person-age_to": ""
    })]),
    ("V034", "people-0-person-birth_precision", "error", [{"people-0-person-age_from": "20", "people-0-person-age_to": "30"}]),
    ("V035", "people-0-document-number", "warning", [{"people-0-document-number": "12345"}]),
    ("V036", "people-0-document-number", "error", [{"people-0-document-number": "010000000"}]),
    ("V036", "people-1-document-number", "error", [{"people-1-document-number": "012345670"}]),
    ("V037", "people-0-person-surname_km", "warning", [make_person(0, **KNOWN)]),
    ("V038", "people-0-person-surname_km", "warning", [make_person(0, **KNOWN | {"person-born_on": "02-02-1991"})]),
    ("V039", "people-0-photo_missing", "warning", [{"people-0-photo_missing": ""}]),
    ("V041", "people-0-person-sex", "error", [{"people-0-person-sex": ""}]),
    ("V041", "people-0-person-sex", "warning", [{"people-0-person-sex": "unknown"}]),
    ("V042", "people-0-person-nationality", "error", [{"people-0-person-nationality": ""}]),
    ("V043", "people-0-person-nationality", "warning", [{"people-0-person-nationality": "VN"}]),
    ("V047", "people-0-role", "error", [{"people-0-known-known": "KNOWN"}, WITHOUT_PERSON, {
        "people-0-role": "suspect", "people-0-known-known": "KNOWN", "people-1-known-known": "KNOWN"
    }]),
    ("V142", "people-1-role", "error", [WITHOUT_PERSON, {
        "people-0-role": "suspect", "people-0-known-known": "KNOWN",
        "people-1-role": "suspect", "people-1-known-known": "KNOWN",
    }]),
    ("V049", "people-0-role", "error", [{"people-0-person-born_on": "01-01-2016"}]),
    ("V049", "people-0-role", "error", [{"people-0-role": "child_below_14"}]),
    ("V049", "people-0-role", "warning", [make_person(0, **{
        "person-born_on": "", "person-birth_precision": "estimated", "person-age_from": "12", "person-age_to": "16"
    })]),
    ("V051", "people-0-role", "error", [{"people-0-role": "charged"}]),
    ("V053", "people-0-role", "error", [{"people-0-role": "convicted"}]),
]  # fmt: skip


COMPARED = ("V036", "V037", "V038")  # rules that compare with a registered person


@prepared
def known_person_id(db_session):
    """The id of a registered person."""
    with acting_as("clerk.bb"):
        registered = make_registered_person()
        add_registered_case(people=[(registered, "suspect")], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
        return registered.id


@pytest.fixture(scope="module")
def khmer_sentences():
    """Patterns of all Khmer messages of the catalogue, with any text in place of their values."""
    texts = [text for message in translations.read_catalogue("km") if message.id for text in (
        [message.string] if isinstance(message.string, str) else message.string
    )]  # fmt: skip
    return [re.compile(".+".join(map(re.escape, re.split(r"%\(\w+\)[sd]", text)))) for text in texts if text]


def find_lost_input(page, form):
    """Return the fields that no longer show their typed value."""
    shown = page.typed()
    return {
        name: shown.get(name) for name, value in form.items() if value and value not in shown.get(name, ())
    }


@pytest.mark.parametrize(
    ("rule", "place", "kind", "changes"), BROKEN, ids=[f"{b[0]} at {b[1]} ({b[2]})" for b in BROKEN]
)
def test_broken_rule_is_shown_at_its_field_and_input_kept(
    clerk, request, khmer_sentences, rule, place, kind, changes
):
    """An error is sent with a reason, which must not override it."""
    form = make_theft(*changes)
    if "KNOWN" in form.values() or rule in COMPARED:
        known = str(request.getfixturevalue("known_person_id"))
        form = {name: known if value == "KNOWN" else value for name, value in form.items()}
    reasons = {f"{place}__{rule}__reason": "checked", f"{place}__reason": "checked"}
    page = Page.from_response(clerk.send(ENTRY, form | reasons if kind == "error" else form), 422)
    said = [(text, severity) for text, number, severity in page.get_messages(place) if number == rule]
    assert [severity for _text, severity in said] == [kind], page.by_id("summary").text
    assert any(pattern.fullmatch(said[0][0]) for pattern in khmer_sentences), said[0][0]
    assert find_lost_input(page, form) == {}


def test_every_rule_of_the_entry_page_is_covered():
    tried = {rule for rule, *_rest in BROKEN} | {
        "V023",
        "V052",
        "V100",
    }  # V052: tests/custody/test_charge_findings.py
    asked_here = [one for one in SOURCES if one.parent.parent.name in ("cases", "people")]
    expected = find_reported_rules(asked_here) - NOTICES - ELSEWHERE
    assert tried == expected, (
        f"{tried ^ expected}: each rule of the entry page has a line in BROKEN, a rule of another form one in ELSEWHERE"
    )


@pytest.mark.parametrize("is_wanted", [False, True])
def test_suspect_in_prison_gets_a_warning(clerk, db_session, known_person_id, is_wanted, each_database):
    """Also if a warrant in another matter is shown instead of the prison."""
    person = db_session.get(Person, known_person_id)
    imprison(person, dates.now().date() - timedelta(days=20))
    if is_wanted:
        make_active_order(person)
    db_session.commit()
    person = {"people-0-role": "suspect", "people-0-known-known": str(known_person_id)}
    page = Page.from_response(clerk.send(ENTRY, make_theft(WITHOUT_PERSON, person)), 422)
    assert ("V100", "warning") in [(rule, kind) for _text, rule, kind in page.get_messages("people-0-role")]


def test_duplicate_case_gets_a_warning(clerk, khmer_sentences):
    other = {f"people-{n}-document-number": f"99765432{n}" for n in range(2)}
    assert clerk.send(ENTRY, make_theft()).status_code == 302
    form = make_theft(other)
    page = Page.from_response(clerk.send("/entry/the-same-once-more", form), 422)
    said = [
        (text, kind) for text, number, kind in page.get_messages("case-occurred_from") if number == "V023"
    ]
    assert [kind for _text, kind in said] == ["warning"]
    assert any(pattern.fullmatch(said[0][0]) for pattern in khmer_sentences)
    assert find_lost_input(page, form) == {}


def test_theft_without_a_victim_is_compared_by_its_suspect(clerk, each_database):
    """Same place, day, article and suspect; another suspect or day is another theft."""
    alone = dict.fromkeys(make_person(1)) | {"people-0-role": "suspect"}
    assert clerk.send(ENTRY, make_theft(alone)).status_code == 302
    again = make_theft(alone, {"people-0-document-number": "997654320"})
    page = Page.from_response(clerk.send("/entry/the-same-theft", again), 422)
    assert ("V023", "warning") in {one[1:] for one in page.get_messages("case-occurred_from")}
    other = again | {"people-0-person-given_km": "សុផល", "people-0-person-given_latin": "Sophal"}
    page = Page(clerk.send("/entry/another-theft", other).text)
    assert "V023" not in page.text


@pytest.mark.parametrize(("rule", "changes"), [
    ("V016", [case_fields(sensitivity="sexual")]),
    ("V048", [{"people-0-role": "witness"}]),
    ("V050", [{"people-0-person-born_on": hours_ago(24 * 365 * 16)[:10]}]),
])  # fmt: skip
def test_notice_does_not_block_the_save(clerk, rule, changes):
    problems = clerk.send(f"{ENTRY}/check", make_theft(*changes)).json["problems"]
    assert [(one["rule"], one["kind"], one["stops"]) for one in problems if one["rule"] == rule] == [
        (rule, "notice", False)
    ]
    assert clerk.send(ENTRY, make_theft(*changes)).status_code == 302


def test_person_cannot_be_registered_without_a_case(clerk):
    assert clerk.get("/person/add").status_code == 403
    assert clerk.send("/person/add", {"surname_km": "សុខ"}).status_code == 403
    assert clerk.post("/api/v1/persons/", json={}, headers={"X-CSRFToken": clerk.token}).status_code in (
        404,
        405,
    )


@pytest.mark.parametrize(("box", "text", "name"), [
    ("case-occurred_from", "31-02-2026 10:00", "an impossible day"),
    ("case-occurred_from", "05-03-26 10:00", "a year of two digits"),
    ("case-reported_at", "05-03-2026 25:61", "an impossible time"),
    ("people-0-person-born_on", "៣១-១៣-១៩៩០", "an impossible month in Khmer digits"),
    ("people-0-person-age_stated", "many", "a number that is none"),
    ("exhibits-0-value_khr", "1,612.5", "a number written the English way"),
    ("people-0-person-given_km", "វិ\u202eបុល", "characters that turn the writing around"),
    ("case-summary", "a\x00b", "a NUL"),
    ("case-place", "999999", "a place that does not exist"),
    ("offences-0-offence", "PC2009-1", "an offence that does not exist"),
    ("people-0-known-known", "424242", "a person who does not exist"),
    ("people-0-role", "king", "a role that does not exist"),
    ("case-dossier_no", "១" * 61, "a text that is too long"),
])  # fmt: skip
def test_unreadable_value_is_shown_at_its_field_and_kept(clerk, box, text, name):
    form = make_theft({box: text})
    page = Page.from_response(clerk.send(ENTRY, form), 422)
    assert page.get_messages(box), name
    hidden = box in ("case-place", "offences-0-offence", "people-0-known-known", "people-0-role")
    assert set(find_lost_input(page, form)) <= ({box} if hidden or "\x00" in text else set())
