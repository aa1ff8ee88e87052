"""The error function and its kin, and Bessel's I0 and I1, on whole NumPy arrays.

NumPy has none of these but i0. Results are computed in float64 and are within about 1e-14 of the
truth, relatively; float32 arrays come back rounded from there.
"""

import math

import numpy as np

_ROOT_PI = math.sqrt(math.pi)

# erf x = 2/√π Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n+1)); with 18 terms exact to rounding for |x| ≤ 1.
_ERF = [2 / _ROOT_PI * (-1) ** n / (math.factorial(n) * (2 * n + 1)) for n in range(18)][::-1]

# (1 + 2x) exp(x²) erfc x as a polynomial of (x - 3)/(x + 3), after Shepherd and Laframboise,
# Math. Comp. 36 (1981): one smooth function for all x ≥ 0.
_ERFC = [
    *(-1.1505107977427542e-09, 1.0400640348962042e-09, 3.711704721354181e-09),
    *(-1.3556189060182078e-08, 9.774183240551793e-09, 1.0228627544961455e-07),
    *(-9.334432959917649e-08, -6.170415605133428e-07, 3.107824682047067e-07),
    *(3.472626942446766e-06, -7.025417281258939e-07, -2.0100653371241117e-05),
    *(4.937385541803341e-06, 0.00012509939683303523, -0.00010515650352667383),
    *(-0.0007798322961246103, 0.0018886898001896982, 0.0025293918239247845),
    *(-0.023770514864775397, 0.06830802734269746, -0.11927366341777583),
    *(0.12964515870284826, -0.047562294353415635, -0.13562110612458297),
    1.2530080582697298,
]

# I1(x) = Σ (x/2)²ᵏ⁺¹ / (k! (k+1)!), and for large x: eˣ / √(2πx) · Σ aₖ / xᵏ.
_I1_NEAR = [1 / (math.factorial(k) * math.factorial(k + 1)) for k in range(60)][::-1]
_I1_FAR = [1.0]
for _k in range(1, 18):
    _I1_FAR.append(-_I1_FAR[-1] * (4 - (2 * _k - 1) ** 2) / (8 * _k))
_I1_FAR = _I1_FAR[::-1]


def _polynomial(coefficients, x):
    """Horner's rule, the highest power first."""
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += coefficient
    return result


def _in_float64(function):
    """`function` on a float64 array of at least one axis; NaN stays NaN."""

    def kernel(x):
        x = np.asarray(x)
        wide = np.atleast_1d(x).astype(np.float64)
        return function(wide).reshape(x.shape).astype(x.dtype, copy=False)

    return kernel


def _erf64(x):
    near = np.clip(x, -1, 1)
    small = near * _polynomial(_ERF, near * near)
    if (np.abs(x) <= 1).all():
        return small
    return np.where(np.abs(x) <= 1, small, np.copysign(1 - _erfc_positive(np.abs(x)), x))


def _erfc64(x):
    # For 0 ≤ x < 1/2 and x < 0 the digits of 1 - erf x are all there.
    return np.where(x < 0.5, 1 - _erf64(np.minimum(x, 0.5)), _erfc_positive(np.maximum(x, 0)))


def _erfc_positive(x):
    top = np.minimum(x, 30)  # erfc 30 is 0
    # The rounding error of x² would grow by exp; so x² = high² + (x - high)(x + high), the first
    # exact.
    high = top.astype(np.float32).astype(np.float64)
    gauss = np.exp(-high * high) * np.exp((high - top) * (high + top))
    return gauss * _polynomial(_ERFC, (top - 3) / (top + 3)) / (1 + 2 * top)


def _erfinv64(y):
    # A first guess (Giles, "Approximating the erfinv function", 2010), then three steps of Halley's
    # method on erf, or on erfc where y is near ±1 and erf has run out of digits.
    size = np.abs(y)
    rest = 1 - size
    w = -np.log(rest * (1 + size))
    centre = _polynomial(_GILES_CENTRE, w - 2.5)
    tail = _polynomial(_GILES_TAIL, np.sqrt(w) - 3)
    end = np.sqrt(np.maximum(w, 1) - np.log(np.sqrt(np.pi * np.maximum(w, 1))))
    x = np.where(w < 16, np.where(w < 5, centre, tail) * size, end)
    for _ in range(3):
        error = np.where(size < 0.5, _erf64(x) - size, rest - _erfc64(x))
        step = error * (_ROOT_PI / 2) * np.exp(np.minimum(x * x, 700))
        x = x - step / (1 + x * step)
    x = np.where(size == 1, np.inf, x)
    return np.copysign(np.where(size > 1, np.nan, x), y)


_GILES_CENTRE = [
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
]
_GILES_TAIL = [
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
]


def _i1_64(x):
    size = np.abs(x)
    near = np.minimum(size, 20)
    small = near / 2 * _polynomial(_I1_NEAR, near * near / 4)
    far = np.maximum(size, 20)
    large = np.exp(far) / np.sqrt(2 * np.pi * far) * _polynomial(_I1_FAR, 1 / far)
    return np.copysign(np.where(size <= 20, small, large), x)


erf64 = _in_float64(_erf64)
erfc = _in_float64(_erfc64)
erfinv = _in_float64(_erfinv64)
i0 = _in_float64(np.i0)
i1 = _in_float64(_i1_64)
