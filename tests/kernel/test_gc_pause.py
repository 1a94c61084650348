"""The garbage collector is paused within the block and enabled again after it, even after an error."""

import gc

import pytest

from app.kernel import gc_pause


def test_gc_paused_disables_the_collector():
    assert gc.isenabled()
    with gc_pause.gc_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_gc_paused_enables_the_collector_after_an_error():
    with pytest.raises(ZeroDivisionError), gc_pause.gc_paused():
        raise ZeroDivisionError
    assert gc.isenabled()
