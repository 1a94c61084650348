"""Forms made from fields: what must be filled, what rules say at which box, what is copied into a record."""

import gc
import weakref
from types import SimpleNamespace

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import SelectMultipleField

from app.kernel.forms.record_form import RowForm, form_for
from app.kernel.schema.rules import ERROR, NOTICE, WARNING, Problem
from app.people.models import Person, PersonName

NAMES = ["surname_km", "given_km", "sex", "sex_reason", "unidentified", "age_stated", "photo_missing"]


@pytest.fixture
def filled(app):
    """A form of a person with what was typed."""
    form_class = form_for(Person, NAMES, base=RowForm)
    with app.test_request_context():
        yield lambda **typed: form_class(MultiDict(typed))


def test_a_column_that_may_not_be_null_must_be_filled(filled):
    form = filled(surname_km="សុខ")
    assert not form.validate()
    assert list(form.errors) == ["sex"]
    assert filled(sex="M").validate()


def test_a_box_of_which_a_rule_speaks_may_be_empty_for_the_form(app):
    with app.test_request_context():
        assert form_for(Person, NAMES, base=RowForm, spoken={"sex"})(MultiDict()).validate()
        assert form_for(PersonName, ["kind"], base=RowForm, optional={"kind"})(MultiDict()).validate()


def test_an_error_stops_a_notice_does_not(filled):
    form = filled(sex="M")
    assert form.hear([Problem("sex", "For your information", "V001", NOTICE)], {})
    assert not form.hear([Problem("sex", "Wrong", "V002", ERROR)], {})
    assert [said.rule for said in form.sex.errors] == ["V002"]
    assert [said.rule for said in form.sex.warnings] == ["V001"]


def test_a_warning_is_passed_by_a_reason_of_its_list(filled):
    problem = Problem("age_stated", "Is that right?", "V033", WARNING)
    form = filled(sex="M")
    assert not form.hear([problem], {})
    assert not form.hear([problem], {"age_stated__reason": "because"})
    assert form.passed == []
    assert form.hear([problem], {"age_stated__reason": "checked"})
    assert form.passed == [(problem, "checked")]


def test_a_warning_at_the_box_of_its_reasons_is_passed_by_filling_that_box(filled):
    form = filled(sex="M")
    assert not form.hear(
        [Problem("photo_missing", "Where is the photo?", "V039", WARNING, "photo_missing")], {}
    )
    assert form.photo_missing.warnings[0].reasons == ()


def test_what_belongs_to_no_box_is_said_of_the_whole_form(filled):
    form = filled(sex="M")
    assert not form.hear([Problem("", "Another record has this value.")], {})
    assert form.form_errors == ["Another record has this value."]


def test_only_what_was_sent_is_copied(filled):
    person = Person(surname_km="សុខ", given_km="ដារ៉ា", unidentified=True, sex="M")
    typed = {"given_km": "វណ្ណា"}
    filled(**typed).fill(person, MultiDict(typed))
    assert (person.surname_km, person.given_km, person.unidentified) == ("សុខ", "វណ្ណា", True)


def test_a_tick_that_was_shown_and_not_set_is_no(filled):
    person = Person(unidentified=True)
    typed = {"unidentified__shown": "1"}
    filled(**typed).fill(person, MultiDict(typed))
    assert person.unidentified is False


def test_a_tick_that_was_not_shown_stays_on_the_page(app):
    with app.test_request_context():
        form = form_for(Person, NAMES, base=RowForm)(MultiDict({"sex": "M"}), obj=Person(unidentified=True))
        assert form.unidentified.data is True


class Several(RowForm):
    """A form in which several of a list may be chosen."""

    families = SelectMultipleField(choices=[("drugs", "Drugs"), ("property", "Property")])


@pytest.mark.parametrize(
    "typed, left",
    [({}, ["drugs"]), ({"families__shown": "1"}, []), ({"families": "property"}, ["property"])],
)
def test_a_list_of_which_nothing_is_chosen_is_emptied_only_where_it_was_shown(app, typed, left):
    record = SimpleNamespace(families=["drugs"])
    with app.test_request_context():
        Several(MultiDict(typed), obj=record).fill(record, MultiDict(typed))
    assert record.families == left


def test_a_text_is_measured_in_its_normal_form(filled):
    assert filled(sex="M", surname_km="ក" * 80 + "\u200b" * 50).validate()
    assert not filled(sex="M", surname_km="ក" * 81).validate()


def test_a_form_goes_with_its_request_and_waits_for_no_collector(filled):
    gc.disable()
    try:
        form = filled(sex="M")
        form.validate()
        known = weakref.ref(form)
        del form
        assert known() is None
    finally:
        gc.enable()
