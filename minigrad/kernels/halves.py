"""float16 and bfloat16 to float32 and back, rounding to nearest, ties to even.

Numba knows neither type, and NumPy is slow at both. Kernels see their arrays as uint16 (a view, no
copy) and call `half_of`, `float_of_half`, `bfloat_of`, `float_of_bfloat` on single numbers.
"""

import ml_dtypes
import numpy as np

from minigrad.kernels.jit import inline, jit, prange, select
from minigrad.kernels.transcendental import bits32, float32_of

_PARALLEL_ABOVE = 1 << 20
_UP = np.float32(2.0**112)  # the difference of the exponents' biases, 127 - 15
_HALF = np.float32(0.5)


@inline
def float_of_half(bits):
    """Return the float32 equal to the float16 with these bits (a uint16)."""
    h = np.int32(bits)
    magnitude = h & 0x7FFF
    # The multiplication puts the exponent right, and makes subnormal numbers normal, exactly.
    x = bits32(float32_of(magnitude << 13) * _UP)
    x = select(magnitude >= 0x7C00, 0x7F800000 | (magnitude << 13), x)  # infinity and NaN
    return float32_of(x | ((h & 0x8000) << 16))


@inline
def half_of(x):
    """Return the bits (a uint16) of the float16 nearest to a float32."""
    bits = bits32(x)
    magnitude = bits & 0x7FFFFFFF
    # Too large gives infinity; what is too near to it is carried there by the rounding below.
    special = select(magnitude > 0x7F800000, 0x7E00, 0x7C00)
    # Adding 1/2 leaves multiples of 2**-24, the step of subnormal float16, as the lowest bit.
    subnormal = bits32(abs(x) + _HALF) - 0x3F000000
    normal = (magnitude - (112 << 23) + 0xFFF + ((magnitude >> 13) & 1)) >> 13
    h = select(magnitude >= 0x47800000, special, select(magnitude < 0x38800000, subnormal, normal))
    return np.uint16(h | ((bits >> 16) & 0x8000))


@inline
def float_of_bfloat(bits):
    """Return the float32 equal to the bfloat16 with these bits (a uint16)."""
    return float32_of(np.int32(bits) << 16)


@inline
def bfloat_of(x):
    """Return the bits (a uint16) of the bfloat16 nearest to a float32."""
    bits = bits32(x)
    rounded = (bits >> 16) + (((bits & 0xFFFF) + 0x7FFF + ((bits >> 16) & 1)) >> 16)
    nan = ((bits >> 16) & 0x8000) | 0x7FC0
    return np.uint16(select((bits & 0x7FFFFFFF) > 0x7F800000, nan, rounded) & 0xFFFF)


def _of_half_twin(x, out):
    out[:] = x.view(np.float16)


def _to_half_twin(x, out):
    out.view(np.float16)[:] = x


def _of_bfloat_twin(x, out):
    out[:] = x.view(ml_dtypes.bfloat16)


def _to_bfloat_twin(x, out):
    out.view(ml_dtypes.bfloat16)[:] = x


@jit("uint16[:]", "out float32[:]", twin=_of_half_twin, parallel_above=_PARALLEL_ABOVE)
def _of_half(x, out):
    for i in prange(x.size):
        out[i] = float_of_half(x[i])


@jit("float32[:]", "out uint16[:]", twin=_to_half_twin, parallel_above=_PARALLEL_ABOVE)
def _to_half(x, out):
    for i in prange(x.size):
        out[i] = half_of(x[i])


@jit("uint16[:]", "out float32[:]", twin=_of_bfloat_twin, parallel_above=_PARALLEL_ABOVE)
def _of_bfloat(x, out):
    for i in prange(x.size):
        out[i] = float_of_bfloat(x[i])


@jit("float32[:]", "out uint16[:]", twin=_to_bfloat_twin, parallel_above=_PARALLEL_ABOVE)
def _to_bfloat(x, out):
    for i in prange(x.size):
        out[i] = bfloat_of(x[i])


def to_float32(x: np.ndarray) -> np.ndarray:
    """Return a float16 or bfloat16 array as float32, exactly.

    Example:
        >>> to_float32(np.array([0.1], "float16"))
        array([0.09997559], dtype=float32)
    """
    kernel = _of_half if x.dtype == np.float16 else _of_bfloat
    out = np.empty(x.shape, np.float32)
    kernel(np.ascontiguousarray(x).reshape(-1).view(np.uint16), out.reshape(-1))
    return out


def from_float32(x: np.ndarray, dtype: str) -> np.ndarray:
    """Return a float32 array as "float16" or "bfloat16", rounded to nearest.

    Example:
        >>> from_float32(np.array([1.0, 1e-3, 1e6], "float32"), "float16")
        array([1.   , 0.001,   inf], dtype=float16)
    """
    kernel, kind = (
        (_to_half, np.float16) if dtype == "float16" else (_to_bfloat, ml_dtypes.bfloat16)
    )
    out = np.empty(x.shape, kind)
    kernel(np.ascontiguousarray(x).reshape(-1), out.reshape(-1).view(np.uint16))
    return out
