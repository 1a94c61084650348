"""Texts of requested changes of the reference data, in the reader's language."""

from sqlalchemy import inspect

from app.accounts.scope_columns import find_field, find_scope_model, from_json_value
from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_keys, format_value
from app.kernel.schema.fields import fields_of


def find_scope_row(request):
    """Return the row of the reference data that the request is about."""
    return db.session.get(find_scope_model(request.entity), request.entity_key)


def describe_changes(request):
    """Yield (label, text before, text after) of each column that the request changes."""
    model = find_scope_model(request.entity)
    for column, values in request.changes.items():
        name = find_field(model, column)
        meaning = fields_of(model)[name]
        typed = [from_json_value(model, column, value) for value in values]
        yield (meaning.label, *(_format(model, name, value, meaning) for value in typed))


def _format(model, name, value, meaning):
    if value is None:
        return "—"
    if meaning.lookup:
        return str(db.session.get(inspect(model).relationships[name].mapper.class_, value) or value)
    if meaning.codes:
        return code_lists.label(meaning.codes, value)
    if meaning.multi_choice:
        return format_keys(meaning.multi_choice, value)
    return meaning.yes_no_labels.label_for(value) if meaning.yes_no_labels else format_value(value)
