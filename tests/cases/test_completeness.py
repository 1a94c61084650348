"""Optional and required labels of the entry page: no field that a rule requires is labelled optional."""

import pytest
from sqlalchemy import select

from app.cases.entry_forms import SHOWN_WHEN
from app.cases.models import Exhibit
from app.people.models import Person
from tests.cases.form_data import make_theft
from tests.html_pages import Page


@pytest.fixture
def refused_page(clerk):
    """The refused page of a case with a drug without values and a suspect of estimated age."""
    choices = {
        "exhibits-5-kind": "drug", "people-1-person-birth_precision": "estimated",
        "people-1-person-age_from": "", "people-1-person-age_to": "",
    }  # fmt: skip
    return Page.from_response(clerk.send("/entry/token-of-a-test", make_theft() | choices), 422)


def find_marked_fields(page, value):
    """Return the ids of the fields, outside row patterns, with an «(if any)» that this choice hides."""
    return {mark.parent["for"] for mark in page.all("span", data_unless=value)}


@pytest.mark.parametrize(
    ("value", "rule", "row"),
    [
        ("drug", "V017", "exhibits-5-"),
        ("estimated", "V034", "people-1-person-"),
    ],
)
def test_optional_label_is_hidden_where_rule_requires_value(refused_page, value, rule, row):
    boxes = {box for box in find_marked_fields(refused_page, value) if box.startswith(row)}
    spoken = {
        box for box in boxes if rule in [number for _text, number, _kind in refused_page.get_messages(box)]
    }
    # The rule reports the two ends of an age range one after the other.
    assert boxes and spoken == boxes - ({"people-1-person-age_to"} if value == "estimated" else set())


def test_required_field_is_shown_with_its_condition():
    for model in (Person, Exhibit):
        for name, value in model.__unless__.items():
            assert value in SHOWN_WHEN[model.__name__][name].partition("=")[2].split("|"), (model, name)


def test_exhibit_form_marks_required_fields(clerk, db_session):
    clerk.send("/entry/token-of-a-test", make_theft())
    page = clerk.page(f"/exhibit/edit/{db_session.scalar(select(Exhibit.id))}")
    assert find_marked_fields(page, "drug") == {"substance", "quantity", "measure"}
