"""The REST API keeps to its own description, whatever is asked: no fault, no answer that it does not tell of (R17).

The questions follow from the description and are the same at every run.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
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
from app.court_orders.models import Hit
from tests.accounts.sample_staff import user
from tests.court_orders.sample_orders import an_active_order
from tests.custody.form_data import a_suspect
from tests.gates import valid_bodies as right_bodies
from tests.locked_records import SHUT, a_case_of
from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
QUESTIONS = 8  # right ones, and as many wrong ones, for each operation
REFERENCE = ("places", "units", "courts", "prisons", "laws", "offences", "codes", "time-limits")
# What right and wrong questions come to, and nothing else: nobody is asked for a token (401) or lacks a right (403).
ANSWERS = {200, 201, 400, 404, 409, 422}
EACH = {"positive": {200, 400, 404, 422}, "negative": {400, 404, 422}}
ASKERS = ("twg", "investigator.bb", "warrant.bb", "chief.bb")
WRITERS = {"hits": "warrant.bb", "corrections": "chief.bb"}
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
    """The description of a register with cases in it; of the keys some are there."""
    with written_by("clerk.bb"):
        for number in range(6):
            person = with_photo(a_registered_person(number=number))
            a_registered_case(people=[(person, "suspect")])
    db_session.commit()
    with app.app_context():
        told = openapi.document()
    # Where the description tells of a token, nearly every wrong question lacks it or spoils it, and none of them
    # gets past 401: what is wrong in its body is never read. Tokens have a test of their own below.
    del told["security"], told["components"]["securitySchemes"]
    for path, acts in told["paths"].items():
        for parameter in acts.get("parameters", ()):
            parameter["schema"] = {"enum": ["02", "PC-02", "PC2009", 0, -1, 2**31, "១", *range(1, 7)]}
        if "put" in acts and path.split("/")[3] not in REFERENCE:
            body = acts["put"]["requestBody"]["content"]["application/json"]["schema"]
            body["properties"]["version"] = {"enum": [1, 2, 3]}
    schema = schemathesis.openapi.from_dict(told)
    schema.app = app
    return schema


def asker(path):
    """Who may write there: the technical group keeps what all refer to."""
    resource = path.split("/")[3]
    return "twg" if resource in REFERENCE else WRITERS.get(resource, "investigator.bb")


def headers_of(username, db_session):
    _row, token = api_tokens.make(user(username), "questions of a gate", 1, writes=True)
    db_session.commit()
    work = {"X-Purpose": "investigation", "X-Case-Number": "02-2026-000001"}
    return work | {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_every_answer_is_one_that_is_described(description, db_session, mode):
    headers = {who: headers_of(who, db_session) for who in ASKERS}
    faults, asked = [], []
    for found in description.get_all_operations():
        operation = found.ok()
        try:
            asked += answers_to(operation, headers[asker(operation.path)], mode)
        except (
            Exception,
            BaseExceptionGroup,
        ) as fault:  # of each operation the first, and all of them together
            faults.append(f"{operation.label}: {fault}")
    assert not faults, "\n\n".join(faults)
    assert len(asked) > 500 and EACH[mode.value] <= set(asked) <= ANSWERS
    if mode.value == "negative":
        assert not {200, 201} & {*asked}


def test_what_is_right_is_taken(description, db_session):
    """No chance decides whether a record is made: of each resource that takes new ones a right body is asked."""
    headers, there, taken = (
        {who: headers_of(who, db_session) for who in ASKERS},
        what_is_there(db_session),
        [],
    )
    for path, pk, body in right_bodies.asked(there):
        operation = description[f"/api/v1/{path}"]["POST"]
        (kind,) = operation.body
        case = operation.Case(path_parameters={"pk": pk} if pk else {}, body=body, media_type=kind.media_type)
        answer = case.call_and_validate(
            headers=headers[asker(operation.path)], checks=CHECKS[:-1], session=operation.app.test_client()
        )
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        told = answer.json()["result"]
        if pk is None:
            there[path.strip("/")] = told.get("id") or told.get("code") or told.get("token")
        taken.append(path)
    new = {found.ok().path for found in description.get_all_operations() if found.ok().method == "post"}
    new = {path.removeprefix("/api/v1/") for path in new if path.count("/") == 4 and path.endswith("/")}
    assert new <= {*taken}


def what_is_there(db_session):
    """resource → the key of a record to which something may be done."""
    involvement = a_suspect()
    order = an_active_order(kind="search", number="99/26")
    an_active_order(involvement.person)
    with written_by("clerk.bb"):
        a_registered_case(people=[(involvement.person, "suspect")])
    shut = a_case_of(SHUT)
    db_session.commit()
    return {
        "persons": involvement.person_id, "involvements": involvement.id, "active-order": order.id,
        "shut-case": shut.id, "hits": db_session.scalar(select(Hit.id)),
    }  # fmt: skip


def test_no_question_is_answered_without_a_good_token(description, app):
    for headers in ({}, {"Authorization": "Bearer ecr_0a1b2c3d_wrong"}, {"Authorization": "Basic eDp5"}):
        for found in description.get_all_operations():
            operation = found.ok()
            url = operation.path.replace("{pk}", "1")
            answer = app.test_client().open(url, method=operation.method, json={}, headers=headers)
            assert answer.status_code in (400, 401) and list(answer.json) == ["message"], operation.label


def answers_to(operation, headers, mode):
    statuses = []

    @SAME
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case):
        # By the client of the tests, which gives each question a context of its own. Asked within the context that the
        # test holds open, all would be answered in the name of whoever asked first.
        answer = case.call_and_validate(
            headers=headers, checks=CHECKS, session=case.operation.app.test_client()
        )
        statuses.append(answer.status_code)

    ask()
    return statuses
