"""Arithmetic, powers, exponentials, trigonometry: one number in, one number out, for each element.

A primitive is its kernel, its derivatives and its expression inside a fused loop. In the rules, `g`
is the gradient that arrives from above; where inputs are broadcast, the walk back sums.
"""

import operator

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import exponential as kernels
from minigrad.ops.casting import cast
from minigrad.ops.comparison import equal, where

__all__ = [
    "abs",
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "divide",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floor_divide",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "round",
    "rsqrt",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
]

# Arithmetic

add = primitive(
    "add",
    operator.add,
    (lambda g, out, x1, x2: g, lambda g, out, x1, x2: g),
    fuse="{0} + {1}",
    doc="x1 + x2, element by element.",
)
subtract = primitive(
    "subtract",
    operator.sub,
    (lambda g, out, x1, x2: g, lambda g, out, x1, x2: -g),
    fuse="{0} - {1}",
    doc="x1 - x2, element by element.",
)
multiply = primitive(
    "multiply",
    operator.mul,
    (lambda g, out, x1, x2: g * x2, lambda g, out, x1, x2: g * x1),
    fuse="{0} * {1}",
    doc="x1 · x2, element by element.",
)
true_divide = primitive(
    "true_divide",
    np.true_divide,
    (lambda g, out, x1, x2: g / x2, lambda g, out, x1, x2: -g * out / x2),
    promote="float",
    fuse="{0} / {1}",
    doc="x1 / x2, element by element; whole numbers give floats.",
)
floor_divide = primitive(
    "floor_divide",
    np.floor_divide,
    (lambda g, out, x1, x2: g * 0, lambda g, out, x1, x2: g * 0),
    promote="number",
    fuse="floor({0} / {1})",
    doc="The largest whole number not above x1 / x2.",
)
mod = primitive(
    "mod",
    np.mod,
    (lambda g, out, x1, x2: g, lambda g, out, x1, x2: -g * floor(x1 / x2)),
    promote="number",
    fuse="{0} - floor({0} / {1}) * {1}",
    doc="What floor_divide leaves over: x1 - x2 · floor(x1 / x2), with the sign of x2.",
)
negative = primitive("negative", operator.neg, (lambda g, out, x: -g,), fuse="-{0}", doc="-x.")
reciprocal = primitive(
    "reciprocal",
    np.reciprocal,
    (lambda g, out, x: -g * out * out,),
    promote="float",
    fuse="1 / {0}",
    doc="1 / x.",
)
absolute = primitive(
    "absolute",
    np.absolute,
    (lambda g, out, x: where(x >= 0, g, -g),),  # at 0: 1, as in JAX
    fuse="abs({0})",
    doc="|x|.",
)
sign = primitive(
    "sign", np.sign, (lambda g, out, x: g * 0,), fuse="sign({0})", doc="-1, 0 or 1; NaN for NaN."
)
square = primitive(
    "square",
    np.square,
    (lambda g, out, x: g * 2 * x,),
    promote="number",
    fuse="{0} * {0}",
    doc="x².",
)


@op
def divide(x1, x2):
    """x1 / x2, element by element; whole numbers give floats."""
    return true_divide(x1, x2)


@op
def abs(x):
    """|x|."""
    return absolute(x)


# The greater and the smaller of two. Where they are equal, each gets half of the gradient.

maximum = primitive(
    "maximum",
    np.maximum,
    (
        lambda g, out, x1, x2: where(x1 == x2, 0.5 * g, where(x1 > x2, g, 0 * g)),
        lambda g, out, x1, x2: where(x1 == x2, 0.5 * g, where(x2 > x1, g, 0 * g)),
    ),
    fuse="maximum({0}, {1})",
    doc="The greater of x1 and x2; NaN if one of them is.",
)
minimum = primitive(
    "minimum",
    np.minimum,
    (
        lambda g, out, x1, x2: where(x1 == x2, 0.5 * g, where(x1 < x2, g, 0 * g)),
        lambda g, out, x1, x2: where(x1 == x2, 0.5 * g, where(x2 < x1, g, 0 * g)),
    ),
    fuse="minimum({0}, {1})",
    doc="The smaller of x1 and x2; NaN if one of them is.",
)


@op
def clip(x, x_min, x_max):
    """x, or the limit that it is beyond: min(max(x, x_min), x_max). None is no limit."""
    if getattr(x, "dtype", None) == "bool":
        x = cast(x, "int32")
    x = as_tensor(x) if x_min is None else maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)


# Powers and roots


def _power_by_base(g, out, x1, x2):
    # x2 · x1^(x2-1), but 0 for x2 = 0, where that would be 0 · (1/0).
    if type(x2) is float or type(x2) is int:
        return g * (x2 * x1 ** (x2 - 1)) if x2 else 0 * g
    none = equal(x2, 0)
    return where(none, 0 * g, g * x2 * power(x1, where(none, 1.0, x2 - 1.0)))


power = primitive(
    "power",
    operator.pow,  # unlike np.power, it knows that x ** 2 is x * x
    (
        _power_by_base,
        # out · log x1, but 0 for x1 = 0, where that would be 0 · -inf.
        lambda g, out, x1, x2: g * out * log(where(equal(x1, 0), 1.0, x1)),
    ),
    promote="number",
    fuse="power({0}, {1})",
    doc="x1 to the power of x2.",
)
sqrt = primitive(
    "sqrt",
    np.sqrt,
    (lambda g, out, x: 0.5 * g / out,),
    promote="float",
    fuse="sqrt({0})",
    doc="√x.",
)
rsqrt = primitive(
    "rsqrt",
    lambda x: 1 / np.sqrt(x),
    (lambda g, out, x: -0.5 * g * out / x,),
    promote="float",
    fuse="1 / sqrt({0})",
    doc="1 / √x.",
)

# Exponentials and logarithms

exp = primitive(
    "exp", kernels.exp, (lambda g, out, x: g * out,), promote="float", fuse="exp({0})", doc="eˣ."
)
expm1 = primitive(
    "expm1",
    np.expm1,
    (lambda g, out, x: g * (out + 1),),
    promote="float",
    fuse="expm1({0})",
    doc="eˣ - 1, exact for small x too.",
)
exp2 = primitive(
    "exp2",
    np.exp2,
    (lambda g, out, x: g * out * 0.6931471805599453,),
    promote="float",
    fuse="exp2({0})",
    doc="2ˣ.",
)
log = primitive(
    "log", np.log, (lambda g, out, x: g / x,), promote="float", fuse="log({0})", doc="ln x."
)
log1p = primitive(
    "log1p",
    np.log1p,
    (lambda g, out, x: g / (1 + x),),
    promote="float",
    fuse="log1p({0})",
    doc="ln(1 + x), exact for small x too.",
)
log2 = primitive(
    "log2",
    np.log2,
    (lambda g, out, x: g / (x * 0.6931471805599453),),
    promote="float",
    fuse="log({0}) * 1.4426950408889634",
    doc="The logarithm to base 2.",
)
log10 = primitive(
    "log10",
    np.log10,
    (lambda g, out, x: g / (x * 2.302585092994046),),
    promote="float",
    fuse="log({0}) * 0.4342944819032518",
    doc="The logarithm to base 10.",
)
logaddexp = primitive(
    "logaddexp",
    np.logaddexp,
    (
        lambda g, out, x1, x2: g * exp(x1 - out),
        lambda g, out, x1, x2: g * exp(x2 - out),
    ),
    promote="float",
    fuse="logaddexp({0}, {1})",
    doc="log(eˣ¹ + eˣ²), without overflow.",
)

# Trigonometry

sin = primitive(
    "sin", np.sin, (lambda g, out, x: g * cos(x),), promote="float", fuse="sin({0})", doc="sin x."
)
cos = primitive(
    "cos", np.cos, (lambda g, out, x: -g * sin(x),), promote="float", fuse="cos({0})", doc="cos x."
)
tan = primitive(
    "tan",
    np.tan,
    (lambda g, out, x: g * (1 + out * out),),
    promote="float",
    fuse="tan({0})",
    doc="tan x.",
)
arcsin = primitive(
    "arcsin",
    np.arcsin,
    (lambda g, out, x: g / sqrt(1 - x * x),),
    promote="float",
    fuse="asin({0})",
    doc="The angle in [-π/2, π/2] whose sine is x.",
)
arccos = primitive(
    "arccos",
    np.arccos,
    (lambda g, out, x: -g / sqrt(1 - x * x),),
    promote="float",
    fuse="acos({0})",
    doc="The angle in [0, π] whose cosine is x.",
)
arctan = primitive(
    "arctan",
    np.arctan,
    (lambda g, out, x: g / (1 + x * x),),
    promote="float",
    fuse="atan({0})",
    doc="The angle in (-π/2, π/2) whose tangent is x.",
)
arctan2 = primitive(
    "arctan2",
    np.arctan2,
    (
        lambda g, out, x1, x2: g * x2 / (x1 * x1 + x2 * x2),
        lambda g, out, x1, x2: -g * x1 / (x1 * x1 + x2 * x2),
    ),
    promote="float",
    fuse="atan2({0}, {1})",
    doc="The angle of the point (x2, x1), in (-π, π].",
)

# Hyperbolic functions

sinh = primitive(
    "sinh",
    np.sinh,
    (lambda g, out, x: g * cosh(x),),
    promote="float",
    fuse="sinh({0})",
    doc="sinh x.",
)
cosh = primitive(
    "cosh",
    np.cosh,
    (lambda g, out, x: g * sinh(x),),
    promote="float",
    fuse="cosh({0})",
    doc="cosh x.",
)
tanh = primitive(
    "tanh",
    kernels.tanh,
    (lambda g, out, x: tanh_slope(g, out),),
    promote="float",
    fuse="tanh({0})",
    doc="(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ).",
)
tanh_slope = primitive(  # from y = tanh x
    "tanh_slope",
    kernels.tanh_slope,
    (lambda u, out, g, y: tanh_slope(u, y), lambda u, out, g, y: -2 * u * g * y),
    inputs="g y",
    fuse="{0} - {0} * ({1} * {1})",
)
arcsinh = primitive(
    "arcsinh",
    np.arcsinh,
    (lambda g, out, x: g / sqrt(x * x + 1),),
    promote="float",
    fuse="asinh({0})",
    doc="The number whose sinh is x.",
)
arccosh = primitive(
    "arccosh",
    np.arccosh,
    (lambda g, out, x: g / sqrt((x - 1) * (x + 1)),),
    promote="float",
    fuse="acosh({0})",
    doc="The number ≥ 0 whose cosh is x.",
)
arctanh = primitive(
    "arctanh",
    np.arctanh,
    (lambda g, out, x: g / (1 - x * x),),
    promote="float",
    fuse="atanh({0})",
    doc="The number whose tanh is x.",
)

# Rounding: constant but for its jumps, so the derivative is 0.


def _whole(name, kernel, doc):
    # Whole numbers become floats, as in Keras.
    return primitive(
        name, kernel, (lambda g, out, x: g * 0,), promote="float", fuse=f"{name}({{0}})", doc=doc
    )


floor = _whole("floor", np.floor, "The largest whole number not above x.")
ceil = _whole("ceil", np.ceil, "The smallest whole number not below x.")
trunc = primitive(
    "trunc",
    np.trunc,
    (lambda g, out, x: g * 0,),
    fuse="trunc({0})",
    doc="x without what is behind the point.",
)

round_to = primitive(
    "round_to",
    np.round,
    (lambda g, out, x, decimals: g * 0,),
)


@op
def round(x, decimals=0):
    """x rounded to `decimals` places; halves go to the even neighbour."""
    return round_to(x, decimals=decimals)
