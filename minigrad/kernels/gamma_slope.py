"""How a gamma variate moves with its shape parameter, the random number behind it held fixed.

Implicit reparameterization (Figurnov, Mohamed and Mnih, 2018): z with the cumulative distribution
F(z; a) stays at one quantile, so that dz/da = -(dF/da) / (dF/dz).
"""

import math

import numpy as np

# From here on the quantiles are expanded in 1 / √a; below, F is summed as a series.
_LARGE = 300.0


def digamma(x):
    """The derivative of log Γ, for x > 0: the recurrence up to 10, then the asymptotic series."""
    x = np.array(x, np.float64)
    result = np.zeros_like(x)
    while (small := x < 10).any():
        result -= np.where(small, 1 / np.where(small, x, 1.0), 0.0)
        x = np.where(small, x + 1, x)
    y = 1 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132)))))
    return result + np.log(x) - 0.5 / x - series


def _by_series(a, log_z):
    """d log z / da, by F = z^a exp(-z) / Γ(a + 1) · S with S = Σ z^n / ((a + 1) … (a + n))."""
    z = np.exp(log_z)
    term, slope = np.ones_like(a), np.zeros_like(a)  # of z^n / (…), and its derivative by a
    total, total_slope = term.copy(), slope.copy()
    n = 0
    while (term > 1e-18 * total).any():
        n += 1
        term = term * (z / (a + n))
        slope = slope * (z / (a + n)) - term / (a + n)
        total += term
        total_slope += slope
    return -(total * (log_z - digamma(a + 1)) + total_slope) / a


def _by_quantiles(a, log_z):
    """d log z / da, by the expansion of Cornish and Fisher around the normal quantile x."""
    z, r = np.exp(log_z), np.sqrt(a)
    x = (z - a) / r
    for _ in range(20):  # Newton's steps to the x of this z
        found = r * x + a + (x * x - 1) / 3 + (x**3 - 7 * x) / (36 * r)
        found -= (3 * x**4 + 7 * x * x - 16) / (810 * a)
        rise = r + 2 * x / 3 + (3 * x * x - 7) / (36 * r) - (12 * x**3 + 14 * x) / (810 * a)
        step = (found - z) / rise
        x = x - step
        if np.abs(step).max(initial=0.0) < 1e-12:
            break
    by_a = 1 + x / (2 * r) - (x**3 - 7 * x) / (72 * a * r)
    return (by_a + (3 * x**4 + 7 * x * x - 16) / (810 * a * a)) / z


def log_gamma_slope(alpha, log_z):
    """d log z / d alpha of gamma variates z. For small alpha z may vanish, its logarithm does not.

    NaN where alpha is not positive.
    """
    alpha, log_z = np.broadcast_arrays(np.asarray(alpha, np.float64), log_z)
    result = np.full(alpha.shape, math.nan)
    small, large = (alpha > 0) & (alpha <= _LARGE), alpha > _LARGE
    result[small] = _by_series(alpha[small], log_z[small])
    result[large] = _by_quantiles(alpha[large], log_z[large])
    return result
