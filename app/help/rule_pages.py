"""The rules of docs/rules.md, in Khmer those of rules.km.tsv, with examples from rule_examples.json.

`run.py rule-examples` writes the examples.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import config

EXAMPLES = Path(__file__).parent / "rule_examples.json"
KHMER = Path(__file__).parent / "rules.km.tsv"
ROW = re.compile(r"^\| (V\d{3}) \| (.+?) \|.*\| (.*?) \|$")
HEADING = re.compile(r"^## (.+)$")
MARKUP = re.compile(r"[*`«»]|\[([^]]*)\]\([^)]*\)")


class Example(NamedTuple):
    """One value that the rule does not accept. `level` is error, warning or notice."""

    level: str
    field: str
    value: str
    message: str


class Rule(NamedTuple):
    """A rule with its examples, both in the language of the reader."""

    number: str
    text: str
    examples: tuple


@cache
def load_rules(language):
    """Return all rules in the order of their numbers."""
    examples = json.loads(EXAMPLES.read_text("utf-8"))
    khmer = dict(line.split("\t") for line in KHMER.read_text("utf-8").splitlines())
    rules, topic = [], ""
    for line in (config.ROOT / "docs" / "rules.md").read_text("utf-8").splitlines():
        if found := HEADING.match(line):
            topic = found[1]
        elif found := ROW.match(line):
            number, text, basis = found.groups()
            of_rule = tuple(Example(one["level"], *one[language]) for one in examples.get(number, ()))
            english = _strip_markup(f"{topic}. {text} Basis: {basis}.")
            rules.append(Rule(number, khmer.get(number, english) if language == "km" else english, of_rule))
    return sorted(rules)


def _strip_markup(text):
    return MARKUP.sub(lambda found: found[1] or "", text)
