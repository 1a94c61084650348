"""A split of an exhibit: the separated part becomes an exhibit of its own, where the exhibit is, with what left it."""
# unrestricted: adds the part of an exhibit that an officer of another unit holds

from sqlalchemy import select

from app.accounts.models import User
from app.cases.models import Exhibit
from app.cases.models.exhibits import KEPT_BY_PART
from app.confirmations.models import CONFIRMED
from app.evidence.custody import load_custody, load_holder_facts, set_custody
from app.evidence.models import QuantityChange
from app.evidence.rules import SPLIT, SPLITTER
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation, check_rules

CONFIRMED_SPLITS = Pending(set)  # splits just confirmed
COPIED = ("case", *KEPT_BY_PART, "helps_suspect")

QUANTITY_GIVEN = ("cause", "before", "after", "voided_at")  # what tells how much went to the part
PART_FIRST = _("The separated part is still valid. Ask for a correction that voids the part first.")


def _is_confirmed_now(row):
    is_split = isinstance(row, QuantityChange) and row.cause == SPLIT and row.confirmation == CONFIRMED
    return is_split and has_changed(row, ("confirmation",))


def _has_valid_part(part):
    """Return whether the part, or a part that a later split separated from it, is not void."""
    return not part.is_void or any(map(_has_valid_part, part.parts))


def check_splits(session, _context, _instances):
    """Refuse the confirmation of a split whose author no longer has the exhibit, and its void while its part is valid."""
    with session.no_autoflush:
        for change in session.dirty:
            if isinstance(change, QuantityChange) and change.part_id and has_changed(change, QUANTITY_GIVEN):
                with unrestricted(session):
                    is_valid = _has_valid_part(session.get(Exhibit, change.part_id))
                if is_valid:  # without the row: a correction leaves out the problems of the row that it voids
                    raise RuleViolation([Problem("", PART_FIRST)])
        for change in filter(_is_confirmed_now, session.dirty):
            with unrestricted(session):
                author = session.get(User, change.recorded_by_id)
            facts = load_holder_facts(session, change.exhibit_id, author)
            if problems := check_rules(SPLITTER, change, facts):
                raise RuleViolation(problems)


def collect_splits(session, _context):
    """Collect the confirmed splits. Nothing can be added during a flush, so their parts wait."""
    CONFIRMED_SPLITS.get(session).update(one.id for one in filter(_is_confirmed_now, session.dirty))


def add_parts(session):
    """Add the part of each confirmed split before the commit, outside the scope of the second officer too.

    `set_custody` runs before: it flushes a state that the second officer may not write. The query leaves out a split
    whose confirmation was rolled back.
    """
    confirmed = CONFIRMED_SPLITS.take(session)
    if not confirmed:
        return
    waits = QuantityChange.confirmation == CONFIRMED, QuantityChange.part_id.is_(None)
    with unrestricted(session):
        found = (
            select(QuantityChange).where(QuantityChange.id.in_(confirmed), *waits).order_by(QuantityChange.id)
        )
        for change in session.scalars(found).unique().all():
            exhibit = session.get(Exhibit, change.exhibit_id)
            custody = load_custody(session, exhibit.id)
            change.part = Exhibit(
                parent=exhibit, description=change.note[:200], quantity=change.before - change.after,
                start_state=exhibit.state,
                start_holder_id=custody.holder_id, start_shelf_id=custody.shelf_id, start_unit_code=custody.unit_code,
                **{name: getattr(exhibit, name) for name in COPIED},
            )  # fmt: skip
        session.flush()
    set_custody(session)  # of the parts
