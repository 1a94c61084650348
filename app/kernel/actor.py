"""Who acts in a session, and which part of the register he sees.

Whoever opens a session says for whom (`act_as`); a session of which nobody said so writes as nobody and sees no
scoped row (`kernel.scope`).
"""

from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import scoped_session


@dataclass(frozen=True)
class Scope:
    """Which rows somebody sees.

    `area` is an official place code (empty: the nation), `families` are offence families (empty: all of them),
    `unit` is the code of the unit. Beyond its part: `shared` are ids of cases that were given to the unit or the
    user, `opened` ids of persons opened by break-glass (to read), `revealed` ids of protected persons shown for a
    reason. `everything` is the register's own eye and nobody's else: it also sees whom the law protects.
    """

    area: str = ""
    families: frozenset = frozenset()
    unit: str = ""
    shared: frozenset = frozenset()
    opened: frozenset = frozenset()
    revealed: frozenset = frozenset()
    everything: bool = False

    @property
    def whole(self):
        """Whether it is bounded neither by place nor by kind of offence."""
        return not self.area and not self.families

    @property
    def lasting(self):
        """The same without what was opened for minutes or hours."""
        return replace(self, opened=frozenset(), revealed=frozenset())


EVERYTHING = Scope(everything=True)


@dataclass(frozen=True)
class Actor:
    """The signed-in user, or the register itself (set-up, a command, a job).

    `session_mark` names the sign-in session without opening it, `address` is the computer's, `purpose` and
    `case_number` say for which work people are looked up.
    """

    user_id: int | None = None
    unit_code: str | None = None
    scope: Scope | None = None
    roles: frozenset = field(default=frozenset(), compare=False)
    session_mark: str = ""
    address: str = ""
    purpose: str = ""
    case_number: str = ""


on_change = []  # told of each session whose actor has changed
NOBODY = Actor()
THE_REGISTER = Actor(scope=EVERYTHING)


def act_as(session, actor):
    """Everything this session reads and writes from now on is done by `actor`."""
    session = session() if isinstance(session, scoped_session) else session
    session.info["actor"] = actor
    for listen in on_change:
        listen(session)


def actor_of(session):
    return session.info.get("actor") or NOBODY


@contextmanager
def seeing_everything(session):
    """Within this block the session reads and writes past the part of whoever acts, and still in his name.

    For what follows from his act elsewhere. Nothing that is read here may be shown to him.
    """
    with _seeing(session, lambda _scope: EVERYTHING):
        yield


@contextmanager
def seeing_what_lasts(session):
    """Within this block the session sees what its actor sees without what was opened to him for minutes or hours.

    For what he takes along and keeps.
    """
    with _seeing(session, lambda scope: scope and scope.lasting):
        yield


@contextmanager
def _seeing(session, change):
    session = session() if isinstance(session, scoped_session) else session
    reader = actor_of(session)
    act_as(session, replace(reader, scope=change(reader.scope)))
    try:
        yield
    finally:
        act_as(session, reader)
