"""No route and no argument reveals to one province what another keeps off the card (S01-S05, S10; ASVS 8.2)."""

import re
from types import SimpleNamespace

import pytest
from flask import current_app
from sqlalchemy import func, select

from app.accounts import actions, demo_users
from app.extensions import db
from app.kernel.access.row_filter import scoped_classes
from app.kernel.actor import SYSTEM, act_as
from app.kernel.screens.record_view import RecordView
from tests import nightly, sign_ins
from tests.html_pages import Page
from tests.matrix.provinces import abroad, at_home
from tests.matrix.requests import asks
from tests.role_pages import list_readers

REFUSED = (302, 400, 403, 404, 405, 409, 415, 422, 428)
# Users: (name, role, unit). The department sees drugs, and the foreign case is a theft.
READERS = {
    "a clerk": ("clerk.bb", None, None),
    "an investigator": ("investigator.bb", None, None),
    "a chief": ("chief.bb", None, None),
    "a department": ("reader.department", "Investigator", "D-DRUG"),
    "an inspectorate": ("reader.inspectorate", "Data-entry specialist", "DI-0203"),
}

SLOW = (pytest.mark.slow, pytest.mark.nightly(name="matrix"))
# Officers of one province, whose roles limit the names of minors in different ways.
OFFICERS = ("a clerk", "an investigator", "a chief")
# (who, which requests): those that name a foreign record; also the lists; also the lists sorted and filtered by
# columns, in `.ci/run` by a part of them for each officer. In `.ci/run`, one of the readers that may open a page asks it,
# and another one on the next day.
ASKED = [
    ("a clerk", "records"),
    *(pytest.param(who, "columns" if who in OFFICERS else "lists", marks=SLOW) for who in READERS),
]


def make_provinces():
    """Write both provinces. Return the keys of the rows at home, and what is known of the foreign province."""
    act_as(db.session, SYSTEM)
    with current_app.test_request_context():
        here, there = at_home(), abroad()
    made = {name: row.id for name, row in here.rows.items()}, SimpleNamespace(
        asked=list(asks(current_app, there)),
        rows={name: (type(row), row.id) for name, row in there.rows.items()},
        case_id=there.case.id, secrets=tuple(there.secrets), on_the_card=tuple(there.on_the_card),
    )  # fmt: skip
    db.session.remove()
    return made


@pytest.fixture
def provinces(register, db_session):
    made = register.as_left_by(make_provinces)
    act_as(db.session, SYSTEM)
    return made


def reader(client_as, app, who):
    username, role, unit = READERS[who]
    if role is not None:
        problem = actions.create_user(username, "សុខ ដារ៉ា", role, unit, "a password of a test")
        assert problem is None, problem
        with app.app_context():
            sign_ins.write_session(username)
    return client_as(username)


def role_of(who):
    username, role, _unit = READERS[who]
    return role or next(role for name, _full, role, *_rest in demo_users.USERS if name == username)


def choose_asks(there, who, which):
    """Return the requests of this test, without the pages that the role may not open."""
    wanted = {
        "records": lambda ask: ask.outside and not ask.column, "lists": lambda ask: not ask.column, "columns": lambda _ask: True,
    }  # fmt: skip
    asked = [one for one in there.asked if wanted[which](one[2])]
    columns = nightly.some_of([one for one in asked if one[2].column], list(READERS).index(who), days=24)
    others = [one for one in asked if not one[2].column]
    if which != "records":
        others = [
            one for number, one in enumerate(others) if who in nightly.some_of(_readers_of(one), number)
        ]
    return [one for one in others + columns if role_of(who) in list_readers(one[1], one[0])]


def _readers_of(asked):
    rule, method, _ask = asked
    return [who for who in READERS if role_of(who) in list_readers(method, rule)]


def answer_to(browser, ask, token):
    """Return the response, after the redirect of a search."""
    headers = {"X-CSRFToken": token}
    if ask.json is not None:
        return browser.open(ask.url, method=ask.method, json=ask.json, headers=headers)
    data = {"csrf_token": token, **ask.data} if ask.method == "POST" else None
    answer = browser.open(ask.url, method=ask.method, data=data, headers=headers)
    if answer.status_code == 302 and ask.url.endswith("/search"):
        answer = browser.get(answer.location)
    return answer


def find_leaks(words, ask, answer):
    """Return the words that a response shows beside the repeated input, or has in its address."""
    found = find_revealed(words, answer.headers.get("Location", ""))
    is_page = answer.content_type.startswith("text/html")
    if not is_page and not answer.content_type.startswith("application/json"):
        answer.close()  # a file
        return found
    shown = find_revealed(words, answer.text)
    if shown and ask.echoes and is_page:  # only then: reading all elements of a page takes time
        shown = find_revealed(words, _read_shown_parts(answer.text))
    return shown + found


def _read_shown_parts(html):
    page = Page(html)
    return " ".join(
        one.text for one in [*page.all("table"), *page.all(css="result"), *page.all(css="message")]
    )


def find_revealed(words, text):
    text = text.casefold()
    return [word for word in words if word.casefold() in text]


@pytest.mark.parametrize(("who", "which"), ASKED)
def test_no_route_reveals_another_province(app, client_as, provinces, who, which):
    _here, there = provinces
    browser = reader(client_as, app, who)
    before, token = _state_of(there), browser.token
    asked = choose_asks(there, who, which)
    leaks = []
    for rule, method, ask in asked:
        answer = answer_to(browser, ask, token)
        words = there.secrets if ask.card else (*there.secrets, *there.on_the_card)
        found = find_leaks(words, ask, answer)
        if found:
            leaks.append(f"{method} {ask.url} {ask.data or ask.json or ''} ({rule.endpoint}): {found}")
        if ask.outside and answer.status_code not in REFUSED:
            leaks.append(f"{method} {ask.url} ({rule.endpoint}) answers {answer.status_code}")
        if answer.status_code >= 500:
            leaks.append(f"{method} {ask.url} ({rule.endpoint}) breaks: {answer.status_code}")
    assert not leaks, f"{len(leaks)} of {len(asked)}:\n" + "\n".join(leaks[:60])
    assert _state_of(there) == before, "Somebody has written into another province."
    assert len(asked) > (300 if which == "records" else 100)


def _state_of(there):
    db.session.expire_all()
    found = {name: db.session.get(cls, pk) for name, (cls, pk) in there.rows.items()}
    rows = {name: row and row.version for name, row in found.items()}
    return rows, {
        cls.__tablename__: db.session.scalar(select(func.count()).select_from(cls))
        for cls in scoped_classes()
    }


def test_same_requests_are_answered_in_the_own_province(app, client_as, provinces):
    """Otherwise the test above could pass on empty answers."""
    here, _there = provinces
    browser = client_as("chief.bb")
    for view in app.extensions["appbuilder"].baseviews:
        pk = here.get(view.datamodel.obj.__tablename__) if isinstance(view, RecordView) else None
        if pk is not None and "can_show" in view.base_permissions:
            assert browser.get(f"{view.route_base}/show/{pk}").status_code == 200, view
            assert re.search(rf"/show/{pk}\b", browser.get(f"{view.route_base}/list/").text), view
    photo = here["person_photo"]
    with browser.get(f"/file/person-photo/{photo}/64") as answer:
        assert answer.status_code == 200


def test_route_without_described_request_fails(app):
    class Rule:
        rule, endpoint, methods = "/new/<thing>", "NewView.thing", {"GET"}

    class Map:
        def iter_rules(self):
            return [Rule]

    class App:
        extensions, url_map = app.extensions, Map()

    with pytest.raises(LookupError):
        list(asks(App, None))


def test_markers_are_visible_to_the_owner(app, client_as, provinces):
    """The owner finds every marker that the others must not find."""
    _here, there = provinces
    browser = client_as("clerk.pp")
    text = (
        browser.get(f"/case/show/{there.case_id}").text
        + browser.get(f"/person/show/{there.rows['person'][1]}").text
    )
    marks = (*there.secrets, *there.on_the_card)
    assert not set(marks) - set(find_revealed(marks, text))
