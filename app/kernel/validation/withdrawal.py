"""Withdrawal: the author takes back an own row within its 48 hours, with a reason. The row stays, as void.

A class allows it with `__withdrawable__`. `record_lock` and the database triggers check the author and the time. A row
that a later record names cannot be withdrawn: that record comes first. A record names a row by its key, or by all values
of the row's property `named_by`. Then no new record can name the row.
"""
# unrestricted: a record of another area may name the withdrawn row

from functools import cache

from flask_appbuilder import Model
from sqlalchemy import inspect, select
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
IS_VOID = _("This row of the case is void. Choose a valid one.")


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
        values = getattr(record, "named_by", {})
        with session.no_autoflush, unrestricted(session):
            is_named = is_named_by_key(session, record, find_references(record.__class__)) or any(
                _exists(session, model, *(getattr(model, name) == value for name, value in values.items()))
                for model in (_find_models_with(tuple(values), record.__class__) if values else ())
            )
        if is_named:
            raise RuleViolation([Problem("", DEPENDENT, row=record)])


def refuse_links_to_void_rows(session, _context, _instances):
    """Refuse a record that newly names a withdrawn row. A correction may do it."""
    if EXEMPTIONS in session.info:
        return
    with session.no_autoflush, unrestricted(session):
        problems = [
            Problem(link.key, IS_VOID, row=record)
            for record in (*session.new, *session.dirty)
            if issubclass(record.__class__, Record) and not record.is_void
            for link in [
                one for one in _find_links(record.__class__) if _names_void_row(session, record, one)
            ][:1]
        ]
    if problems:
        raise RuleViolation(problems)


def _names_void_row(session, record, relation):
    column = next(iter(relation.local_columns))
    name = inspect(type(record)).get_property_by_column(column).key
    if not has_changed(record, (relation.key, name)):
        return False
    target = record.__dict__.get(relation.key)
    if target is not None:
        return target.is_void and inspect(target).persistent  # a record can be loaded with its rows as void
    model, key = relation.mapper.class_, record.__dict__.get(name)
    return key is not None and session.scalar(select(model.voided_at).where(model.id == key)) is not None


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
    """Return the many-to-one relationships of a class to rows that can be withdrawn, those of its form first."""
    fields = fields_of(model)
    links = [
        one
        for one in inspect(model).relationships
        if one.direction is MANYTOONE and getattr(one.mapper.class_, "__withdrawable__", False)
    ]
    return tuple(sorted(links, key=lambda one: one.key not in fields or "add" not in fields[one.key].on))


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
