"""Python's search for garbage is left alone for a while, and comes back however that while ends."""

import gc

import pytest

from app.kernel import garbage


def test_it_does_not_search_meanwhile():
    assert gc.isenabled()
    with garbage.left_alone():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_searches_again_after_a_failure():
    with pytest.raises(ZeroDivisionError), garbage.left_alone():
        raise ZeroDivisionError
    assert gc.isenabled()
