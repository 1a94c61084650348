"""Python's search for objects that point at each other, which walks through all that is held, again and again: a fifth of the
time of work that holds a lot and leaves no such circles, or cuts them itself."""

import gc
from contextlib import contextmanager


@contextmanager
def left_alone():
    """No search meanwhile; what was there before is not gone through by `gc.collect()` either."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
