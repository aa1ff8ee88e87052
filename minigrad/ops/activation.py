"""Activation functions, one number in, one number out.

Kinks, where the slope changes at a point, take the side that Keras on JAX takes; each is noted.
"""

import math

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import activation as kernels
from minigrad.ops.axes import normalize_axes
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import absolute, expm1, maximum, minimum, sqrt, square, tanh
from minigrad.ops.error_function import normal_density

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
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]

# Rectifiers

relu = primitive(
    "relu",
    lambda x: np.maximum(x, 0),
    (lambda g, out, x: relu_slope(g, x),),  # at 0: 0
    promote="number",
    fuse="maximum({0}, 0)",
    doc="max(x, 0).",
)
relu_slope = primitive(
    "relu_slope",
    kernels.relu_slope,
    (lambda u, out, g, x: relu_slope(u, x), None),
    inputs="g x",
    fuse="{0} if {1} > 0 else 0",
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


def _exponential_linear_vjp(g, out, x, alpha):
    # 1 where x > 0, else out + alpha; at 0: alpha.
    return g * (minimum(out, 0.0) + alpha + (1 - alpha) * cast(x > 0, out.dtype))


exponential_linear = primitive(
    "exponential_linear",
    kernels.elu,
    (_exponential_linear_vjp, None),
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


sigmoid = primitive(
    "sigmoid",
    kernels.sigmoid,
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


softplus = primitive(
    "softplus",
    kernels.softplus,
    (lambda g, out, x: g * sigmoid(x),),
    promote="float",
    fuse="softplus({0})",
    doc="log(1 + eˣ), without overflow.",
)
silu = primitive(
    "silu",
    kernels.silu,
    (lambda g, out, x: silu_slope(g, x),),
    promote="float",
    fuse="{0} * sigmoid({0})",
    doc="x · sigmoid(x). Hendrycks and Gimpel, arXiv:1606.08415.",
)


def _silu_slope_vjp(u, out, g, x):
    s = sigmoid(x)  # the slope is s + x s', and s' = s (1 - s)
    return u * g * (s * (1 - s) * (2 + x * (1 - 2 * s)))


silu_slope = primitive(
    "silu_slope",
    kernels.silu_slope,
    (lambda u, out, g, x: silu_slope(u, x), _silu_slope_vjp),
    inputs="g x",
    fuse="{0} * (sigmoid({1}) * (1 + {1} * (1 - sigmoid({1}))))",
)
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
    x = as_floats(x)
    return where(x <= -1, 0.0, where(x >= 1, x, square(x + 1) / 4))


_C = math.sqrt(2 / math.pi)
_A = 0.044715


gelu_tanh = primitive(
    "gelu_tanh",
    kernels.gelu_tanh,
    (lambda g, out, x: gelu_tanh_slope(g, x),),
    promote="float",
    fuse=f"0.5 * {{0}} * (1 + tanh(({_C} + {_A * _C} * {{0}} * {{0}}) * {{0}}))",
)


def _gelu_tanh_slope_vjp(u, out, g, x):
    squared = x * x
    t = tanh((_C + _A * _C * squared) * x)
    rest = 1 - t * t
    inner, bend = _C + 3 * _A * _C * squared, 6 * _A * _C * x  # of the argument of tanh
    return u * g * (rest * inner + 0.5 * x * rest * (bend - 2 * t * inner * inner))


gelu_tanh_slope = primitive(
    "gelu_tanh_slope",
    kernels.gelu_tanh_slope,
    (lambda u, out, g, x: gelu_tanh_slope(u, x), _gelu_tanh_slope_vjp),
    inputs="g x",
)
gelu_erf = primitive(
    "gelu_erf",
    kernels.gelu_erf,
    (lambda g, out, x: gelu_erf_slope(g, x),),
    promote="float",
    fuse="0.5 * {0} * (1 + erf({0} * 0.7071067811865476))",
)
gelu_erf_slope = primitive(
    "gelu_erf_slope",
    kernels.gelu_erf_slope,
    (
        lambda u, out, g, x: gelu_erf_slope(u, x),
        lambda u, out, g, x: u * g * (normal_density(x) * (2 - x * x)),
    ),
    inputs="g x",
    fuse=(
        "{0} * (0.5 * (1 + erf({1} * 0.7071067811865476))"
        " + {1} * exp_below(-0.5 * {1} * {1}) * 0.3989422804014327)"
    ),
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
