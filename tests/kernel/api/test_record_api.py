"""The REST API of every record: pages, filters, errors by field, versions, and invalid requests."""

import base64
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from app import menu
from app.kernel.api.record_api import RecordApi
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.fields import fields_of
from app.kernel.validation.warning_overrides import WarningOverride
from app.people.models import Person, PersonName
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

RESOURCES = [api.resource_name for api in menu.APIS if issubclass(api, RecordApi)]


@pytest.fixture
def program(clerk):
    return Program(clerk)


@prepared
def person(db_session):
    """A registered person of a case of Battambang; returns the id."""
    with acting_as("clerk.bb"):
        suspect = make_registered_person()
        add_registered_case(people=[(suspect, "suspect")])
        db_session.commit()
        return suspect.id


@pytest.fixture
def alias(person, db_session):
    return db_session.scalar(select(PersonName.id))


@prepared
def seven_cases(db_session):
    with acting_as("clerk.bb"):
        for number in range(7):
            add_registered_case(
                people=[
                    (make_registered_person(number=number, born_on=None, age_stated=20 + number), "victim")
                ]
            )
        db_session.commit()


# Reading


def test_every_resource_can_be_listed_and_read(program, client_as, each_database, person):
    chief = Program(client_as("chief.bb"))
    of_chiefs = ("official-reports", "case-series", "prevention-programmes", "minor-contacts", "minor-steps")
    for resource in of_chiefs:
        assert program.get(f"{resource}/", 403)["detail"] and chief.get(f"{resource}/")["count"] == 0
    planner = Program(client_as("planning"))
    assert program.get("questions/", 403)["detail"] and planner.get("questions/")["count"] == 0
    for resource in [one for one in RESOURCES if one not in (*of_chiefs, "questions")]:
        listed = program.get(f"{resource}/")
        assert listed["count"] >= len(listed["result"]), resource
        for row in listed["result"][:2]:
            name = "id" if "id" in row else "code"
            assert program.get(f"{resource}/{row[name]}")["result"][name] == row[name], resource


def test_codes_and_links_have_translated_labels(client_as, person):
    for language, sex, place in (("km", "ប្រុស", "បាត់ដំបង"), ("en", "Male", "Battambang")):
        result = Program(client_as("clerk.bb", language)).get(f"persons/{person}")["result"]
        assert (result["sex"], result["sex_label"]) == ("M", sex)
        assert result["home"]["id"] == BATTAMBANG and place in result["home"]["name"]
        assert (result["number"], result["born_on"]) == (f"P-{person:07d}", "1990-01-01")


def test_language_parameter_selects_labels(program, person):
    assert program.get(f"persons/{person}", _l_="en")["result"]["sex_label"] == "Male"


def test_khmer_is_sent_unescaped(clerk, person):
    assert "សុខ" in clerk.get(f"/api/v1/persons/{person}").text


def test_response_omits_fields_that_no_screen_shows(program, person):
    result = program.get(f"persons/{person}")["result"]
    assert not {"name_sort", "unit_code", "recorded_by_id", "changed_by_id", "origin"} & result.keys()


def test_pages_link_forward_and_back(program, each_database, seven_cases):
    order = {"order": "number", "page_size": 3}
    first = program.get("cases/", **order)
    second = program.get("cases/", after=first["next"], **order)
    third = program.get("cases/", after=second["next"], **order)
    assert [len(page["result"]) for page in (first, second, third)] == [3, 3, 1]
    numbers = [row["number"] for page in (first, second, third) for row in page["result"]]
    assert numbers == sorted(numbers) and len(set(numbers)) == 7
    assert (first["previous"], third["next"], first["count"], first["count_is_at_least"]) == (
        None,
        None,
        7,
        False,
    )
    assert program.get("cases/", before=second["previous"], **order)["result"] == first["result"]


def test_page_size_is_limited_to_100(program):
    assert len(program.get("places/", page_size=10**6)["result"]) == 100


def test_unfiltered_count_stops_at_5000(program):
    result = program.get("places/")
    assert (result["count"], result["count_is_at_least"]) == (5_000, True)


def test_list_is_filtered_by_fields(program, seven_cases):
    assert program.get("cases/", status="open", late="false")["count"] == 7
    assert program.get("cases/", status="closed")["count"] == 0
    assert (
        program.get("cases/", occurred_from__from="2001-01-01", occurred_from__until="2002-01-01")["count"]
        == 0
    )
    assert program.get("involvements/", role="victim", minor="false")["count"] == 7
    assert program.get("places/", name_en__begins="Battambang", kind="province")["result"][0]["code"] == "02"


WRONG_QUERIES = (
    {"status": "nonsense"}, {"status": ""}, {"status__begins": "op"}, {"late": "maybe"}, {"nonsense": "1"},
    {"occurred_from": "2026-01-01"}, {"occurred_from__from": "yesterday"}, {"order": "summary"},
    {"order": "number", "direction": "sideways"}, {"page_size": "many"}, {"page_size": "²"}, {"page_size": "-1"},
    {"after": "x"}, {"after": "W10="}, {"before": "bnVsbA=="}, {"q": "(page:0)"}, {"_flt_0_status": "open"},
    {"number__begins": "\0"}, {"number__begins": "\u202e"}, {"id": "1"}, {"summary": "x"}, {"person.name": "x"},
)  # fmt: skip


@pytest.mark.parametrize("query", WRONG_QUERIES, ids=str)
def test_invalid_query_returns_400(program, query):
    answer = program.client.get("/api/v1/cases/", query_string=query)
    assert answer.status_code == 400 and answer.json["detail"]


FORGED_TOKENS = (
    "[[1,2],3]", '["x", "y"]', "[1, 1]", '["a", {"b": 1}]', f'["a", {2**70}]', '["\\ud800", 1]', "[" * 5000,
)  # fmt: skip
INVALID_KEYS = ("0", "-1", "abc", str(2**31), str(2**63), "9" * 400, "1.5", "²", "%00", "1e3", "٣")


def test_forged_page_token_returns_400(program, each_database):
    for token in FORGED_TOKENS:
        made_up = base64.urlsafe_b64encode(token.encode()).decode()
        assert program.get("cases/", 400, order="number", after=made_up)["detail"]


@pytest.mark.parametrize("resource", ["persons", "places"])
def test_invalid_key_returns_404(program, each_database, resource):
    for key in INVALID_KEYS:
        assert "ទំព័រ" in program.get(f"{resource}/{key}", 404)["detail"], key


def test_personal_filter_is_accepted_only_by_post(program, person, monkeypatch):
    meanings = fields_of(Person)
    monkeypatch.setitem(meanings, "surname_latin", replace(meanings["surname_latin"], private=True))
    assert program.get("persons/", 400, surname_latin__begins="So")["detail"]
    assert program.search("persons", surname_latin__begins="So", page_size=5)["count"] == 1
    assert program.search("persons", surname_latin__begins="Sx")["count"] == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"null", b'{"sex": [1]}', b'{"sex": {"a": 1}}', b'{"nonsense": 1}', b'{"sex": NaN}'],
)
def test_invalid_search_body_returns_400(program, body):
    assert program.post("persons/search", body, 400)["detail"]


def test_info_lists_fields_filters_and_permissions(program, client_as):
    result = program.get("persons/_info")
    assert result["fields"]["sex"] == {
        "label": "ភេទ",
        "help": "",
        "on": ["add", "edit", "list", "show"],
        "codes": "sex",
    }
    assert result["filters"]["sex"] == ["is"]
    assert result["permissions"] == ["can_get", "can_info", "can_put"]
    assert Program(client_as("chief.bb")).get("persons/_info")["permissions"] == ["can_get", "can_info"]


# Writing


def test_post_saves_and_returns_row(program, each_database, person, db_session):
    result = program.post("person-names/", {"person": person, "kind": "former", "text_latin": "Bun  Touch"})[
        "result"
    ]
    assert (result["text_latin"], result["person"]["id"], result["version"]) == ("Bun Touch", person, 1)
    saved = db_session.get(PersonName, result["id"])
    assert saved.unit_code == "PC-02" and saved.recorded_by_id
    assert db_session.scalars(
        select(AuditEvent).where(AuditEvent.entity == "person_name", AuditEvent.entity_id == saved.id)
    ).one()


def test_put_changes_only_named_fields(program, each_database, person, db_session):
    before = program.get(f"persons/{person}")["result"]
    result = program.put(f"persons/{person}", {"version": before["version"], "height_cm": "១៧២"})["result"]
    assert result == before | {"height_cm": 172, "version": before["version"] + 1}


def test_put_accepts_null_and_returned_links(program, person):
    before = program.get(f"persons/{person}")["result"]
    result = program.put(
        f"persons/{person}",
        {
            "version": 1,
            "father_name": None,
            "birthplace": before["home"],
            "home": None,
            "unidentified": False,
        },
    )["result"]
    assert (result["father_name"], result["home"], result["birthplace"]["id"]) == (None, None, BATTAMBANG)


def test_put_needs_current_version(program, each_database, alias):
    assert program.put(f"person-names/{alias}", {"kind": "former"}, 422)["errors"]["version"]
    assert program.put(f"person-names/{alias}", {"version": "1", "kind": "former"}, 422)["errors"]["version"]
    assert program.put(f"person-names/{alias}", {"version": True, "kind": "former"}, 422)["errors"]["version"]
    program.put(f"person-names/{alias}", {"version": 1, "kind": "former"})
    assert program.put(f"person-names/{alias}", {"version": 1, "kind": "alias"}, 409)["detail"]
    assert program.get(f"person-names/{alias}")["result"]["kind"] == "former"


def test_rule_error_is_returned_at_field_and_not_saved(program, alias):
    errors = program.put(f"person-names/{alias}", {"version": 1, "text_km": None, "text_latin": ""}, 422)[
        "errors"
    ]
    assert [(one["rule"], one["severity"]) for one in errors["text_km"]] == [("V030", "error")]
    assert program.get(f"person-names/{alias}")["result"]["text_km"] == "ដារ៉ាតូច"


def test_warning_is_overridden_by_reason(program, person, db_session):
    case = program.get("cases/")["result"][0]["id"]
    change = {"version": program.get(f"cases/{case}")["result"]["version"], "summary": "លួច"}
    errors = program.put(f"cases/{case}", change, 422)["errors"]
    (warning,) = errors["summary"]
    assert warning["severity"] == "warning"
    reason = warning["reasons"][0]["key"]
    assert program.put(f"cases/{case}", change | {"summary__reason": "nonsense"}, 422)["errors"]["summary"]
    assert program.put(f"cases/{case}", change | {"summary__reason": reason})["result"]["summary"] == "លួច"
    override = db_session.scalars(select(WarningOverride)).one()
    assert (override.entity, override.entity_id, override.rule, override.reason) == (
        "case",
        case,
        warning["rule"],
        reason,
    )


NOT_A_FIELD = (
    "id",
    "person_id",
    "unit_code",
    "recorded_by_id",
    "changed_at",
    "sort",
    "record",
    "csrf_token",
    "kind_label",
    "__class__",
)


@pytest.mark.parametrize("name", NOT_A_FIELD)
def test_unknown_field_is_rejected(program, alias, name):
    errors = program.put(f"person-names/{alias}", {"version": 1, "kind": "former", name: 7}, 422)["errors"]
    assert list(errors) == [name]


WRONG_VALUES = (
    ("height_cm", "--5"), ("height_cm", "²"), ("height_cm", 1.5), ("height_cm", 10**12),
    ("height_cm", True), ("height_cm", [170]), ("born_on", "31-02-1990"),
    ("born_on", 1990), ("born_on", "05-03-2569"), ("sex", "X"), ("sex", None),
    ("sex", {"id": "M"}), ("home", "99999999"), ("home", {"name": "x"} | {"id": [1]}),
    ("home", "\0"), ("unidentified", "no"), ("unidentified", None), ("unidentified", 1),
    ("father_name", "x" * 161), ("father_name", "a\u202eb"), ("father_name", "a\ud800"),
    ("father_name", "a\0b"), ("father_name", {"a": 1}),
)  # fmt: skip


def test_invalid_value_is_returned_at_field(program, each_database, person):
    for name, value in WRONG_VALUES:
        errors = program.put(f"persons/{person}", {"version": 1, name: value}, 422)["errors"]
        assert errors[name][0]["text"] and errors[name][0]["severity"] == "error", (name, value)


@pytest.mark.parametrize(
    "number, saved",
    [(1.612, 1.612), (0.5, 0.5), ("1.612,5", 1612.5), ("១.៦១២", 1612), (80, 80), (None, None)],
)
def test_numbers_have_point_and_texts_have_comma(program, person, number, saved):
    exhibit = program.get("exhibits/")["result"][0]["id"]
    assert (
        program.put(f"exhibits/{exhibit}", {"version": 1, "quantity": number})["result"]["quantity"] == saved
    )


WRONG_BODIES = (b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff", b'{"a": NaN}', b'{"a": 1e99999999999999999999}', b"[" * 100_000,
                b'{"a":' * 50_000, b'{"a": ' + b"9" * 10_000 + b"}")  # fmt: skip


@pytest.mark.parametrize("body", WRONG_BODIES, ids=lambda body: repr(body[:12]))
def test_body_that_is_no_json_object_returns_400(program, alias, body):
    assert program.put(f"person-names/{alias}", body, 400)["detail"]
    assert program.post("person-names/", body, 400)["detail"]


def test_huge_exponent_is_rejected(program, person):
    for number in (b"1e999999999", b"1e-999999999", b"-1e400"):
        assert program.put(f"persons/{person}", b'{"version": 1, "height_cm": %s}' % number, 422)["errors"][
            "height_cm"
        ]


def test_body_over_one_megabyte_returns_413(program, alias):
    body = json.dumps({"version": 1, "text_km": "x" * 1024**2}).encode()
    assert program.put(f"person-names/{alias}", body, 413)["detail"]


def test_body_needs_json_content_type(clerk, alias):
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = clerk.put(
            f"/api/v1/person-names/{alias}",
            data="{}",
            headers={"Content-Type": kind, "X-CSRFToken": clerk.token},
        )
        assert answer.status_code == 400 and answer.json["detail"]


# Permissions


def test_session_without_csrf_token_is_rejected(clerk, alias):
    for method, url in (
        ("PUT", f"person-names/{alias}"),
        ("POST", "person-names/"),
        ("POST", "persons/search"),
    ):
        answer = clerk.open(f"/api/v1/{url}", method=method, json={"version": 1})
        assert answer.status_code == 400 and answer.json["detail"]
        forged = clerk.open(
            f"/api/v1/{url}", method=method, json={"version": 1}, headers={"X-CSRFToken": "forged"}
        )
        assert forged.status_code == 400


def test_request_without_sign_in_returns_401(client):
    for url in (f"{resource}/{end}" for resource in RESOURCES for end in ("", "1", "_info")):
        for headers in ({}, {"Authorization": "Bearer x"}):
            answer = client.get(f"/api/v1/{url}", headers=headers)
            assert answer.status_code == 401 and answer.json["detail"], url


def test_api_needs_permissions_of_screens(client_as, person, alias):
    auditor, chief = Program(client_as("auditor")), Program(client_as("chief.bb"))
    assert auditor.get("persons/", 403)["detail"]
    assert auditor.get(f"persons/{person}", 403)["detail"]
    assert auditor.get("codes/")["count"]
    assert chief.get(f"persons/{person}")
    assert chief.put(f"person-names/{alias}", {"version": 1, "kind": "former"}, 403)["detail"]
    assert chief.post("person-names/", {"person": person, "kind": "former"}, 403)["detail"]


def test_delete_returns_405(program, person):
    for url in (f"{resource}/{end}" for resource in RESOURCES for end in ("", "1")):
        answer = program.client.delete(f"/api/v1/{url}", headers={"X-CSRFToken": program.client.token})
        assert answer.status_code == 405 and answer.json["detail"], url


def test_response_is_not_cached(clerk, person):
    assert clerk.get(f"/api/v1/persons/{person}").headers["Cache-Control"] == "no-store"


def test_link_header_leads_through_all_pages(clerk, seven_cases):
    found, url = [], "/api/v1/cases/?status=open&page_size=3&order=number"
    while url:
        answer = clerk.get(url)
        found += [row["number"] for row in answer.json["result"]]
        url = answer.headers.get("Link", "").removesuffix('>; rel="next"').removeprefix("<")
    assert found == sorted(found) and len(found) == 7


@pytest.mark.parametrize(
    "question",
    ["cases/?page_size=0", "cases/?direction=up", "cases/?_l_=fr", "cases/?status=open&status=solved", "cases/?x=1",
     "cases/1?x=1", "cases/_info?q=1", "changes/?x=1"],
)  # fmt: skip
def test_unknown_parameter_returns_400(program, question):
    assert program.client.get(f"/api/v1/{question}").status_code == 400
