"""Python's search for garbage is left alone for a while, and comes back however that while ends."""

import gc

import pytest

from app.kernel import gc_pause


def test_it_does_not_search_meanwhile():
    assert gc.isenabled()
    with gc_pause.left_alone():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_searches_again_after_a_failure():
    with pytest.raises(ZeroDivisionError), gc_pause.left_alone():
        raise ZeroDivisionError
    assert gc.isenabled()
