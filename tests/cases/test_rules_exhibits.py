"""Rules V017, V019 to V022 and V180."""

from decimal import Decimal

import pytest

from app.cases.rules import CASE
from app.kernel.schema.rules import ERROR, WARNING, check_rules
from tests.factories import (
    make_case,
    make_case_facts,
    make_case_offence,
    make_drug,
    make_drug_offence,
    make_exhibit,
    make_offence,
)
from tests.rule_problems import check_case


def make_drug_case(*exhibits, **offence):
    return make_case(offences=[make_case_offence(make_drug_offence(**offence))], exhibits=list(exhibits))


@pytest.mark.parametrize(
    ("missing", "field"),
    [({"substance": None}, "substance"), ({"quantity": None}, "quantity"), ({"measure": None}, "measure")],
)
def test_drug_requires_substance_quantity_and_measure(missing, field):
    assert check_case("V017", make_drug_case(make_drug(**missing))) == [(field, ERROR)]


def test_drug_quantity_must_be_positive():
    assert check_case("V017", make_drug_case(make_drug(quantity=0))) == [("quantity", ERROR)]
    assert check_case("V017", make_drug_case(make_drug(quantity=-1))) == [("quantity", ERROR)]
    assert check_case("V017", make_drug_case(make_drug())) == []


def test_exhibit_problem_carries_its_row():
    poor = make_drug(quantity=None)
    problems = check_rules(CASE, make_drug_case(make_drug(), poor), make_case_facts())
    assert [(problem.field, problem.row) for problem in problems] == [("quantity", poor)]


def test_drug_offence_requires_a_drug():
    assert check_case("V017", make_drug_case()) == [("exhibits", ERROR)]
    assert check_case("V017", make_case(exhibits=[make_exhibit()])) == []


def test_drug_use_without_exhibit_gets_a_warning():
    assert check_case("V017", make_drug_case(code="DRUG2012-45")) == [("exhibits", WARNING)]


def test_theft_requires_stolen_item_unless_attempted():
    seized = make_exhibit(property_role="seized")
    assert check_case("V019", make_case(exhibits=[])) == [("exhibits", ERROR)]
    assert check_case("V019", make_case(exhibits=[seized])) == [("exhibits", ERROR)]
    assert check_case("V019", make_case(exhibits=[], offences=[make_case_offence(attempt=True)])) == []
    assert check_case("V019", make_case()) == []


def test_property_damage_requires_no_stolen_item():
    damage = make_offence(code="PC2009-410", name_en="Damage")
    assert check_case("V019", make_case(exhibits=[], offences=[make_case_offence(damage)])) == []


def test_recovered_item_must_be_entered_as_stolen():
    recovered = make_exhibit(kind="vehicle", plate="1AB-2345", property_role="recovered", serial=None)
    assert check_case("V020", make_case(exhibits=[make_exhibit(), recovered])) == [("property_role", ERROR)]
    stolen = make_exhibit(kind="vehicle", plate="1AB-2345", serial=None)
    recovered = make_exhibit(kind="vehicle", plate="1AB-2345", property_role="recovered", serial=None)
    assert check_case("V020", make_case(exhibits=[stolen, recovered])) == []


def test_recovered_vehicle_must_match_the_plate():
    stolen = make_exhibit(kind="vehicle", plate="1AB-2345", serial=None)
    recovered = make_exhibit(kind="vehicle", plate="1AB-9999", serial=None, property_role="recovered")
    assert check_case("V020", make_case(exhibits=[stolen, recovered])) == [("property_role", ERROR)]


def test_zero_value_is_allowed_only_for_documents_and_drugs():
    assert check_case("V021", make_case(exhibits=[make_exhibit(value_khr=0)])) == [("value_khr", ERROR)]
    assert check_case("V021", make_case(exhibits=[make_exhibit(value_khr=None)])) == []
    assert check_case("V021", make_case(exhibits=[make_exhibit(kind="document", value_khr=0)])) == []
    assert check_case("V021", make_drug_case(make_drug(value_khr=0))) == []


def test_stolen_vehicle_without_number_needs_a_reason():
    unmarked = make_exhibit(kind="vehicle", serial=None)
    problems = check_rules(CASE, make_case(exhibits=[unmarked]), make_case_facts())
    assert [(p.rule, p.field, p.severity, p.reasons) for p in problems] == [
        ("V022", "plate", WARNING, "vehicle_unmarked_reason")
    ]


@pytest.mark.parametrize("number", ["plate", "frame_no", "engine_no"])
def test_stolen_vehicle_with_one_number_is_accepted(number):
    marked = make_exhibit(kind="vehicle", serial=None, **{number: "1AB-2345"})
    assert check_case("V022", make_case(exhibits=[marked])) == []


@pytest.mark.parametrize(
    ("quantity", "refused"), [(None, True), (0, True), (Decimal("-1"), True), (Decimal("0.001"), False)]
)
def test_drug_weighs_more_than_nothing(quantity, refused):
    case = make_case(exhibits=[make_exhibit(), make_drug(quantity=quantity)])
    assert check_case("V017", case) == ([("quantity", ERROR)] if refused else [])


@pytest.mark.parametrize(
    ("imei", "is_doubted"),
    [
        (None, False), ("356938035643809", False), ("35-693803-564380-9", False), ("៣៥៦៩៣៨០៣៥៦៤៣៨០៩", False),
        ("356938035643808", True), ("35693803564380", True), ("3569380356438091", True), ("35693803564380X", True),
    ],
)  # fmt: skip
def test_imei_has_a_check_digit(imei, is_doubted):
    case = make_case(exhibits=[make_exhibit(imei=imei)])
    assert check_case("V132", case) == ([("imei", WARNING)] if is_doubted else [])


@pytest.mark.parametrize(
    ("frame_no", "is_doubted"),
    [
        ("NZE121-3012345", False), ("RLHJC5211AY123456", False), ("rlhjc 5211 ay 123456", False),
        ("RLHJC5211AYO23456", True), ("RLHJC5211AY12345", True), ("RLHJC5211AY1234567", True),
    ],
)  # fmt: skip
def test_long_frame_number_is_one_of_the_standard(frame_no, is_doubted):
    case = make_case(exhibits=[make_exhibit(kind="vehicle", frame_no=frame_no)])
    assert check_case("V132", case) == ([("frame_no", WARNING)] if is_doubted else [])


def test_number_of_an_exhibit_is_entered_once():
    """V180 at the second row, also if the IMEI is in the other field. Stolen and recovered are one item."""
    imei = {"serial": None, "imei": "35 693803 564380 9"}
    assert check_case("V180", make_case(exhibits=[make_exhibit(), make_exhibit(**imei)])) == [
        ("imei", WARNING)
    ]
    recovered, other, document = (
        make_exhibit(property_role="recovered"),
        make_exhibit(serial="A2"),
        make_exhibit(kind="document"),
    )
    assert check_case("V180", make_case(exhibits=[make_exhibit(), recovered, other, document])) == []
