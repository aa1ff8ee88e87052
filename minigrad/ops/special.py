"""More functions of one or two numbers, and what is nearly equal."""

import math

import ml_dtypes
import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import is_symbolic
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import equal, isfinite, isinf, isnan, where
from minigrad.ops.elementwise import absolute, divide, exp2, sin, square, trunc
from minigrad.ops.reduction import all as every

__all__ = [
    "allclose",
    "cbrt",
    "deg2rad",
    "divide_no_nan",
    "fabs",
    "fmax",
    "fmin",
    "fmod",
    "heaviside",
    "hypot",
    "isclose",
    "isneginf",
    "isposinf",
    "ldexp",
    "logaddexp2",
    "nan_to_num",
    "nextafter",
    "rad2deg",
    "select",
    "signbit",
    "sinc",
]

cbrt = primitive(
    "cbrt",
    np.cbrt,
    (lambda g, out, x: g / (3 * out * out),),
    promote="float",
    fuse="cbrt({0})",
    doc="The cube root.",
)
fabs = primitive(
    "fabs",
    np.absolute,
    (lambda g, out, x: where(x >= 0, g, -g),),  # at 0: 1, as in Keras on JAX
    promote="float",
    fuse="abs({0})",
    doc="|x|, as a float.",
)
deg2rad = primitive(
    "deg2rad",
    np.deg2rad,
    (lambda g, out, x: g * (math.pi / 180),),
    promote="float",
    fuse="{0} * 0.017453292519943295",
    doc="Degrees as radians: x · π / 180.",
)
rad2deg = primitive(
    "rad2deg",
    np.rad2deg,
    (lambda g, out, x: g * (180 / math.pi),),
    promote="float",
    fuse="{0} * 57.29577951308232",
    doc="Radians as degrees: x · 180 / π.",
)
hypot = primitive(
    "hypot",
    np.hypot,
    (  # at (0, 0): 0
        lambda g, out, x1, x2: g * x1 / where(equal(out, 0), 1.0, out),
        lambda g, out, x1, x2: g * x2 / where(equal(out, 0), 1.0, out),
    ),
    promote="float",
    fuse="hypot({0}, {1})",
    doc="√(x1² + x2²), without overflow.",
)
heaviside = primitive(
    "heaviside",
    np.heaviside,
    (lambda g, out, x1, x2: 0 * g, lambda g, out, x1, x2: where(equal(x1, 0), g, 0 * g)),
    promote="float",
    doc="0 where x1 < 0, x2 where x1 = 0, 1 where x1 > 0.",
)
logaddexp2 = primitive(
    "logaddexp2",
    np.logaddexp2,
    (
        lambda g, out, x1, x2: g * exp2(x1 - out),
        lambda g, out, x1, x2: g * exp2(x2 - out),
    ),
    promote="float",
    doc="log₂(2^x1 + 2^x2), without overflow.",
)
fmod = primitive(
    "fmod",
    np.fmod,
    (lambda g, out, x1, x2: g, lambda g, out, x1, x2: -g * trunc(x1 / x2)),
    promote="number",
    doc="What is left of x1 / x2 rounded towards 0: x1 - x2 · trunc(x1 / x2), with x1's sign.",
)
nextafter = primitive(
    "nextafter",
    np.nextafter,
    promote="float",
    moves=True,
    inputs="x1 x2",
    doc="The number next to x1 in the direction of x2.",
)
signbit = primitive(
    "signbit",
    lambda x: np.signbit(x) if np.asarray(x).dtype.kind != "b" else np.zeros(x.shape, bool),
    promote=None,
    dtype="bool",
    doc="Whether the sign is minus, that of -0.0 and NaN included.",
)
scaled_by_power = primitive(
    "ldexp",
    lambda x1, x2: np.ldexp(x1, np.asarray(x2).astype(np.int32)),
    (lambda g, out, x1, x2: scaled_by_power(g, x2), None),
    promote=None,
    dtype=lambda x1, x2: x1.dtype,
)


@op
def ldexp(x1, x2):
    """x1 · 2^x2, for whole x2."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if not dtypes.is_int(x2.dtype) and not is_symbolic(x2):
        raise TypeError(f"ldexp exponent must be an integer type. Received: x2 dtype={x2.dtype}")
    return scaled_by_power(as_floats(x1), x2)


@op
def fmax(x1, x2):
    """The greater of x1 and x2; if one is NaN, the other."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    return where((x1 > x2) | isnan(x2), x1, x2)


@op
def fmin(x1, x2):
    """The smaller of x1 and x2; if one is NaN, the other."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    return where((x1 < x2) | isnan(x2), x1, x2)


@op
def divide_no_nan(x1, x2):
    """x1 / x2, but 0 where x2 is 0; the gradient there is 0 too."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    none = equal(x2, 0)
    quotient = divide(x1, where(none, cast(1, x2.dtype), x2))
    return where(none, cast(0, quotient.dtype), quotient)


@op
def sinc(x):
    """sin(πx) / (πx), and 1 at 0."""
    x = as_floats(x)
    zero = equal(x, 0)
    turned = math.pi * where(zero, cast(1, x.dtype), x)
    # At 0 the first terms of the series, so that the second derivative is right there too.
    return where(zero, 1 - square(math.pi * x) / 6, sin(turned) / turned)


@op
def isposinf(x):
    """Whether x is ∞."""
    x = as_tensor(x)
    return isinf(x) & (x > 0)


@op
def isneginf(x):
    """Whether x is -∞."""
    x = as_tensor(x)
    return isinf(x) & (x < 0)


@op
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x1 - x2| <= atol + rtol · |x2|, element by element; infinities if they are equal."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    dtype = dtypes.result_type(x1.dtype, x2.dtype, float)
    x1, x2 = cast(x1, dtype), cast(x2, dtype)
    close = absolute(x1 - x2) <= atol + rtol * absolute(x2)
    close = (close & isfinite(x1) & isfinite(x2)) | (x1 == x2)
    return close | (isnan(x1) & isnan(x2)) if equal_nan else close


@op
def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether all elements are close, as `isclose` means it."""
    return every(isclose(x1, x2, rtol, atol, equal_nan))


@op
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """`x` with numbers in place of NaN, ∞ (by default the greatest there is) and -∞.

    >>> from minigrad import ops
    >>> ops.nan_to_num([1.0, float("nan"), float("inf")], posinf=9.0).numpy()
    array([1., 0., 9.], dtype=float32)
    """
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        return x
    limit = _greatest(x.dtype)
    x = where(isnan(x), cast(nan, x.dtype), x)
    x = where(isinf(x) & (x > 0), cast(limit if posinf is None else posinf, x.dtype), x)
    return where(isinf(x) & (x < 0), cast(-limit if neginf is None else neginf, x.dtype), x)


def _greatest(dtype):
    return float(ml_dtypes.finfo(dtypes.to_numpy_dtype(dtypes.standardize_dtype(dtype))).max)


@op
def select(condlist, choicelist, default=0):
    """The element of the first choice whose condition holds; `default` where none does."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(
            "select: there must be as many conditions as choices, and at least one. "
            f"Received: len(condlist)={len(condlist)}, len(choicelist)={len(choicelist)}"
        )
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = where(condition, choice, result)
    return result
