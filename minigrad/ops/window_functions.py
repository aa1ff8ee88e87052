"""Window functions: weights that fade out towards both ends, for signals cut into pieces."""

import numpy as np

from minigrad import dtypes, settings
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor
from minigrad.ops.casting import constant

__all__ = [
    "bartlett",
    "blackman",
    "hamming",
    "hanning",
    "kaiser",
]


def _window(x, weights, *args):
    """`weights(x, *args)` in floatx; `x`, their number, may be a tensor."""
    if isinstance(x, KerasTensor):
        return KerasTensor((None,), settings.floatx())
    return constant(weights(int(x), *args).astype(dtypes.to_numpy_dtype(settings.floatx())))


@op
def bartlett(x):
    """A triangle of x weights, 0 at both ends.

    >>> from minigrad import ops
    >>> ops.bartlett(5).numpy()
    array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _window(x, np.bartlett)


@op
def blackman(x):
    """0.42 - 0.5 cos(2πn / (x-1)) + 0.08 cos(4πn / (x-1)), for n from 0 to x - 1."""
    return _window(x, np.blackman)


@op
def hamming(x):
    """0.54 - 0.46 cos(2πn / (x-1)), for n from 0 to x - 1."""
    return _window(x, np.hamming)


@op
def hanning(x):
    """0.5 - 0.5 cos(2πn / (x-1)), for n from 0 to x - 1."""
    return _window(x, np.hanning)


@op
def kaiser(x, beta):
    """I₀(β √(1 - (2n / (x-1) - 1)²)) / I₀(β), for n from 0 to x - 1.

    Args:
        beta: 0 is a rectangle; the greater, the narrower.
    """
    return _window(x, np.kaiser, beta if isinstance(beta, KerasTensor) else float(beta))
