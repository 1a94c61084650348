"""Withdrawal: the author takes back an own row within its 48 hours, with a reason. The row stays, as void.

A class allows it with `__withdrawable__`. `record_lock` and the database triggers check the author and the time. A row
that a later record names cannot be withdrawn: that record comes first. A record names a row by its key, or by all values
of the row's property `named_by`. Then no new record can name the row.
"""
# unrestricted: a record of another area may name the withdrawn row

from collections import defaultdict
from functools import cache

from flask_appbuilder import Model
from sqlalchemy import inspect, literal, select, union_all
from sqlalchemy.orm import MANYTOONE

from app.extensions import db
from app.kernel.actor import unrestricted
from app.kernel.database.transactions import lock_rows
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.fields import fields_of
from app.kernel.schema.record import Record, has_changed
from app.kernel.schema.record_lock import EXEMPTIONS, may_withdraw
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.kernel.validation.aggregates import aggregate_errors

NOT_NOW = _(
    "Only the author can withdraw a row, within 48 hours. Afterwards the provincial chief requests a correction."
)
WITHDRAWN = _("This row is withdrawn already.")
DEPENDENT = _("Another record depends on this row. Withdraw or correct that record first.")
_VALID_ROWS = "valid rows"  # session key
IS_VOID = _("This record is void. Choose a valid one.")


def withdraw(record, reason, user_id):
    """Void the row in the session. Raise RuleViolation if the user may not, or if its case would break a rule.

    Call it before any other change of the session: the rows that were read before are read again.
    """
    _lock_parents(record)
    if record.is_void:
        raise RuleViolation([Problem("", WITHDRAWN, row=record)])
    if not may_withdraw(record, user_id):
        raise RuleViolation([Problem("", NOT_NOW, row=record)])
    if not reason:
        raise RuleViolation([Problem("reason", _("Enter the reason for the withdrawal."), row=record)])
    record.voided_at, record.void_reason = dates.now(), reason
    if problems := aggregate_errors(record):
        raise RuleViolation(problems)


def _lock_parents(record):
    """Lock the case or person of the row: of two officers who withdraw at one moment, the second sees the first."""
    session, mapper = db.session(), inspect(type(record))
    with unrestricted(session):
        for name in getattr(record, "__parents__", ()):
            relation = mapper.relationships[name]
            key = mapper.get_property_by_column(next(iter(relation.local_columns))).key
            lock_rows(session, relation.mapper.class_, [getattr(record, key)])
    session.expire_all()


def refuse_named_rows(session, _context, _instances=None):
    """Refuse the withdrawal of a row that another valid record names. A correction voids both and may do it.

    It runs before and after the rows are written: then the row is locked, and a record of another officer is visible.
    """
    if EXEMPTIONS in session.info:
        return
    withdrawn = [
        one
        for one in session.dirty
        if getattr(one, "__withdrawable__", False) and has_changed(one, ("voided_at",)) and one.is_void
    ]
    for record in withdrawn:
        with unrestricted(session):  # waits for records that name the row and are not yet committed
            lock_rows(session, type(record), [record.id], against_links=True)
        values = getattr(record, "named_by", {})
        with session.no_autoflush, unrestricted(session):
            is_named = is_named_by_key(session, record, find_references(record.__class__)) or any(
                _exists(session, model, *(getattr(model, name) == value for name, value in values.items()))
                for model in (_find_models_with(tuple(values), record.__class__) if values else ())
            )
        if is_named:
            raise RuleViolation([Problem("", DEPENDENT, row=record)])


def refuse_links_to_void_rows(session, _context):
    """Refuse a record that newly names a withdrawn row. A correction may do it.

    It runs after the rows are written: then a foreign key protects the named row, and its withdrawal waits or is visible.
    """
    if EXEMPTIONS in session.info:
        return
    links, valid = list(_iterate_new_links(session)), get_valid_rows(session)
    unknown = {named for _record, _key, named in links} - valid
    void = _find_void_rows(session, unknown) if unknown else set()
    if not session.in_nested_transaction():  # a rolled back savepoint releases the locks of its foreign keys
        valid |= unknown - void
    if first := {record: key for record, key, named in reversed(links) if named in void}:
        raise RuleViolation([Problem(key, IS_VOID, row=record) for record, key in first.items()])


def get_valid_rows(session):
    """Return the (class, id) that this transaction has found valid and locked: their withdrawal waits."""
    return session.info.setdefault(_VALID_ROWS, set())


def forget_valid_rows(session, transaction):
    """Forget the rows that were found valid in the transaction."""
    if transaction.parent is None:
        session.info.pop(_VALID_ROWS, None)


def _iterate_new_links(session):
    """Yield (record, attribute, (class, id)) of the rows that valid records newly name, those of this flush left out."""
    new = {(type(one), one.id) for one in session.new if isinstance(one, Record)}
    for record in (*session.new, *session.dirty):
        if not issubclass(record.__class__, Record) or record.is_void:
            continue
        for link, column in _find_links(record.__class__):
            named = link.mapper.class_, record.__dict__.get(column)
            if named[1] is not None and named not in new and has_changed(record, (link.key, column)):
                yield record, link.key, named


def _find_void_rows(session, named):
    """Return those of the (class, id) that are void."""
    keys = defaultdict(set)
    for model, key in named:
        keys[model].add(key)
    models = sorted(keys, key=lambda one: one.__tablename__)
    found = union_all(
        *(
            select(literal(number), model.__table__.c.id).where(
                model.__table__.c.id.in_(keys[model]), model.__table__.c.voided_at.is_not(None)
            )
            for number, model in enumerate(models)
        )
    )
    with session.no_autoflush, unrestricted(session):
        return {(models[number], key) for number, key in session.execute(found)}


def is_named_by_key(session, record, references):
    """Return whether a valid record names this one by one of the (class, column) of `references`."""
    return any(_exists(session, model, column == record.id) for model, column in references)


def _exists(session, model, *conditions):
    withdrawn = [one.id for one in session.dirty if type(one) is model and one.is_void]  # in the same save
    named = (
        select(model.id).where(*conditions, model.voided_at.is_(None), model.id.not_in(withdrawn)).limit(1)
    )
    return session.scalar(named) is not None


@cache
def _find_models_with(names, excluded):
    """Return the record classes that have all these columns, without the class `excluded`."""
    return tuple(
        mapper.class_
        for mapper in Model.registry.mappers
        if issubclass(mapper.class_, Record)
        and mapper.class_ is not excluded
        and all(name in mapper.column_attrs for name in names)
    )


@cache
def _find_links(model):
    """Return (relationship, column) of the links of a class to rows that can be withdrawn, those of its form first."""
    fields, mapper = fields_of(model), inspect(model)
    links = [
        one
        for one in mapper.relationships
        if one.direction is MANYTOONE and getattr(one.mapper.class_, "__withdrawable__", False)
    ]
    links.sort(key=lambda one: one.key not in fields or "add" not in fields[one.key].on)
    return tuple((one, mapper.get_property_by_column(next(iter(one.local_columns))).key) for one in links)


@cache
def find_references(model):
    """Return (class, column) of every foreign key of a typed record that refers to `model`."""
    return tuple(
        (mapper.class_, getattr(mapper.class_, mapper.get_property_by_column(column).key))
        for mapper in Model.registry.mappers
        if issubclass(mapper.class_, Record) and not getattr(mapper.class_, "__computed__", False)
        for column in mapper.local_table.columns
        if column.references(model.__table__.c.id)
    )
