"""Overrides of FAB's view registration."""

from functools import cache

from app.kernel.patch_guard import require_version

require_version("flask-appbuilder", "5.3.")


# FAB's decorators mark a method by these attributes.
MARKS = {"_permission_name", "_urls", "_extra", "_limit", "_action", "_before_request_hook"}


class MethodNamesMixin:
    """A view with a `dir` that lists only the methods with a decorator of FAB.

    At registration FAB reads every name of a view to find these methods. This would evaluate properties that need the
    views of the whole application before all of them are registered. FAB has no public way to prevent it.
    """

    def __dir__(self):
        return _method_names(type(self))


@cache
def _method_names(cls):
    # Not by `hasattr`: it would translate each text of the view.
    return sorted(
        name for name in dir(cls) if not MARKS.isdisjoint(getattr(getattr(cls, name), "__dict__", ()))
    )
