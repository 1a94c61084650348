"""Forms with several mistakes: rejected once, with all their problems."""

import pytest

from app.extensions import db
from app.kernel.screens.record_view import RecordView
from tests import nightly
from tests.custody.form_data import RESOURCES, make_suspect
from tests.html_pages import Page
from tests.matrix.provinces import Province
from tests.same_answers import find_stopping_problems
from tests.sample_rows import BATTAMBANG
from tests.sql_calls import Program

OFFICERS = ("clerk.bb", "warrant.bb", "investigator.bb", "twg")
# The missing values of each empty form, as (rule, field).
MISSING = {
    "arrest": {("V045", "involvement"), ("", "at"), ("", "ground"), ("", "by_unit")},
    "judgment": {("V045", "involvement"), ("", "decided_on"), ("", "verdict"), ("", "court"), ("", "court_no")},
    "detention": {("V045", "involvement"), ("", "since"), ("", "kind"), ("", "first_prison"), ("", "document_no"),
                  ("", "document_date")},
    "release": {("V087", "detention"), ("", "released_on"), ("", "kind"), ("", "document_no")},
}  # fmt: skip


@pytest.mark.parametrize("page", MISSING)
def test_empty_form_lists_every_missing_value_at_once(clerk, page):
    assert find_stopping_problems(Page.from_response(clerk.send(f"/{page}/add"), 422)) == MISSING[page]
    errors = Program(clerk).post(f"{RESOURCES[page]}/", {}, 422)["errors"]
    assert {(one["rule"], name) for name, problems in errors.items() for one in problems} == MISSING[page]


def test_unreadable_value_does_not_hide_rule_problems(clerk, db_session):
    suspect = make_suspect()
    typed = {
        "involvement": suspect.id,
        "at": "05/13/2026 10:00",
        "ground": "authorisation",
        "by_unit": "PC-02",
    }
    problems = find_stopping_problems(Page.from_response(clerk.send("/arrest/add", typed), 422))
    assert problems == {("", "at"), ("V057", "document_no")}


@pytest.mark.parametrize(
    "one_by_one",
    [False, pytest.param(True, marks=(pytest.mark.slow, pytest.mark.nightly(name="matrix")))],
)
def test_incomplete_form_never_causes_server_error(app, client_as, db_session, one_by_one):
    """Empty all fields of a form, or of every form and also fields alone: the response is a page with the problems."""
    Province("clerk.bb", BATTAMBANG, 20, marked=False)
    opened, forms = set(), sorted(_form_urls(app))
    forms = set(forms if one_by_one else nightly.some_of(forms))
    for name in OFFICERS:
        browser = client_as(name)
        for url in forms - opened:
            answer = browser.get(url)
            if answer.status_code != 200:
                continue
            shown = Page.from_response(answer)
            boxes = {one["name"]: "" for one in shown.all(name=True) if not _is_technical_field(one["name"])}
            alone = nightly.some_of(boxes, len(opened), days=12) if one_by_one else []
            for typed in (boxes, *(shown.typed() | {box: ""} for box in alone)):
                answer = browser.send(url, typed)
                assert answer.status_code in (302, 409, 422), (name, url, typed, answer.status_code)
            opened.add(url)
    assert len(opened) > (30 if one_by_one else 5), opened


@pytest.mark.parametrize(
    ("path", "name", "parent"),
    [
        ("judgment/add?court_no=8/26&decided_on=2026-03-02", "court", "court/show/CFI-02"),
        ("task/add?", "to_unit", "unit/show/PC-02"),
        ("arrest/add?", "by_unit", "unit/show/PC-02"),
        ("custody/add?", "held_by", "unit/show/PC-02"),
        ("detention/add?", "court", "court/show/CFI-02"),
        ("detention/add?", "first_prison", "prison/show/CC1"),
        ("letter/add?case=64", "to_unit", "unit/show/PC-12"),
    ],
)
def test_form_opened_from_a_record_with_a_code_names_it(clerk, path, name, parent):
    code = parent.rpartition("/")[2]
    page = clerk.page(f"/{path}&{name}={code}")
    assert page.typed()[name] == [code]
    assert page.all("a", href=f"/{parent}")
    assert clerk.page(f"/{path}&{name}=NONE").typed()[name] == [""]


def _is_technical_field(name):
    return name in ("csrf_token", "version", "field_digests", "idempotency_key") or name.endswith("__shown")


def _form_urls(app):
    """Yield the URLs of the forms of all records that have rules."""
    for view in app.extensions["appbuilder"].baseviews:
        if not isinstance(view, RecordView) or not getattr(view.datamodel.obj, "__rules__", ()):
            continue
        record = db.session.query(view.datamodel.obj).first()
        if "can_add" in view.base_permissions:
            yield f"{view.route_base}/add"
        if "can_edit" in view.base_permissions and record is not None:
            yield f"{view.route_base}/edit/{view.datamodel.get_pk_value(record)}"
