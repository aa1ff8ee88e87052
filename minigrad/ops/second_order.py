"""Second derivatives of operations whose gradient is a kernel of its own.

Such a gradient is an operation too, and has a rule: it is written here once, by way of the same
computation in plain ops. It is as slow as these, and for whoever asks.
"""

from minigrad.autograd.functional import grad
from minigrad.autograd.record import THREAD, run_recorded
from minigrad.autograd.tensor import wrap

__all__ = []


def second_order(by_ops, us, gs, xs):
    """The derivatives of Σ u · slope by all gs and xs.

    slope is the gradient of Σ g · by_ops(xs) by the first of the xs, as many as there are us. What
    the forward kept for the backward is a function of the xs: their derivatives are complete
    without it.
    """

    def along_us(*arguments):
        gs_, xs_ = arguments[: len(gs)], arguments[len(gs) :]

        def loss(*xs_):
            return sum((g * y).sum() for g, y in zip(gs_, by_ops(*xs_), strict=True))

        slopes = grad(loss, argnums=tuple(range(len(us))))(*xs_)
        return sum((u * slope).sum() for u, slope in zip(us, slopes, strict=True))

    def derivatives():
        return grad(along_us, argnums=tuple(range(len(gs) + len(xs))))(*gs, *xs)

    if not THREAD.mode.bare:
        return derivatives()
    us, gs, xs = ([wrap(x) for x in several] for several in (us, gs, xs))
    return tuple(x._value for x in run_recorded(derivatives))
