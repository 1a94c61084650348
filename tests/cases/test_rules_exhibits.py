"""Rules V017, V019 to V022."""

import pytest

from app.cases.rules import CASE
from app.kernel.schema.rules import ERROR, WARNING, ask
from tests.factories import (
    a_case,
    a_case_offence,
    a_drug,
    a_drug_offence,
    an_exhibit,
    an_offence,
    facts_of_a_case,
)
from tests.search_requests import said_of_case


def a_drug_case(*exhibits, **offence):
    return a_case(offences=[a_case_offence(a_drug_offence(**offence))], exhibits=list(exhibits))


@pytest.mark.parametrize(
    ("missing", "field"),
    [({"substance": None}, "substance"), ({"quantity": None}, "quantity"), ({"measure": None}, "measure")],
)
def test_a_drug_has_a_substance_a_quantity_and_a_measure(missing, field):
    assert said_of_case("V017", a_drug_case(a_drug(**missing))) == [(field, ERROR)]


def test_a_quantity_of_a_drug_is_more_than_nothing():
    assert said_of_case("V017", a_drug_case(a_drug(quantity=0))) == [("quantity", ERROR)]
    assert said_of_case("V017", a_drug_case(a_drug(quantity=-1))) == [("quantity", ERROR)]
    assert said_of_case("V017", a_drug_case(a_drug())) == []


def test_the_row_of_the_exhibit_is_named():
    poor = a_drug(quantity=None)
    problems = ask(CASE, a_drug_case(a_drug(), poor), facts_of_a_case())
    assert [(problem.field, problem.row) for problem in problems] == [("quantity", poor)]


def test_a_drug_offence_has_a_drug():
    assert said_of_case("V017", a_drug_case()) == [("exhibits", ERROR)]
    assert said_of_case("V017", a_case(exhibits=[an_exhibit()])) == []


def test_the_use_of_drugs_can_be_proved_without_an_exhibit_but_is_asked_about():
    assert said_of_case("V017", a_drug_case(code="DRUG2012-45")) == [("exhibits", WARNING)]


def test_a_theft_has_a_stolen_thing_or_is_attempted():
    seized = an_exhibit(property_role="seized")
    assert said_of_case("V019", a_case(exhibits=[])) == [("exhibits", ERROR)]
    assert said_of_case("V019", a_case(exhibits=[seized])) == [("exhibits", ERROR)]
    assert said_of_case("V019", a_case(exhibits=[], offences=[a_case_offence(attempt=True)])) == []
    assert said_of_case("V019", a_case()) == []


def test_damage_to_property_is_no_theft():
    damage = an_offence(code="PC2009-410", name_en="Damage")
    assert said_of_case("V019", a_case(exhibits=[], offences=[a_case_offence(damage)])) == []


def test_what_was_recovered_was_stolen():
    recovered = an_exhibit(kind="vehicle", plate="1AB-2345", property_role="recovered", serial=None)
    assert said_of_case("V020", a_case(exhibits=[an_exhibit(), recovered])) == [("property_role", ERROR)]
    stolen = an_exhibit(kind="vehicle", plate="1AB-2345", serial=None)
    recovered = an_exhibit(kind="vehicle", plate="1AB-2345", property_role="recovered", serial=None)
    assert said_of_case("V020", a_case(exhibits=[stolen, recovered])) == []


def test_another_plate_is_another_vehicle():
    stolen = an_exhibit(kind="vehicle", plate="1AB-2345", serial=None)
    recovered = an_exhibit(kind="vehicle", plate="1AB-9999", serial=None, property_role="recovered")
    assert said_of_case("V020", a_case(exhibits=[stolen, recovered])) == [("property_role", ERROR)]


def test_only_documents_and_drugs_are_worth_nothing():
    assert said_of_case("V021", a_case(exhibits=[an_exhibit(value_khr=0)])) == [("value_khr", ERROR)]
    assert said_of_case("V021", a_case(exhibits=[an_exhibit(value_khr=None)])) == []
    assert said_of_case("V021", a_case(exhibits=[an_exhibit(kind="document", value_khr=0)])) == []
    assert said_of_case("V021", a_drug_case(a_drug(value_khr=0))) == []


def test_a_stolen_vehicle_without_any_number_has_a_reason():
    unmarked = an_exhibit(kind="vehicle", serial=None)
    problems = ask(CASE, a_case(exhibits=[unmarked]), facts_of_a_case())
    assert [(p.rule, p.field, p.severity, p.reasons) for p in problems] == [
        ("V022", "plate", WARNING, "vehicle_unmarked_reason")
    ]


@pytest.mark.parametrize("number", ["plate", "frame_no", "engine_no"])
def test_one_number_of_a_stolen_vehicle_is_enough(number):
    marked = an_exhibit(kind="vehicle", serial=None, **{number: "1AB-2345"})
    assert said_of_case("V022", a_case(exhibits=[marked])) == []
