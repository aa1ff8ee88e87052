"""Small functions that fused loops call, with NumPy's meaning where NaN comes in."""

import numpy as np

from minigrad.kernels.jit import inline, select


@inline
def maximum(a, b):
    """Return the greater of two numbers; NaN if one of them is."""
    return select((a >= b) | (a != a), a, b)


@inline
def minimum(a, b):
    """Return the smaller of two numbers; NaN if one of them is."""
    return select((a <= b) | (a != a), a, b)


def _sign_in(kind):
    zero, one, minus_one = kind(0), kind(1), kind(-1)

    def sign_in(x):
        return select(x > zero, one, select(x < zero, minus_one, x))

    return sign_in


@inline(
    by_dtype={
        name: _sign_in(np.dtype(name).type) for name in ("float32", "float64", "int32", "int64")
    }
)
def sign(x):
    """Return -1, 0 or 1, in the type of x; NaN for NaN."""
    return np.sign(x)


def _power(a, b):
    return a**b


@inline(jitted=_power)
def raised(a, b):
    """Return a to the power of b."""
    return np.power(a, b)


@inline
def isnan(x):
    """Return whether x is NaN."""
    return x != x


@inline
def isfinite(x):
    """Return whether x is neither NaN nor infinite."""
    return x - x == x - x


@inline
def isinf(x):
    """Return whether x is infinite."""
    return (x == x) & (x - x != x - x)
