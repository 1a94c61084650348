"""The REST API follows its own description for every request: no server error, no undescribed response
(R17).

The requests are derived from the description and are the same in every run.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from app import openapi
from app.accounts import api_tokens
from app.cases.models import Involvement
from app.court_orders.models import OrderMatch
from tests import nightly
from tests.accounts.sample_staff import find_user
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import make_suspect
from tests.gates import valid_bodies as right_bodies
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
QUESTIONS = nightly.count("API_QUESTIONS", 3)  # valid or invalid requests of an operation
REFERENCE = (
    "places", "units", "courts", "prisons", "laws", "offences", "codes", "time-limits", "retention-periods", "letter-templates",
)  # fmt: skip
# The only results of valid and invalid requests: no request lacks a token (401) or a right (403).
ANSWERS = {200, 201, 400, 404, 409, 422}
EACH = {"positive": {200, 400, 404, 422}, "negative": {400, 404, 422}}
ASKERS = ("twg", "investigator.bb", "warrant.bb", "chief.bb", "planning")
OF_CHIEFS = (
    "corrections",
    "official-reports",
    "prevention-programmes",
    "case-assignments",
    "evidence-stores",
    "minor-contacts",
    "minor-steps",
    "shelves",
)
OF_PLANNERS = ("courses", "course-sessions", "questions")
WRITERS = (
    {"matches": "warrant.bb"} | dict.fromkeys(OF_CHIEFS, "chief.bb") | dict.fromkeys(OF_PLANNERS, "planning")
)
SAME = settings(
    max_examples=QUESTIONS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def description(app, db_session):
    """The description of a system with cases; its key parameters name existing records."""
    with acting_as("clerk.bb"):
        for number in range(6):
            person = add_photo(make_registered_person(number=number))
            add_registered_case(people=[(person, "suspect")])
    db_session.commit()
    with app.app_context():
        document = openapi.build_document()
    # With a described token, nearly every invalid request would omit or damage it and end with 401, so its
    # body would never be read. Tokens have a test of their own below.
    del document["security"], document["components"]["securitySchemes"]
    headers = {"#/components/parameters/" + name for name in ("Purpose", "CaseNumber", "IdempotencyKey")}
    for path, acts in document["paths"].items():
        for act in acts.values():  # the tests send the headers themselves
            if "parameters" in act:
                act["parameters"] = [one for one in act["parameters"] if one.get("$ref") not in headers]
        for parameter in acts.get("parameters", ()):
            parameter["schema"] = {"enum": ["02", "PC-02", "PC2009", 0, -1, 2**31, "១", *range(1, 7)]}
        if "put" in acts and path.split("/")[3] not in REFERENCE:
            name = acts["put"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
            body = document["components"]["schemas"][name]
            body["properties"]["version"] = {"enum": [1, 2, 3]}
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app
    return schema


def user_for(path):
    """Return who may write there: the technical group manages the reference data."""
    resource = path.split("/")[3]
    return "twg" if resource in REFERENCE else WRITERS.get(resource, "investigator.bb")


def headers_of(username, db_session):
    _row, token = api_tokens.create_token(find_user(username), "questions of a gate", 1, writes=True)
    db_session.commit()
    work = {"X-Purpose": "investigation", "X-Case-Number": "02-2026-000001"}
    return work | {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}


@pytest.mark.nightly(name="api")
@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_every_response_matches_the_description(description, db_session, mode):
    headers = {who: headers_of(who, db_session) for who in ASKERS}
    faults, asked, accepted = [], [], set()
    # Five days in a row try all operations; valid and invalid requests of a day are for different ones.
    row = list(schemathesis.GenerationMode).index(mode)
    today = nightly.some_of(description.get_all_operations(), row, days=5)
    for found in today:
        operation = found.ok()
        try:
            statuses = answers_to(operation, headers[user_for(operation.path)], mode)
            accepted |= {operation.label} if {200, 201} & {*statuses} else set()
            asked += statuses
        except (
            Exception,
            BaseExceptionGroup,
        ) as fault:  # the first of each operation, all together
            faults.append(f"{operation.label}: {fault}")
    assert not faults, "\n\n".join(faults)
    assert len(asked) > len(today) and EACH[mode.value] <= set(asked) <= ANSWERS
    if mode.value == "negative":
        assert not {200, 201} & {*asked}, accepted


def test_valid_bodies_are_accepted(description, db_session):
    """The result does not depend on chance: each resource that accepts new records gets one valid body."""
    headers, there, taken = (
        {who: headers_of(who, db_session) for who in ASKERS},
        what_is_there(db_session),
        [],
    )
    for path, pk, body in right_bodies.list_requests(there):
        operation = description[f"/api/v1/{path}"]["POST"]
        (kind,) = operation.body
        case = operation.Case(path_parameters={"pk": pk} if pk else {}, body=body, media_type=kind.media_type)
        answer = case.call_and_validate(
            headers=headers[user_for(operation.path)], checks=CHECKS[:-1], session=operation.app.test_client()
        )
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        document = answer.json()["result"]
        if pk is None:
            there[path.strip("/")] = document.get("id") or document.get("code") or document.get("token")
        taken.append(path)
    new = {found.ok().path for found in description.get_all_operations() if found.ok().method == "post"}
    new = {path.removeprefix("/api/v1/") for path in new if path.count("/") == 4 and path.endswith("/")}
    assert new <= {*taken}


def what_is_there(db_session):
    """Return resource → the key of a record that accepts actions."""
    involvement = make_suspect()
    order = make_active_order(kind="search", number="99/26")
    make_active_order(involvement.person)
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(involvement.person, "suspect")])
        other = Involvement(
            case=involvement.case, person=make_registered_person(7), role="victim", injury="none"
        )
        db_session.add(other)
    locked = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    return {
        "persons": involvement.person_id, "involvements": involvement.id, "exhibits": case.exhibits[0].id, "case-of-exhibits": case.id, "active-order": order.id,
        "locked-case": locked.id, "suspect-case": involvement.case_id, "other-involvement": other.id, "case-offences": involvement.case.offences[0].id,
        "matches": db_session.scalar(select(OrderMatch.id)), "keeper": find_user("warrant.bb").id,
    }  # fmt: skip


def test_request_without_a_valid_token_is_refused(description, app):
    for headers in ({}, {"Authorization": "Bearer ecr_0a1b2c3d_wrong"}, {"Authorization": "Basic eDp5"}):
        for found in description.get_all_operations():
            operation = found.ok()
            url = operation.path.replace("{pk}", "1")
            answer = app.test_client().open(url, method=operation.method, json={}, headers=headers)
            refused = {
                (401, "not_signed_in"),
                (400, "invalid_request"),
            }  # a POST without a token also lacks that of CSRF
            assert (answer.status_code, answer.json["code"]) in refused, operation.label
            assert answer.mimetype == "application/problem+json"


def is_sent_whole(case):
    """Return False if the URL loses a part: empty parameters are not sent, and "#" ends the path."""
    empty = [value for value in (case.query or {}).values() if value in ([], {}, None)]
    return not empty and "#" not in str(case.path_parameters)


def answers_to(operation, headers, mode):
    statuses = []

    @SAME
    @given(operation.as_strategy(generation_mode=mode))
    def call(case):
        assume(is_sent_whole(case))
        # The test client gives each request a context of its own. In the open context of the test, all
        # requests would run as the first user.
        answer = case.call_and_validate(
            headers=headers, checks=CHECKS, session=case.operation.app.test_client()
        )
        statuses.append(answer.status_code)

    call()
    return statuses
