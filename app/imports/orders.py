"""A file of court orders: the paper as it was received, who it names, and what became of it.

Whoever lets the import in is the second officer, who checks: so an order is active from that day on, and its yearly
validation begins then. What was executed or recalled long ago stands as such, told by acts of their own days.
"""

from dataclasses import replace
from datetime import datetime, time

from sqlalchemy import select, tuple_

from app.court_orders import custody_port, identification, rules, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.queries import with_a_young_photo
from app.court_orders.rules import OrderFacts, number_key
from app.extensions import db
from app.imports import existing_records, target_fields
from app.imports.built_entry import Made, ask_for_all, given, hear
from app.imports.people import People, facts_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.legacy_numbers import key_of
from app.kernel.schema.origin import of_import
from app.kernel.schema.rules import WARNING, ask
from app.people import status
from app.people.models import PersonDocument
from app.people.nationwide import nation
from app.people.rules import PERSON, of_each

KNOWN = _("An order of this old number was brought in before, with another content.")
# The state that a file may tell → the acts that lead there.
ACTS = {
    state_machine.RECEIVED: (),
    state_machine.ACTIVE: ("checked",),
    state_machine.IN_FORCE: ("checked",),
    state_machine.EXECUTED: ("checked", "executed"),
    state_machine.RETURNED: ("checked", "executed", "returned"),
    state_machine.RECALLED: ("recalled",),
}
NAMED = ("surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on")
OF_THE_ACT = {
    "checked": (),
    "assigned": (),
    "executed": ("officer", "place"),
    "returned": (),
    "recalled": ("paper_no", "paper_on", "reason"),
}


def make(profile, entries, actors, now):
    known_ones = set(
        existing_records.by_old_numbers(
            profile.source, CourtOrder.__tablename__, [one.first.get("order.old") for one in entries]
        )
    )
    crowd, origin = (
        People(profile.source, [_person_row(one.first) for one in entries]),
        of_import(profile.source),
    )
    for entry in entries:
        number = key_of(entry.first.get("order.old"))
        if number and number in known_ones:
            entry.say("order.old", KNOWN, "V112")
        else:
            known_ones.add(number)
            _make(entry, crowd, origin, actors, now)
    made = [entry for entry in entries if entry.made is not None]
    _judge(made, actors, now)


def _make(entry, crowd, origin, actors, now):
    row, state = entry.first, entry.first.get("order.state", state_machine.RECEIVED)
    if state not in ACTS:
        entry.say(
            "order.state",
            _("An order does not come in with this state. Bring it in as active, and enter what followed."),
        )
        return
    order = CourtOrder(
        **given(row, "order", "old", "state", "unit"),
        origin=origin,
        recorded_by_id=actors[0],
        status=state_machine.RECEIVED,
    )
    person, kinds = None, list(ACTS[state])
    if "checked" in kinds and any(getattr(order, name) for name in NAMED[:4]):
        person = crowd.of(entry, _person_row(row), lambda: _new(order, row))
        if person is None:
            return
    if row.get("order.unit") and state == state_machine.ACTIVE:
        kinds.append("assigned")
    for kind in kinds:
        _add_act(order, kind, person, row, now)
    numbers = [(order, row["order.old"])] if row.get("order.old") else []
    if person is not None and row.get("person.old"):
        numbers.append((person, row["person.old"]))
    entry.made = Made(order, [order, *([person] if person is not None else [])], numbers)


def _person_row(row):
    """What a row of an order tells of its person, under the names of a row of people."""
    told = {f"person.{name}": row[f"order.{name}"] for name in NAMED if f"order.{name}" in row}
    return told | {
        key: value for key, value in row.items() if key == "person.old" or key.startswith("document.")
    }


def _new(order, row):
    person = identification.new_person(order)
    person.home = order.home
    if row.get("document.number"):
        person.documents.append(PersonDocument(**{"kind": "other"} | given(row, "document")))
    return person


def _add_act(order, kind, person, row, now):
    told = {name: value for name, value in given(row, "act").items() if name in OF_THE_ACT[kind]}
    act = OrderEvent(kind=kind, at=_moment(kind, row, now), **told)
    if kind == "checked":
        act.person = person
    elif kind == "assigned":
        act.to_unit = row["order.unit"]
    act.order = order


def _moment(kind, row, now):
    """When an act happened: the check is made now, what lies behind it on its own day."""
    if kind in ("checked", "assigned"):
        return now
    day = row.get("act.paper_on") if kind == "recalled" else None
    return row.get("act.at") or (datetime.combine(day, time()) if day else now)


def _judge(entries, actors, now):
    """Every rule of an order and of its acts, each in the state that the acts before it have made."""
    papers = _papers([entry.made.lead for entry in entries])
    people = {
        id(act.person): act.person
        for entry in entries
        for act in entry.made.lead.acts
        if act.person is not None
    }
    new = facts_of([one for one in people.values() if one.id is None], now)
    existing_records = [one.id for one in people.values() if one.id is not None]
    statuses, young, held = (
        status.of(db.session, existing_records),
        with_a_young_photo(existing_records),
        custody_port.held(existing_records),
    )
    for entry in entries:
        order = entry.made.lead
        paper = order.court_code, number_key(order.number), order.issued_on
        hear(entry, ask(rules.ORDER, order, OrderFacts(now=now, same_paper=papers.get(paper))), order)
        papers.setdefault(paper, order.number)
        for act in order.acts:
            if act.person is not None and act.person.id is None:
                hear(entry, of_each([act.person], PERSON, new(act.person, True)), act.person)
            stands = statuses.get(act.person.id) if act.person is not None else None
            facts = OrderFacts(
                now, person_status=stands and stands.status, died_on=status.died_on(act.person, stands),
                acts_by=actors[1], has_scan=False,
                photo_is_old=act.person is not None and act.person.id not in young,
                held=None if held is None else act.person is not None and act.person.id in held, arrests=frozenset(),
            )  # fmt: skip
            hear(entry, [_of_history(one) for one in ask(rules.ACT, act, facts)], act)
            order.status = state_machine.after(order.kind, order.status, act.kind)
        ask_for_all(entry, target_fields.ORDERS, [order])


def _of_history(problem):
    """The arrests of those years are in no file: that an old warrant was executed without one is told, and no more."""
    return replace(problem, severity=WARNING) if problem.rule == "V081" else problem


def _papers(orders):
    """(court, number, day) → number of those of these papers that are registered, in the whole nation."""
    keys = {(one.court_code, number_key(one.number), one.issued_on) for one in orders if one.number}
    order = CourtOrder
    asked = select(order.court_code, order.number_key, order.issued_on, order.number).where(
        tuple_(order.court_code, order.number_key, order.issued_on).in_(keys)
    )
    if not keys:
        return {}
    with nation(protected_too=True) as session:
        return {tuple(row[:3]): row.number for row in session.execute(asked)}
