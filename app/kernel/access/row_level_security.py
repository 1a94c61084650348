"""The second wall: PostgreSQL's row-level security holds the scope even where a question passes the session by.

The policies (migrations 0006 and 0010) read these settings, which live as long as the transaction. They bind the application's
user, who owns nothing; the owner, who migrates, is not bound. SQLite has no such wall.
"""

from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session, scoped_session

from app.kernel.actor import NOBODY, actor_of, on_change

NAMES = ("eye", "area", "families", "unit", "shared", "opened", "revealed", "user")
# What a page asks for may be rare or common, and so is planned anew each time. What the register asks before it knows who
# asks, and all that is written, is always the same kind of row: planned once for a connection, triggers and all.
_TOLD = "plan_cache_mode", *(f"ecrime.{name}" for name in NAMES)
_SET = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _TOLD)
_EACH_TIME, _ONCE, _WHAT_IS_WRITTEN = "force_custom_plan", "force_generic_plan", "auto"
_HOW = "how it is planned"  # in the `info` of a session


def settings_of(actor):
    """What the policies must know of an actor, in the order of `NAMES`."""
    scope = actor.scope
    if scope is None:
        return ("none", *[""] * (len(NAMES) - 1))
    lists = (scope.families, scope.shared, scope.opened, scope.revealed)
    families, shared, opened, revealed = (",".join(map(str, sorted(one))) for one in lists)
    eye = "everything" if scope.everything else "part"
    return (eye, scope.area, families, scope.unit, shared, opened, revealed, str(actor.user_id or ""))


def plan_once(session):
    """From now on the session only looks up what it has keys of: whichever keys they are, one plan is right."""
    session.info[_HOW] = _ONCE
    _tell_how(session)


@contextmanager
def planned_once(session):
    """The same within this block."""
    session = session() if isinstance(session, scoped_session) else session
    before = session.info.get(_HOW, _EACH_TIME)
    if before == _ONCE:
        yield
        return
    plan_once(session)
    try:
        yield
    finally:
        session.info[_HOW] = before
    _tell_how(session)  # not after a fault, which has ended the transaction


def _tell_how(session):
    """Not before the transaction begins: then it is told with who asks."""
    if session.get_bind().dialect.name == "postgresql" and session.in_transaction():
        server = session.connection().connection.driver_connection.pgconn
        server.exec_(f"SET LOCAL plan_cache_mode = {session.info[_HOW]}".encode())


def _tell(session, connection):
    # On the driver's own cursor: it is part of the transaction's beginning and no question of the page.
    if connection.dialect.name == "postgresql":
        with connection.connection.cursor() as cursor:
            cursor.execute(_SET, (session.info.get(_HOW, _EACH_TIME), *settings_of(actor_of(session))))


@event.listens_for(Session, "after_begin")
def _at_the_beginning(session, _transaction, connection):
    if actor_of(session) is not NOBODY:
        _tell(session, connection)


@event.listens_for(Session, "before_flush")
def _before_it_writes(session, _context, _instances):
    session.info[_HOW] = _WHAT_IS_WRITTEN
    _tell_how(session)


@event.listens_for(Session, "after_transaction_end")
def _at_the_end(session, transaction):
    if transaction.parent is None and session.info.get(_HOW) == _WHAT_IS_WRITTEN:
        session.info[_HOW] = _EACH_TIME


@on_change.append
def _in_the_middle(session):
    """The reader of a request is known only after its first statement."""
    if session.in_transaction():
        _tell(session, session.connection())
