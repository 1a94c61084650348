"""The examples of the rules as the help shows them: where a rule reports, what was entered, and its message."""

from datetime import date

from flask_babel import force_locale

from app.accounts.entry_right import WITHOUT_CERTIFICATE
from app.evidence.inventory import NOT_COUNTER
from app.imports.actions import FROM_PRACTICE
from app.imports.cases import ALREADY_IMPORTED
from app.investigation.reviews import NO_REMARK, NOT_REVIEWER
from app.kernel.i18n.lazy_message import LazyMessage
from app.kernel.schema.display import format_field
from app.kernel.schema.fields import fields_of
from tests.house.test_rule_levels import EXAMPLES

LANGUAGES = ("en", "km")
# Rules of an act, not of a form: what the officer or the unit reads. The catalogue has each text.
OF_ACTS = {
    "V085": ("notice", "A person you entered may be wanted under order %(order)s. Wait for confirmation before any arrest."),
    "V096": ("notice", "Detention %(number)s had to end by %(until)s, and no release is recorded."),
    "V112": ("error", ALREADY_IMPORTED),
    "V117": ("error", NOT_REVIEWER),
    "V118": ("error", NO_REMARK),
    "V133": ("error", "The item was found before it was stolen. Check both cases, or answer that it is another item."),
    "V119": ("error", "The status of an exhibit is computed from its movements. Enter a movement instead."),
    "V134": ("error", "Enter how the item was compared."),
    "V135": ("error", NOT_COUNTER),
    "V140": ("error", "Enter how the two were compared."),
    "V147": ("error", "The bank has only %(n)s confirmed questions of these topics."),
    "V148": ("error", "No participant meets the settings of the course, or another officer must issue the certificates."),
    "V149": ("error", WITHOUT_CERTIFICATE),
    "V150": ("error", FROM_PRACTICE),
    "V165": ("error", "A legal hold keeps this record: %(numbers)s. Two officers must lift it first."),
}  # fmt: skip
VALUES = {
    "order": "02-00012",
    "number": "D-0000042",
    "until": date(2026, 11, 5),
    "n": 8,
    "numbers": "RA-0000012",
}
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
    for rule, (level, message) in OF_ACTS.items():
        texts = {"level": level}
        for language in LANGUAGES:
            with force_locale(language):
                texts[language] = ["", "", str(LazyMessage(str(message), VALUES))]
        described.setdefault(rule, [texts])
    return dict(sorted(described.items()))


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
