"""Row-level security on PostgreSQL: enforces the scope also for SQL that bypasses the session.

The policies (migration 0004) read these settings, which last for one transaction. The policies restrict the
application's user. The owner of the tables, who migrates, is not restricted. SQLite has no row-level security.

The module also chooses how PostgreSQL plans the statements of a transaction (`plan_cache_mode`).
"""

import json
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import has_request_context
from sqlalchemy.orm import scoped_session

from app.kernel.actor import ANONYMOUS, actor_of

SETTING_NAMES = (
    "access", "area", "families", "unit", "units", "shared", "writable", "break_glass", "revealed", "moved", "user", "roles",
    "minors", "blind", "juvenile", "trainees",
)  # fmt: skip
# A page may ask for rare or common values, so its statements are planned each time. Statements before the actor is known, and
# all writes with their triggers, always find the same kind of row: a connection plans them once.
_SETTINGS = "plan_cache_mode", *(f"ecrime.{name}" for name in SETTING_NAMES)
_SET_CONFIG = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)
# Only requests have a limit (`engine.init_app`): a scheduled job of the server may run a long statement.
_SET_CONFIG_OF_JOB = f"{_SET_CONFIG}, set_config('statement_timeout', '0', true)"
_CUSTOM, _GENERIC, _WRITES = "force_custom_plan", "force_generic_plan", "auto"
_PLAN_MODE = "plan_cache_mode"  # in the `info` of a session


def policy_settings(actor):
    """Return the settings of an actor for the policies, in the order of `SETTING_NAMES`."""
    scope = actor.scope
    if scope is None:
        return ("none", *[""] * (len(SETTING_NAMES) - 1))
    lists = (
        scope.offence_families, scope.shared_case_ids, scope.writable_case_ids, scope.break_glass_ids, scope.revealed_ids,
        scope.moved_order_ids | scope.matched_order_ids,
    )  # fmt: skip
    families, *ids = (",".join(map(str, sorted(items))) for items in lists)
    access = "unrestricted" if scope.is_unrestricted else "scoped"
    roles = ",".join(sorted(actor.roles))
    minors = _limits_of_minors(scope)
    return (
        access,
        scope.area,
        families,
        scope.unit,
        ",".join(scope.units),
        *ids,
        str(actor.user_id or ""),
        roles,
        minors,
        ",".join(map(str, sorted(scope.blind_case_ids))),
        ",".join(scope.juvenile_units),
        scope.trainees,
    )


@lru_cache(512)
def _limits_of_minors(scope):
    """Return as JSON which people below 18 the scope shows by name; an empty text if all."""
    if scope.sees_minors:
        return ""
    within = scope.minors_within
    limits: dict[str, Any] = {"unit": ",".join(scope.minors_units), "held_by": ",".join(scope.minors_held_by)}
    if within is not None:
        families = sorted(within.offence_families)
        limits["within"] = {"area": within.area, "families": families, "unit": ",".join(within.units)}
    if scope.entered_by is not None:
        author, since = scope.entered_by
        limits |= {"author": author, "since": since.isoformat(" ")}
    return json.dumps(limits)


def use_generic_plans(session):
    """Use generic plans from now on; for lookups by key, where one plan fits all values."""
    session.info[_PLAN_MODE] = _GENERIC
    _set_plan_mode(session)


@contextmanager
def generic_plans(session):
    """Use generic plans within this block."""
    session = session() if isinstance(session, scoped_session) else session
    before = session.info.get(_PLAN_MODE, _CUSTOM)
    if before == _GENERIC:
        yield
        return
    use_generic_plans(session)
    try:
        yield
    finally:
        session.info[_PLAN_MODE] = before
    _set_plan_mode(session)  # not after an error, which has ended the transaction


def _set_plan_mode(session):
    """Set the mode if a transaction has begun; otherwise `_apply_settings` sets it at the beginning."""
    if session.get_bind().dialect.name == "postgresql" and session.in_transaction():
        server = session.connection().connection.driver_connection.pgconn
        server.exec_(f"SET LOCAL plan_cache_mode = {session.info[_PLAN_MODE]}".encode())


def apply_settings(connection, actor, plan_mode=_CUSTOM):
    """Apply the policies for `actor` to the transaction of a connection that belongs to no session."""
    # The driver's cursor keeps the statement out of the statement counts, as a part of BEGIN.
    if connection.dialect.name == "postgresql":
        with connection.connection.cursor() as cursor:
            statement = _SET_CONFIG if has_request_context() else _SET_CONFIG_OF_JOB
            cursor.execute(statement, (plan_mode, *policy_settings(actor)))


def apply_settings_at_begin(session, _transaction, connection):
    """Write the scope of the actor into the settings of the transaction, which the policies read."""
    if actor_of(session) is not ANONYMOUS:
        apply_settings(connection, actor_of(session), session.info.get(_PLAN_MODE, _CUSTOM))


def plan_writes_once(session, _context, _instances):
    """Let PostgreSQL plan the statements of the flush once, whatever their values."""
    session.info[_PLAN_MODE] = _WRITES
    _set_plan_mode(session)


def reset_plan_mode(session, transaction):
    """Let the next transaction plan as usual."""
    if transaction.parent is None and session.info.get(_PLAN_MODE) == _WRITES:
        session.info[_PLAN_MODE] = _CUSTOM


def apply_changed_actor(session):
    """Update the settings, because the actor of a request is known only after its first statement.

    A failed transaction accepts no statement. It keeps its settings until its rollback, and its own error is raised.
    """
    if not session.in_transaction() or not session.is_active:
        return
    connection = session.connection()
    if not _has_failed(connection):
        apply_settings(connection, actor_of(session), session.info.get(_PLAN_MODE, _CUSTOM))


def _has_failed(connection):
    if connection.dialect.name != "postgresql":
        return False
    return connection.connection.driver_connection.info.transaction_status.name == "INERROR"
