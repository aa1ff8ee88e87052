"""Random numbers as primitives: functions of a seed, two 32-bit whole numbers.

The same seed gives the same numbers. `minigrad.random` draws seeds and calls
these.
"""

import math

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import primitive
from minigrad.kernels import random as philox
from minigrad.kernels import sampling

# How many bits a random number in [0, 1) may have, so that rounding does not make it 1.
_BITS = {"float16": 11, "bfloat16": 8}


def _key(seed):
    return tuple(seed.tolist())


def _wide(dtype):
    """The dtype that numbers of `dtype` are drawn in."""
    return "float64" if dtype == "float64" else "float32"


def _uniform(seed, shape, dtype):
    u = philox.uniform(_key(seed), 0, shape, _wide(dtype))
    if dtype in _BITS:
        steps = np.float32(2 ** _BITS[dtype])
        u = np.floor(u * steps) / steps
    return u.astype(dtypes.to_numpy_dtype(dtype), copy=False)


def _random(name, kernel, inputs="seed", vjp=None):
    return primitive(
        name,
        kernel,
        vjp,
        promote=None,
        moves=True,
        inputs=inputs,
        shape=lambda *_, shape, dtype: shape,
        dtype=lambda *_, shape, dtype: dtype,
    )


def _in_wide(kernel):
    """A kernel that computes in float32 or float64, for all float dtypes."""

    def drawn(seed, *inputs, shape, dtype):
        wide = _wide(dtype)
        result = kernel(_key(seed), *inputs, shape=shape, dtype=wide)
        return result if dtype == wide else result.astype(dtypes.to_numpy_dtype(dtype))

    return drawn


random_uniform = _random("random_uniform", _uniform)
random_normal = _random(
    "random_normal", _in_wide(lambda key, shape, dtype: philox.normal(key, 0, shape, dtype))
)
random_truncated_normal = _random("random_truncated_normal", _in_wide(sampling.truncated_normal))
random_integers = _random(
    "random_integers",
    lambda seed, low, high, shape, dtype: sampling.integers(_key(seed), low, high, shape, dtype),
    "seed low high",
)
random_gamma = _random(
    "random_gamma",
    _in_wide(sampling.gamma),
    "seed alpha",
    (None, lambda g, out, seed, alpha, shape, dtype: g * random_gamma_slope(alpha, out)),
)


def _beta_vjp(g, out, seed, alpha, beta, shape, dtype):
    by_alpha, by_beta = random_beta_slopes(seed, alpha, beta, shape=shape, dtype=dtype)
    return None, g * by_alpha, g * by_beta


random_beta = _random("random_beta", _in_wide(sampling.beta), "seed alpha beta", _beta_vjp)


def _no_second_derivative(*_, **__):
    raise NotImplementedError(
        "The gradients of random.gamma and random.beta by their parameters have no derivatives "
        "themselves. Stop the gradient there, or differentiate once."
    )


# The gradients of gamma and beta are implicit ones: how a number moves with the parameters, its
# rank in the distribution held fixed.
random_gamma_slope = primitive(
    "random_gamma_slope",
    sampling.gamma_slope,
    _no_second_derivative,
    promote=None,
    shape=lambda alpha, variates: variates.shape,
    dtype=lambda alpha, variates: variates.dtype,
    inputs="alpha variates",
)
random_beta_slopes = primitive(
    "random_beta_slopes",
    lambda seed, alpha, beta, shape, dtype: tuple(
        slope.astype(dtypes.to_numpy_dtype(dtype), copy=False)
        for slope in sampling.beta_slopes(_key(seed), alpha, beta, shape)
    ),
    _no_second_derivative,
    promote=None,
    moves=True,
    shape=lambda *_, shape, dtype: [shape, shape],
    dtype=lambda *_, shape, dtype: [dtype, dtype],
    inputs="seed alpha beta",
)
random_binomial = _random("random_binomial", _in_wide(sampling.binomial), "seed trials probability")
random_categorical = _random(
    "random_categorical",
    lambda seed, logits, shape, dtype: sampling.categorical(_key(seed), logits, shape[1]).astype(
        dtype
    ),
    "seed logits",
)
random_permutation = _random(
    "random_permutation",
    lambda seed, shape, dtype: sampling.permutation(_key(seed), shape[0]).astype(dtype),
)


def _dropout_mask(seed, shape, dtype, rate):
    mask = philox.dropout_mask(_key(seed), 0, shape, rate, _wide(dtype))
    return mask.astype(dtypes.to_numpy_dtype(dtype), copy=False)


dropout_mask = primitive(
    "dropout_mask",
    _dropout_mask,
    promote=None,
    moves=True,
    inputs="seed",
    shape=lambda seed, shape, dtype, rate: shape,
    dtype=lambda seed, shape, dtype, rate: dtype,
    doc="0 with probability `rate`, else 1 / (1 - rate).",
)


def check_range(low, high):
    """Raise ValueError where [low, high) is known to be empty."""
    if isinstance(low, int) and isinstance(high, int) and low >= high and math.isfinite(low):
        raise ValueError(
            "There are no whole numbers from `minval` to `maxval` - 1. "
            f"Received: minval={low}, maxval={high}"
        )
