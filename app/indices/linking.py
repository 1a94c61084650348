"""Links exhibits to items by their numbers, and raises the matches of stolen items.

A save only queues its exhibits: items are one record for the whole country, and no clerk waits for another province. A
job links them some seconds later, outside any scope.
"""
# unrestricted: links exhibits to items nationwide; shows no row
# commits: each batch of exhibits, so that the job can be killed between two

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.chain_of_command import find_responsible_chief
from app.cases.models import Case, Exhibit, Involvement
from app.cases.row_filter import is_hidden
from app.cases.rules.exhibits import RECOVERED as ROLE_RECOVERED
from app.cases.rules.exhibits import STOLEN as ROLE_STOLEN
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK
from app.indices.models import (
    CLEAR,
    CONFIRMED,
    ENDED,
    RECOVERED,
    STOLEN,
    WAITING,
    Item,
    ItemExhibit,
    ItemMatch,
    ItemNumber,
    ItemQueue,
)
from app.indices.numbers import COLUMNS, choose_item, find_keys
from app.kernel.access.area import LEVELS
from app.kernel.actor import SYSTEM, act_as, unrestricted
from app.kernel.audit import recorder
from app.kernel.database.pending import Pending
from app.kernel.database.transactions import commit
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.reference.models import Unit

recovery_sources = []  # functions: ids of stolen exhibits → the statement for those that are recovered
CHANGED = Pending(dict)  # exhibits with changed numbers
WATCHED = {
    Exhibit: (*COLUMNS, "kind", "property_role", "voided_at", "case_id"),
    Case: ("voided_at", "unit_code", "occurred_from"),
}
ANSWER_WITHIN = timedelta(days=1)
MAX_MATCHES = 5  # of one stolen item that was entered elsewhere before, the newest
BATCH_SIZE = 500  # exhibits in one transaction of the job


def collect_changes(session, _context):
    """Collect the exhibits whose numbers or role are written by this flush."""
    changed = CHANGED.get(session)
    for row in (*session.new, *session.dirty):
        if isinstance(row, Exhibit) and has_changed(row, WATCHED[Exhibit]):
            changed[row.id] = None
        elif isinstance(row, Case) and row in session.dirty and has_changed(row, WATCHED[Case]):
            changed |= dict.fromkeys(one.id for one in row.exhibits)


def queue_changes(session, _context):
    """Queue the collected exhibits after the flush."""
    if changed := CHANGED.take(session):
        # Without RETURNING: only the system may read the queue.
        session.execute(insert(ItemQueue.__table__).inline(), [{"exhibit_id": one} for one in changed])


def list_hiding_cases(session):
    """Return the ids of the saved cases in which this flush protects the identity of a person."""
    rows = (one for one in (*session.new, *session.dirty) if isinstance(one, Involvement) and one.is_hidden)
    cases = {one.case.id for one in rows if has_changed(one, ("protection", "case_id", "case"))}
    return sorted(cases - {None})


def narrow_matches(session, _context, _instances):
    """Hide the matches of a case that protects a person from now on, as if it had done so before the match."""
    if not (cases := list_hiding_cases(session)):
        return
    table, exhibit = ItemMatch.__table__, Exhibit.__table__.c
    of_cases = select(exhibit.id).where(exhibit.case_id.in_(cases))
    with unrestricted(session), session.no_autoflush:
        session.execute(update(table).where(table.c.stolen_id.in_(of_cases)).values(protected=True))
        session.execute(update(table).where(table.c.found_id.in_(of_cases)).values(unit_code=None))
        # The job computes the states of their items again.
        linked = select(ItemExhibit.id).where(ItemExhibit.id.in_(of_cases))
        session.execute(insert(ItemQueue.__table__).inline().from_select(["exhibit_id"], linked))


def link_queued_exhibits(session):
    """Link the exhibits of the queue, as a scheduled job, and return their number."""
    table, total = ItemQueue.__table__, 0
    while True:
        queued = session.scalars(select(table.c.id).order_by(table.c.id).limit(BATCH_SIZE)).all()
        if not queued:
            return total
        # First, so that the job of another process waits. Only these rows: a save may queue an exhibit again meanwhile.
        taken = delete(table).where(table.c.id.in_(queued)).returning(table.c.exhibit_id)
        ids = sorted(set(session.scalars(taken)))
        link_exhibits(session, ids)
        commit(session)
        total += len(ids)


def refresh_theft(session, stolen_id):
    """Compute the state of the item of a theft and its matches again, after the answer to one of them."""
    with unrestricted(session):
        items = set(_load_links(session, ItemExhibit.id == stolen_id).values())
        _update_states(session, items)
        _update_matches(session, (), items)


def link_exhibits(session, ids, raises_matches=True):
    """Link these exhibits to their items, compute the states of the items, and raise matches."""
    with unrestricted(session):
        rows = _load_exhibits(session, Exhibit.id.in_(ids))
        keys = {row.id: find_keys(row) if _is_valid(row) else {} for row in rows}
        linked = _load_links(session, ItemExhibit.id.in_(ids))
        if not any(keys.values()) and not linked:
            return
        holders = find_holders(session, keys.values())
        numbers = _load_numbers(session, {*holders.values(), *linked.values()})
        matched = select(ItemMatch.stolen_id).where(ItemMatch.found_id.in_(ids))
        touched = {*linked.values(), *_load_links(session, ItemExhibit.id.in_(matched)).values()}
        new_numbers, new_links = [], []
        for row in rows:
            item = _link(session, row, keys[row.id], linked.get(row.id), holders, numbers, new_numbers)
            if item is not None and row.id not in linked:
                new_links.append({"id": row.id, "item_id": item})
            touched.add(item)
        touched.discard(None)
        for table, new in ((ItemNumber.__table__, new_numbers), (ItemExhibit.__table__, new_links)):
            if new:
                session.execute(insert(table), new)
        if linked:
            _delete_stale_numbers(session, set(linked.values()))
        # A number may belong to another item than the one that the exhibit is linked to: false plates.
        hit = {row.id: {holders[row.kind, name, key] for name, key in keys[row.id].items()} for row in rows}
        thefts = _update_states(session, touched)
        thefts |= find_open_thefts(session, {one for items in hit.values() for one in items} - touched)
        if raises_matches and any(thefts.values()):
            _raise_matches(session, rows, hit, thefts)
        _update_matches(session, ids, touched)


def link_new_exhibits(session):
    """Link the exhibits that were loaded in bulk, and return their number. They are no encounter and raise no match."""
    total, last = 0, 0
    unlinked = ~select(ItemExhibit.id).where(ItemExhibit.id == Exhibit.id).exists()
    has_number = or_(*(getattr(Exhibit, name).is_not(None) for name in COLUMNS))
    while True:
        conditions = Exhibit.id > last, has_number, unlinked, Exhibit.voided_at.is_(None)
        ids = list(
            session.scalars(select(Exhibit.id).where(*conditions).order_by(Exhibit.id).limit(BATCH_SIZE))
        )
        if not ids:
            return total
        last = ids[-1]
        link_exhibits(session, ids, raises_matches=False)
        commit(session)
        total += len(ids)


def _load_exhibits(session, *conditions):
    exhibit, case = Exhibit.__table__.c, Case.__table__.c
    columns = ("id", "case_id", "kind", "property_role", "voided_at", *COLUMNS)
    statement = (
        select(
            *(exhibit[name] for name in columns), case.unit_code, case.occurred_from,
            case.voided_at.label("case_voided_at"), *(case[name] for name in LEVELS.values()),
        )
        .join(Case.__table__, case.id == exhibit.case_id)
        .where(*conditions)
        .order_by(exhibit.id)
    )  # fmt: skip
    return session.execute(statement).all()


def _is_valid(row):
    return row.voided_at is None and row.case_voided_at is None


def _load_links(session, condition):
    return dict(session.execute(select(ItemExhibit.id, ItemExhibit.item_id).where(condition)).all())


def find_holders(session, keys):
    """Return {(kind, column, number): item id} of all these numbers."""
    wanted = {key for one in keys for key in one.values()}
    row = ItemNumber.__table__.c
    found = select(row.kind, row.name, row.key, row.item_id).where(row.key.in_(sorted(wanted)))
    return {tuple(key): item for *key, item in session.execute(found)} if wanted else {}


def _load_numbers(session, items):
    numbers = defaultdict(lambda: defaultdict(set))
    row = ItemNumber.__table__.c
    if items:
        found = select(row.item_id, row.name, row.key).where(row.item_id.in_(sorted(items)))
        for item, name, key in session.execute(found):
            numbers[item][name].add(key)
    return numbers


def _link(session, row, keys, old, holders, numbers, new_numbers):
    """Link one exhibit and return its item, or None if it has no number."""
    table = ItemExhibit.__table__
    if not keys:
        if old is not None:
            session.execute(delete(table).where(table.c.id == row.id))
        return None
    item = choose_item(row.kind, keys, holders, numbers)
    if item is None:
        values = {"kind": row.kind, "state": CLEAR}
        item = session.scalar(insert(Item.__table__).values(values).returning(Item.__table__.c.id))
    for name, key in keys.items():
        if (row.kind, name, key) not in holders:
            holders[row.kind, name, key] = item
            numbers[item][name].add(key)
            new_numbers.append({"item_id": item, "kind": row.kind, "name": name, "key": key})
    if old is not None and old != item:
        session.execute(update(table).where(table.c.id == row.id).values(item_id=item))
    return item


def _delete_stale_numbers(session, items):
    """Delete the numbers that no exhibit of these items has any more: a corrected typing error."""
    of_items = select(ItemExhibit.id).where(ItemExhibit.item_id.in_(sorted(items)))
    rows = _load_exhibits(session, Exhibit.id.in_(of_items))
    held = {(row.kind, name, key) for row in rows for name, key in find_keys(row).items()}
    table = ItemNumber.__table__
    found = session.execute(select(table).where(table.c.item_id.in_(sorted(items)))).all()
    stale = [one.id for one in found if (one.kind, one.name, one.key) not in held]
    if stale:
        session.execute(delete(table).where(table.c.id.in_(stale)))


def _update_states(session, items):
    """Write the states of these items, and return their open thefts."""
    states, open_thefts = compute_states(session, items)
    table = Item.__table__
    found = [item for item, state in states.items() if state == RECOVERED]
    is_ended = table.c.id.in_(found), table.c.state == STOLEN
    for item in session.scalars(select(table.c.id).where(*is_ended)).all() if found else ():
        _notify_chiefs(session, item)
    for item, state in states.items():
        changed = table.c.id == item, table.c.state != state
        session.execute(update(table).where(*changed).values(state=state))
    return open_thefts


def _notify_chiefs(session, item):
    """Notify the chiefs of the thefts of an item whose search ends: one officer enters or confirms that it is recovered."""
    exhibit, case = Exhibit.__table__.c, Case.__table__.c
    units = (
        select(case.unit_code)
        .join(exhibit.id.table, exhibit.case_id == case.id)
        .join(ItemExhibit.__table__, ItemExhibit.id == exhibit.id)
        .where(ItemExhibit.item_id == item, exhibit.property_role == ROLE_STOLEN, exhibit.voided_at.is_(None))
    )
    for role, unit in {find_responsible_chief(one) for one in session.scalars(units) if one}:
        about = {"entity": "item", "entity_id": item, "number": f"I-{item:07d}"}
        send_message(session, NOTICE, text_key="item.recovered", to_role=role, to_unit=unit, **about)


def compute_states(session, items):
    """Return ({item: state}, {item: open thefts}) of these items.

    Every reader of an item sees its state. So a theft of a case that hides a person does not count, as it has no card.
    """
    if not items:
        return {}, {}
    open_thefts, exhibit = find_open_thefts(session, items), Exhibit.__table__.c
    hides = select(Involvement.id).where(Involvement.case_id == exhibit.case_id, is_hidden(Involvement))
    stolen = select(exhibit.id, ItemExhibit.item_id).join(Exhibit.__table__, exhibit.id == ItemExhibit.id)
    stolen = stolen.where(
        ItemExhibit.item_id.in_(sorted(items)),
        exhibit.property_role == ROLE_STOLEN,
        exhibit.voided_at.is_(None),
        ~hides.exists(),
    )
    shown = dict(map(tuple, session.execute(stolen)))
    has_theft = set(shown.values())
    return {
        item: find_item_state(any(one.id in shown for one in open_thefts.get(item, ())), item in has_theft)
        for item in items
    }, open_thefts


def find_item_state(has_open_theft, has_theft):
    """Return the state of an item by the thefts in which it is named."""
    if has_open_theft:
        return STOLEN
    return RECOVERED if has_theft else CLEAR


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the items whose state follows from no exhibit, match or report.

    `connection` must see every row. Items of exhibits that wait for the job are left out.
    """
    found, last, item = [], 0, Item.__table__.c
    waiting = select(ItemExhibit.item_id).join(ItemQueue, ItemQueue.exhibit_id == ItemExhibit.id)
    with Session(connection, autoflush=False) as session:
        act_as(session, SYSTEM)
        statement = (
            select(item.id, item.state).where(item.id.not_in(waiting)).order_by(item.id).limit(BATCH_SIZE)
        )
        while stored := dict(map(tuple, session.execute(statement.where(item.id > last)))):
            last = max(stored)
            computed, _thefts = compute_states(session, set(stored))
            found += [
                ("item", pk, "state", stored[pk], state)
                for pk, state in sorted(computed.items())
                if stored[pk] != state
            ]
    return found


def find_open_thefts(session, items):
    """Return {item id: stolen exhibits}: neither recovered in their case, nor by a confirmed match or report."""
    if not items:
        return {}
    links = _load_links(session, ItemExhibit.item_id.in_(sorted(items)))
    rows = _load_exhibits(
        session, Exhibit.id.in_(sorted(links)), Exhibit.property_role.in_((ROLE_STOLEN, ROLE_RECOVERED))
    )
    rows = [row for row in rows if _is_valid(row)]
    recovered = {(links[row.id], row.case_id) for row in rows if row.property_role == ROLE_RECOVERED}
    match, found, case = ItemMatch.__table__.c, Exhibit.__table__.c, Case.__table__.c
    # The theft is open again if the found exhibit, or its case, turns out to be an error.
    is_valid = found.voided_at.is_(None), case.voided_at.is_(None)
    answered = select(match.stolen_id).join(Exhibit.__table__, found.id == match.found_id)
    answered = answered.join(Case.__table__, case.id == found.case_id).where(*is_valid)
    is_theft = match.stolen_id.in_(sorted(links)), match.state == CONFIRMED
    statements = answered.where(*is_theft), *(one(sorted(links)) for one in recovery_sources)
    confirmed = {one for statement in statements for one in session.scalars(statement)}
    thefts = defaultdict(list)
    for row in rows:
        is_open = (links[row.id], row.case_id) not in recovered and row.id not in confirmed
        if row.property_role == ROLE_STOLEN and is_open:
            thefts[links[row.id]].append(row)
    return thefts


def _raise_matches(session, rows, hit, thefts):
    """Raise a match for each pair of a stolen exhibit and an exhibit with its number in another case."""
    pairs = []
    for row in rows:
        for item in hit[row.id]:
            if row.property_role != ROLE_STOLEN:
                pairs += [(item, one, row) for one in thefts.get(item, ()) if one.case_id != row.case_id]
            elif any(one.id == row.id for one in thefts.get(item, ())):
                pairs += [(item, row, other) for other in _find_earlier(session, item, row)]
    for item, stolen, found in pairs:
        _insert_match(session, item, stolen, found)


def _find_earlier(session, item, stolen):
    """Return the exhibits of the item that other cases had before its theft was entered, the newest."""
    links = _load_links(session, ItemExhibit.item_id == item)
    rows = _load_exhibits(session, Exhibit.id.in_(sorted(links)), Exhibit.case_id != stolen.case_id)
    return [row for row in rows if _is_valid(row) and row.property_role != ROLE_STOLEN][-MAX_MATCHES:]


def _insert_match(session, item, stolen, found):
    table, now = ItemMatch.__table__, dates.now()
    is_known = table.c.stolen_id == stolen.id, table.c.found_id == found.id
    if session.scalar(select(table.c.id).where(*is_known)) is not None:
        return
    cases = {stolen.case_id, found.case_id}
    of_hidden = select(Involvement.case_id).where(Involvement.case_id.in_(cases), is_hidden(Involvement))
    hidden = set(session.scalars(of_hidden))
    # The unit of a protected person is in no card, and so in no match: this unit asks, see its notice.
    is_found_hidden = found.case_id in hidden
    row = {
        "item_id": item, "stolen_id": stolen.id, "found_id": found.id, "kind": stolen.kind, "state": WAITING,
        "owner_unit_code": stolen.unit_code, "unit_code": None if is_found_hidden else found.unit_code,
        "protected": stolen.case_id in hidden,
        "stolen_on": stolen.occurred_from.date(), "found_on": found.occurred_from.date(),
        "raised_at": now, "due_at": now + ANSWER_WITHIN, **{name: getattr(stolen, name) for name in LEVELS.values()},
    }  # fmt: skip
    pk = session.scalar(insert(table).values(row).returning(table.c.id))
    _send_messages(session, pk, row)
    if is_found_hidden and found.unit_code and not row["protected"]:
        _send_notice(session, f"M-{pk:07d}", row["owner_unit_code"], found.unit_code)


def _send_messages(session, pk, row):
    """Ask the unit of the theft for an answer, and tell the other unit to wait for it."""
    recorder.record(session, "item_match.raised", ItemMatch.__tablename__, pk, item=row["item_id"])
    about = {"entity": ItemMatch.__tablename__, "entity_id": pk, "number": f"M-{pk:07d}"}
    if row["owner_unit_code"]:
        to = {"to_unit": row["owner_unit_code"], "due_at": row["due_at"]}
        send_message(session, TASK, text_key="item_match.raised", **to, **about)
    if row["unit_code"] and not row["protected"]:
        _send_notice(session, owner_code=row["owner_unit_code"], to_unit=row["unit_code"], **about)


def _send_notice(session, number, owner_code, to_unit, **about):
    owner = session.get(Unit, owner_code) if owner_code else None
    facts = {"number": number, "unit": str(owner or "—")}
    send_message(session, NOTICE, text_key="item_match.reported", to_unit=to_unit, **facts, **about)


def _update_matches(session, ids, items):
    """End the waiting matches that no longer fit, and reopen the ended ones that fit again.

    A match fits while its theft is open and the other exhibit has a number of the stolen item.
    """
    table, of_items = (
        ItemMatch.__table__,
        select(ItemExhibit.id).where(ItemExhibit.item_id.in_(sorted(items))),
    )
    is_concerned = or_(table.c.stolen_id.in_(of_items), table.c.stolen_id.in_(ids), table.c.found_id.in_(ids))
    matches = session.execute(select(table).where(table.c.state.in_((WAITING, ENDED)), is_concerned)).all()
    if not matches:
        return
    links = _load_links(session, ItemExhibit.id.in_({one.stolen_id for one in matches}))
    thefts = find_open_thefts(session, set(links.values()))
    is_open = {one.id for rows in thefts.values() for one in rows}
    rows = _load_exhibits(session, Exhibit.id.in_({one.found_id for one in matches}))
    keys = {row.id: find_keys(row) for row in rows if _is_valid(row)}
    holders = find_holders(session, keys.values())
    hit = {
        row.id: {holders.get((row.kind, name, key)) for name, key in keys.get(row.id, {}).items()}
        for row in rows
    }
    for one in matches:
        fits = one.stolen_id in is_open and links[one.stolen_id] in hit[one.found_id]
        if fits == (one.state == WAITING):
            continue
        due_at = dates.now() + ANSWER_WITHIN
        values = {"state": WAITING, "due_at": due_at} if fits else {"state": ENDED}
        session.execute(update(table).where(table.c.id == one.id).values(values))
        if fits:
            _send_messages(session, one.id, {**one._mapping, **values})
        else:
            complete_tasks(session, ItemMatch.__tablename__, one.id)
