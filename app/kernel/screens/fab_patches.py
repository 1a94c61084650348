"""What FAB looks through of a view when the view is registered."""

from functools import cache


class OnlyMethods:
    """A view whose `dir` names its methods alone.

    FAB tries every name five times for marks that only methods bear: of a view that computes its properties and
    translates its titles, each time.
    """

    def __dir__(self):
        return _methods(type(self))


@cache
def _methods(cls):
    return sorted(name for name in dir(cls) if callable(getattr(cls, name)))
