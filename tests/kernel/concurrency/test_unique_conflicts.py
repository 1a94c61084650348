"""Unique conflicts: a duplicate value is reported at its field, and the form keeps its other values."""

import pytest
from sqlalchemy import func, select

from app.kernel.schema.code_lists import Code
from app.reference.models import Prison
from tests.html_pages import Page
from tests.sql_calls import Program

DUPLICATE = "រក្សាទុកមិនបានទេ ព្រោះកំណត់ត្រាផ្សេងមានតម្លៃនេះរួចហើយ។"
NAMES = {"name_km": "ថ្មី", "name_en": "New one"}
NEW = [
    ("/unit/add", {"code": "PC-02", "kind": "post", "families": ["drugs"]}, "code"),
    ("/unit/add", {"code": "GCNP", "kind": "post"}, "code"),
    ("/court/add", {"code": "CFI-02", "level": "first_instance", "area": ["02"]}, "code"),
    ("/prison/add", {"code": "", "kind": "capital_prison", "province": "02"}, "code"),
    ("/code/add", {"list": "weapon", "key": "gun"}, "key"),
]


@pytest.fixture
def twg(client_as):
    return client_as("twg")


@pytest.mark.parametrize(("url", "typed", "field"), NEW)
def test_duplicate_code_is_shown_at_its_field_and_form_is_kept(
    twg, each_database, db_session, url, typed, field
):
    typed = NAMES | typed
    typed[field] = typed[field] or db_session.scalar(select(Prison.code))
    page = Page.from_response(twg.send(url, typed), 409)
    assert [text for text, _rule, _kind in page.get_messages(field)] == [DUPLICATE]
    current = page.typed()
    assert {name: current[name] for name in typed} == {
        name: value if isinstance(value, list) else [value] for name, value in typed.items()
    }
    assert page.all("a", href=f"#{field}") and twg.send(url, typed | {field: "X-77"}).status_code == 302


def test_api_duplicate_names_the_field(twg, each_database):
    answer = Program(twg).post("units/", NAMES | {"code": "PC-02", "kind": "post"}, expect=409)
    assert [one["text"] for one in answer["errors"]["code"]] == [answer["detail"]]


def test_same_key_in_other_list_is_no_duplicate(twg, db_session):
    assert twg.send("/code/add", NAMES | {"list": "weapon", "key": "M"}).status_code == 302
    assert db_session.scalar(select(func.count()).select_from(Code).where(Code.key == "M")) > 1
