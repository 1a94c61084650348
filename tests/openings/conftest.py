"""The cases of these tests."""

from tests.openings.cases import foreign, own, protected  # noqa: F401
