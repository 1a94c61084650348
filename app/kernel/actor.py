"""The actor of a database session, and the scope of rows that the actor may see.

The code that opens a session names its actor with `act_as`. A session without an actor writes as `ANONYMOUS` and sees no
row of a scoped class (`kernel.access.row_filter`).
"""
# unrestricted: defines the actor of a session

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import scoped_session

ALL_TRAINEES, OF_UNITS_BELOW = "all", "below"


@dataclass(frozen=True)
class Scope:
    """The rows that an actor may see.

    `area` is an official place code (empty: nationwide), `offence_families` are offence families (empty: all),
    `unit` is the code of the unit, `former_units` are the closed units that it replaced. Three grants add rows: `shared_case_ids` are cases shared with the unit or the user,
    `break_glass_ids` are persons opened by break-glass access, `revealed_ids` are protected persons revealed for a reason.
    Sharing and break-glass access grant reading only; `writable_case_ids` are the shared cases that the actor may also
    write. `matched_order_ids` are orders that a confirmed match opened to the unit, to read and to write.
    `moved_order_ids` are orders that this session has moved to a unit elsewhere. `blind_case_ids` are cases whose line-up
    the actor shows to the witness: they see none of their rows. `sees_minors` is
    False for readers who do not see suspects below 18 by name, with these exceptions: those within the scope
    `minors_within`, those of the cases of the units `minors_units`, those held, searched or found by the units
    `minors_held_by`, and those that the author entered since a time (`entered_by`; involvements of witnesses too).
    `juvenile_units` are the units whose contacts with minors the actor sees, as a juvenile officer.
    `trainees` says whose results of training the actor sees: `ALL_TRAINEES`, those `OF_UNITS_BELOW`, or only their own.
    `is_unrestricted` belongs to the system alone: it also sees protected persons.
    """

    area: str = ""
    offence_families: frozenset = frozenset()
    unit: str = ""
    former_units: tuple[str, ...] = ()
    shared_case_ids: frozenset = frozenset()
    writable_case_ids: frozenset = frozenset()
    break_glass_ids: frozenset = frozenset()
    revealed_ids: frozenset = frozenset()
    matched_order_ids: frozenset = frozenset()
    moved_order_ids: frozenset = frozenset()
    blind_case_ids: frozenset = frozenset()
    sees_minors: bool = True
    minors_within: "Scope | None" = None
    minors_units: tuple[str, ...] = ()
    minors_held_by: tuple[str, ...] = ()
    juvenile_units: tuple[str, ...] = ()
    entered_by: tuple[int, datetime] | None = None
    trainees: str = ""
    is_unrestricted: bool = False

    @property
    def units(self):
        """Return the codes of the unit and of the closed units that it replaced."""
        return (self.unit, *self.former_units)

    @property
    def is_nationwide(self):
        """True if neither a place nor an offence family limits the scope."""
        return not self.area and not self.offence_families

    def without_minors(self):
        """Return the same scope without the name of any suspect below 18."""
        return replace(
            self,
            sees_minors=False,
            minors_within=None,
            minors_units=(),
            minors_held_by=(),
            juvenile_units=(),
            entered_by=None,
        )

    def within(self, area):
        """Return the part of the scope that is in an area of it, without the grants that add rows elsewhere."""
        none = frozenset()
        return replace(
            self, area=area, unit="", shared_case_ids=none, break_glass_ids=none, revealed_ids=none,
            matched_order_ids=none, moved_order_ids=none,
        )  # fmt: skip

    @property
    def permanent(self):
        """The same scope without grants that expire after minutes or hours."""
        return replace(self, break_glass_ids=frozenset(), revealed_ids=frozenset())

    @property
    def writable(self):
        """The rows that the actor may change or add to, as a scope."""
        return replace(self, shared_case_ids=self.writable_case_ids, break_glass_ids=frozenset())


UNRESTRICTED = Scope(is_unrestricted=True)


@dataclass(frozen=True)
class Actor:
    """The signed-in user, or the system itself (set-up, a command, a job).

    `session_ref` identifies the sign-in session without revealing its key. `address` is the network address of the
    computer. `purpose` and `case_number` state why people are searched for; `is_case_unknown` says that no case has that
    number. `may_enter` is False for an officer without a valid certificate of training.
    """

    user_id: int | None = None
    unit_code: str | None = None
    scope: Scope | None = None
    roles: frozenset = field(default=frozenset(), compare=False)
    session_ref: str = ""
    address: str = ""
    purpose: str = ""
    case_number: str = ""
    is_case_unknown: bool = False
    may_enter: bool = True


actor_change_listeners = []  # each is called with the session after its actor has changed
ANONYMOUS = Actor()
SYSTEM = Actor(scope=UNRESTRICTED)


def act_as(session, actor):
    """Set the actor of all further reads and writes of this session."""
    session = session() if isinstance(session, scoped_session) else session
    session.info["actor"] = actor
    for listener in actor_change_listeners:
        listener(session)


def actor_of(session):
    """Return the actor of the session, or `ANONYMOUS`."""
    return session.info.get("actor") or ANONYMOUS


@contextmanager
def unrestricted(session):
    """Lift the row filter within this block; writes keep the name of the actor.

    For consequences of an action outside the actor's scope. Never show the actor anything that is read here.
    """
    with _changed_scope(session, lambda _scope: UNRESTRICTED):
        yield


@contextmanager
def without_temporary_grants(session):
    """Ignore grants that expire after minutes or hours within this block.

    For files that the actor keeps, such as exports and printouts.
    """
    with _changed_scope(session, lambda scope: scope and scope.permanent):
        yield


@contextmanager
def without_minors(session):
    """Show the name of no suspect below 18 within this block. For printouts of many rows."""
    with _changed_scope(session, lambda scope: scope and scope.without_minors()):
        yield


@contextmanager
def with_shared_case(session, case_id):
    """Add one case to the row filter within this block, for reading, as if it were shared with the unit."""

    def add(scope):
        return scope and replace(scope, shared_case_ids=scope.shared_case_ids | {case_id})

    with _changed_scope(session, add):
        yield


@contextmanager
def within_area(session, area):
    """Narrow the row filter to an area of the actor's scope within this block; an empty area changes nothing."""
    with _changed_scope(session, lambda scope: scope.within(area) if scope and area else scope):
        yield


@contextmanager
def _changed_scope(session, change):
    session = session() if isinstance(session, scoped_session) else session
    actor = actor_of(session)
    act_as(session, replace(actor, scope=change(actor.scope)))
    try:
        yield
    finally:
        act_as(session, actor)
