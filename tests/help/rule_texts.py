"""The examples of the rules as the help shows them: where a rule reports, what was entered, and its message."""

from flask_babel import force_locale

from app.kernel.schema.display import format_field
from app.kernel.schema.fields import fields_of
from tests.house.test_rule_levels import EXAMPLES

LANGUAGES = ("en", "km")
MOST = 4  # examples of a rule


def describe_examples():
    """Return rule number → examples, each with its level, and field, value and message in both languages."""
    described = {}
    for example in sorted((one for one in EXAMPLES if one.rule), key=lambda one: one.rule):
        problem = example.find_problems()[0]
        record = problem.row if problem.row is not None else example.record
        texts = {"level": example.level}
        for language in LANGUAGES:
            with force_locale(language):
                texts[language] = [*_describe_field(record, example.field), str(problem.text)]
        of_rule = described.setdefault(example.rule, [])
        if texts["en"][2] not in {one["en"][2] for one in of_rule} and len(of_rule) < MOST:
            of_rule.append(texts)
    return described


def _describe_field(record, name):
    """Return (label, value) of the field that the rule reports; empty if it is about the record as a whole."""
    field = fields_of(type(record)).get(name)
    if field is None:
        return "", ""
    try:
        value = format_field(record, name, field)
    except (AttributeError, KeyError, TypeError):
        value = ""
    return str(field.label), "" if value is None or "None" in str(value) else str(value)
