"""A form that was filled in badly is refused once, with all that is wrong in it."""

import pytest

from app.extensions import db
from app.kernel.screens.record_view import RecordView
from tests.custody.form_data import RESOURCES, a_suspect
from tests.html_pages import Page
from tests.matrix.provinces import Province
from tests.same_answers import said_at_boxes
from tests.sample_rows import BATTAMBANG
from tests.sql_calls import Program

OFFICERS = ("clerk.bb", "warrant.bb", "investigator.bb", "twg")
# What is forgotten in the form of an arrest, and what is said of it at once.
FORGOTTEN = {
    "arrest": {("V045", "involvement"), ("", "at"), ("", "ground"), ("", "by_unit")},
    "judgment": {("V045", "involvement"), ("", "decided_on"), ("", "verdict"), ("", "court"), ("", "court_no")},
    "detention": {("V045", "involvement"), ("", "since"), ("", "kind"), ("", "first_prison"), ("", "paper_no"),
                  ("", "paper_on")},
    "release": {("V087", "detention"), ("", "released_on"), ("", "kind"), ("", "paper_no")},
}  # fmt: skip


@pytest.mark.parametrize("page", FORGOTTEN)
def test_the_missing_person_is_named_with_all_else_that_is_missing(clerk, page):
    assert said_at_boxes(Page.of(clerk.send(f"/{page}/add"), 422)) == FORGOTTEN[page]
    errors = Program(clerk).post(f"{RESOURCES[page]}/", {}, 422)["errors"]
    assert {(one["rule"], box) for box, said in errors.items() for one in said} == FORGOTTEN[page]


def test_a_value_that_cannot_be_read_hides_no_rule(clerk, db_session):
    suspect = a_suspect()
    typed = {
        "involvement": suspect.id,
        "at": "05/13/2026 10:00",
        "ground": "authorisation",
        "by_unit": "PC-02",
    }
    said = said_at_boxes(Page.of(clerk.send("/arrest/add", typed), 422))
    assert said == {("", "at"), ("V057", "paper_no")}


@pytest.mark.parametrize("one_by_one", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_no_rule_stumbles_over_an_unfinished_form(app, client_as, db_session, one_by_one):
    """All boxes of every form that adds or changes something are emptied, and each alone; the answer is a page that says so."""
    Province("clerk.bb", BATTAMBANG, 20, marked=False)
    asked, forms = set(), set(_forms(app))
    for name in OFFICERS:
        browser = client_as(name)
        for url in forms - asked:
            answer = browser.get(url)
            if answer.status_code != 200:
                continue
            shown = Page.of(answer)
            boxes = {one["name"]: "" for one in shown.all(name=True) if not _is_kept(one["name"])}
            alone = [shown.typed() | {box: ""} for box in boxes] if one_by_one else []
            for typed in (boxes, *alone):
                answer = browser.send(url, typed)
                assert answer.status_code in (302, 409, 422), (name, url, typed, answer.status_code)
            asked.add(url)
    assert len(asked) > 30, asked


def _is_kept(name):
    return name in ("csrf_token", "version", "seen", "once") or name.endswith("__shown")


def _forms(app):
    """The addresses of the forms of all records that have rules."""
    for view in app.extensions["appbuilder"].baseviews:
        if not isinstance(view, RecordView) or not getattr(view.datamodel.obj, "__rules__", ()):
            continue
        record = db.session.query(view.datamodel.obj).first()
        if "can_add" in view.base_permissions:
            yield f"{view.route_base}/add"
        if "can_edit" in view.base_permissions and record is not None:
            yield f"{view.route_base}/edit/{view.datamodel.get_pk_value(record)}"
