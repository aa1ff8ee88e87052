"""The error function, the normal distribution, Bessel functions: with their derivatives."""

import math

from minigrad.autograd.primitive import primitive
from minigrad.kernels import activation
from minigrad.kernels import special as kernels
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import exp

__all__ = ["erf", "erfc", "erfinv", "i0"]

erf = primitive(
    "erf",
    activation.erf,
    (lambda g, out, x: g * (exp(-x * x) * (2 / math.sqrt(math.pi))),),
    promote="float",
    fuse="erf({0})",
    doc="2/√π ∫₀ˣ exp(-t²) dt: the error function.",
)
erfc = primitive(
    "erfc",
    kernels.erfc,
    (lambda g, out, x: g * (exp(-x * x) * (-2 / math.sqrt(math.pi))),),
    promote="float",
    doc="1 - erf(x), with all its digits for large x.",
)
erfinv = primitive(
    "erfinv",
    kernels.erfinv,
    (lambda g, out, x: g * (exp(out * out) * (math.sqrt(math.pi) / 2)),),
    promote="float",
    doc="The number whose erf is x; ±∞ at ±1.",
)
i0 = primitive(
    "i0",
    kernels.i0,
    (lambda g, out, x: g * i1(x),),
    promote="float",
    doc="The modified Bessel function of order 0.",
)
i1 = primitive(
    "i1",
    kernels.i1,
    (lambda g, out, x: g * (i0(x) - where(x == 0, 0.5, out / where(x == 0, 1.0, x))),),
    promote="float",
)

normal_cdf = primitive(
    "normal_cdf",
    activation.normal_cdf,
    (lambda g, out, x: g * normal_density(x),),
    promote="float",
    fuse="0.5 * (1 + erf({0} * 0.7071067811865476))",
)


def normal_density(x):
    """exp(-x²/2) / √(2π)."""
    return exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
