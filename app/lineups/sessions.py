"""The session of a line-up, for the officer who shows the photos: nothing here says who is the suspect.

The officer sees no row of the case. So a line-up is read without the scope, only by the officer named in it, and only
the parts of `Presentation` leave this module.
"""
# unrestricted: the officer who shows the photos may not see the case; what is returned names no person

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from app.kernel.actor import unrestricted
from app.kernel.audit.models import canonical_json
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.lineups import steps
from app.lineups.models import Lineup, LineupEvent, LineupFace
from app.reference.models import Unit

SESSION_PAGE = "lineup_session"  # the page of the presenter, in a message
STARTED, SHOWN, ENDED = "started", "shown", "ended"  # kinds of events
MOST_LISTED = 50


@dataclass(frozen=True)
class Presentation:
    """What the officer who shows the photos may know: how many photos, and what they have recorded."""

    id: int
    number: str
    state: str
    mode: str
    unit: str
    number_of_faces: int
    shown: int  # the photo on the screen now; 0 before the first
    all_were_shown: bool
    started_at: datetime | None
    ended_at: datetime | None
    result: str | None
    events: tuple


def find_presentation(session, pk, user_id):
    """Return the presentation of a line-up that this user shows, or None."""
    with unrestricted(session):
        lineup = _find(session, pk, user_id)
        return _present(session, lineup) if lineup is not None else None


def list_presentations(session, user_id):
    """Return the line-ups that this user shows or has shown, the newest first."""
    is_prepared = exists().where(LineupFace.lineup_id == Lineup.id)
    with unrestricted(session):
        found = select(Lineup).where(Lineup.presenter_id == user_id, Lineup.voided_at.is_(None), is_prepared)
        rows = session.scalars(found.order_by(Lineup.id.desc()).limit(MOST_LISTED)).unique().all()
        return [_present(session, one) for one in rows]


def find_photo_hash(session, pk, user_id, position):
    """Return the content hash of the photo at a position that is on the screen of this user now, or None."""
    with unrestricted(session):
        lineup = _find(session, pk, user_id)
        if lineup is None or lineup.state != steps.SHOWN:
            return None
        faces = steps.order_faces(lineup)
        if lineup.mode == steps.SEQUENTIAL and position != _present(session, lineup).shown:
            return None
        return faces[position - 1].sha256 if 1 <= position <= len(faces) else None


def _find(session, pk, user_id):
    found = select(Lineup).where(Lineup.id == pk, Lineup.presenter_id == user_id)
    lineup = session.scalars(found).unique().one_or_none()
    return lineup if lineup is not None and lineup.state not in (steps.DRAFT, steps.VOID) else None


def _present(session, lineup):
    shown = [one.position for one in lineup.events if one.kind == SHOWN]
    at_once = lineup.mode == steps.SIMULTANEOUS and bool(shown)
    unit = session.get(Unit, lineup.unit_code) if lineup.unit_code else None
    return Presentation(
        lineup.id, lineup.number, lineup.state, lineup.mode, str(unit or ""), len(lineup.faces),
        shown=shown[-1] or 0 if shown else 0,
        all_were_shown=at_once or {*range(1, len(lineup.faces) + 1)} <= set(shown),
        started_at=lineup.started_at, ended_at=lineup.ended_at, result=lineup.result,
        events=tuple((one.at, one.kind, one.position) for one in lineup.events),
    )  # fmt: skip


def start(session, pk, user_id, instruction_read):
    """Fix the random order and show the first photo, or all."""
    with unrestricted(session):
        lineup = _find_in(session, pk, user_id, steps.PREPARED)
        if not instruction_read:
            raise RuleViolation([Problem("instruction_read", steps.READ_FIRST, row=lineup)])
        lineup.seed, lineup.started_at, lineup.instruction_read = secrets.randbits(31), dates.now(), True
        _log(lineup, user_id, STARTED)
        _log(lineup, user_id, SHOWN, 1 if lineup.mode == steps.SEQUENTIAL else None)
        session.flush()


def show_next(session, pk, user_id, seen):
    """Show the photo after the one that is seen; after the last one the first again. A second click does nothing."""
    with unrestricted(session):
        lineup = _find_in(session, pk, user_id, steps.SHOWN)
        shown = _present(session, lineup).shown
        if lineup.mode == steps.SEQUENTIAL and seen == str(shown):
            _log(lineup, user_id, SHOWN, shown % len(lineup.faces) + 1)
        session.flush()


def end(session, pk, user_id, result, position=None, **given):
    """Record what the witness said, or why the session was refused or ended early. Nothing is revealed."""
    states = (steps.PREPARED, steps.SHOWN) if result == steps.REFUSED else (steps.SHOWN,)
    with unrestricted(session), session.no_autoflush:  # one flush: the result is recorded once
        lineup = _find_in(session, pk, user_id, *states)
        lineup.result, lineup.position, lineup.ended_at = result, position, dates.now()
        for name, value in given.items():
            setattr(lineup, name, value)
        shown = _present(session, lineup)
        problems = list(steps.check_statement(lineup, shown.number_of_faces, shown.all_were_shown))
        if problems:
            raise RuleViolation(problems)
        _log(lineup, user_id, ENDED, lineup.position)
        lineup.sha256 = compute_hash(lineup)
        session.flush()


def compute_hash(lineup):
    """Return the hash of the photos in their order and of all that was recorded."""
    facts = [
        lineup.number, lineup.seed, [one.sha256 for one in steps.order_faces(lineup)], lineup.mode, lineup.result, lineup.position,
        lineup.words, lineup.certainty, lineup.reason, str(lineup.started_at), str(lineup.ended_at),
    ]  # fmt: skip
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def _find_in(session, pk, user_id, *states):
    lineup = _find(session, pk, user_id)
    if lineup is None or lineup.state not in states:
        raise RuleViolation([Problem("", steps.NOT_NOW)])
    return lineup


def _log(lineup, user_id, kind, position=None):
    lineup.events.append(LineupEvent(kind=kind, position=position, at=dates.now(), made_by_id=user_id))
