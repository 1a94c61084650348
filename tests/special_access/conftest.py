"""The cases of these tests."""

from tests.special_access.sample_cases import foreign, own, protected  # noqa: F401
