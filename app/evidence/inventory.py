"""The count of a store: the expected list is fixed at the start, codes are scanned, each difference is explained."""
# unrestricted: lists what is in the store, also of cases outside the scope of the counter: code, kind and seal only

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, insert, literal, select, update

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import CHIEF_ROLE, is_in_command_chain
from app.accounts.identity_traits import find_own_accounts
from app.accounts.models import User
from app.cases.exhibit_codes import SHELF, compute_check_digit, parse_code
from app.evidence.models import ExhibitCustody, Inventory, InventoryLine, Shelf
from app.kernel.actor import UNRESTRICTED, actor_of, unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates

EXPECTED, FOUND, OTHER_SHELF, NOT_FOUND, NOT_ON_LIST, SEAL_BROKEN = (
    "expected", "found", "other_shelf", "not_found", "not_on_list", "seal_broken",
)  # fmt: skip
NEW = Pending(list)  # inventories just started
IS_KEEPER = _("A keeper does not count a store of their own. Another officer must count it.")
NOT_EXPLAINED = _("A keeper does not explain the differences in a store of their own. Another officer does.")
NOT_OTHER_CHIEF = _(
    "The chief of the unit, or of a unit above it, closes the count. The counter and the keepers do not."
)
NOT_COUNTER = _("Only the officer who started the count scans and ends it.")
IS_CLOSED = _("This count is closed.")


def check_inventories(session, _context, _instances):
    """Refuse a count, an explanation and a close by a keeper, and a close with an unexplained difference (V135)."""
    is_system = actor_of(session).scope == UNRESTRICTED
    with session.no_autoflush:
        for one in (*session.new, *session.dirty):
            if isinstance(one, InventoryLine) and has_changed(one, ("explanation",)):
                _refuse_keepers(session, session.get(Inventory, one.inventory_id), "", NOT_EXPLAINED)
            elif isinstance(one, Inventory) and one in session.new:
                if not is_system:
                    _refuse_keepers(session, one, "store", IS_KEEPER)
            elif isinstance(one, Inventory) and has_changed(one, ("closed_at", "closed_by_id")):
                _check_close(session, one)


def _get_user(session):
    return session.get(User, actor_of(session).user_id or 0)


def _refuse_keepers(session, inventory, field, text):
    """Refuse an act of a keeper of the store, or of another account of the same person."""
    if inventory.store is None:
        return
    user = _get_user(session)
    if user is None or find_own_accounts(user, inventory.store.keeper_ids):
        raise RuleViolation([Problem(field, text, "V135", row=inventory)])


def _check_close(session, inventory):
    user, barred = _get_user(session), {inventory.recorded_by_id, *inventory.store.keeper_ids} - {None}
    if user is None or find_own_accounts(user, barred) or not is_in_command_chain(user, inventory.unit_code):
        raise RuleViolation([Problem("", NOT_OTHER_CHIEF, "V135", row=inventory)])
    open_lines = count_unexplained(session, inventory)
    if open_lines:
        text = _(
            "%(num)s exhibits have no explanation yet. Explain them before the count is closed.",
            num=open_lines,
        )
        raise RuleViolation([Problem("", text, "V135", row=inventory)])


def collect_new(session, _context):
    """Collect the counts that were just started. Their lists are written before the commit."""
    NEW.get(session).extend(one for one in session.new if isinstance(one, Inventory))


def fix_lists(session):
    """Write the expected list of each new count, with one statement."""
    for inventory in NEW.take(session):
        custody, line = ExhibitCustody.__table__.c, InventoryLine.__table__
        shelves = select(Shelf.id).where(Shelf.store_id == inventory.store_id)
        expected = select(
            literal(inventory.id), custody.exhibit_id, custody.code, custody.kind, custody.seal, custody.shelf_id,
            literal(EXPECTED),
        ).where(custody.shelf_id.in_(shelves))  # fmt: skip
        names = ["inventory_id", "exhibit_id", "code", "kind", "seal", "expected_shelf_id", "result"]
        with unrestricted(session):
            session.execute(insert(line).from_select(names, expected))


def record_scans(session, inventory, user, typed, shelf, is_seal_broken=False):
    """Record scanned codes, one in a line; the code of a shelf changes the shelf. Return (shelf, unread lines)."""
    _refuse_others(inventory, user)
    unread, scanned = [], []
    if shelf is not None and shelf.store_id != inventory.store_id:
        shelf = None
    for line in typed.splitlines():
        code = parse_code(line)
        if code is None:
            unread += [line.strip()[:40]] if line.strip() else []
        elif code[0] == SHELF:
            found = session.get(Shelf, code[1]) if code[1] < 2**31 else None
            if found is None or found.store_id != inventory.store_id:
                unread.append(line.strip()[:40])
            else:
                shelf = found
        elif shelf is None:
            raise RuleViolation([Problem("codes", gettext("Scan the code of the shelf first."), "V135")])
        else:
            scanned.append((f"{code[0]:02d}{code[1]:09d}", shelf.id))
    _write_scans(session, inventory, scanned, is_seal_broken)
    return shelf, unread


def _write_scans(session, inventory, scanned, is_seal_broken):
    if not scanned:
        return
    found = dict(scanned)  # a code that is scanned twice counts once, on its last shelf
    own = InventoryLine.inventory_id == inventory.id
    line = InventoryLine
    columns = line.id, line.code, line.expected_shelf_id, line.result
    rows = session.execute(
        select(*columns).where(own, func.substr(line.code, 1, 11).in_(sorted(found)))
    ).all()
    changes = {}  # (shelf, result) → ids: one statement for each, however many codes are scanned
    for row in rows:
        shelf_id = found.pop(row.code[:11])
        is_there = shelf_id == row.expected_shelf_id
        result = SEAL_BROKEN if is_seal_broken else FOUND if is_there else OTHER_SHELF
        changes.setdefault((shelf_id, NOT_ON_LIST if row.result == NOT_ON_LIST else result), []).append(
            row.id
        )
    for (shelf_id, result), ids in changes.items():
        session.execute(update(line).where(line.id.in_(ids)).values(found_shelf_id=shelf_id, result=result))
    session.add_all(_build_unexpected(session, inventory, *one) for one in found.items())


def _build_unexpected(session, inventory, digits, shelf_id):
    code = digits + compute_check_digit(digits)
    with unrestricted(session), session.no_autoflush:
        custody = session.execute(
            select(ExhibitCustody.exhibit_id, ExhibitCustody.kind, ExhibitCustody.seal).where(
                ExhibitCustody.exhibit_id == int(digits[2:]),
                ExhibitCustody.code == code,
                ExhibitCustody.unit_code == inventory.unit_code,  # of another unit, the code alone
            )
        ).one_or_none()
    exhibit_id, kind, seal = custody or (None, None, None)
    return InventoryLine(
        inventory_id=inventory.id, exhibit_id=exhibit_id, code=code, kind=kind, seal=seal, found_shelf_id=shelf_id,
        result=NOT_ON_LIST,
    )  # fmt: skip


def end_count(session, inventory, user):
    """Mark what was not scanned as not found. The chief may end the count of an officer who does not."""
    _refuse_closed(inventory)
    if CHIEF_ROLE not in get_role_names(user) or not is_in_command_chain(user, inventory.unit_code):
        _refuse_others(inventory, user)
    session.execute(
        update(InventoryLine)
        .where(InventoryLine.inventory_id == inventory.id, InventoryLine.result == EXPECTED)
        .values(result=NOT_FOUND)
    )


def explain_line(session, inventory, line_id, explanation):
    """Write the explanation of a difference. Return False for a line of another count."""
    _refuse_closed(inventory)
    line = session.get(InventoryLine, line_id)
    if line is None or line.inventory_id != inventory.id:
        return False
    line.explanation = explanation or None
    return True


def close(inventory, user):
    """Close the count. The flush refuses it if the user may not, or if a difference has no explanation."""
    _refuse_closed(inventory)
    inventory.closed_at, inventory.closed_by_id = dates.now(), user.id


def _refuse_closed(inventory):
    if inventory.closed_at is not None:
        raise RuleViolation([Problem("", IS_CLOSED, "V135", row=inventory)])


def _refuse_others(inventory, user):
    _refuse_closed(inventory)
    if user.id != inventory.recorded_by_id:
        raise RuleViolation([Problem("", NOT_COUNTER, "V135", row=inventory)])


def count_unexplained(session, inventory):
    """Return the number of lines that were not counted, or differ without an explanation."""
    line = InventoryLine
    is_open = (line.result == EXPECTED) | ((line.result != FOUND) & line.explanation.is_(None))
    return session.scalar(select(func.count()).where(line.inventory_id == inventory.id, is_open))


def count_results(session, inventory):
    """Return {result: number of lines}."""
    line = InventoryLine
    counted = select(line.result, func.count()).where(line.inventory_id == inventory.id).group_by(line.result)
    return dict(session.execute(counted).all())


def select_differences(inventory):
    """Return the statement for the lines that differ from the list, in the order of their codes."""
    line = InventoryLine
    return (
        select(line)
        .where(line.inventory_id == inventory.id, line.result.not_in((EXPECTED, FOUND)))
        .order_by(line.id)
    )
