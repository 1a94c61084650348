"""What a record belongs to is asked together with it: a row may be right by itself and still break its whole.

A feature says with `part_of` to which wholes a kind of record belongs. Only what the change itself breaks stops
the save: errors that stood before, by an import or an older rule, must not make every row uneditable.
"""

from contextlib import contextmanager

from sqlalchemy import inspect

from app.extensions import db
from app.kernel.api.request_body import WHOLE
from app.kernel.schema.record_lock import shut_boxes
from app.kernel.schema.rules import ERROR, Problem, ask

_finders = {}  # kind of record → what finds its wholes


def part_of(*models):
    """Decorates `find(record)` → [(whole, facts)] for records of these models, in a fixed number of statements."""

    def keep(find):
        _finders.update(dict.fromkeys(models, find))
        return find

    return keep


class AskedWithItsWhole:
    """A RecordView, and with it an API, whose records belong to wholes."""

    def problems(self, record):
        broken = broken_by(record)  # first: it loads the whole, which the rules of the record read too
        return [*super().problems(record), *broken]


def _nothing(record):
    return ()


def broken_by(record):
    """The errors that the change of `record`, which is not flushed yet, makes in the wholes it belongs to.

    They stand at the record as a whole and name the whole. What the rules of the record itself say is not among
    them, nor is what only warns: that was asked where it belongs.
    """
    find = _finders.get(type(record), _nothing)
    with db.session.no_autoflush:
        return [
            Problem(WHOLE, f"{whole}: {_named(problem)}", problem.rule)
            for whole, facts in find(record)
            for problem in made_by(record, whole, facts)
            if problem.row is not record
        ]


def made_by(record, whole, facts):
    """The errors that `whole` has only since `record` (a part of it, or itself) was changed."""
    with as_stored(record):
        before = _errors(whole, facts)
    return [problem for key, problem in _errors(whole, facts).items() if key not in before]


def mendable(record, problems, facts_of):
    """The problems of a changed record, without the errors in shut boxes that stood there before the change: no form can put
    them right, and what stays open (a telephone, a death) is still to be written down.
    """
    shut = shut_boxes(record)
    if not any(_stands_in(one, shut) for one in problems):
        return problems
    with as_stored(record):
        before = {(one.rule, one.field) for one in ask(record.__rules__, record, facts_of(record))}
    return [one for one in problems if not _stands_in(one, shut) or (one.rule, one.field) not in before]


def _stands_in(problem, boxes):
    return problem.severity == ERROR and problem.row is None and problem.field in boxes


def _errors(whole, facts):
    found = (problem for problem in ask(whole.__rules__, whole, facts) if problem.severity == ERROR)
    return {(problem.rule, problem.field, id(problem.row)): problem for problem in found}


def _named(problem):
    return problem.text if problem.row is None else f"{problem.row}: {problem.text}"


def of_rows(problems):
    """The same errors, spoken at the record as a whole with the names of their rows."""
    return [Problem(WHOLE, _named(problem), problem.rule) for problem in problems]


@contextmanager
def as_stored(record):
    """Within this block `record`, which was loaded before it was changed, is as the database has it; a new one belongs
    to nothing. Behind the block it is as it was changed, and nothing has been written.
    """
    changed = _changed(record)
    with db.session.no_autoflush:
        for name, (stored, _now) in changed.items():
            setattr(record, name, stored)
        try:
            yield record
        finally:
            for name, (_stored, now) in changed.items():
                setattr(record, name, now)


def _changed(record):
    """name → (what is stored, what it is now) of every changed column and link."""
    state = inspect(record)
    altered = {one.key for one in state.attrs if one.history.has_changes()}
    columns, links = {}, {}
    for column in state.mapper.column_attrs:
        if column.key in altered:
            columns[column.key] = (_stored(state, column.key), getattr(record, column.key))
    for link in state.mapper.relationships:
        if link.key in altered and not link.uselist:
            key = _stored(state, state.mapper.get_property_by_column(next(iter(link.local_columns))).key)
            stored = None if key is None else db.session.get(link.mapper.class_, key)
            links[link.key] = (stored, getattr(record, link.key))
    return links | columns  # a link may set columns, which are then set to what they were


def _stored(state, name):
    history = state.attrs[name].history
    return history.deleted[0] if history.deleted else getattr(state.object, name)
