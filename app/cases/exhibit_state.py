"""State of an exhibit: computed, never typed. The last movement gives it, before the first one the status of the item.

An end counts once a second officer confirms it.
"""
# unrestricted: computes the state of an exhibit that its actor changes; shows no row

from flask_babel import lazy_gettext as _
from sqlalchemy import case, func, select

from app.cases.models import Exhibit, ExhibitMovement
from app.cases.models.exhibits import MOVEMENT_REQUESTED, find_initial_state
from app.cases.rules.exhibits import STOLEN
from app.confirmations.models import CONFIRMED
from app.inbox.message_texts import register_texts
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import Facts, Problem, RuleViolation, check_rules
from app.kernel.text import dates

IS_HELD = _(
    "The police have this item. An edit does not make it a stolen one. Withdraw it with a reason, and add the stolen item."
)
CHANGED_EXHIBITS = Pending(set)  # exhibits with a changed movement or status of the item
register_texts(
    **{
        MOVEMENT_REQUESTED: _(
            "An exhibit of case %(number)s was reported as returned, destroyed or missing. A second officer must confirm or reject it."
        )
    }
)


def check_movements(session, _context, _instances):
    """Refuse a movement that breaks a rule, a typed state, and an edit of an item that the police have to a stolen one.

    One officer could take a stolen item, which is not yet found, without receiver, witness and document.
    """
    with session.no_autoflush:
        for movement in session.new:
            if isinstance(movement, ExhibitMovement):
                problems = check_rules(ExhibitMovement.__rules__, movement, Facts(dates.now()))
                if problems:
                    raise RuleViolation(problems)
        for exhibit in (one for one in session.dirty if isinstance(one, Exhibit)):
            if has_changed(exhibit, ("state",)) and exhibit.state != _compute_state(session, exhibit):
                text = _("The status of an exhibit is computed from its movements. Enter a movement instead.")
                raise RuleViolation([Problem("state", text, "V119", row=exhibit)])
            is_corrected = EXEMPTIONS in session.info
            became_stolen = exhibit.property_role == STOLEN and has_changed(exhibit, ("property_role",))
            if became_stolen and not is_corrected:
                raise RuleViolation([Problem("property_role", IS_HELD, row=exhibit)])


def _select_last_movement(exhibit_id):
    """Select the state that the last movement of an exhibit gives. One that is void or not confirmed does not count."""
    row = ExhibitMovement.__table__.c
    counts = row.voided_at.is_(None), func.coalesce(row.confirmation, CONFIRMED) == CONFIRMED
    return select(row.kind).where(row.exhibit_id == exhibit_id, *counts).order_by(row.id.desc()).limit(1)


def _compute_state(session, exhibit):
    with unrestricted(session):
        return session.scalar(_select_last_movement(exhibit.id)) or find_initial_state(exhibit)


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the exhibits whose state does not follow from their records.

    `connection` must see every row.
    """
    exhibit = Exhibit.__table__.c
    at_start = func.coalesce(
        exhibit.start_state, case((exhibit.property_role == STOLEN, "missing"), else_="seized")
    )
    computed = func.coalesce(_select_last_movement(exhibit.id).scalar_subquery(), at_start)
    valid = select(exhibit.id, exhibit.state, computed).where(
        exhibit.voided_at.is_(None), exhibit.state != computed
    )
    found = connection.execute(valid.order_by(exhibit.id))
    return [("exhibit", pk, "state", state, right) for pk, state, right in found]


def collect_changes(session, _context):
    """Collect the exhibits whose state may change. The flush that writes it follows this one."""
    changed = CHANGED_EXHIBITS.get(session)
    changed.update(
        one.exhibit_id for one in (*session.new, *session.dirty) if isinstance(one, ExhibitMovement)
    )
    exhibits = (one for one in session.dirty if isinstance(one, Exhibit))
    changed.update(one.id for one in exhibits if has_changed(one, ("property_role",)))


def set_states(session, _context):
    """Set the state of the collected exhibits after the flush: the database compares it with their records."""
    for exhibit_id in CHANGED_EXHIBITS.take(session):
        set_state(session, exhibit_id)


def set_state(session, exhibit_id):
    """Set the state of an exhibit in the scope of the actor. The receiver of a hand-over may not see its case."""
    # No `get`: the form of a holder has loaded an exhibit outside the scope.
    visible = select(Exhibit).where(Exhibit.id == exhibit_id)
    exhibit = session.scalars(visible).one_or_none()
    if exhibit is not None and not exhibit.is_void:
        exhibit.state = _compute_state(session, exhibit)
