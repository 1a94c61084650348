"""The national roles that check and correct data search for no person; they open the records of their tasks."""

import pytest

from app.accounts import actions
from tests.sample_rows import add_registered_case
from tests.sign_ins import write_session

SEARCHES = {
    "list": ("get", "/person/list/", None),
    "involvements": ("get", "/involvement/list/", None),
    "documents": ("get", "/persondocument/list/", None),
    "orders": ("get", "/courtorder/list/", None),
    "in custody": ("get", "/in-custody/list/", None),
    "search": ("send", "/find/", {"q": "Sok"}),
    "suggestions": ("send", "/find/suggest", {"q": "Sok"}),
    "texts": ("send", "/text-search/", {"q": "Sok"}),
    "lookup": ("send", "/lookup/card", {"q": "Sok"}),
    "letters": ("get", "/letter/list/", None),
    "texts of letters": ("send", "/letter/search", {"_flt_0_text": "Sok"}),
    "API": ("get", "/api/v1/persons/", None),
    "person by API": ("get", "/api/v1/persons/1", None),
}


@pytest.fixture(params=["planning", "twg", "planning.monitor"])
def checker(request, db_session, client_as):
    """Return the browser of a national role that checks data."""
    if request.param == "planning.monitor":
        problem = actions.create_user(
            request.param, "ឈឹម រដ្ឋា", "Planning monitor", "D-PLAN", "a password of a test"
        )
        assert problem is None, problem
        db_session.commit()
        write_session(request.param)
    return client_as(request.param)


def test_checking_roles_open_records_and_search_for_no_person(db_session, checker):
    case = add_registered_case()
    db_session.commit()
    refused = {}
    for name, (method, url, body) in SEARCHES.items():
        answer = checker.get(url) if method == "get" else checker.send(url, body)
        refused[name] = answer.status_code
    assert set(refused.values()) <= {302, 403, 404}, refused
    assert checker.get(f"/case/show/{case.id}").status_code == 200
    assert checker.get(f"/person/show/{case.involvements[0].person_id}").status_code == 200
    assert 'name="q"' not in checker.get("/").text
