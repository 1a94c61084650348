"""Aggregate validation: a change of a row is also checked against the rules of the records that contain it.

A feature registers with `aggregate_finder` the aggregates of a model. Only errors that the change itself causes
prevent the save: existing errors, from an import or an older rule, must not make every row uneditable.
"""

from contextlib import contextmanager

from sqlalchemy import inspect

from app.extensions import db
from app.kernel.schema.record_lock import locked_fields
from app.kernel.schema.rules import ERROR, WHOLE_RECORD, Problem, check_rules

_finders = {}  # model → function that finds its aggregates


def aggregate_finder(*models):
    """Register `find(record)` → [(aggregate, facts)] for these models. It runs a fixed number of statements."""

    def register(find):
        _finders.update(dict.fromkeys(models, find))
        return find

    return register


def _no_aggregates(record):
    return ()


def aggregate_errors(record):
    """Return the errors that the unflushed change of `record` causes in its aggregates.

    They concern the record as a whole and name the aggregate. Errors of the rules of the record itself and warnings
    are not included: other checks report them.
    """
    find = _finders.get(type(record), _no_aggregates)
    with db.session.no_autoflush:
        return [
            Problem(WHOLE_RECORD, f"{aggregate}: {_text_with_row(problem)}", problem.rule)
            for aggregate, facts in find(record)
            for problem in new_errors(record, aggregate, facts)
            if problem.row is not record
        ]


def new_errors(record, aggregate, facts):
    """Return the errors of `aggregate` that the change of `record` (one of its rows, or itself) causes."""
    with stored_values(record):
        before = _errors(aggregate, facts)
    return [problem for key, problem in _errors(aggregate, facts).items() if key not in before]


def drop_unfixable(record, problems, facts_of):
    """Return the problems of a changed record without those in locked fields, unless the change causes an error there.

    A form does not have these fields: it can neither fix them nor give a reason, and the fields that stay editable must
    still be saved.
    """
    locked = locked_fields(record)
    errors = {(one.rule, one.field) for one in problems if _is_in(one, locked) and one.severity == ERROR}
    if errors:
        with stored_values(record):
            before = check_rules(record.__rules__, record, facts_of(record))
        errors -= {(one.rule, one.field) for one in before}
    return [one for one in problems if not _is_in(one, locked) or (one.rule, one.field) in errors]


def _is_in(problem, fields):
    return problem.row is None and problem.field in fields


def _errors(aggregate, facts):
    found = (
        problem for problem in check_rules(aggregate.__rules__, aggregate, facts) if problem.severity == ERROR
    )
    return {(problem.rule, problem.field, id(problem.row)): problem for problem in found}


def _text_with_row(problem):
    return problem.text if problem.row is None else f"{problem.row}: {problem.text}"


def label_row_errors(problems):
    """Return the same errors for the record as a whole, with the names of their rows."""
    return [Problem(WHOLE_RECORD, _text_with_row(problem), problem.rule) for problem in problems]


@contextmanager
def stored_values(record):
    """Set the changed attributes of `record` to their stored values within the block; a new record is linked to nothing.

    After the block the changes are back. Nothing is flushed. The record must have been loaded before it was changed.
    """
    changed = _changed_values(record)
    with db.session.no_autoflush:
        for name, (stored, _now) in changed.items():
            setattr(record, name, stored)
        try:
            yield record
        finally:
            for name, (_stored, now) in changed.items():
                setattr(record, name, now)


def _changed_values(record):
    """Return name → (stored value, current value) of every changed column and link."""
    state = inspect(record)
    altered = {one.key for one in state.attrs if one.history.has_changes()}
    columns, links = {}, {}
    for column in state.mapper.column_attrs:
        if column.key in altered:
            columns[column.key] = (_stored_value(state, column.key), getattr(record, column.key))
    for link in state.mapper.relationships:
        if link.key in altered and not link.uselist:
            key = _stored_value(
                state, state.mapper.get_property_by_column(next(iter(link.local_columns))).key
            )
            stored = None if key is None else db.session.get(link.mapper.class_, key)
            links[link.key] = (stored, getattr(record, link.key))
    return links | columns  # columns last: setting a link may set columns, which then get their own values


def _stored_value(state, name):
    history = state.attrs[name].history
    return history.deleted[0] if history.deleted else getattr(state.object, name)
