"""Sine and cosine of float32 as straight-line code, of all x (Payne and Hanek 1983)."""

import numpy as np

from minigrad.kernels.bits import bits32
from minigrad.kernels.jit import inline, select

F = np.float32
D = np.float64
_I = np.int32

#: The largest error of each function in units in the last place, over all float32.
ULP = {"sin32": 1.6, "cos32": 1.6}

_ZERO, _ONE, _HALF = F(0), F(1), F(0.5)
_INF, _NAN = F(np.inf), F(np.nan)


def _two_over_pi() -> tuple[np.ndarray, np.ndarray]:
    """Return 2/pi * 2**(e - 150) modulo 4 for all exponents e of a float32, as 64 + 32 bits.

    The bits of 2/pi come from pi by Machin's formula in integers.
    """
    one = 1 << 400

    def arctan_of_inverse(n):
        term, total, i = one // n, 0, 1
        while term:
            total += term // i if i % 4 == 1 else -(term // i)
            term, i = term // (n * n), i + 2
        return total

    pi = 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)
    bits = (2 * one << 300) // pi  # of 2/pi * 2**300
    high, low = [], []
    for e in range(256):
        window = (bits >> (356 - e)) % (1 << 96)  # 2/pi * 2**(e - 150), times 2**94
        high.append(window >> 32)
        low.append(window & 0xFFFFFFFF)
    return np.array(high, np.uint64), np.array(low, np.uint64)


_TURN_HIGH, _TURN_LOW = _two_over_pi()
_EIGHTH = np.uint64(1 << 61)  # half a quadrant
_U32, _U62 = np.uint64(32), np.uint64(62)
_QUADRANT = D(np.pi / 2 / 2**62)
_S1, _S2, _S3 = F(-0.16666654536634243), F(0.008332156054078728), F(-0.00019514631928100606)
_C1, _C2, _C3 = F(0.0416666455544707), F(-0.0013887309866699251), F(2.44324129921905e-05)


def _as_signed_scalar(x):
    return np.uint64(x).view(np.int64)


@inline(jitted=_as_signed_scalar)
def _as_signed(x):
    return np.asarray(x, np.uint64).view(np.int64)


@inline
def _reduce32(x):
    """Return (r, q) with |x| = r + q pi/2, |r| <= pi/4, q modulo 4: exact for the largest x too.

    |x| = m 2**k with an integer m; m times the right 96 bits of 2/pi gives all of |x| 2/pi modulo
    4.
    """
    bits = bits32(x)
    exponent = (bits >> 23) & 0xFF
    m = np.uint64((bits & 0x7FFFFF) | 0x800000)
    turns = m * _TURN_HIGH[exponent] + ((m * _TURN_LOW[exponent]) >> _U32)
    quadrant = (turns + _EIGHTH) >> _U62
    r = F(D(_as_signed(turns - (quadrant << _U62))) * _QUADRANT)
    small = abs(x) < F(0.78)  # nothing to reduce, and below 2**-30 too few of the bits are there
    return select(small, abs(x), r), select(small, _I(0), _I(quadrant))


@inline
def sin_polynomial32(r):
    """Return sin r for |r| <= pi/4."""
    z = r * r
    return r + r * z * (_S1 + z * (_S2 + z * _S3))


@inline
def cos_polynomial32(r):
    """Return cos r for |r| <= pi/4."""
    z = r * r
    return _ONE - (_HALF * z - z * z * (_C1 + z * (_C2 + z * _C3)))


@inline
def sin32(x):
    """Return sin x, x in radians, for all float32."""
    r, q = _reduce32(x)
    y = select((q & 1) == 0, sin_polynomial32(r), cos_polynomial32(r))
    y = select(((q & 2) == 0) == (x >= _ZERO), y, -y)
    y = select(x == _ZERO, x, y)
    return select(abs(x) < _INF, y, _NAN)


@inline
def cos32(x):
    """Return cos x, x in radians, for all float32."""
    r, q = _reduce32(x)
    y = select((q & 1) == 0, cos_polynomial32(r), sin_polynomial32(r))
    y = select(((q + 1) & 2) == 0, y, -y)
    return select(abs(x) < _INF, y, _NAN)
