"""SymbolicScope: says that shapes are being found out, and nothing is computed."""

import threading
from contextlib import ExitStack

from minigrad.autograd import output_spec
from minigrad.stateless_scope import StatelessScope

_thread = threading.local()


class SymbolicScope:
    """A scope that is open while `compute_output_spec` tries out what shapes a function returns.

    `backend.in_symbolic_scope()` tells whether one is, for functions that must do without values
    then.

    >>> import minigrad as mg
    >>> with mg.SymbolicScope():
    ...     mg.backend.in_symbolic_scope()
    True
    """

    def __enter__(self):
        _thread.depth = getattr(_thread, "depth", 0) + 1
        return self

    def __exit__(self, *exc_info):
        _thread.depth -= 1


def in_symbolic_scope():
    """Whether a SymbolicScope is open in this thread."""
    return getattr(_thread, "depth", 0) > 0


def _trial():
    # A function that is tried out may assign to Variables; that must have no effect.
    scopes = ExitStack()
    scopes.enter_context(StatelessScope())
    scopes.enter_context(SymbolicScope())
    return scopes


output_spec.set_scope(_trial)
