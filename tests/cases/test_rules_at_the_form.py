"""Every rule broken through the form: its Khmer sentence stands at its field, and all that was typed is still there.

The rules have tests of their own (`test_rules_…`); here they are asked as a clerk meets them. V045 cannot be broken
here, for whoever is on this page comes with a case: there is no other page that makes a person.
"""

import re
from datetime import timedelta

import pytest

from app.cli import translations
from app.kernel.text import dates
from app.people.status import PersonStatus
from tests.cases.form_data import DRUGS, MURDER, UNINTENTIONAL, drug, hours_ago, person, phone, row, theft
from tests.house.test_rule_book import SOURCES, spoken
from tests.html_pages import Page
from tests.sample_rows import a_registered_case, a_registered_person, written_by

ENTRY = "/entry/a-case-that-breaks-a-rule"
NOTICES = {"V016", "V048", "V050"}
WITHOUT_A_CASE = {"V045"}

# What makes a second record like one that is registered: the person below, in a case of last month.
KNOWN = {
    "person-surname_km": "សុខ", "person-given_km": "ដារ៉ា", "person-surname_latin": "Sok", "person-given_latin": "Dara I",
    "person-born_on": "01-01-1990",
}  # fmt: skip
GONE = dict.fromkeys(phone(0))  # without the stolen thing
NOBODY = dict.fromkeys(person(0))
UNNAMED = {
    f"person-{name}": ""
    for name in ("surname_km", "given_km", "surname_latin", "given_latin", "born_on", "birth_precision")
}


def case(**boxes):
    return row("case", **boxes)


def offence(**boxes):
    return row("offences-0", **boxes)


# rule, id of the box, kind, what is typed instead of the base form
BROKEN = [
    ("V001", "case-occurred_from", "error", [case(occurred_from="")]),
    ("V002", "case-occurred_to", "error", [case(occurred_to=hours_ago(9))]),
    ("V003", "case-reported_at", "error", [case(reported_at=hours_ago(9))]),
    ("V004", "case-reported_at", "error", [case(reported_at=hours_ago(-2))]),
    ("V005", "case-reported_at", "warning", [case(occurred_from=hours_ago(80), occurred_to="", reported_at=hours_ago(60))]),
    ("V006", "case-occurred_from", "error", [case(occurred_from="06-01-1979 10:00")]),
    ("V006", "case-occurred_from", "warning", [case(occurred_from="06-01-1999 10:00")]),
    ("V007", "case-place", "error", [case(place="", place__text="")]),
    ("V008", "case-place", "warning", [case(place="120101", place__text="ទន្លេបាសាក់")]),
    ("V009", "case-latitude", "error", [case(latitude="15,5", longitude="103,2")]),
    ("V009", "case-longitude", "error", [case(latitude="13,1", longitude="")]),
    ("V010", "case-latitude", "warning", [case(latitude="11,5", longitude="104,9")]),
    ("V011", "section-offences", "error", [{name: None for name in theft() if name.startswith("offences-")}]),
    ("V011", "offences-0-offence", "error", [offence(offence="", offence__text="")]),
    ("V012", "offences-0-offence_class", "warning", [offence(offence_class="felony", class_reason="")]),
    ("V012", "offences-0-offence_class", "error", [offence(offence=DRUGS, offence_class=""), drug(1)]),
    ("V012", "offences-0-class_reason", "error", [offence(offence="PC2009-183-184", offence_class="petty", class_reason="")]),
    ("V013", "offences-0-offence", "warning", [case(occurred_from="05-03-2009 08:00", occurred_to="")]),
    ("V014", "offences-0-offence", "error", [offence(offence=MURDER, offence_class="felony")]),
    ("V015", "people-1-injury", "warning", [{"people-1-injury": "dead"}]),
    ("V017", "exhibits-1-substance", "error", [drug(1, substance="")]),
    ("V017", "exhibits-1-quantity", "error", [drug(1, quantity="0")]),
    ("V017", "exhibits-1-measure", "error", [drug(1, measure="")]),
    ("V017", "section-exhibits", "error", [offence(offence=DRUGS, offence_class="felony")]),
    ("V017", "section-exhibits", "warning", [offence(offence="DRUG2012-45")]),
    ("V018", "offences-0-offence_class", "warning", [offence(offence=DRUGS), drug(1, quantity="81")]),
    ("V019", "section-exhibits", "error", [GONE]),
    ("V020", "exhibits-1-property_role", "error", [phone(1, property_role="recovered", serial="359999999999999")]),
    ("V021", "exhibits-0-value_khr", "error", [row("exhibits-0", value_khr="0")]),
    ("V022", "exhibits-0-plate", "warning", [GONE, row("exhibits-0", kind="vehicle", property_role="stolen", plate="", state="missing")]),
    ("V024", "offences-0-attempt", "error", [offence(offence=UNINTENTIONAL, attempt="y")]),
    ("V025", "case-summary", "warning", [case(summary="ជនសង្ស័យលួច។")]),
    ("V026", "case-status", "error", [case(status="solved"), {"people-0-role": "other"}]),
    ("V027", "case-sent_on", "error", [case(status="at_court")]),
    ("V027", "case-court", "error", [case(status="at_court")]),
    ("V027", "case-dossier_no", "error", [case(status="at_court")]),
    ("V029", "case-clearance", "error", [case(status="solved", clearance="exceptional_death"), {"people-0-person-sex": "unknown"}]),
    ("V030", "people-0-person-surname_km", "error", [person(0, **UNNAMED)]),
    ("V030", "people-0-person-surname_latin", "error", [
        person(0, **{"person-nationality": "VN", "person-surname_latin": "", "person-given_latin": ""})
    ]),
    ("V030", "people-0-person-age_from", "error", [person(0, **UNNAMED, **{"person-unidentified": "y"})]),
    ("V031", "people-0-person-given_km", "error", [{"people-0-person-given_km": "Vibol"}]),
    ("V031", "people-0-alias-text_km", "error", [{"people-0-alias-text_km": "Kon"}]),
    ("V032", "people-0-person-born_on", "error", [{"people-0-person-born_on": "01-01-2090"}]),
    ("V032", "people-0-person-born_on", "error", [{"people-0-person-born_on": "01-01-1901"}]),
    ("V033", "people-0-person-age_stated", "warning", [{"people-0-person-age_stated": "60"}]),
    ("V034", "people-0-person-age_to", "error", [person(0, **{
        "person-born_on": "", "person-birth_precision": "estimated", "person-age_from": "20", "person-age_to": ""
    })]),
    ("V034", "people-0-person-birth_precision", "error", [{"people-0-person-age_from": "20", "people-0-person-age_to": "30"}]),
    ("V035", "people-0-document-number", "warning", [{"people-0-document-number": "12345"}]),
    ("V036", "people-0-document-number", "error", [{"people-0-document-number": "010000000"}]),
    ("V036", "people-1-document-number", "error", [{"people-1-document-number": "012345670"}]),
    ("V037", "people-0-person-surname_km", "warning", [person(0, **KNOWN)]),
    ("V038", "people-0-person-surname_km", "warning", [person(0, **KNOWN | {"person-born_on": "02-02-1991"})]),
    ("V039", "people-0-photo_missing", "warning", [{"people-0-photo_missing": ""}]),
    ("V041", "people-0-person-sex", "error", [{"people-0-person-sex": ""}]),
    ("V041", "people-0-person-sex", "warning", [{"people-0-person-sex": "unknown"}]),
    ("V042", "people-0-person-nationality", "error", [{"people-0-person-nationality": ""}]),
    ("V043", "people-0-person-nationality", "warning", [{"people-0-person-nationality": "VN"}]),
    ("V047", "people-0-role", "error", [{"people-0-known-known": "KNOWN"}, NOBODY, {
        "people-0-role": "suspect", "people-0-known-known": "KNOWN", "people-1-known-known": "KNOWN"
    }]),
    ("V049", "people-0-role", "error", [{"people-0-person-born_on": "01-01-2016"}]),
    ("V049", "people-0-role", "error", [{"people-0-role": "child_below_14"}]),
    ("V049", "people-0-role", "warning", [person(0, **{
        "person-born_on": "", "person-birth_precision": "estimated", "person-age_from": "12", "person-age_to": "16"
    })]),
    ("V051", "people-0-role", "error", [{"people-0-role": "charged"}]),
    ("V053", "people-0-role", "error", [{"people-0-role": "convicted"}]),
]  # fmt: skip


@pytest.fixture
def known(db_session):
    """The id of a person who is registered already."""
    with written_by("clerk.bb"):
        registered = a_registered_person()
        a_registered_case(people=[(registered, "suspect")], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
        return registered.id


@pytest.fixture(scope="module")
def khmer_sentences():
    """A pattern for every sentence of the Khmer catalogue, with anything where its values stand."""
    texts = [text for message in translations.read("km") if message.id for text in (
        [message.string] if isinstance(message.string, str) else message.string
    )]  # fmt: skip
    return [re.compile(".+".join(map(re.escape, re.split(r"%\(\w+\)[sd]", text)))) for text in texts if text]


def still_typed(page, form):
    """Each box of the form that does not show any more what was typed into it."""
    shown = page.typed()
    return {
        name: shown.get(name) for name, value in form.items() if value and value not in shown.get(name, ())
    }


@pytest.mark.parametrize(
    ("rule", "place", "kind", "changes"), BROKEN, ids=[f"{b[0]} at {b[1]} ({b[2]})" for b in BROKEN]
)
def test_a_broken_rule_speaks_at_its_field_and_everything_is_still_typed(
    clerk, known, khmer_sentences, rule, place, kind, changes
):
    form = {name: str(known) if value == "KNOWN" else value for name, value in theft(*changes).items()}
    page = Page.of(clerk.send(ENTRY, form), 422)
    said = [(text, severity) for text, number, severity in page.said_at(place) if number == rule]
    assert [severity for _text, severity in said] == [kind], page.by_id("summary").text
    assert any(pattern.fullmatch(said[0][0]) for pattern in khmer_sentences), said[0][0]
    assert still_typed(page, form) == {}


def test_every_rule_that_can_be_broken_here_is_broken_here():
    tried = {rule for rule, *_rest in BROKEN} | {
        "V023",
        "V052",
        "V100",
    }  # V052: tests/custody/test_charge_findings.py
    asked_here = [one for one in SOURCES if one.parent.parent.name in ("cases", "people")]
    assert tried == spoken(asked_here) - NOTICES - WITHOUT_A_CASE


def test_an_offence_of_somebody_who_is_in_prison_is_asked_about(clerk, db_session, known):
    since = dates.now().date() - timedelta(days=20)
    db_session.add(
        PersonStatus(person_id=known, status="serving", since=since, entity="detention", entity_id=1)
    )
    db_session.commit()
    page = Page.of(
        clerk.send(ENTRY, theft(NOBODY, {"people-0-role": "suspect", "people-0-known-known": str(known)})),
        422,
    )
    assert ("V100", "warning") in [(rule, kind) for _text, rule, kind in page.said_at("people-0-role")]


def test_the_same_event_entered_twice_is_asked_about(clerk, khmer_sentences):
    other = {f"people-{n}-document-number": f"99765432{n}" for n in range(2)}
    assert clerk.send(ENTRY, theft()).status_code == 302
    form = theft(other)
    page = Page.of(clerk.send("/entry/the-same-once-more", form), 422)
    said = [(text, kind) for text, number, kind in page.said_at("case-occurred_from") if number == "V023"]
    assert [kind for _text, kind in said] == ["warning"]
    assert any(pattern.fullmatch(said[0][0]) for pattern in khmer_sentences)
    assert still_typed(page, form) == {}


@pytest.mark.parametrize(("rule", "changes"), [
    ("V016", [case(sensitivity="sexual")]),
    ("V048", [{"people-0-role": "witness"}]),
    ("V050", [{"people-0-person-born_on": hours_ago(24 * 365 * 16)[:10]}]),
])  # fmt: skip
def test_a_notice_informs_and_stops_nothing(clerk, rule, changes):
    problems = clerk.send(f"{ENTRY}/check", theft(*changes)).json["problems"]
    assert [(one["rule"], one["kind"], one["stops"]) for one in problems if one["rule"] == rule] == [
        (rule, "notice", False)
    ]
    assert clerk.send(ENTRY, theft(*changes)).status_code == 302


def test_nobody_is_registered_without_a_case(clerk):
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
def test_what_cannot_be_read_is_told_at_its_box_and_nothing_is_lost(clerk, box, text, name):
    form = theft({box: text})
    page = Page.of(clerk.send(ENTRY, form), 422)
    assert page.said_at(box), name
    hidden = box in ("case-place", "offences-0-offence", "people-0-known-known", "people-0-role")
    assert set(still_typed(page, form)) <= ({box} if hidden or "\x00" in text else set())
