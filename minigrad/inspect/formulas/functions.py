"""What the functions in formulas compute, in NumPy: the second opinion on every kernel and rule."""

import math

import numpy as np


def _over(reduce):
    def total(x, axis=None):
        """Sums keep their axes, so that they broadcast against what was summed."""
        return reduce(x, axis=axis, keepdims=True)

    return total


def _transposed(x):
    return x if np.ndim(x) < 2 else np.swapaxes(x, -1, -2)


def _wins(a, b):
    """1 where a > b, a half where they are equal."""
    return np.where(a > b, 1.0, np.where(a == b, 0.5, 0.0))


FUNCTIONS = {
    name: getattr(np, name)
    for name in "exp log log2 sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh sqrt abs "
    "floor ceil trunc sign where round isnan isfinite isinf conj".split()
} | {
    "pi": math.pi,
    "sum": _over(np.sum),
    "mean": _over(np.mean),
    "prod": _over(np.prod),
    "T": _transposed,
    "wins": _wins,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "erf": np.vectorize(math.erf, otypes=[float]),
    "I0": np.i0,
}
