"""The life of an order: which act may follow in which state, and what the state is then. Knows no web, no database.

What happens to an order is a row (`OrderEvent`); its state is never typed, it is told anew from those rows.
"""

RECEIVED, REJECTED, ACTIVE, IN_FORCE, HELD, DIED = (
    "received", "rejected", "active", "in_force", "held", "died",
)  # fmt: skip
EXECUTED, RETURNED, RECALLED, REPLACED = "executed", "returned", "recalled", "replaced"

# Whom these name is searched for as long as the order is active.
WANTED_FOR = ("arrest", "bring", "extradition")
# Carried out by the police; all others take effect when they are checked.
CARRIED_OUT = (*WANTED_FOR, "detention_warrant", "summons", "appear", "search", "rogatory")
# Somebody may be named here who is suspected of nothing.
NAMES_A_WITNESS = ("summons", "appear", "search", "rogatory")

STANDING = (ACTIVE, IN_FORCE, HELD, DIED)
_HEARD = dict.fromkeys((ACTIVE, HELD, DIED, EXECUTED, RETURNED, RECALLED, REPLACED))  # the state stays
STEPS = {
    "checked": {RECEIVED: ACTIVE},
    "rejected": {RECEIVED: REJECTED},
    "assigned": {ACTIVE: ACTIVE, HELD: HELD},
    "attempt": {ACTIVE: ACTIVE},
    "seen": {ACTIVE: ACTIVE},
    "validated": {ACTIVE: ACTIVE},
    "notice": {ACTIVE: ACTIVE},
    "executed": {ACTIVE: EXECUTED},
    "returned": {EXECUTED: RETURNED, DIED: RETURNED},
    "recalled": {RECEIVED: RECALLED, ACTIVE: RECALLED, IN_FORCE: RECALLED, HELD: RECALLED, DIED: RECALLED},
    "replaced": {ACTIVE: REPLACED, IN_FORCE: REPLACED, HELD: REPLACED},
    # An acquittal of the case holds the order until the court recalls it; a death ends the search at once.
    "acquitted": {ACTIVE: HELD, DIED: HELD},
    # The acquittal was set aside, or struck out as wrong: the order stands as it did.
    "restored": {HELD: ACTIVE},
    "died": {ACTIVE: DIED},
    "revived": {DIED: ACTIVE},
    "hit_confirmed": _HEARD,
    "hit_denied": _HEARD,
    "hit_longer": _HEARD,
}


def may_follow(kind, status, act):
    """Whether `act` may happen to an order of that kind in that state."""
    return status in STEPS[act]


def after(kind, status, act):
    """The state after `act`; what may not happen changes nothing."""
    following = STEPS[act].get(status) or status
    return IN_FORCE if following == ACTIVE and kind not in CARRIED_OUT else following


def told(kind, acts):
    """The state of an order after these acts, from its reception."""
    status = RECEIVED
    for act in acts:
        status = after(kind, status, act)
    return status


def is_wanted_for(kind, status):
    """Whether the person of an order is searched for because of it."""
    return status == ACTIVE and kind in WANTED_FOR


def acts_in(kind, status):
    """Every act that may follow now."""
    return tuple(act for act, steps in STEPS.items() if status in steps)
