"""Forms made from model fields: required fields, rule messages, and copying values into a record."""

import gc
import weakref
from types import SimpleNamespace

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import SelectMultipleField

from app.kernel.forms.record_form import RowForm, make_form_class
from app.kernel.schema.rules import ERROR, INFO, WARNING, Problem
from app.people.models import Person, PersonName

NAMES = ["surname_km", "given_km", "sex", "sex_reason", "unidentified", "age_stated", "photo_missing"]


@pytest.fixture
def make_form(app):
    """Return a function that makes a person form with submitted values."""
    form_class = make_form_class(Person, NAMES, base=RowForm)
    with app.test_request_context():
        yield lambda **typed: form_class(MultiDict(typed))


def test_not_null_column_is_required(make_form):
    form = make_form(surname_km="សុខ")
    assert not form.validate()
    assert list(form.errors) == ["sex"]
    assert make_form(sex="M").validate()


def test_rule_required_field_may_be_empty_for_the_form(app):
    with app.test_request_context():
        assert make_form_class(Person, NAMES, base=RowForm, rule_required={"sex"})(MultiDict()).validate()
        assert make_form_class(PersonName, ["kind"], base=RowForm, optional={"kind"})(MultiDict()).validate()


def test_error_blocks_save_and_info_does_not(make_form):
    form = make_form(sex="M")
    assert form.show_problems([Problem("sex", "For your information", "V001", INFO)], {})
    assert not form.show_problems([Problem("sex", "Wrong", "V002", ERROR)], {})
    assert [message.rule for message in form.sex.errors] == ["V002"]
    assert [message.rule for message in form.sex.warnings] == ["V001"]


def test_warning_is_overridden_by_a_reason_of_its_list(make_form):
    problem = Problem("age_stated", "Is that right?", "V033", WARNING)
    form = make_form(sex="M")
    assert not form.show_problems([problem], {})
    assert not form.show_problems([problem], {"age_stated__reason": "because"})
    assert form.overrides == []
    assert form.show_problems([problem], {"age_stated__reason": "checked"})
    assert form.overrides == [(problem, "checked")]


def test_warning_at_its_reason_field_has_no_reasons(make_form):
    form = make_form(sex="M")
    assert not form.show_problems(
        [Problem("photo_missing", "Where is the photo?", "V039", WARNING, "photo_missing")], {}
    )
    assert form.photo_missing.warnings[0].reasons == ()


def test_problem_without_field_is_a_form_error(make_form):
    form = make_form(sex="M")
    assert not form.show_problems([Problem("", "Another record has this value.")], {})
    assert form.form_errors == ["Another record has this value."]


def test_populate_copies_only_submitted_fields(make_form):
    person = Person(surname_km="សុខ", given_km="ដារ៉ា", unidentified=True, sex="M")
    typed = {"given_km": "វណ្ណា"}
    make_form(**typed).populate(person, MultiDict(typed))
    assert (person.surname_km, person.given_km, person.unidentified) == ("សុខ", "វណ្ណា", True)


def test_populate_shown_unticked_checkbox_is_false(make_form):
    person = Person(unidentified=True)
    typed = {"unidentified__shown": "1"}
    make_form(**typed).populate(person, MultiDict(typed))
    assert person.unidentified is False


def test_checkbox_not_submitted_keeps_stored_value(app):
    with app.test_request_context():
        form = make_form_class(Person, NAMES, base=RowForm)(
            MultiDict({"sex": "M"}), obj=Person(unidentified=True)
        )
        assert form.unidentified.data is True


class MultiChoiceForm(RowForm):
    """A form with a multiple choice."""

    families = SelectMultipleField(choices=[("drugs", "Drugs"), ("property", "Property")])


@pytest.mark.parametrize(
    "typed, expected",
    [({}, ["drugs"]), ({"families__shown": "1"}, []), ({"families": "property"}, ["property"])],
)
def test_populate_empty_list_only_if_shown(app, typed, expected):
    record = SimpleNamespace(families=["drugs"])
    with app.test_request_context():
        MultiChoiceForm(MultiDict(typed), obj=record).populate(record, MultiDict(typed))
    assert record.families == expected


def test_text_length_is_checked_in_normal_form(make_form):
    assert make_form(sex="M", surname_km="ក" * 80 + "\u200b" * 50).validate()
    assert not make_form(sex="M", surname_km="ក" * 81).validate()


def test_form_is_freed_without_garbage_collector(make_form):
    gc.disable()
    try:
        form = make_form(sex="M")
        form.validate()
        known = weakref.ref(form)
        del form
        assert known() is None
    finally:
        gc.enable()
