"""Activation functions, and softmax with its kin.

Kinks, where the slope changes at a point, take the side that Keras on JAX takes; each is noted.
"""

import builtins
import math
import warnings

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import absolute, exp, expm1, maximum, minimum, sqrt, square, tanh
from minigrad.ops.error_function import normal_cdf, normal_density
from minigrad.ops.reduction import reduce_sum

__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]

# Rectifiers

relu = primitive(
    "relu",
    lambda x: np.maximum(x, 0),
    (lambda g, out, x: where(x > 0, g, 0.0),),  # at 0: 0
    fuse="maximum({0}, 0)",
    doc="max(x, 0).",
)
relu6 = primitive(
    "relu6",
    lambda x: np.minimum(np.maximum(x, 0), 6),
    (lambda g, out, x: where((x > 0) & (x < 6), g, 0.0),),  # at 0 and 6: 0
    promote="float",
    fuse="minimum(maximum({0}, 0), 6)",
    doc="min(max(x, 0), 6).",
)
leaky = primitive(
    "leaky",
    lambda x, slope: np.where(x >= 0, x, slope * x),
    (lambda g, out, x, slope: where(x >= 0, g, slope * g), None),  # at 0: 1
    promote="float",
    fuse="{0} if {0} >= 0 else {1} * {0}",
)
exponential_linear = primitive(
    "exponential_linear",
    lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    (lambda g, out, x, alpha: where(x > 0, g, g * (out + alpha)), None),  # at 0: alpha
    promote="float",
    fuse="{0} if {0} > 0 else {1} * expm1({0})",
)


@op
def leaky_relu(x, negative_slope=0.2):
    """x where x ≥ 0, else negative_slope · x."""
    return leaky(x, negative_slope)


@op
def elu(x, alpha=1.0):
    """x where x > 0, else alpha · (eˣ - 1). Clevert et al., arXiv:1511.07289."""
    return exponential_linear(x, alpha)


@op
def selu(x):
    """1.0507 · elu(x, alpha=1.6733): keeps mean 0 and variance 1. Klambauer et al., 1706.02515."""
    return 1.0507009873554805 * exponential_linear(x, 1.6732632423543772)


@op
def celu(x, alpha=1.0):
    """x where x > 0, else alpha · (exp(x / alpha) - 1). Barron, arXiv:1704.07483."""
    x = as_tensor(x)
    return where(x > 0, x, alpha * expm1(where(x > 0, 0.0, x) / alpha))


# S-shaped functions


def _sigmoid(x):
    y = np.exp(-x)
    y += 1  # exp overflows to ∞ for x < -88, and 1 / ∞ is the right 0
    return 1 / y


sigmoid = primitive(
    "sigmoid",
    _sigmoid,
    (lambda g, out, x: g * (out * (1 - out)),),
    promote="float",
    fuse="sigmoid({0})",
    doc="1 / (1 + e⁻ˣ).",
)
hard_sigmoid = primitive(
    "hard_sigmoid",
    lambda x: np.minimum(np.maximum(x + 3, 0), 6) / 6,
    (lambda g, out, x: where(absolute(x) < 3, g / 6, 0.0),),  # at ±3: 0
    promote="float",
    fuse="minimum(maximum({0} + 3, 0), 6) / 6",
    doc="min(max(x / 6 + 1/2, 0), 1): sigmoid of straight lines.",
)


@op
def hard_tanh(x):
    """x within [-1, 1], the nearer limit outside."""
    x = as_tensor(x)
    lowest = 0 if x.dtype.startswith("u") else -1
    return where(x > 1, 1, where(x < lowest, lowest, x))  # at ±1: 1


@op
def sparse_sigmoid(x):
    """0 for x ≤ -1, 1 for x ≥ 1, (x + 1) / 2 between."""
    return 0.5 * minimum(maximum(as_tensor(x) + 1.0, 0.0), 2.0)


@op
def softsign(x):
    """x / (1 + |x|)."""
    x = as_tensor(x)
    return x / (1 + absolute(x))


@op
def tanh_shrink(x):
    """x - tanh x."""
    x = as_tensor(x)
    return x - tanh(x)


# Smooth rectifiers


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


softplus = primitive(
    "softplus",
    _softplus,
    (lambda g, out, x: g * sigmoid(x),),
    promote="float",
    fuse="softplus({0})",
    doc="log(1 + eˣ), without overflow.",
)
silu = primitive(
    "silu",
    lambda x: x * _sigmoid(x),
    (lambda g, out, x: _silu_vjp(g, out, sigmoid(x)),),
    promote="float",
    fuse="{0} * sigmoid({0})",
    doc="x · sigmoid(x). Hendrycks and Gimpel, arXiv:1606.08415.",
)


def _silu_vjp(g, out, s):
    return g * (s + out * (1 - s))  # (x s)' = s + x s (1 - s)


swish = silu


@op
def hard_silu(x):
    """x · hard_sigmoid(x). Howard et al., arXiv:1905.02244."""
    x = as_tensor(x)
    return x * hard_sigmoid(x)


hard_swish = hard_silu


@op
def log_sigmoid(x):
    """log sigmoid(x) = -softplus(-x)."""
    return -softplus(-as_tensor(x))


@op
def squareplus(x, b=4):
    """(x + √(x² + b)) / 2. Barron, arXiv:2112.11687."""
    x = as_tensor(x)
    return (x + sqrt(square(x) + b)) / 2


@op
def sparse_plus(x):
    """0 for x ≤ -1, x for x ≥ 1, (x + 1)² / 4 between."""
    x = as_tensor(x)
    return where(x <= -1, 0.0, where(x >= 1, x, square(x + 1) / 4))


_C = math.sqrt(2 / math.pi)
_A = 0.044715


def _gelu_tanh(x):
    y = x * x
    y *= _A * _C
    y += _C
    y *= x
    y = np.tanh(y)
    y += 1
    y *= x
    y *= 0.5
    return y


def _gelu_tanh_vjp(g, out, x):
    squared = x * x
    t = tanh((_C + _A * _C * squared) * x)
    slope = (1 + t) + x * (1 - t * t) * (_C + 3 * _A * _C * squared)
    return 0.5 * g * slope


gelu_tanh = primitive(
    "gelu_tanh",
    _gelu_tanh,
    (_gelu_tanh_vjp,),
    promote="float",
    fuse=f"0.5 * {{0}} * (1 + tanh(({_C} + {_A * _C} * {{0}} * {{0}}) * {{0}}))",
)


@op
def gelu(x, approximate=True):
    """x · Φ(x), where Φ is the cumulative distribution of the standard normal distribution.

    Args:
        approximate: Use the formula with tanh, which differs by up to 0.0005, instead of erf.

    Source: Hendrycks and Gimpel, "Gaussian error linear units", arXiv:1606.08415.
    """
    if approximate:
        return gelu_tanh(x)
    return gelu_erf(x)


gelu_erf = primitive(
    "gelu_erf",
    lambda x: x * normal_cdf.kernel(x),
    (lambda g, out, x: g * (normal_cdf(x) + x * normal_density(x)),),
    promote="float",
    fuse="0.5 * {0} * (1 + erf({0} * 0.7071067811865476))",
)


# With a threshold


@op
def soft_shrink(x, threshold=0.5):
    """x brought nearer to 0 by `threshold`; 0 where it is as near already."""
    x = as_tensor(x)
    return where(x > threshold, x - threshold, where(x < -threshold, x + threshold, 0.0))


@op
def hard_shrink(x, threshold=0.5):
    """x where |x| > threshold, else 0."""
    x = as_tensor(x)
    return where(absolute(x) > threshold, x, 0.0)


@op
def threshold(x, threshold, default_value):
    """x where x > threshold, else default_value."""
    x = as_tensor(x)
    return where(x > threshold, x, default_value)


@op
def glu(x, axis=-1):
    """First half · sigmoid(second half), the halves along `axis`. Dauphin et al., 1612.08083."""
    x = as_tensor(x)
    (axis,) = normalize_axes(axis, x.ndim)
    length = x.shape[axis]
    if length is not None and length % 2:
        raise ValueError(
            "axis size must be divisible by 2: glu gates one half of it by the other. "
            f"Received: x.shape={x.shape} with axis={axis}"
        )
    before = (slice(None),) * axis
    half = None if length is None else length // 2
    if half is None:  # any length will do: the shape stays unknown
        return x[(*before, slice(0, None, 2))]
    return x[(*before, slice(half))] * sigmoid(x[(*before, slice(half, None))])


# Softmax and its kin


def _softmax(x, axes):
    y = x - np.maximum.reduce(x, axis=axes, keepdims=True)
    np.exp(y, out=y)
    y /= np.add.reduce(y, axis=axes, keepdims=True)
    return y


def _log_softmax(x, axes):
    y = x - np.maximum.reduce(x, axis=axes, keepdims=True)
    y -= np.log(np.add.reduce(np.exp(y), axis=axes, keepdims=True))
    return y


def _same_shape(x, axes):
    return x.shape


softmax_over = primitive(
    "softmax",
    _softmax,
    (lambda g, out, x, axes: out * (g - reduce_sum(g * out, axis=axes, keepdims=True)),),
    promote="float",
    shape=_same_shape,
)
log_softmax_over = primitive(
    "log_softmax",
    _log_softmax,
    (lambda g, out, x, axes: g - exp(out) * reduce_sum(g, axis=axes, keepdims=True),),
    promote="float",
    shape=_same_shape,
)


@op
def softmax(x, axis=-1):
    """eˣ / Σ eˣ, the sum over `axis` (an int or several): positive numbers that sum to 1.

    >>> from minigrad import ops
    >>> ops.softmax([0.0, 0.0, 0.0, 0.0]).numpy()
    array([0.25, 0.25, 0.25, 0.25], dtype=float32)
    """
    x = as_tensor(x)
    axes = normalize_axes(axis, x.ndim)
    if isinstance(axis, int) and x.shape[axis] == 1:
        warnings.warn(
            f"You are using a softmax over axis {axis} of a tensor of shape {x.shape}. This axis "
            "has size 1. The softmax operation will always return the value 1, which is likely not "
            "what you intended. Did you mean to use a sigmoid instead?",
            stacklevel=2,
        )
    return softmax_over(x, axes=axes)


@op
def log_softmax(x, axis=-1):
    """log softmax(x) = x - log Σ eˣ over `axis` (an int or several), without overflow."""
    x = as_tensor(x)
    return log_softmax_over(x, axes=normalize_axes(axis, x.ndim))


def _sparsemax(x, axis):
    falling = -np.sort(-x, axis=axis)
    total = np.cumsum(falling, axis=axis, dtype=x.dtype) - 1
    shape = [1] * x.ndim
    shape[axis] = -1
    rank = np.arange(1, x.shape[axis] + 1, dtype=x.dtype).reshape(shape)
    kept = np.sum(falling * rank > total, axis=axis, keepdims=True)  # how many stay positive
    level = np.take_along_axis(total, kept - 1, axis=axis) / kept.astype(x.dtype)
    return np.maximum(x - level, 0)


def _sparsemax_vjp(g, out, x, axis):
    kept = where(out > 0, 1.0, 0 * out)
    mean = reduce_sum(g * kept, axis=(axis,), keepdims=True) / reduce_sum(
        kept, axis=(axis,), keepdims=True
    )
    return kept * (g - mean)


sparsemax_over = primitive(
    "sparsemax", _sparsemax, (_sparsemax_vjp,), promote="float", shape=lambda x, axis: x.shape
)


@op
def sparsemax(x, axis=-1):
    """The point of the probability simplex nearest to x: like softmax, but often exactly 0.

    Source: Martins and Astudillo, "From softmax to sparsemax", arXiv:1602.02068.
    """
    x = as_tensor(x)
    return sparsemax_over(x, axis=builtins.sum(normalize_axes(axis, x.ndim)))
