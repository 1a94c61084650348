"""Problem details: each error of the API has one form (RFC 9457), with a code that programs can compare."""

import json

from flask import Response
from flask_babel import gettext
from werkzeug.http import HTTP_STATUS_CODES

from app.kernel.concurrency.database_errors import UNPROCESSABLE

CONTENT_TYPE = "application/problem+json"
INVALID_VALUES, EDIT_CONFLICT = "invalid_values", "edit_conflict"
# The code of each status, if the response has no more exact one. A code never changes its meaning.
CODES = {
    400: "invalid_request",
    401: "not_signed_in",
    403: "permission_missing",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "not_possible",
    428: "purpose_missing",
    429: "too_many_requests",
    500: "system_error",
    503: "not_available",
}


def set_problem(response, status, detail, code="", **members):
    """Make a response the problem with this explanation, in the reader's language, and these further members."""
    problem = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, ""),
        "status": status,
        "detail": detail,
        "code": code or CODES.get(status, CODES[400]),
    }
    response.set_data(json.dumps(problem | members, ensure_ascii=False, separators=(",", ":")))
    response.content_type = CONTENT_TYPE
    return response


def problem_response(status, detail, code="", **members):
    """Return the response of a problem; see `set_problem`."""
    return set_problem(Response(status=status), status, detail, code, **members)


def invalid_values_response(errors):
    """Return the response (422) to values that the fields or the rules reject: field → its problems."""
    detail = gettext("Not saved: some values are missing or not valid.")
    return problem_response(UNPROCESSABLE, detail, INVALID_VALUES, errors=errors)
