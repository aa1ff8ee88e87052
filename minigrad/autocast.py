"""AutocastScope: inside it floating Variables are read in the compute dtype of the layer."""

import threading

from minigrad import dtypes
from minigrad.autograd.operators import OPS


class _OfThread(threading.local):
    autocast = None


_thread = _OfThread()


class AutocastScope:
    """A scope in which floating Variables are read in `dtype`; None reads them as they are."""

    def __init__(self, dtype):
        if dtype is not None:
            dtype = dtypes.standardize_dtype(dtype)
            if not dtypes.is_float(dtype):
                raise ValueError(
                    "`AutocastScope` can only be used with a floating-point target dtype, such as "
                    f"'float16'. Received: dtype={dtype}"
                )
        self.dtype = dtype
        self._outer = []

    def maybe_cast(self, value):
        """A floating `value` in the dtype of this scope, others as they are."""
        if self.dtype is not None and value.dtype != self.dtype and dtypes.is_float(value.dtype):
            return OPS["cast"](value, self.dtype)
        return value

    def __enter__(self):
        self._outer.append(get_autocast_scope())
        _thread.autocast = self
        return self

    def __exit__(self, *exc_info):
        _thread.autocast = self._outer.pop()


def get_autocast_scope():
    """The AutocastScope that is open in this thread, or None."""
    return _thread.autocast
