"""What a choice makes needed on the entry page: no box that a rule wants filled is told to be left empty."""

import pytest
from sqlalchemy import select

from app.cases.entry_forms import WHEN
from app.cases.models import Case, Exhibit
from app.people.models import Person
from tests.cases.form_data import theft
from tests.html_pages import Page


@pytest.fixture
def refused(clerk):
    """The page of a case at court with a drug of which nothing is told and a suspect of an estimated age."""
    choices = {
        "exhibits-5-kind": "drug", "case-status": "at_court", "people-1-person-birth_precision": "estimated",
        "people-1-person-age_from": "", "people-1-person-age_to": "",
    }  # fmt: skip
    return Page.of(clerk.send("/entry/token-of-a-test", theft() | choices), 422)


def marked(page, value):
    """The ids of the boxes, outside the patterns of new rows, whose «(if any)» goes with that choice."""
    return {mark.parent["for"] for mark in page.all("span", data_unless=value)}


@pytest.mark.parametrize(
    ("value", "rule", "row"),
    [
        ("drug", "V017", "exhibits-5-"),
        ("at_court", "V027", "case-"),
        ("estimated", "V034", "people-1-person-"),
    ],
)
def test_if_any_goes_where_the_rule_speaks_of_an_empty_box(refused, value, rule, row):
    boxes = {box for box in marked(refused, value) if box.startswith(row)}
    spoken = {box for box in boxes if rule in [number for _text, number, _kind in refused.said_at(box)]}
    # Of the two ends of an age the rule asks one after the other.
    assert boxes and spoken == boxes - ({"people-1-person-age_to"} if value == "estimated" else set())


def test_a_box_that_must_be_filled_is_shown_with_the_choice_that_needs_it():
    for model in (Case, Person, Exhibit):
        for name, value in model.__unless__.items():
            assert value in WHEN[model.__name__][name].partition("=")[2].split("|"), (model, name)
    assert all("judged" in WHEN["Case"][name] for name in Case.__unless__)


def test_the_form_of_one_exhibit_tells_it_too(clerk, db_session):
    clerk.send("/entry/token-of-a-test", theft())
    page = clerk.page(f"/exhibit/edit/{db_session.scalar(select(Exhibit.id))}")
    assert marked(page, "drug") == {"substance", "quantity", "measure"}
