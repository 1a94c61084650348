"""State machine of a court order: the events allowed in each state, and the state after each event.

Pure functions without web or database. Each event of an order is a row (`OrderEvent`). The state is never entered: it
is always replayed from these rows, in the order in which they took effect. The order of entry does not count: an arrest
can be entered after a recall that followed it.
"""

from datetime import datetime, time

RECEIVED, REJECTED, ACTIVE, IN_FORCE, SUSPENDED, DIED = (
    "received", "rejected", "active", "in_force", "suspended", "died",
)  # fmt: skip
EXECUTED, RETURNED, RECALLED, REPLACED = "executed", "returned", "recalled", "replaced"

# While such an order is active, its person is wanted.
WANTED_KINDS = ("arrest", "bring", "extradition")
# The police execute these. All other orders take effect with the check.
EXECUTABLE_KINDS = (*WANTED_KINDS, "detention_warrant", "summons", "appear", "search", "rogatory")
# The police do not execute these, but they restrain the person, so a final acquittal suspends them too.
RESTRAINING_KINDS = ("provisional_detention", "detention_extension", "supervision")
# These orders can name a person who is not a suspect.
WITNESS_KINDS = ("summons", "appear", "search", "rogatory")

# A person reported dead may be alive: the order raises matches until the court recalls it.
MATCHED_STATES = (ACTIVE, DIED)
VALID_STATES = (ACTIVE, IN_FORCE, SUSPENDED, DIED)
# These end a search, so a second officer confirms them. A return ends it after a notice of death only.
ENDING_EVENTS = ("recalled", "replaced", "acquitted", "returned")
# The end of an acquittal that officers entered begins the search again, so two officers decide about it too.
CONFIRMED_EVENTS = (*ENDING_EVENTS, "restored")
# Events that do not change the state.
_UNCHANGED = dict.fromkeys((ACTIVE, SUSPENDED, DIED, EXECUTED, RETURNED, RECALLED, REPLACED))
TRANSITIONS = {
    # A second verification names another person, because the record of the first was voided.
    "checked": {RECEIVED: ACTIVE, ACTIVE: ACTIVE, IN_FORCE: IN_FORCE},
    "rejected": {RECEIVED: REJECTED},
    "assigned": {ACTIVE: ACTIVE, SUSPENDED: SUSPENDED},
    "attempt": {ACTIVE: ACTIVE},
    "seen": {ACTIVE: ACTIVE},
    "validated": {ACTIVE: ACTIVE},
    "notice": {ACTIVE: ACTIVE},
    "executed": {ACTIVE: EXECUTED},
    "returned": {EXECUTED: RETURNED, DIED: RETURNED},
    "recalled": {
        RECEIVED: RECALLED,
        ACTIVE: RECALLED,
        IN_FORCE: RECALLED,
        SUSPENDED: RECALLED,
        DIED: RECALLED,
    },
    "replaced": {ACTIVE: REPLACED, IN_FORCE: REPLACED, SUSPENDED: REPLACED},
    # An acquittal in the case suspends the order until the court recalls it. A death ends the search at once.
    "acquitted": {ACTIVE: SUSPENDED, DIED: SUSPENDED, IN_FORCE: SUSPENDED},
    # The acquittal was set aside or voided: the order is active again.
    "restored": {SUSPENDED: ACTIVE},
    "died": {ACTIVE: DIED},
    "revived": {DIED: ACTIVE},
    "match_confirmed": _UNCHANGED,
    "match_denied": _UNCHANGED,
    "match_extended": _UNCHANGED,
}
# The verification says that the paper is in force, so it precedes the acts on it whenever it is entered.
VERIFICATIONS = ("checked", "rejected")
# The court takes these decisions. They take effect with the day of its document, not when the police enter them.
COURT_DECISIONS = ("recalled", "replaced")
REVERSED_KINDS = {"restored": "acquitted", "revived": "died"}  # reversal → what it reverses
# An arrest of a day without a time precedes the decisions of that day, as one with a time does.
LATEST_ARREST = time(23, 58)
UNSAVED = float("inf")  # the number of an event that is entered after all others


def needs_second_officer(kind, status, event):
    """Return True if the event ends the search for a person, begins it again, or prevents it before the order is checked.

    This holds in every state: an execution, an acquittal or another end can be void later, and then this event decides.
    Only the return after an execution ends no search.
    """
    return event in CONFIRMED_EVENTS and kind in WANTED_KINDS and (event, status) != ("returned", EXECUTED)


def can_apply(kind, status, event):
    """Return True if the event is allowed for an order of this kind in this state."""
    if event == "acquitted" and status == IN_FORCE and kind not in RESTRAINING_KINDS:
        return False
    return status in TRANSITIONS[event]


def next_state(kind, status, event):
    """Return the state after the event. An event that is not allowed changes nothing."""
    state = (can_apply(kind, status, event) and TRANSITIONS[event][status]) or status
    return IN_FORCE if state == ACTIVE and kind not in EXECUTABLE_KINDS else state


def effective_at(event):
    """Return the minute in which an event took effect: of its time, or the last of a day without a time.

    A decision of the court takes effect with the day of its document. An act of an unknown day counts from the day of the order.
    An execution without an arrest, as in an import, keeps its place among the acts of its day.

    Forms have no seconds, so an event that a program enters with seconds can precede one of the same minute.
    """
    day = event.document_date if event.kind in COURT_DECISIONS else None
    moment = event.at
    if day is not None and day < moment.date():
        moment = datetime.combine(day, time.max)
    elif event.time_unknown and not event.date_unknown:
        moment = datetime.combine(moment.date(), LATEST_ARREST if event.arrest_id else time.max)
    return moment.replace(second=0, microsecond=0)


def sort_events(events):
    """Return the events in the order in which they took effect. Events of the same minute keep their order."""
    return sorted(events, key=lambda one: (one.kind not in VERIFICATIONS, effective_at(one)))


def list_standing(events):
    """Return the events without reversals, the acquittals and notices of death that one reverses, and arrests of other people.

    A reversal concerns what was entered before it. A later acquittal can be older, and counts. The end of a judgment
    reverses no acquittal that an officer entered on the order.
    """
    reversals = [one for one in events if one.kind in REVERSED_KINDS]
    person_id = find_person_id(events)
    return [
        one
        for one in events
        if one.kind not in REVERSED_KINDS
        and not any(_reverses(later, one) for later in reversals)
        and not (one.kind == "executed" and get_person_id(one) not in (None, person_id))
    ]


def find_check(events):
    """Return the last verification, or None."""
    checks = [one for one in sort_events(events) if one.kind == "checked"]
    return checks[-1] if checks else None


def find_person_id(events):
    """Return the id of the person of the last verification, or None."""
    check = find_check(events)
    return get_person_id(check) if check is not None else None


def get_person_id(event):
    """Return the id of the person of an event, also before the event is saved, or None."""
    known = getattr(event, "person_id", None)
    person = getattr(event, "person", None) if known is None else None  # does not load what is not needed
    return person.id if person is not None else known


def _reverses(reversal, event):
    was_entered_before = _entry_number(event) <= _entry_number(reversal)
    is_older = effective_at(event) <= effective_at(reversal)
    follows, followed = (getattr(one, "judgment_id", None) is not None for one in (reversal, event))
    concerns = event.kind == REVERSED_KINDS[reversal.kind] and (followed or not follows)
    return concerns and was_entered_before and is_older


def _entry_number(event):
    return getattr(event, "id", None) or UNSAVED


def replay(kind, events):
    """Return the state of an order after these events, starting from its receipt.

    An acquittal that was reversed counts as if it had never been: an arrest meanwhile has executed the order.
    """
    status = RECEIVED
    for event in sort_events(list_standing(events)):
        status = next_state(kind, status, event.kind)
    return status


def replay_until(kind, events, moment):
    """Return the state of an order at a moment, as it is known now."""
    standing = list_standing(events)
    return replay(kind, [one for one in standing if one.kind in VERIFICATIONS or effective_at(one) <= moment])


def allows(kind, events, event):
    """Return True if an order with these events allowed a further event when it took effect.

    A verification looks at everything that is known. The end of an acquittal also counts after a recall.
    """
    if event.kind not in TRANSITIONS:
        return False
    if event.kind in VERIFICATIONS or event.at is None:
        return can_apply(kind, replay(kind, events), event.kind)
    if getattr(event, "is_derived", False) and event.kind in REVERSED_KINDS:
        return any(one.kind == REVERSED_KINDS[event.kind] for one in list_standing(events))
    return can_apply(kind, replay_until(kind, events, effective_at(event)), event.kind)


def allowed_once(kind, events, event_kind):
    """Return True if an event of this kind is allowed now, or was in an earlier state of the order.

    The page offers a recall also after the arrest, and an arrest after a recall: either can be older than the other.
    """
    known = sort_events(events)
    if event_kind == "executed" and any(one.kind == "executed" for one in known):
        return False
    return any(can_apply(kind, replay(kind, known[:count]), event_kind) for count in range(len(known) + 1))


def raises_matches(kind, status):
    """Return True if an encounter with the person of such an order raises a match: also after a notice of death."""
    return status in MATCHED_STATES and kind in WANTED_KINDS


def is_wanted_for(kind, status):
    """Return True if the person of such an order is wanted."""
    return status == ACTIVE and kind in WANTED_KINDS
