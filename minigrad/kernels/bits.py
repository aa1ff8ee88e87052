"""Floats as the integers that their bits are: for exponents, and to compare where there is NaN."""

import numpy as np

from minigrad.kernels.jit import inline


def _bits32_scalar(x):
    return np.float32(x).view(np.int32)


@inline(jitted=_bits32_scalar)
def bits32(x):
    """Return the bits of a float32 as an int32."""
    return np.asarray(x, np.float32).view(np.int32)


def _float32_of_scalar(bits):
    return np.int32(bits).view(np.float32)


@inline(jitted=_float32_of_scalar)
def float32_of(bits):
    """Return the float32 that has these bits."""
    return np.asarray(bits).astype(np.int32).view(np.float32)


def _bits64_scalar(x):
    return np.float64(x).view(np.int64)


@inline(jitted=_bits64_scalar)
def bits64(x):
    """Return the bits of a float64 as an int64."""
    return np.asarray(x, np.float64).view(np.int64)


def _float64_of_scalar(bits):
    return np.int64(bits).view(np.float64)


@inline(jitted=_float64_of_scalar)
def float64_of(bits):
    """Return the float64 that has these bits."""
    return np.asarray(bits, np.int64).view(np.float64)


# Loops over comparisons of integers become vector code, those over floats that may be NaN don't.


@inline
def ordered32(x):
    """Return an int32 that is larger where x is larger; for NaN the largest or the least."""
    bits = bits32(x)
    return np.int32(bits ^ ((bits >> 31) & 0x7FFFFFFF))


@inline
def of_ordered32(key):
    """Return the float32 that `ordered32` made the key of."""
    return float32_of(key ^ ((key >> 31) & 0x7FFFFFFF))


@inline
def ordered64(x):
    """Return an int64 that is larger where x is larger; for NaN the largest or the least."""
    bits = bits64(x)
    return bits ^ ((bits >> 63) & 0x7FFFFFFFFFFFFFFF)


@inline
def of_ordered64(key):
    """Return the float64 that `ordered64` made the key of."""
    return float64_of(key ^ ((key >> 63) & 0x7FFFFFFFFFFFFFFF))


@inline(by_dtype={"float32": ordered32, "float64": ordered64})
def ordered(x):
    """Return an integer that is larger where x is larger; for NaN the largest or the least."""
    return ordered64(x) if x.dtype == np.float64 else ordered32(x)


@inline(by_dtype={"int32": of_ordered32, "int64": of_ordered64})
def of_ordered(key):
    """Return the float that `ordered` made the key of."""
    return of_ordered64(key) if key.dtype == np.int64 else of_ordered32(key)
