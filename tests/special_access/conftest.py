"""Fixtures: sample cases."""

from tests.special_access.sample_cases import foreign, own, protected  # noqa: F401
