"""Bit by bit: and, or, xor, not and shifts of whole numbers; common divisors and multiples."""

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.comparison import logical_and, logical_not, logical_or, logical_xor

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "gcd",
    "lcm",
    "left_shift",
    "right_shift",
]


def _of_two(name, kernel, expression, doc, inputs="x y"):
    return primitive(name, kernel, fuse=expression, inputs=inputs, doc=doc)


bitwise_and = _of_two(
    "bitwise_and", np.bitwise_and, "{0} & {1}", "Bits that are set in both x and y."
)
bitwise_or = _of_two(
    "bitwise_or", np.bitwise_or, "{0} | {1}", "Bits that are set in x or y or both."
)
bitwise_xor = _of_two(
    "bitwise_xor", np.bitwise_xor, "{0} ^ {1}", "Bits that are set in just one of x and y."
)
bitwise_invert = primitive(
    "bitwise_invert", np.invert, fuse="~{0}", doc="Every bit flipped; of booleans, not x."
)


# Booleans become whole numbers first: NumPy would shift them as bytes.
def _shift(shift):
    def kernel(x, y):
        if x.dtype == np.bool_:
            x, y = x.astype(np.int32), np.asarray(y).astype(np.int32)
        return shift(x, y)

    return kernel


def _shifted_type(x, y):
    return "int32" if x.dtype == "bool" else x.dtype


bitwise_left_shift = primitive(
    "bitwise_left_shift",
    _shift(np.left_shift),
    dtype=_shifted_type,
    inputs="x y",
    fuse="{0} << {1}",
    doc="The bits of x moved to the left by y places: x · 2^y.",
)
bitwise_right_shift = primitive(
    "bitwise_right_shift",
    _shift(np.right_shift),
    dtype=_shifted_type,
    inputs="x y",
    fuse="{0} >> {1}",
    doc="The bits of x moved to the right by y places: x / 2^y, rounded down.",
)
gcd = _of_two("gcd", np.gcd, "gcd({0}, {1})", "The greatest common divisor.", "x1 x2")
lcm = _of_two("lcm", np.lcm, "lcm({0}, {1})", "The least common multiple.", "x1 x2")


@op
def bitwise_not(x):
    """Every bit flipped; of booleans, not x."""
    return bitwise_invert(x)


@op
def left_shift(x, y):
    """The bits of x moved to the left by y places: x · 2^y."""
    return bitwise_left_shift(x, y)


@op
def right_shift(x, y):
    """The bits of x moved to the right by y places: x / 2^y, rounded down."""
    return bitwise_right_shift(x, y)


# Python's operators &, |, ^ and ~: bits of whole numbers, truth of anything else.


def _are_floats(*xs):
    return any("float" in str(getattr(x, "dtype", type(x).__name__)) for x in xs)


@op
def and_operator(x1, x2):
    """x1 & x2."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    return logical_and(x1, x2) if _are_floats(x1, x2) else bitwise_and(x1, x2)


@op
def or_operator(x1, x2):
    """x1 | x2."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    return logical_or(x1, x2) if _are_floats(x1, x2) else bitwise_or(x1, x2)


@op
def xor_operator(x1, x2):
    """x1 ^ x2."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    return logical_xor(x1, x2) if _are_floats(x1, x2) else bitwise_xor(x1, x2)


@op
def logical_not_or_bitwise_not(x):
    """~x."""
    x = as_tensor(x)
    return logical_not(x) if _are_floats(x) else bitwise_invert(x)
