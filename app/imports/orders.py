"""Import of court orders: the order as received, the person it names, and its later events.

The officer who approves the import is the second officer, so an order is active from that day and its yearly
validation starts then. An order executed or recalled earlier gets events on their own dates.
"""
# chosen fields: a person of a file is matched by the fields that prove an identity

from dataclasses import replace
from datetime import datetime, time

from sqlalchemy import select, tuple_

from app.court_orders import identification, rules, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.queries import find_people_with_recent_photo, paper_counts
from app.court_orders.rules import OrderFacts, number_key
from app.extensions import db
from app.imports import existing_records, target_fields
from app.imports.built_entry import BuiltEntry, collect_problems, require_fields, values_for
from app.imports.people import BatchPeople, load_person_facts
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.legacy_numbers import legacy_number_key
from app.kernel.schema.origin import import_origin
from app.kernel.schema.rules import WARNING, check_each, check_rules
from app.people import status
from app.people.models import PersonDocument
from app.people.nationwide import nationwide_session
from app.people.rules import PERSON
from app.reference import time_limits

ALREADY_IMPORTED = _("An order with this old number was already imported with different content.")
# State of an order in a file → the events that lead to it.
EVENTS_OF_STATE = {
    state_machine.RECEIVED: (),
    state_machine.ACTIVE: ("checked",),
    state_machine.IN_FORCE: ("checked",),
    state_machine.EXECUTED: ("checked", "executed"),
    state_machine.RETURNED: ("checked", "executed", "returned"),
    state_machine.RECALLED: ("recalled",),
}
IDENTITY_FIELDS = ("surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on")
EVENT_FIELDS = {
    "checked": (),
    "assigned": (),
    "executed": ("officer", "place"),
    "returned": (),
    "recalled": ("document_no", "document_date", "reason"),
}


def build_entries(profile, entries, actors, now):
    """Build the records of these entries and check every rule of orders and events."""
    known_numbers = set(
        existing_records.find_by_legacy_numbers(
            profile.source, CourtOrder.__tablename__, [one.first.get("order.old") for one in entries]
        )
    )
    people_of_batch, origin = (
        BatchPeople(profile.source, [_build_person_row(one.first) for one in entries]),
        import_origin(profile.source),
    )
    for entry in entries:
        number = legacy_number_key(entry.first.get("order.old"))
        if number and number in known_numbers:
            entry.add_problem("order.old", ALREADY_IMPORTED, "V112")
        else:
            known_numbers.add(number)
            _build_entry(entry, people_of_batch, origin, actors, now)
    built = [entry for entry in entries if entry.built is not None]
    _check_rules(built, actors, now)


def _build_entry(entry, people_of_batch, origin, actors, now):
    row, state = entry.first, entry.first.get("order.state", state_machine.RECEIVED)
    if state not in EVENTS_OF_STATE:
        entry.add_problem(
            "order.state",
            _(
                "An order cannot be imported with this status. Import it as active, then enter the later events."
            ),
        )
        return
    order = CourtOrder(
        **values_for(row, "order", "old", "state", "unit"),
        origin=origin,
        recorded_by_id=actors[0],
        status=state_machine.RECEIVED,
    )
    person, event_kinds = None, list(EVENTS_OF_STATE[state])
    if "checked" in event_kinds and any(getattr(order, name) for name in IDENTITY_FIELDS[:4]):
        person = people_of_batch.find_or_create(
            entry, _build_person_row(row), build=lambda: _build_person(order, row)
        )
        if person is None:
            return
    if row.get("order.unit") and state == state_machine.ACTIVE:
        event_kinds.append("assigned")
    for kind in event_kinds:
        _add_event(order, kind, person, row, now)
    numbers = [(order, row["order.old"])] if row.get("order.old") else []
    if person is not None and row.get("person.old"):
        numbers.append((person, row["person.old"]))
    entry.built = BuiltEntry(order, [order, *([person] if person is not None else [])], numbers)


def _build_person_row(row):
    """Return the person data of an order row under the keys of a row of people."""
    values = {f"person.{name}": row[f"order.{name}"] for name in IDENTITY_FIELDS if f"order.{name}" in row}
    return values | {
        key: value for key, value in row.items() if key == "person.old" or key.startswith("document.")
    }


def _build_person(order, row):
    person = identification.build_person(order)
    if row.get("document.number"):
        person.documents.append(PersonDocument(**{"kind": "other"} | values_for(row, "document")))
    return person


def _add_event(order, kind, person, row, now):
    values = {name: value for name, value in values_for(row, "act").items() if name in EVENT_FIELDS[kind]}
    event = OrderEvent(kind=kind, **_get_event_time(order, kind, row, now), **values)
    if kind == "checked":
        event.person = person
    elif kind == "assigned":
        event.to_unit = row["order.unit"]
    event.order = order


def _get_event_time(order, kind, row, imported_at):
    """Return the columns of the time of an event: now for the check and assignment, else its own date.

    The date of an old execution or recall can be unknown. Then it stays unknown: the act counts from the day of the order.
    """
    if kind in ("checked", "assigned"):
        return {"at": imported_at}
    day = row.get("act.document_date") if kind == "recalled" else None
    if row.get("act.at"):
        return {"at": row["act.at"], "time_unknown": row.get("act.time_unknown", False)}
    known = day or order.issued_on or imported_at.date()
    return {"at": datetime.combine(known, time()), "time_unknown": True, "date_unknown": day is None}


def _check_rules(entries, actors, now):
    """Check every rule of the orders and their events, each event in the state after the earlier ones."""
    documents = _find_same_documents([entry.built.lead for entry in entries])
    people = {
        id(act.person): act.person
        for entry in entries
        for act in entry.built.lead.acts
        if act.person is not None
    }
    load_facts = load_person_facts([person for person in people.values() if person.id is None], now)
    registered_ids = [person.id for person in people.values() if person.id is not None]
    with_recent_photo = find_people_with_recent_photo(registered_ids)
    known = {pk: set() for pk in registered_ids}
    for fact in status.list_facts(db.session, registered_ids):
        known[fact.person_id].add(fact.status)
    for entry in entries:
        order = entry.built.lead
        document_key = order.court_code, number_key(order.number), order.issued_on
        collect_problems(
            entry,
            check_rules(
                rules.ORDER, order, OrderFacts(now=now, duplicate_number=documents.get(document_key))
            ),
            order,
        )
        documents.setdefault(document_key, order.number)
        for act in order.acts:
            if act.person is not None and act.person.id is None:
                collect_problems(
                    entry, check_each([act.person], PERSON, load_facts(act.person, True)), act.person
                )
            found = known.get(act.person.id, set()) if act.person is not None else set()
            facts = OrderFacts(
                now,
                died_on=getattr(act.person, "deceased_on", None),
                actor_id=actors[1],
                has_scan=False,
                photo_is_old=act.person is not None and act.person.id not in with_recent_photo,
                is_detained=not found.isdisjoint(status.IMPRISONED),
                is_in_custody=status.IN_CUSTODY in found,
                arrests=frozenset(),
                limits=time_limits.get_limits(),
            )
            collect_problems(
                entry,
                [_downgrade_for_history(problem) for problem in check_rules(rules.EVENT, act, facts)],
                act,
            )
        require_fields(entry, target_fields.ORDERS, [order])


def _downgrade_for_history(problem):
    """Return V081 as a warning and other problems unchanged.

    Old arrests are in no file, so an executed warrant without an arrest is accepted.
    """
    return replace(problem, severity=WARNING) if problem.rule == "V081" else problem


def _find_same_documents(orders):
    """Return (court, number, date) → number of the documents registered in the whole country."""
    keys = {
        (order_row.court_code, number_key(order_row.number), order_row.issued_on)
        for order_row in orders
        if order_row.number
    }
    order = CourtOrder
    query = select(order.court_code, order.number_key, order.issued_on, order.number).where(
        tuple_(order.court_code, order.number_key, order.issued_on).in_(keys), *paper_counts()
    )
    if not keys:
        return {}
    with nationwide_session(protected_too=True) as session:
        return {tuple(row[:3]): row.number for row in session.execute(query)}
