"""The rules are complete and pure, and docs/rules.md explains all of them."""

import ast
import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract

PROJECT = Path(__file__).parents[2]
SOURCES = [
    *PROJECT.glob("app/*/rules/*.py"),
    *PROJECT.glob("app/*/rules.py"),
    PROJECT / "app/kernel/text/khmer.py",
]
# A model may use a ready rule of the kernel and give it a number. The kernel and the imports only mention numbers.
NUMBERED = [
    path
    for path in PROJECT.glob("app/*/**/*.py")
    if path.relative_to(PROJECT).parts[1] not in ("kernel", "imports")
]
# The system does these itself and reports no problem; steps of a course check V147 to V149 outside the rules of a record,
# and the answers to matches V133, V134 and V140.
BY_ITSELF = {
    "V085",
    "V096",
    "V112",
    "V117",
    "V119",
    "V118",
    "V133",
    "V134",
    "V135",
    "V140",
    "V147",
    "V148",
    "V149",
    "V150",
    "V165",
}
NOT_FOR_RULES = ("flask", "flask_appbuilder", "flask_babel", "sqlalchemy", "wtforms")


def find_reported_rules(sources=NUMBERED):
    """Return the rule numbers that the code gives to its problems."""
    return {number for source in sources for number in re.findall(r'"(V\d{3})"', source.read_text())}


def find_documented():
    """Return the rule numbers of docs/rules.md, in its order."""
    return re.findall(r"^\| (V\d{3}) \|", (PROJECT / "docs/rules.md").read_text(), re.MULTILINE)


def test_every_number_has_one_row():
    numbers = find_documented()
    assert len(numbers) == len(set(numbers)), "docs/rules.md: take the next free number"


def test_every_rule_reports_a_problem_unless_automatic():
    assert find_reported_rules() >= set(find_documented()) - BY_ITSELF


def test_every_rule_is_explained():
    missing = find_reported_rules() - set(find_documented())
    assert not missing, f"{missing}: add a row to docs/rules.md"
    assert {f"V{number:03d}" for number in range(1, 101)} <= set(find_documented())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(PROJECT)))
def test_a_rule_knows_no_web_and_no_database(source):
    imported = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert not [name for name in imported if name.split(".")[0] in NOT_FOR_RULES or name.endswith(".models")]


def test_rule_message_has_two_sentences_at_most():
    for source in SOURCES:
        for _line, sentence, _comments, _context in extract("python", BytesIO(source.read_bytes())):
            assert len(re.findall(r"[.?](?:\s|$)", sentence)) <= 2, sentence
            assert not re.search(r"invalid|please|!", sentence, re.IGNORECASE), sentence
