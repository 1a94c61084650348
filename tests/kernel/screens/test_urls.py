"""URLs with the query arguments of a request."""

import pytest

from app.kernel.screens.urls import add_query

RESERVED = "endpoint=x&name=x&values=x&_external=1&_scheme=javascript&_method=x&_anchor=x"


def test_query_is_added_to_the_url():
    assert add_query("/log/list/", {"a": "ក", "b": 1}) == "/log/list/?a=%E1%9E%80&b=1"
    assert add_query("/log/list/", {}) == "/log/list/"


@pytest.mark.parametrize(
    ("username", "path"),
    [("auditor", "/log/list/"), ("clerk.bb", "/case/list/"), ("chief.bb", "/case/list/")],
)
def test_argument_named_like_a_parameter_of_url_for_stays_an_argument(client_as, username, path):
    response = client_as(username).get(f"{path}?{RESERVED}")
    assert response.status_code == 200
    assert 'href="javascript:' not in response.text


def test_search_of_the_log_ignores_fields_named_like_a_parameter_of_url_for(client_as):
    response = client_as("auditor").send("/log/search", {"endpoint": "x", "_scheme": "javascript", "id": "7"})
    assert response.status_code == 302
    assert response.location.startswith("/log/list/?") and "id=7" in response.location
