"""Random numbers of many distributions, made of Philox's uniform and normal ones.

All of them are functions of a key (two 32-bit integers) alone: the same whatever the number of
threads. Where numbers are rejected, new ones are drawn for their places, with counts not used yet.
"""

import math

import numpy as np

from minigrad.kernels.gamma_slope import log_gamma_slope
from minigrad.kernels.random import counts, normal, random_bits, uniform


class Stream:
    """Draws with one key that never overlap: each starts where the last one ended."""

    def __init__(self, key):
        self.key = int(key[0]), int(key[1])
        self.counter = 0

    def _draw(self, draw, size, dtype):
        result = draw(self.key, self.counter, (size,), dtype)
        self.counter += counts(size, dtype)
        return result

    def uniform(self, size, dtype="float64"):
        """Uniform in [0, 1)."""
        return self._draw(uniform, size, dtype)

    def positive_uniform(self, size):
        """Uniform in (0, 1]: has a logarithm."""
        return 1 - self.uniform(size)

    def normal(self, size, dtype="float64"):
        return self._draw(normal, size, dtype)

    def bits64(self, size):
        words = random_bits(self.key, self.counter, (2 * size,))
        self.counter += counts(2 * size, "uint32")
        return words.view(np.uint64)


def truncated_normal(key, shape, dtype):
    """Standard normal numbers within [-2, 2]: those outside are drawn anew."""
    stream = Stream(key)
    result = stream.normal(math.prod(shape), dtype)
    bad = np.flatnonzero(np.abs(result) > 2)
    while bad.size:
        again = stream.normal(bad.size, dtype)
        result[bad] = again
        bad = bad[np.abs(again) > 2]
    return result.reshape(shape)


def integers(key, low, high, shape, dtype):
    """Whole numbers from `low` to `high` - 1.

    A random 64-bit number modulo the length of the range: the bias is below length / 2**64.
    """
    low, high = np.broadcast_to(low, shape).ravel(), np.broadcast_to(high, shape).ravel()
    length = (high - low).astype(np.uint64)
    bits = Stream(key).bits64(math.prod(shape))
    offset = bits % np.maximum(length, 1)
    return (low.astype(np.int64) + offset.astype(np.int64)).astype(dtype).reshape(shape)


def categorical(key, logits, samples):
    """For each row of logits, `samples` classes with the probabilities softmax(row)."""
    logits = logits.astype(np.float64)
    rows, classes = logits.shape
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    sums = np.cumsum(weights, axis=1)
    sums /= sums[:, -1:]
    u = Stream(key).uniform(rows * samples).reshape(rows, samples)
    # One search for all rows: row i is shifted to the interval from 2i to 2i + 1.
    shift = 2.0 * np.arange(rows)[:, None]
    found = np.searchsorted((sums + shift).ravel(), (u + shift).ravel(), side="right")
    found = found.reshape(rows, samples) - classes * np.arange(rows)[:, None]
    return np.minimum(found, classes - 1)


def permutation(key, length):
    """The numbers from 0 to `length` - 1 in a random order: that of random 64-bit numbers."""
    return np.argsort(Stream(key).bits64(length), kind="stable")


def _log_gamma_variates(stream, alpha):
    """Logarithms of gamma variates (logarithms, as for small alpha the variates vanish).

    Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). For alpha < 1,
    gamma(alpha) is gamma(alpha + 1) · u^(1/alpha).
    """
    boosted = np.where(alpha < 1, alpha + 1, alpha)
    d = boosted - 1 / 3
    c = 1 / np.sqrt(9 * d)
    v = np.ones_like(alpha)
    todo = np.arange(alpha.size)
    while todo.size:
        x, u = stream.normal(todo.size), stream.positive_uniform(todo.size)
        cube = (1 + c[todo] * x) ** 3
        good = cube > 0
        safe = np.where(good, cube, 1.0)
        good &= np.log(u) < x * x / 2 + d[todo] * (1 - safe + np.log(safe))
        v[todo[good]] = cube[good]
        todo = todo[~good & (alpha[todo] > 0)]  # nothing is drawn for an alpha that is not positive
    shrink = np.log(stream.positive_uniform(alpha.size)) / np.where(alpha < 1, alpha, 1.0)
    return np.log(d * v) + np.where(alpha < 1, shrink, 0.0)


def _flat(x, shape):
    return np.broadcast_to(x, shape).astype(np.float64).ravel()


def gamma(key, alpha, shape, dtype):
    """Gamma variates of shape `alpha` and scale 1; NaN where alpha is not positive."""
    alpha = _flat(alpha, shape)
    variates = np.exp(_log_gamma_variates(Stream(key), alpha))
    least = np.finfo(np.float32).tiny if dtype != np.float64 else np.finfo(np.float64).tiny
    variates = np.where(alpha > 0, np.maximum(variates, least), np.nan)
    return variates.astype(dtype).reshape(shape)


def gamma_slope(alpha, variates):
    """The implicit gradient of gamma variates by `alpha`."""
    z = variates.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (z * log_gamma_slope(alpha, np.log(z))).astype(variates.dtype)


def _beta_logarithms(stream, alpha, beta):
    """Logarithms of the two gamma variates that a beta variate is made of."""
    log_y = _log_gamma_variates(stream, beta)
    return _log_gamma_variates(stream, alpha), log_y


def _beta_variates(stream, alpha, beta):
    log_x, log_y = _beta_logarithms(stream, alpha, beta)
    return np.where((alpha > 0) & (beta > 0), 1 / (1 + np.exp(log_y - log_x)), np.nan)


def beta(key, alpha, beta, shape, dtype):
    """Beta variates: X / (X + Y) for gamma variates X of `alpha` and Y of `beta`."""
    variates = _beta_variates(Stream(key), _flat(alpha, shape), _flat(beta, shape))
    return variates.astype(dtype).reshape(shape)


def beta_slopes(key, alpha, beta, shape):
    """The implicit gradients by `alpha` and `beta` of what `beta` draws with the same key."""
    alpha, beta = _flat(alpha, shape), _flat(beta, shape)
    log_x, log_y = _beta_logarithms(Stream(key), alpha, beta)
    spread = np.exp(-np.logaddexp(0, log_y - log_x) - np.logaddexp(0, log_x - log_y))  # b (1 - b)
    by_alpha, by_beta = log_gamma_slope(alpha, log_x), log_gamma_slope(beta, log_y)
    return (spread * by_alpha).reshape(shape), (-spread * by_beta).reshape(shape)


_FEW_TRIALS = 16


def binomial(key, trials, probability, shape, dtype):
    """How many of so many trials succeed; NaN where the arguments make no sense.

    Many trials are reduced to fewer: among n uniform numbers the one of rank i has the
    distribution beta(i, n + 1 - i); if it is below p, then i trials have succeeded, else the i-th
    and those above have failed (Devroye, "Non-uniform random variate generation", X.4.3).
    """
    stream = Stream(key)
    n, p = np.floor(_flat(trials, shape)), _flat(probability, shape)
    valid = (n >= 0) & (p >= 0) & (p <= 1) & np.isfinite(n)
    n, p = np.where(valid, n, 0.0), np.where(valid, p, 0.0)
    successes = np.zeros_like(n)
    todo = np.flatnonzero(n > _FEW_TRIALS)
    while todo.size:
        m, q = n[todo], p[todo]
        rank = np.floor(m / 2) + 1
        split = _beta_variates(stream, rank, m + 1 - rank)
        below = split <= q
        successes[todo] += np.where(below, rank, 0.0)
        n[todo] = np.where(below, m - rank, rank - 1)
        p[todo] = np.where(below, np.where(split < 1, (q - split) / (1 - split), 0.0), q / split)
        todo = todo[n[todo] > _FEW_TRIALS]
    p = np.clip(p, 0, 1)
    for trial in range(int(n.max(initial=0))):
        successes += (trial < n) & (stream.uniform(n.size) < p)
    return np.where(valid, successes, np.nan).astype(dtype).reshape(shape)
