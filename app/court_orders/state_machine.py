"""State machine of a court order: the events allowed in each state, and the state after each event.

Pure functions without web or database. Each event of an order is a row (`OrderEvent`). The state is never entered: it
is always replayed from these rows.
"""

RECEIVED, REJECTED, ACTIVE, IN_FORCE, SUSPENDED, DIED = (
    "received", "rejected", "active", "in_force", "suspended", "died",
)  # fmt: skip
EXECUTED, RETURNED, RECALLED, REPLACED = "executed", "returned", "recalled", "replaced"

# While such an order is active, its person is wanted.
WANTED_KINDS = ("arrest", "bring", "extradition")
# The police execute these. All other orders take effect with the check.
EXECUTABLE_KINDS = (*WANTED_KINDS, "detention_warrant", "summons", "appear", "search", "rogatory")
# These orders can name a person who is not a suspect.
WITNESS_KINDS = ("summons", "appear", "search", "rogatory")

# A person reported dead may be alive: the order raises matches until the court recalls it.
MATCHED_STATES = (ACTIVE, DIED)
VALID_STATES = (ACTIVE, IN_FORCE, SUSPENDED, DIED)
# These end a search, so a second officer confirms them. A return ends it after a notice of death only.
ENDING_EVENTS = ("recalled", "replaced", "acquitted", "returned")
# Events that do not change the state.
_UNCHANGED = dict.fromkeys((ACTIVE, SUSPENDED, DIED, EXECUTED, RETURNED, RECALLED, REPLACED))
TRANSITIONS = {
    "checked": {RECEIVED: ACTIVE},
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
    "acquitted": {ACTIVE: SUSPENDED, DIED: SUSPENDED},
    # The acquittal was set aside or voided: the order is active again.
    "restored": {SUSPENDED: ACTIVE},
    "died": {ACTIVE: DIED},
    "revived": {DIED: ACTIVE},
    "match_confirmed": _UNCHANGED,
    "match_denied": _UNCHANGED,
    "match_extended": _UNCHANGED,
}


def needs_second_officer(kind, status, event):
    """Return True if the event ends the search for a person, or prevents it before the order is checked."""
    return event in ENDING_EVENTS and kind in WANTED_KINDS and status in (RECEIVED, *MATCHED_STATES)


def can_apply(kind, status, event):
    """Return True if the event is allowed for an order of this kind in this state."""
    return status in TRANSITIONS[event]


def next_state(kind, status, event):
    """Return the state after the event. An event that is not allowed changes nothing."""
    state = TRANSITIONS[event].get(status) or status
    return IN_FORCE if state == ACTIVE and kind not in EXECUTABLE_KINDS else state


def replay(kind, events):
    """Return the state of an order after these events, starting from its receipt."""
    status = RECEIVED
    for event in events:
        status = next_state(kind, status, event)
    return status


def raises_matches(kind, status):
    """Return True if an encounter with the person of such an order raises a match: also after a notice of death."""
    return status in MATCHED_STATES and kind in WANTED_KINDS


def is_wanted_for(kind, status):
    """Return True if the person of such an order is wanted."""
    return status == ACTIVE and kind in WANTED_KINDS
