"""Invalid units, courts, laws and time limits, entered through their forms."""

import pytest
from sqlalchemy import text

from app.extensions import db
from app.kernel.schema.rules import check_rules
from app.reference import rules
from app.reference.models import Court, Law, Offence, TimeLimit, Unit
from tests.html_pages import Page
from tests.sql_calls import Program

GUN = text("SELECT id FROM code WHERE list = 'weapon' AND key = 'gun'")


@pytest.fixture
def register(registers, database):
    """The whole system, because forms and API check these rules; the other tests here use bare tables."""
    one = registers(database)
    one.set_back()
    return one


def read_form(page):
    """Return what a browser would send back from the form on that page."""
    return {name: values for name, values in page.typed().items() if name not in ("q", "csrf_token")}


def join_messages(page, box):
    return " ".join(text for text, _rule, _kind in page.get_messages(box))


@pytest.mark.parametrize(
    ("url", "typed", "box", "said"),
    [
        (
            "/scope-changes/law/PC2009",
            {"valid_to": "09/12/2010", "reason": "តាមច្បាប់"},
            "valid_to",
            "មិនអាចមុនថ្ងៃចូលជាធរមាន ១០/១២/២០១០",
        ),
        (
            "/scope-changes/offence/PC2009-491",
            {"valid_to": "០១/០១/២០០០", "reason": "តាមច្បាប់"},
            "valid_to",
            "មិនអាចមុនថ្ងៃចូលជាធរមាន",
        ),
        (
            "/scope-changes/unit/CD-BRD",
            {"families": ["weapons", "guns"]},
            "families",
            "«guns» មិនមានក្នុងបញ្ជីនេះទេ",
        ),
        ("/court/edit/CFI-02", {"area": ["02", "99"]}, "area", "«99» មិនមានក្នុងបញ្ជីនេះទេ"),
        (
            "/scope-changes/unit/GCNP",
            {"parent": "PC-02", "reason": "តាមប្រកាស"},
            "parent",
            "អង្គភាពមិនអាចចំណុះខ្លួនឯង",
        ),
        ("/court/edit/CFI-02", {"appeal": "CFI-12"}, "appeal", "ទៅសាលាឧទ្ធរណ៍"),
        ("/court/edit/CFI-02", {"appeal": "SC"}, "appeal", "ទៅសាលាឧទ្ធរណ៍"),
        ("/court/edit/CA-02", {"appeal": "CFI-02"}, "appeal", "ទៅសាលាឧទ្ធរណ៍"),
        (
            "/scope-changes/time_limit/custody",
            {"amount": "0", "reason": "តាមប្រកាស"},
            "amount",
            "សូមបញ្ចូលលេខពី ១ ដល់ ៩.០០០",
        ),
    ],
)
def test_invalid_reference_value_is_shown_at_its_field(client_as, url, typed, box, said):
    twg = client_as("twg")
    page = Page.from_response(twg.send(url, read_form(twg.page(url)) | typed), 422)
    assert said in join_messages(page, box)
    sent = typed[box] if isinstance(typed[box], list) else [typed[box]]
    assert sorted(read_form(page)[box]) == sorted(sent)


def test_program_changes_one_field_of_a_court_and_keeps_its_provinces(client_as, db_session):
    program = Program(client_as("twg"))
    version, area = (program.get("courts/CFI-03")["result"][name] for name in ("version", "area"))
    changed = program.put("courts/CFI-03", {"version": version, "name_en": "Court"})["result"]
    assert (changed["name_en"], changed["area"]) == ("Court", area) and area
    assert "area" in program.put("courts/CFI-03", {"version": changed["version"], "area": ""}, 422)["errors"]


def test_synonym_typed_on_screen_finds_the_offence(client_as, clerk):
    twg, url = client_as("twg"), "/offence/edit/PC2009-353_356"
    assert twg.send(url, read_form(twg.page(url)) | {"synonyms": "លួចមាន់, លួចទា"}).status_code == 302
    found = clerk.get("/lookup/offence", query_string={"q": "លួចទា"}).json["items"]
    assert [item["id"] for item in found] == ["PC2009-353_356"]


def test_code_value_ending_before_its_start_is_refused(client_as, db_session):
    twg, url = client_as("twg"), f"/code/edit/{db_session.scalar(GUN)}"
    days = {"valid_from": "02/01/2027", "valid_to": "01/01/2027"}
    page = Page.from_response(twg.send(url, read_form(twg.page(url)) | days), 422)
    assert "មិនអាចមុនថ្ងៃចូលជាធរមាន ០២/០១/២០២៧" in join_messages(page, "valid_to")


def test_api_refuses_invalid_unit(client_as, db_session):
    unit = {"code": "X-1", "name_km": "អង្គភាព", "name_en": "Unit", "kind": "post", "families": "guns"}
    twg = client_as("twg")
    answer = twg.post("/api/v1/units/", json=unit, headers={"X-CSRFToken": twg.token})
    assert answer.status_code == 422 and list(answer.json["errors"]) == ["families"]


@pytest.mark.parametrize("model", [Law, Offence, TimeLimit])
def test_shipped_rows_break_no_rule(db_session, model):
    assert not [one.code for one in db.session.query(model) if check_rules(model.__rules__, one, None)]


def test_shipped_units_and_courts_have_no_cycles(db_session):
    for model, rule in ((Unit, rules.unit_is_not_below_itself), (Court, rules.court_is_not_its_own_appeal)):
        assert not [one.code for one in db.session.query(model) if check_rules((rule,), one, None)]


def test_code_value_requires_an_existing_list(client_as, db_session):
    twg = client_as("twg")
    lists = {cell.text for cell in twg.page("/code/list/").all("td", data_l="បញ្ជីកូដ")}
    assert lists == {"ភេទ", "កម្រិតដឹងថ្ងៃកំណើត", "ជនជាតិ"}
    new = {"list": "wepon", "key": "bow", "name_km": "ធ្នូ", "name_en": "Bow"}
    page = Page.from_response(twg.send("/code/add", new), 422)
    assert join_messages(page, "list") and read_form(page)["name_km"] == ["ធ្នូ"]
    assert twg.send("/code/add", new | {"list": "weapon"}).status_code == 302
