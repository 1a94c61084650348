"""Port for the questions of orders about arrests and detentions.

The custody feature is a higher layer, so orders cannot import it. It registers its functions here.
"""

_provider = {}


def register_provider(**functions):
    """Register the functions that answer for custody.

    `find_arrests(order)` returns the ids of the valid arrests that executed an order or can be linked to it.
    `find_acquittal(session, person_id, case_id)` returns the final decision that clears a person in a
    case. `list_arrests(connection)` returns the ids of all valid arrests with their orders and times. `find_linkable_arrests(order)`
    returns the visible arrests of its person that are on no order, and `build_execution(arrest)` the event of one of them.
    `find_supervisions(order)` returns the facts about the releases of its person under judicial supervision.
    """
    _provider.update(functions)


def find_arrests(order):
    """Return the ids of the valid arrests on the order, or None without a provider."""
    return _provider["find_arrests"](order) if _provider else None


def find_acquittal(session, person_id, case_id):
    """Return the final decision that clears the person in the case, or None."""
    if not _provider or person_id is None or case_id is None:
        return None
    return _provider["find_acquittal"](session, person_id, case_id)


def list_arrests(connection):
    """Return the ids of all valid arrests with the ids of their orders and their times; empty without a provider."""
    return _provider["list_arrests"](connection) if _provider else {}


def find_linkable_arrests(order):
    """Return the visible arrests that can be linked to the order; none without a provider."""
    return _provider["find_linkable_arrests"](order) if _provider else []


def build_execution(arrest):
    """Return the event with which this arrest executes an order."""
    return _provider["build_execution"](arrest)


def find_supervisions(order):
    """Return the facts about the releases of the person of an order under judicial supervision; none without a provider."""
    return _provider["find_supervisions"](order) if _provider else {}
