"""exp, log, tanh, erf… as straight-line code: no branches, so loops over them become vector code.

``math.exp`` in a compiled loop is one call of the C library after the other; these functions are
ten times as fast. Each works on a scalar inside a kernel and on whole NumPy arrays outside,
rounding alike. ``exp32`` is for float32 and ``exp64`` for float64; ``exp`` takes either. Constants
are typed, as a plain literal would turn the arithmetic into float64. `ULP` states the largest
errors.

The polynomials are minimax fits of the named remainders, made for this file; the ways of reducing
the argument are the classical ones (Cody and Waite 1980; log after Ng's fdlibm). Sine and cosine
are in `sine`.
"""

import numpy as np

from minigrad.kernels.bits import bits32, bits64, float32_of, float64_of
from minigrad.kernels.jit import inline, select

F = np.float32
D = np.float64
_I = np.int32

#: The largest error of each function in units in the last place, over all float32 or float64.
ULP = {
    "exp32": 1.01,
    "expm1_32": 1.5,
    "log32": 0.85,
    "log1p32": 0.85,
    "tanh32": 6.5,
    "sigmoid32": 2.5,
    "softplus32": 2.0,
    "erf32": 6.5,
    "exp64": 1.0,
    "expm1_64": 2.0,
    "log64": 1.0,
    "log1p64": 1.5,
    "tanh64": 3.0,
    "sigmoid64": 2.5,
    "softplus64": 2.0,
}


# --- float32: exp ---------------------------------------------------------------------------------

_ZERO, _ONE, _TWO, _HALF = F(0), F(1), F(2), F(0.5)
_INF, _NAN = F(np.inf), F(np.nan)
_LOG2E = F(1.4426950408889634)
_LN2_HI = F(0.693359375)  # nine bits, so that n * _LN2_HI is exact
_LN2_LO = F(-2.12194440054690583e-4)
_ROUND = F(12582912.0)  # 1.5 * 2**23: adding it rounds to an integer, which its low bits show
_ROUND_BITS = 0x4B400000
_EXP_LOW, _EXP_HIGH = F(-104.0), F(89.0)  # beyond: 0 and infinity
EXP_NEAR = F(87.0)  # up to there, e**x and e**-x are normal float32
_E2, _E3, _E4 = F(0.4999999333347928), F(0.16666518938572902), F(0.04166840797608822)
_E5, _E6 = F(0.008368921796796594), F(0.001381417399066163)


@inline
def exp32(x):
    """Return e**x: with x = n ln 2 + r it is 2**n * e**r, and |r| <= ln 2 / 2 needs few terms."""
    # What is far below, as -inf for a mask is, is not computed: denormal results are slow.
    clipped = select(x < _EXP_LOW, _ZERO, select(x > _EXP_HIGH, _EXP_HIGH, x))
    rounded = clipped * _LOG2E + _ROUND
    n = bits32(rounded) - _ROUND_BITS
    rounded = rounded - _ROUND
    r = (clipped - rounded * _LN2_HI) - rounded * _LN2_LO
    p = _E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * _E6)))
    half = n >> 1  # in two factors, as 2**n itself may not be a float32
    y = ((r + r * r * p) + _ONE) * float32_of((half + 127) << 23)
    return select(x < _EXP_LOW, _ZERO, y * float32_of((n - half + 127) << 23))


@inline
def exp32_near(x):
    """Return what `exp32` does, in fewer steps; only for |x| <= `EXP_NEAR`."""
    rounded = x * _LOG2E + _ROUND
    n = bits32(rounded) - _ROUND_BITS
    rounded = rounded - _ROUND
    r = (x - rounded * _LN2_HI) - rounded * _LN2_LO
    p = _E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * _E6)))
    return ((r + r * r * p) + _ONE) * float32_of((n + 127) << 23)


@inline
def exp32_below(x):
    """Return e**x for x <= 0, in fewer steps than `exp32`; 0 where that is no normal float32."""
    y = exp32_near(select(x < -EXP_NEAR, -EXP_NEAR, x))
    return select(x < -EXP_NEAR, _ZERO, y)


_EXPM1_LOW = F(-18.0)
_M2, _M3, _M4 = F(0.5000000044928379), F(0.16666666365267999), F(0.04166635737640729)
_M5, _M6, _M7 = F(0.008333390025757855), F(0.0013940926539129969), F(0.00019845901470981)


@inline
def expm1_32(x):
    """Return e**x - 1 without cancellation near 0, as 2**n * ((e**r - 1) + (1 - 2**-n))."""
    clipped = select(x < _EXPM1_LOW, _EXPM1_LOW, select(x > _EXP_HIGH, _EXP_HIGH, x))
    rounded = clipped * _LOG2E + _ROUND
    n = bits32(rounded) - _ROUND_BITS
    rounded = rounded - _ROUND
    r = (clipped - rounded * _LN2_HI) - rounded * _LN2_LO
    p = _M2 + r * (_M3 + r * (_M4 + r * (_M5 + r * (_M6 + r * _M7))))
    q = r + r * r * p
    down = select(n > 100, _ZERO, float32_of((127 - n) << 23))  # 2**-n, which matters for small n
    half = n >> 1
    y = (q + (_ONE - down)) * float32_of((half + 127) << 23) * float32_of((n - half + 127) << 23)
    return select(n == 0, select(x == _ZERO, x, q), y)  # x: minus zero stays minus zero


# --- float32: log ---------------------------------------------------------------------------------

_TINY = F(1.1754943508222875e-38)  # the smallest normal float32
_UP = F(33554432.0)  # 2**25
_SQRT_HALF_BITS = 0x3F3504F3
_LN2_TOP = F(6.9313812256e-01)
_LN2_REST = F(9.0580006145e-06)
_G0, _G1 = F(0.6666666559965749), F(0.40000346448184865)
_G2, _G3 = F(0.28536543652170526), F(0.23597517614111013)


@inline
def _log_parts32(x, correction, k_offset):
    # log x = k ln 2 + log(1 + f) with 1 + f in [sqrt(1/2), sqrt 2); s = f / (2 + f), and
    # log(1 + f) = log((1 + s) / (1 - s)) = 2s + 2/3 s³ + … = f - f²/2 + s (f²/2 + R(s²)).
    bits = bits32(x)
    n = (bits - _SQRT_HALF_BITS) >> 23
    f = float32_of(bits - (n << 23)) - _ONE
    k = F(_I(n)) + k_offset
    s = f / (_TWO + f)
    z = s * s
    rest = z * (_G0 + z * (_G1 + z * (_G2 + z * _G3)))
    half_square = _HALF * f * f
    return k * _LN2_TOP - (
        (half_square - (s * (half_square + rest) + (k * _LN2_REST + correction))) - f
    )


@inline
def log32(x):
    """Return the natural logarithm; -inf at 0, NaN below."""
    small = x < _TINY
    scaled = select(small, x * _UP, x)
    y = _log_parts32(scaled, _ZERO, select(small, F(-25.0), _ZERO))
    y = select(x == _INF, x, y)
    return select(x > _ZERO, y, select(x == _ZERO, -_INF, _NAN))


@inline
def log1p32(x):
    """Return log(1 + x) without cancellation near 0, by correcting for the rounding of 1 + x."""
    u = _ONE + x
    lost = select(x > _ONE, _ONE - (u - x), x - (u - _ONE)) / u
    y = _log_parts32(u, lost, _ZERO)
    # Near 0, f = x exactly, with nothing lost.
    s = x / (_TWO + x)
    z = s * s
    rest = z * (_G0 + z * (_G1 + z * (_G2 + z * _G3)))
    half_square = _HALF * x * x
    near = x - (half_square - s * (half_square + rest))
    y = select((x > F(-0.29)) & (x < F(0.41)), near, y)
    y = select((x == _ZERO) | (x == _INF), x, y)
    return select(x > -_ONE, y, select(x == -_ONE, -_INF, _NAN))


# --- float32: rationals, and functions made of the above ------------------------------------------

_TANH_END = F(9.02)  # from here on tanh rounds to 1
_T0, _T1, _T2 = F(0.9999999986929676), F(0.13679917089353205), F(0.0038683302620814014)
_T3, _T4, _T5 = F(2.8007508536170396e-05), F(3.058513647640888e-08), F(-1.2203545042285932e-11)
_U1, _U2 = F(0.47013249150362024), F(0.027245848054340514)
_U3, _U4 = F(0.0003938635514536716), F(1.2873700002153572e-06)


@inline
def tanh32(x):
    """Return tanh x as x P(x²) / Q(x²)."""
    y = select(x < -_TANH_END, -_TANH_END, select(x > _TANH_END, _TANH_END, x))
    z = y * y
    p = _T0 + z * (_T1 + z * (_T2 + z * (_T3 + z * (_T4 + z * _T5))))
    q = _ONE + z * (_U1 + z * (_U2 + z * (_U3 + z * _U4)))
    y = y * p / q
    return select(y > _ONE, _ONE, select(y < -_ONE, -_ONE, y))


@inline
def sigmoid32(x):
    """Return 1 / (1 + e**-x), written so that its small values keep their digits."""
    e = exp32(-abs(x))
    return select(x < _ZERO, e, _ONE) / (_ONE + e)


_L0, _L1, _L2 = F(0.6666667562190224), F(0.3999887774770862), F(0.28616884706901874)
_L3, _L4 = F(0.2142765856790068), F(0.24300932668989908)


@inline
def softplus32(x):
    """Return log(1 + e**x) = max(x, 0) + log(1 + t), t = e**-|x| in (0, 1]: no reduction needed."""
    t = exp32(-abs(x))
    s = t / (_TWO + t)
    z = s * s
    rest = z * (_L0 + z * (_L1 + z * (_L2 + z * (_L3 + z * _L4))))
    half_square = _HALF * t * t
    return select(x > _ZERO, x, _ZERO) + (t - (half_square - s * (half_square + rest)))


_ERF_END = F(3.93)
_A0, _A1, _A2 = F(1.128379169174971), F(0.18514774348716342), F(0.0542547299479875)
_A3, _A4 = F(0.0038402939465215884), F(0.00037716683248262094)
_A5, _A6 = F(4.620037051193082e-06), F(-1.285786343523399e-08)
_B1, _B2, _B3 = F(0.49741632274784203), F(0.11388695751726803), F(0.01543483850114293)
_B4, _B5 = F(0.0013024087447499895), F(6.25006651285087e-05)


@inline
def erf32(x):
    """Return the error function as x P(x²) / Q(x²)."""
    y = select(x < -_ERF_END, -_ERF_END, select(x > _ERF_END, _ERF_END, x))
    z = y * y
    p = _A0 + z * (_A1 + z * (_A2 + z * (_A3 + z * (_A4 + z * (_A5 + z * _A6)))))
    q = _ONE + z * (_B1 + z * (_B2 + z * (_B3 + z * (_B4 + z * _B5))))
    y = y * p / q
    return select(y > _ONE, _ONE, select(y < -_ONE, -_ONE, y))


# --- float64 --------------------------------------------------------------------------------------

_D0, _D1, _D2, _DHALF, _DINF, _DNAN = D(0), D(1), D(2), D(0.5), D(np.inf), D(np.nan)
_DLOG2E = D(1.4426950408889634)
_DLN2_HI, _DLN2_LO = D(6.93147180369123816490e-01), D(1.90821492927058770002e-10)
_DROUND, _DROUND_BITS = D(6755399441055744.0), 0x4338000000000000
_DEXP_LOW, _DEXP_HIGH, _DEXPM1_LOW = D(-746.0), D(710.0), D(-38.0)
_P2, _P3, _P4 = D(0.5), D(0.16666666666666677), D(0.041666666666666505)
_P5, _P6, _P7 = D(0.008333333333321433), D(0.0013888888888962717), D(0.00019841269886682216)
_P8, _P9 = D(2.4801587173751334e-05), D(2.755724359777239e-06)
_P10, _P11, _P12 = D(2.7557400293215964e-07), D(2.510926698323678e-08), D(2.0876406956452976e-09)


@inline
def _exp_parts64(x):
    rounded = x * _DLOG2E + _DROUND
    n = bits64(rounded) - _DROUND_BITS
    rounded = rounded - _DROUND
    r = (x - rounded * _DLN2_HI) - rounded * _DLN2_LO
    p = _P8 + r * (_P9 + r * (_P10 + r * (_P11 + r * _P12)))
    p = _P2 + r * (_P3 + r * (_P4 + r * (_P5 + r * (_P6 + r * (_P7 + r * p)))))
    return n, r + r * r * p


@inline
def exp64(x):
    """Return e**x, as `exp32` does."""
    x = select(x < _DEXP_LOW, _DEXP_LOW, select(x > _DEXP_HIGH, _DEXP_HIGH, x))
    n, q = _exp_parts64(x)
    half = n >> 1
    return (q + _D1) * float64_of((half + 1023) << 52) * float64_of((n - half + 1023) << 52)


@inline
def expm1_64(x):
    """Return e**x - 1, as `expm1_32` does."""
    clipped = select(x < _DEXPM1_LOW, _DEXPM1_LOW, select(x > _DEXP_HIGH, _DEXP_HIGH, x))
    n, q = _exp_parts64(clipped)
    down = select(n > 1000, _D0, float64_of((1023 - n) << 52))
    half = n >> 1
    y = (q + (_D1 - down)) * float64_of((half + 1023) << 52) * float64_of((n - half + 1023) << 52)
    return select(n == 0, select(x == _D0, x, q), y)


_DTINY, _DUP = D(2.2250738585072014e-308), D(2.0**54)
_DSQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_H0, _H1, _H2 = D(0.666666666666674), D(0.399999999993748), D(0.28571428752069966)
_H3, _H4 = D(0.2222219750312095), D(0.18183623625356324)
_H5, _H6 = D(0.15312445142344033), D(0.1481284468124714)


@inline
def _log_series64(f):
    s = f / (_D2 + f)
    z = s * s
    rest = z * (_H0 + z * (_H1 + z * (_H2 + z * (_H3 + z * (_H4 + z * (_H5 + z * _H6))))))
    half_square = _DHALF * f * f
    return half_square, s * (half_square + rest)


@inline
def _log_parts64(x, correction, k_offset):
    bits = bits64(x)
    n = (bits - _DSQRT_HALF_BITS) >> 52
    f = float64_of(bits - (n << 52)) - _D1
    k = D(n) + k_offset
    half_square, tail = _log_series64(f)
    return k * _DLN2_HI - ((half_square - (tail + (k * _DLN2_LO + correction))) - f)


@inline
def log64(x):
    """Return the natural logarithm, as `log32` does."""
    small = x < _DTINY
    y = _log_parts64(select(small, x * _DUP, x), _D0, select(small, D(-54.0), _D0))
    y = select(x == _DINF, x, y)
    return select(x > _D0, y, select(x == _D0, -_DINF, _DNAN))


@inline
def log1p64(x):
    """Return log(1 + x), as `log1p32` does."""
    u = _D1 + x
    lost = select(x > _D1, _D1 - (u - x), x - (u - _D1)) / u
    y = _log_parts64(u, lost, _D0)
    half_square, tail = _log_series64(x)
    y = select((x > D(-0.29)) & (x < D(0.41)), x - (half_square - tail), y)
    y = select((x == _D0) | (x == _DINF), x, y)
    return select(x > -_D1, y, select(x == -_D1, -_DINF, _DNAN))


@inline
def tanh64(x):
    """Return tanh x = t / (t + 2) with t = e**2x - 1, for -|x|."""
    t = expm1_64(-_D2 * abs(x))
    y = -t / (t + _D2)
    return select(x < _D0, -y, select(x == _D0, x, y))


@inline
def sigmoid64(x):
    """Return 1 / (1 + e**-x), as `sigmoid32` does."""
    e = exp64(-abs(x))
    return select(x < _D0, e, _D1) / (_D1 + e)


@inline
def softplus64(x):
    """Return log(1 + e**x), as `softplus32` does."""
    return select(x > _D0, x, _D0) + log1p64(exp64(-abs(x)))


# --- either width ---------------------------------------------------------------------------------


@inline(by_dtype={"float32": exp32, "float64": exp64})
def exp(x):
    """Return e**x in the precision of x."""
    return exp64(x) if x.dtype == np.float64 else exp32(x)


exp64_below = exp64


@inline(by_dtype={"float32": exp32_below, "float64": exp64})
def exp_below(x):
    """Return e**x for x <= 0, where what is next to nothing may be 0."""
    return exp64(x) if x.dtype == np.float64 else exp32_below(x)


@inline(by_dtype={"float32": exp32_near, "float64": exp64})
def exp_near(x):
    """Return what `exp` does, for |x| <= `EXP_NEAR`."""
    return exp64(x) if x.dtype == np.float64 else exp32_near(x)


@inline(by_dtype={"float32": log32, "float64": log64})
def log(x):
    """Return the natural logarithm in the precision of x."""
    return log64(x) if x.dtype == np.float64 else log32(x)
