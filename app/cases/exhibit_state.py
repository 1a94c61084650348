"""State of an exhibit: computed from its movements, never typed. An end counts once a second officer confirms it."""
# unrestricted: computes the state of an exhibit that its actor changes; shows no row

from itertools import groupby

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.cases.models import Exhibit, ExhibitMovement
from app.cases.models.exhibits import MOVEMENT_REQUESTED
from app.confirmations.models import CONFIRMED
from app.inbox.message_texts import register_texts
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Facts, Problem, RuleViolation, check_rules
from app.kernel.text import dates

CHANGED_EXHIBITS = Pending(set)  # exhibits with a changed movement
register_texts(
    **{
        MOVEMENT_REQUESTED: _(
            "An exhibit of case %(number)s was reported as returned, destroyed or missing. A second officer must confirm or reject it."
        )
    }
)


def check_movements(session, _context, _instances):
    """Refuse a movement that breaks a rule, and a typed state."""
    with session.no_autoflush:
        for movement in session.new:
            if isinstance(movement, ExhibitMovement):
                problems = check_rules(ExhibitMovement.__rules__, movement, Facts(dates.now()))
                if problems:
                    raise RuleViolation(problems)
        for exhibit in session.dirty:
            if (
                isinstance(exhibit, Exhibit)
                and has_changed(exhibit, ("state",))
                and exhibit.state != _compute_state(session, exhibit.id)
            ):
                text = _("The status of an exhibit is computed from its movements. Enter a movement instead.")
                raise RuleViolation([Problem("state", text, "V119", row=exhibit)])


def fold_state(movements):
    """Return the state that movements give, in the order of their entry, or None without any.

    A movement that is void or not confirmed does not count.
    """
    valid = [one for one in movements if one.voided_at is None and one.confirmation in (None, CONFIRMED)]
    if valid:
        return valid[-1].kind
    return movements[0].previous_state if movements else None


def _select_movements():
    row = ExhibitMovement.__table__.c
    columns = row.exhibit_id, row.kind, row.previous_state, row.confirmation, row.voided_at
    return select(*columns).order_by(row.exhibit_id, row.id)


def _compute_state(session, exhibit_id):
    """Return the state that the movements of an exhibit give, or None without any."""
    with unrestricted(session):
        found = session.execute(_select_movements().where(ExhibitMovement.exhibit_id == exhibit_id))
        return fold_state(found.all())


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the exhibits whose state does not follow from their movements.

    `connection` must see every row.
    """
    exhibit = Exhibit.__table__.c
    moved = select(ExhibitMovement.exhibit_id)
    valid = select(exhibit.id, exhibit.state).where(exhibit.voided_at.is_(None), exhibit.id.in_(moved))
    stored = dict(map(tuple, connection.execute(valid)))
    rows = groupby(connection.execute(_select_movements()), lambda row: row.exhibit_id)
    computed = {pk: fold_state(list(movements)) for pk, movements in rows}
    return [
        ("exhibit", pk, "state", state, computed[pk])
        for pk, state in sorted(stored.items())
        if state != computed[pk]
    ]


def collect_changes(session, _context):
    """Collect the exhibits whose state may change. The flush that writes it follows this one."""
    for movement in (*session.new, *session.dirty):
        if isinstance(movement, ExhibitMovement):
            CHANGED_EXHIBITS.get(session).add(movement.exhibit_id)


def set_states(session, _context):
    """Set the state of the collected exhibits after the flush: the database compares it with the movements."""
    for exhibit_id in CHANGED_EXHIBITS.take(session):
        set_state(session, exhibit_id)


def set_state(session, exhibit_id):
    """Set the state of an exhibit in the scope of the actor. The receiver of a hand-over may not see its case."""
    # No `get`: the form of a holder has loaded an exhibit outside the scope.
    visible = select(Exhibit).where(Exhibit.id == exhibit_id)
    exhibit, state = session.scalars(visible).one_or_none(), _compute_state(session, exhibit_id)
    if exhibit is not None and not exhibit.is_void and state not in (None, exhibit.state):
        exhibit.state = state
