"""Fixtures whose rows are written once in a process and then restored."""

import inspect

import pytest


def prepared(write):
    """Make a fixture of a function that writes rows and returns a few of them, in a plain value or in a list,
    tuple, dict or namespace.
    """

    def fixture(register, **fixtures):
        return register.filled_by(write, fixtures)

    own = inspect.signature(write)
    register = inspect.Parameter("register", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    fixture.__signature__ = own.replace(parameters=[register, *own.parameters.values()])
    fixture.__doc__ = write.__doc__
    return pytest.fixture(fixture, name=write.__name__)
