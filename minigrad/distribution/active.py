"""Which distribution is in force, and what optimizers and training ask of it."""

import contextlib

from minigrad.random.seed_generator import set_process_number

_active = {}


def set_distribution(value):
    """Let training from now on use several processes, by a DataParallel; None: this one alone."""
    if value is not None and not hasattr(value, "mean_over_processes"):
        raise ValueError(
            "Expected a `minigrad.distribution.DataParallel` or None. "
            f"Received: value={value} of type {type(value)}"
        )
    _active["distribution"] = value
    set_process_number(0 if value is None else value.process)


def distribution():
    """The distribution in force, or None."""
    return _active.get("distribution")


def mean_over_processes(gradients):
    """The gradients of the whole batch, of which each process has seen a part.

    Args:
        gradients: Tensors, or None where there is no gradient.
    """
    active = _active.get("distribution")
    if active is None or active.processes == 1 or _active.get("is mean"):
        return gradients
    return active.mean_over_processes(gradients)


@contextlib.contextmanager
def already_mean():
    """Gradients inside the block are those of the whole batch: they need not be sent again."""
    before, _active["is mean"] = _active.get("is mean"), True
    try:
        yield
    finally:
        _active["is mean"] = before
