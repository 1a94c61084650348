"""Port for the questions of orders about arrests and detentions.

The custody feature is a higher layer, so orders cannot import it. It registers its functions here.
"""

_provider = {}


def register_provider(*, find_arrests, find_detained):
    """Register the functions that answer for custody.

    `find_arrests(order)` returns the ids of the valid arrests on an order. `find_detained(ids)` returns which of these
    people are in open detention.
    """
    _provider.update(find_arrests=find_arrests, find_detained=find_detained)


def find_arrests(order):
    """Return the ids of the valid arrests on the order, or None without a provider."""
    return _provider["find_arrests"](order) if _provider else None


def is_detained(person):
    """Return whether the person is in open detention, or None without a provider or a person."""
    return person.id in _provider["find_detained"]([person.id]) if _provider and person is not None else None


def find_detained(ids):
    """Return the ids of these people who are in open detention, or None without a provider."""
    return _provider["find_detained"](ids) if _provider else None
