"""Every rule of every feature has an example, and its level decides whether a reason lets the record pass."""

import importlib
import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from werkzeug.datastructures import MultiDict

from app.kernel.forms.record_form import RowForm, make_form_class
from app.kernel.schema import code_lists
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.schema.rules import ERROR, WARNING
from tests.house.test_rule_book import BY_ITSELF, find_documented

PROJECT = Path(__file__).parents[2]
EXAMPLES = [
    example
    for path in sorted((PROJECT / "tests").glob("*/rule_examples.py"))
    for example in importlib.import_module(f"tests.{path.parent.name}.rule_examples").EXAMPLES
]
RULE_MODULES = [
    *PROJECT.glob("app/*/rules/*.py"),
    *PROJECT.glob("app/*/rules.py"),
    PROJECT / "app/kernel/schema/rules.py",
]
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
LEVELS = re.compile(r"\b(error|warning|notice)\b")


@each_example
def test_a_broken_rule_reports_its_level(example):
    found = example.find_problems()
    assert found and {one.severity for one in found} == {example.level}, found


@each_example
def test_a_reason_overrides_a_warning_only(example, db_session):
    """An error stays an error although a reason is sent; the reason of a warning is kept."""
    for problem in example.find_problems():
        row = problem.row if problem.row is not None else example.record
        reason = next(iter(code_lists.keys(problem.reasons)))
        form = make_form(type(row), problem.reasons)
        names = (
            problem.field,
            next(iter(form)).name,
        )  # a problem of the whole form is shown at its first field
        sent = {f"{name}__{end}": reason for name in names for end in ("reason", f"{problem.rule}__reason")}
        assert form.show_problems([problem], sent) == (example.level != ERROR)
        assert form.overrides == ([(problem, reason)] if example.level == WARNING else [])


def make_form(model, reasons):
    """Return an empty form of the model without the field that holds such reasons itself."""
    names = field_names_on(model, "add") or field_names_on(model, "show")
    fields = fields_of(model)
    return make_form_class(model, [name for name in names if fields[name].codes != reasons], RowForm)(
        MultiDict()
    )


def find_messages():
    """Return the texts of all messages in the modules of rules."""
    return {
        text
        for module in RULE_MODULES
        for _line, text, _comments, _context in extract("python", BytesIO(module.read_bytes()))
    }


WORDS = {"felony", "misdemeanour", "petty offence"}  # inside messages


def test_every_message_of_a_rule_has_an_example():
    shown = {problem.text.msgid for example in EXAMPLES for problem in example.find_problems()}
    missing = find_messages() - shown - WORDS
    assert not missing, f"{missing}: add the broken record to tests/<feature>/rule_examples.py"


def read_documented_levels():
    """Return rule number → levels in docs/rules.md."""
    rows = re.findall(
        r"^\| (V\d{3}) \|.*?\| ([^|]*?) \|[^|]*\|[^|]*\|$", (PROJECT / "docs/rules.md").read_text(), re.M
    )
    return {number: set(LEVELS.findall(levels)) for number, levels in rows}


def test_every_documented_rule_has_an_example():
    assert {one.rule for one in EXAMPLES} >= set(find_documented()) - BY_ITSELF


@pytest.mark.parametrize("rule", sorted({one.rule for one in EXAMPLES} - {""}))
def test_levels_of_examples_agree_with_the_documentation(rule):
    assert {one.level for one in EXAMPLES if one.rule == rule} == read_documented_levels()[rule]
