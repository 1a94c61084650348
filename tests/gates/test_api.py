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

from app import openapi
from app.accounts import tokens
from tests.accounts.staff import user
from tests.rows import a_registered_case, a_registered_person, with_photo, written_by

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
QUESTIONS = 12  # right ones, and as many wrong ones, for each operation
REFERENCE = ("places", "units", "courts", "prisons", "laws", "offences", "codes")
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
    for path, acts in told["paths"].items():
        for parameter in acts.get("parameters", ()):
            parameter["schema"] = {"enum": ["02", "PC-02", "PC2009", 0, -1, 2**31, "១", *range(1, 7)]}
        if "put" in acts and path.split("/")[3] not in REFERENCE:
            body = acts["put"]["requestBody"]["content"]["application/json"]["schema"]
            body["properties"]["version"] = {"enum": [1, 2, 3]}
    schema = schemathesis.openapi.from_dict(told)
    schema.app = app
    return schema


def headers_of(username, db_session):
    _row, token = tokens.make(user(username), "questions of a gate", 1, writes=True)
    db_session.commit()
    work = {"X-Purpose": "investigation", "X-Case-Number": "02-2026-000001"}
    return work | {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_every_answer_is_one_that_is_described(description, db_session, mode):
    clerk, admin = headers_of("clerk.bb", db_session), headers_of("admin", db_session)
    faults, asked = [], []
    for found in description.get_all_operations():
        operation = found.ok()
        headers = admin if operation.path.split("/")[3] in REFERENCE else clerk
        try:
            asked += answers_to(operation, headers, mode)
        except Exception as fault:  # of each operation the first, and all of them together
            faults.append(f"{operation.label}: {fault}")
    assert not faults, "\n\n".join(faults)
    # Which random body is taken (201) is chance; tests/kernel/test_once.py holds it.
    answered = {"positive": {200, 404, 422}, "negative": {400}}
    assert len(asked) > 500 and answered[mode.value] <= set(asked)


def answers_to(operation, headers, mode):
    statuses = []

    @SAME
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case):
        statuses.append(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    ask()
    return statuses
