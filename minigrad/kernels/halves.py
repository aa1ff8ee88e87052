"""float16 and bfloat16 to float32 and back, rounding to nearest, ties to even.

Numba knows neither type, and NumPy is slow at both. Kernels see their arrays as uint16 (a view, no
copy) and call `half_of`, `float_of_half`, `bfloat_of`, `float_of_bfloat` on single numbers. Where
the processor converts float16 itself (F16C), kernels use its instruction; elsewhere, and for
bfloat16, which is the upper half of a float32, the arithmetic of bits below.
"""

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from minigrad.kernels.bits import bits32, float32_of
from minigrad.kernels.jit import inline, jit, prange, processor_has, select

_PATIENCE = 1 << 24  # what NumPy converts in the time that it takes to load Numba
_OPTIONS = {"parallel_above": 1 << 20, "exact": True, "patience": _PATIENCE}
_KERNEL_ABOVE = 1 << 10  # fewer numbers NumPy converts in the time of a call
_UP = np.float32(2.0**112)  # the difference of the exponents' biases, 127 - 15
_HALF = np.float32(0.5)


def _emitted_float_of_half(numba: Any) -> Callable | None:
    if not processor_has("f16c"):
        return None
    from llvmlite import ir

    @numba.extending.intrinsic
    def emit(typing_context, bits):
        def generate(context, builder, signature, args):
            return builder.fpext(builder.bitcast(args[0], ir.HalfType()), ir.FloatType())

        return numba.types.float32(numba.types.uint16), generate

    return lambda bits: emit(bits)


def _emitted_half_of(numba: Any) -> Callable | None:
    if not processor_has("f16c"):
        return None
    from llvmlite import ir

    @numba.extending.intrinsic
    def emit(typing_context, x):
        def generate(context, builder, signature, args):
            return builder.bitcast(builder.fptrunc(args[0], ir.HalfType()), ir.IntType(16))

        return numba.types.uint16(numba.types.float32), generate

    return lambda x: emit(x)


def _emitted_bfloat_of(numba: Any) -> Callable | None:
    from llvmlite import ir

    word, half = ir.IntType(32), ir.IntType(16)

    @numba.extending.intrinsic
    def emit(typing_context, x):
        # As `bfloat_of` does it, in 32 bits throughout: Numba's whole numbers grow to 64.
        def generate(context, builder, signature, args):
            bits = builder.bitcast(args[0], word)
            upper = builder.lshr(bits, word(16))
            odd = builder.and_(upper, word(1))
            near = builder.lshr(builder.add(builder.add(bits, word(0x7FFF)), odd), word(16))
            nan = builder.fcmp_unordered("uno", args[0], args[0])
            quiet = builder.or_(upper, word(0x40))
            return builder.trunc(builder.select(nan, quiet, near), half)

        return numba.types.uint16(numba.types.float32), generate

    return lambda x: emit(x)


@inline(emitted=_emitted_float_of_half)
def float_of_half(bits):
    """Return the float32 equal to the float16 with these bits (a uint16)."""
    h = np.int32(bits)
    magnitude = h & 0x7FFF
    # The multiplication puts the exponent right, and makes subnormal numbers normal, exactly.
    x = bits32(float32_of(magnitude << 13) * _UP)
    x = select(magnitude >= 0x7C00, 0x7F800000 | (magnitude << 13), x)  # infinity and NaN
    return float32_of(x | ((h & 0x8000) << 16))


@inline(emitted=_emitted_half_of)
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


@inline(emitted=_emitted_bfloat_of)
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


@jit(
    "uint16[:]",
    "out float32[:]",
    twin=_of_half_twin,
    **_OPTIONS,
)
def _of_half(x, out):
    for i in prange(x.size):
        out[i] = float_of_half(x[i])


@jit(
    "float32[:]",
    "out uint16[:]",
    twin=_to_half_twin,
    **_OPTIONS,
)
def _to_half(x, out):
    for i in prange(x.size):
        out[i] = half_of(x[i])


@jit(
    "uint16[:]",
    "out float32[:]",
    twin=_of_bfloat_twin,
    **_OPTIONS,
)
def _of_bfloat(x, out):
    for i in prange(x.size):
        out[i] = float_of_bfloat(x[i])


@jit(
    "float32[:]",
    "out uint16[:]",
    twin=_to_bfloat_twin,
    **_OPTIONS,
)
def _to_bfloat(x, out):
    for i in prange(x.size):
        out[i] = bfloat_of(x[i])


def converted(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return an array as another dtype, as `astype` does, and fast between halves and float32.

    Example:
        >>> converted(np.array([0.1], "float16"), np.dtype("float32"))
        array([0.09997559], dtype=float32)
    """
    if x.size >= _KERNEL_ABOVE and x.dtype.isnative:
        if dtype == np.float32 and x.dtype.name in ("float16", "bfloat16"):
            return to_float32(x)
        if x.dtype == np.float32 and dtype.name in ("float16", "bfloat16"):
            return from_float32(x, dtype.name)
    return x.astype(dtype)


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
