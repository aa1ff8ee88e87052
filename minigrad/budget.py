"""A limit on the memory of new Variables, while a file says how large they are to be."""

import contextlib
import math
import threading

import numpy as np

FLOOR = 1 << 24
FACTOR = 8  # an optimizer that was not saved has several numbers for each weight
_thread = threading.local()


def budget_of(size):
    """How many bytes Variables may take that come with a file of weights of so many bytes."""
    return FLOOR + FACTOR * size


@contextlib.contextmanager
def memory_budget(nbytes):
    """Inside the block, Variables of more than so many bytes in all are refused.

    >>> with memory_budget(100):
    ...     spend("kernel", (5, 5), "float32")
    >>> with memory_budget(100):
    ...     spend("kernel", (5, 6), "float32")
    Traceback (most recent call last):
    ...
    ValueError: kernel of shape (5, 6) needs 120 bytes, more than the 100 that are left ...
    """
    before = getattr(_thread, "left", None)
    _thread.left = nbytes
    try:
        yield
    finally:
        _thread.left = before


def spend(name, shape, dtype):
    """Count an array that is about to be made; ValueError if there is no memory left for it.

    Without a budget nothing is counted.
    """
    left = getattr(_thread, "left", None)
    if left is None:
        return
    size = 2 if dtype == "bfloat16" else np.dtype(dtype or "float32").itemsize
    needed = math.prod(shape) * size
    if needed > left:
        raise ValueError(
            f"{name} of shape {tuple(shape)} needs {needed} bytes, more than the {left} that are "
            "left for a model from a file of this size. The config is damaged, or wants to do "
            f"harm. Received: shape={tuple(shape)}, dtype={dtype}"
        )
    _thread.left = left - needed
