"""The chain of custody: checks of a new movement, and the custody that follows from the rows of an exhibit."""
# unrestricted: folds the rows of an exhibit whose case is outside the scope of its keeper; shows no row

from collections import defaultdict
from dataclasses import replace
from types import SimpleNamespace

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import CHIEF_ROLE, is_in_command_chain
from app.accounts.models import User
from app.cases.exhibit_state import set_state
from app.cases.models import Case, Exhibit, ExhibitMovement
from app.cases.models.exhibits import HANDED_OVER, START, find_initial_state
from app.confirmations.models import AWAITING
from app.evidence.custody_fold import Custody, fold_custody
from app.evidence.models import (
    QUANTITY_CHANGED,
    EvidenceStore,
    ExhibitCustody,
    ExhibitSeal,
    Inventory,
    QuantityChange,
    Shelf,
)
from app.evidence.rules import CHAIN, SEALER, SPLITTER, ChainFacts
from app.inbox.actions import complete_tasks
from app.inbox.message_texts import register_texts
from app.kernel.actor import SYSTEM, UNRESTRICTED, act_as, actor_of, unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import Problem, RuleViolation, check_rules
from app.reference.unit_paths import find_unit_path

CHANGED = Pending(set)  # exhibits whose custody may change
BATCH_SIZE = 500  # exhibits in one query
ROWS = (ExhibitMovement, ExhibitSeal, QuantityChange)
FOLDED = (
    "state", "unit_code", "holder_id", "shelf_id", "place", "since", "seal", "quantity", "open_id", "open_unit_code",
)  # fmt: skip
BEGINNING = ("property_role", "unit_code", "quantity", "recorded_at", *START)  # of an exhibit
COPIED = ("kind", "quantity", "measure", "property_role")  # the custody follows from them
LOCKED = _("A received movement does not change. Enter a new movement, or ask for a correction.")
MOVED = _("This exhibit was moved. Enter a change of quantity, which a second officer confirms.")
COUNTING = _("This store is being counted. Close the count before you change the keepers.")
NOT_CHIEF = _("Only the chief of the unit, or of a unit above it, maintains its stores.")

register_texts(
    **{
        HANDED_OVER: _(
            "Exhibit %(number)s is handed over to you. Confirm or refuse the receipt on its page."
        ),
        QUANTITY_CHANGED: _(
            "A new quantity of an exhibit of case %(number)s was entered. A second officer must confirm or reject it."
        ),
    }
)


def load_custody(session, exhibit_id):
    """Return the custody of an exhibit, folded from its rows."""
    with session.no_autoflush, unrestricted(session):
        exhibit = Exhibit.__table__.c
        row = session.execute(
            select(*(exhibit[name] for name in BEGINNING)).where(exhibit.id == exhibit_id)
        ).one()
        return _fold(row, *(_load_rows(session, model, model.exhibit_id == exhibit_id) for model in ROWS))


def _load_rows(session, model, *conditions):
    row = model.__table__
    return session.execute(select(row).where(*conditions).order_by(row.c.exhibit_id, row.c.id)).all()


def _fold(exhibit, movements, seals, changes):
    """Return the custody that follows from the rows of an exhibit."""
    start = Custody(state=find_initial_state(exhibit), unit_code=exhibit.unit_code, quantity=exhibit.quantity)
    if exhibit.parent_id is not None:
        start = replace(
            start, unit_code=exhibit.start_unit_code, holder_id=exhibit.start_holder_id,
            shelf_id=exhibit.start_shelf_id, since=exhibit.recorded_at, moved_on=exhibit.recorded_at.date(), has_rows=True,
        )  # fmt: skip
    return fold_custody(start, movements, seals, changes)


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the custody of exhibits that does not follow from their rows.

    `connection` must see every row.
    """
    found, last, table = [], 0, ExhibitCustody.__table__
    exhibit = Exhibit.__table__
    columns = [exhibit.c[name].label(f"begun_{name}") for name in BEGINNING]
    held = (
        select(table, *columns)
        .join(exhibit, exhibit.c.id == table.c.exhibit_id)
        .where(exhibit.c.voided_at.is_(None))
    )
    with Session(connection, autoflush=False) as session:
        act_as(session, SYSTEM)
        held = held.order_by(table.c.exhibit_id).limit(BATCH_SIZE)
        while records := session.execute(held.where(table.c.exhibit_id > last)).all():
            first, last = records[0].exhibit_id, records[-1].exhibit_id
            rows = []
            for model in ROWS:
                of_exhibit = defaultdict(list)
                for row in _load_rows(session, model, model.exhibit_id.between(first, last)):
                    of_exhibit[row.exhibit_id].append(row)
                rows.append(of_exhibit)
            for one in records:
                start = SimpleNamespace(**{name: getattr(one, f"begun_{name}") for name in BEGINNING})
                custody = _fold(start, *(part[one.exhibit_id] for part in rows))
                found += [
                    (
                        "exhibit_custody",
                        one.exhibit_id,
                        name,
                        str(getattr(one, name)),
                        str(getattr(custody, name)),
                    )
                    for name in FOLDED
                    if getattr(one, name) != getattr(custody, name)
                ]
    return found


def check_rows(session, _context, _instances):
    """Refuse a movement that breaks the chain, the withdrawal of a received one, and stores of other units."""
    for one in session.dirty:
        if isinstance(one, Exhibit) and has_changed(one, ("quantity", "measure")):
            _refuse_quantity(session, one)
    checked = ExhibitMovement, ExhibitSeal, QuantityChange, EvidenceStore, Shelf
    records = [one for one in (*session.new, *session.dirty) if isinstance(one, checked)]
    if not records:
        return
    with session.no_autoflush:
        user = session.get(User, actor_of(session).user_id or 0)
        is_system = actor_of(session).scope == UNRESTRICTED
        for record in records:
            if isinstance(record, ExhibitMovement):
                _check_movement(session, record, user)
            elif isinstance(record, (ExhibitSeal, QuantityChange)) and record in session.new:
                if problems := [
                    *check_rules(record.__rules__, record, None),
                    *_check_sealer(session, record, user),
                ]:
                    raise RuleViolation(problems)
            elif isinstance(record, (EvidenceStore, Shelf)) and user is not None and not is_system:
                store = record if isinstance(record, EvidenceStore) else record.store
                if session.is_modified(record) and not may_maintain(user, store):
                    raise RuleViolation([Problem("unit", NOT_CHIEF, row=record)])
                if isinstance(record, EvidenceStore) and record not in session.new:
                    _refuse_keepers(session, record)


def _check_sealer(session, record, user):
    """Return the problems of a seal or a split: only who has the exhibit seals and splits it."""
    if user is None or record.exhibit is None or record.exhibit.id is None:
        return []
    rules = SEALER if isinstance(record, ExhibitSeal) else SPLITTER
    return check_rules(rules, record, load_holder_facts(session, record.exhibit.id, user))


def load_holder_facts(session, exhibit_id, user):
    """Return the facts of an exhibit that `user` seals or splits."""
    custody = load_custody(session, exhibit_id)
    has_exhibit, holder = _find_holder(session, custody, user)
    return ChainFacts(
        has_exhibit=has_exhibit, holder=holder, seal=custody.seal, state=custody.state,
        is_open=custody.open_id is not None, names=_fold_names([user]),
    )  # fmt: skip


def _refuse_quantity(session, exhibit):
    """Refuse a typed quantity of an exhibit that was moved: two officers enter a change of quantity."""
    if EXEMPTIONS not in session.info and load_custody(session, exhibit.id).moved_on is not None:
        raise RuleViolation([Problem("quantity", MOVED, row=exhibit)])


def _refuse_keepers(session, store):
    """Refuse other keepers during a count: who keeps the store does not close its count."""
    if not has_changed(store, ("keeper_id", "second_keeper_id", "keeper", "second_keeper")):
        return
    row = Inventory.__table__.c
    counting = select(row.id).where(
        row.store_id == store.id, row.closed_at.is_(None), row.voided_at.is_(None)
    )
    if session.scalar(counting) is not None:
        raise RuleViolation([Problem("keeper", COUNTING, row=store)])


def may_maintain(user, store):
    """Return whether the user is a chief of the unit of the store, or above it. The unit of a store does not change."""
    if store is None or CHIEF_ROLE not in get_role_names(user):
        return False
    unit_code = (
        store.unit.code if store.unit is not None else store.unit_code
    )  # a new store has its link only
    if store.id is not None:
        row = EvidenceStore.__table__.c
        stored = object_session(store).scalar(select(row.unit_code).where(row.id == store.id))
        if stored != unit_code:
            return False
    return unit_code is None or is_in_command_chain(user, unit_code)


def _check_movement(session, movement, user):
    if movement not in session.new:
        if has_changed(movement, ("voided_at",)):
            complete_tasks(session, movement.__tablename__, movement.id)
        is_withdrawn = has_changed(movement, ("voided_at",)) and EXEMPTIONS not in session.info
        if is_withdrawn and movement.confirmation != AWAITING:
            raise RuleViolation([Problem("", LOCKED, row=movement)])
        return
    if user is None or movement.exhibit is None:
        return
    facts = load_facts(session, movement, user)
    if problems := check_rules(CHAIN, movement, facts):
        raise RuleViolation(problems)


def _find_holder(session, custody, user):
    """Return (whether the user has the exhibit, the name of who has it)."""
    with unrestricted(session):
        holder = session.get(User, custody.holder_id) if custody.holder_id else None
        shelf = session.get(Shelf, custody.shelf_id) if custody.shelf_id else None
    if holder is not None:
        return user.id == holder.id, holder.name_km or holder.get_full_name()
    if shelf is not None:
        return user.id in shelf.store.keeper_ids, str(shelf)
    # The unit has it, or a person outside the police.
    has_exhibit = custody.unit_code is None or is_in_command_chain(user, custody.unit_code)
    return has_exhibit, custody.place or "".join(find_unit_path(custody.unit_code)[-1:])


def _fold_names(people):
    """Return the folded names of officers."""
    return frozenset(
        name.casefold() for one in people for name in (one.name_km, one.username, one.get_full_name()) if name
    )


def _find_first_day(session, exhibit_id):
    """Return the day on which the exhibit was found, else that of its case; None if unknown."""
    exhibit, case = Exhibit.__table__.c, Case.__table__.c
    days = select(exhibit.found_at, case.occurred_from).where(
        exhibit.id == exhibit_id, case.id == exhibit.case_id
    )
    with unrestricted(session):
        known = [one.date() for one in session.execute(days).one() if one is not None]
    return max(known, default=None)


def load_facts(session, movement, user):
    """Return what the rules compare a new movement of `user` with."""
    custody = load_custody(session, movement.exhibit.id)
    has_exhibit, name = _find_holder(session, custody, user)
    may_act = (
        not has_exhibit
        and is_in_command_chain(user, custody.unit_code)
        and CHIEF_ROLE in get_role_names(user)
    )
    receivers = movement.shelf.store.keeper_ids if movement.shelf is not None else {movement.to_user_id}
    receivers |= {movement.to_user.id} if movement.to_user is not None else set()
    is_to_oneself = receivers - {None} == {user.id} if movement.shelf is not None else user.id in receivers
    people = [user, *(session.get(User, one) for one in receivers - {None})]
    return ChainFacts(
        has_exhibit=has_exhibit or may_act, acts_for_holder=may_act, holder=name,
        last_day=custody.moved_on or _find_first_day(session, movement.exhibit.id), seal=custody.seal, state=custody.state,
        is_to_oneself=is_to_oneself,
        names=_fold_names(people),
    )  # fmt: skip


def collect_changes(session, _context):
    """Collect the exhibits whose custody may change. The flush that writes it follows this one."""
    changed = CHANGED.get(session)
    changed |= {one.exhibit_id for one in (*session.new, *session.dirty) if isinstance(one, ROWS)}
    edited = (one for one in session.dirty if isinstance(one, Exhibit) and has_changed(one, COPIED))
    changed |= {one.id for one in edited}
    changed |= {one.id for one in session.new if isinstance(one, Exhibit) and one.parent_id is not None}


def set_custody(session):
    """Write the custody of the collected exhibits before the commit, outside the scope of the actor too."""
    session.flush()
    if not CHANGED.get(session):
        return
    with unrestricted(session):
        for exhibit_id in sorted(CHANGED.take(session)):
            set_state(session, exhibit_id)
            refresh_custody(session, exhibit_id)
        session.flush()
    CHANGED.take(session)


def refresh_custody(session, exhibit_id):
    """Write the present custody of an exhibit that has been moved, sealed or weighed."""
    row = ExhibitCustody.exhibit_id == exhibit_id
    record = session.scalars(select(ExhibitCustody).where(row)).unique().one_or_none()
    custody = load_custody(session, exhibit_id)
    if record is None and not custody.has_rows:
        return  # an exhibit that was edited only
    exhibit = session.get(Exhibit, exhibit_id)
    values = {name: getattr(custody, name) for name in FOLDED}
    values |= {"code": exhibit.code, "kind": exhibit.kind, "measure": exhibit.measure}
    if record is None:
        session.add(ExhibitCustody(exhibit_id=exhibit_id, **values))
        return
    for name, value in values.items():
        if getattr(record, name) != value:
            setattr(record, name, value)
