"""Kolmogorov and Smirnov's test of every distribution of `minigrad.random`, by name.

The statistic is the largest distance between the cumulative distribution of a sample and that of
the law. Where the law has steps, it is taken at the steps, and the test is on the safe side.
"""

import math

import numpy as np
import pytest

from minigrad import ops, random

N = 40_000
# 1.95 / √n is exceeded by chance in one of a thousand cases; the seeds are fixed.
LIMIT = 1.95 / math.sqrt(N)


def largest_gap(sample, cdf, steps=None):
    """The statistic; `steps` are the values of a law that has no others."""
    x = np.sort(np.asarray(sample, "float64").ravel())
    if steps is not None:
        assert np.isin(x, steps).all()
        found = np.searchsorted(x, steps, side="right") / x.size
        return max(abs(found - [cdf(one) for one in steps]))
    expected = np.array([cdf(one) for one in x])
    ranks = np.arange(x.size + 1) / x.size
    return max(np.max(ranks[1:] - expected), np.max(expected - ranks[:-1]))


def normal_cdf(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def truncated_cdf(x):
    low = normal_cdf(-2.0)
    return (normal_cdf(x) - low) / (1 - 2 * low)


def gamma_cdf(alpha):
    """By the power series of the incomplete gamma function."""

    def cdf(x):
        term = total = 1 / math.gamma(alpha + 1)
        n = 0
        while term > 1e-12 * total:
            n += 1
            term *= x / (alpha + n)
            total += term
        return total * x**alpha * math.exp(-x)

    return cdf


def binomial_cdf(trials, p):
    each = [math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(trials + 1)]
    return lambda k: math.fsum(each[: int(k) + 1])


def first_of_shuffled(seed):
    """Where the first of five elements has gone, over many shuffles."""
    generator = random.SeedGenerator(seed)
    return [int(random.shuffle(np.arange(5), seed=generator)[0]) for _ in range(4000)]


LOGITS = np.log([[0.1, 0.05, 0.6, 0.25]]).astype("float32") + 3
SHARES = [0.1, 0.15, 0.75, 1.0]
# name of the function, and which of its cases: (draw(seed, dtype), distribution, its steps)
LAWS = {
    "uniform": (
        lambda seed, dtype: random.uniform((N,), -1.0, 3.0, dtype, seed),
        lambda x: (x + 1) / 4,
    ),
    "normal": (
        lambda seed, dtype: random.normal((N,), 2.0, 0.5, dtype, seed),
        lambda x: normal_cdf((x - 2) / 0.5),
    ),
    "truncated_normal": (
        lambda seed, dtype: random.truncated_normal((N,), 1.0, 2.0, dtype, seed),
        lambda x: truncated_cdf((x - 1) / 2),
    ),
    **{
        f"gamma of {alpha}": (
            lambda seed, dtype, alpha=alpha: random.gamma((N,), alpha, dtype, seed),
            gamma_cdf(alpha),
        )
        for alpha in (0.1, 0.5, 1.0, 3.0, 30.0)
    },
    "beta of 2 and 1": (
        lambda seed, dtype: random.beta((N,), 2.0, 1.0, dtype, seed),
        lambda x: x * x,
    ),
    "beta of 0.5 and 0.5": (
        lambda seed, dtype: random.beta((N,), 0.5, 0.5, dtype, seed),
        lambda x: 2 / math.pi * math.asin(math.sqrt(min(x, 1.0))),
    ),
    "beta of 3 and 2": (
        lambda seed, dtype: random.beta((N,), 3.0, 2.0, dtype, seed),
        lambda x: x**3 * (4 - 3 * x),
    ),
    **{
        f"binomial of {trials} trials": (
            lambda seed, dtype, n=trials, p=p: random.binomial((N,), n, p, dtype, seed),
            binomial_cdf(trials, p),
            np.arange(trials + 1),
        )
        for trials, p in ((1, 0.3), (10, 0.5), (60, 0.1), (200, 0.97))
    },
    "categorical": (
        lambda seed, dtype: random.categorical(LOGITS.astype(dtype), N, seed=seed),
        lambda k: SHARES[k],
        np.arange(4),
    ),
    "randint": (
        lambda seed, dtype: random.randint((N,), -3, 10, seed=seed),
        lambda k: (k + 4) / 13,
        np.arange(-3, 10),
    ),
    "dropout": (
        lambda seed, dtype: random.dropout(ops.ones((N,), dtype), 0.2, seed=seed),
        lambda x: 0.2 if x == 0 else 1.0,
        np.array([0.0, 1.25]),
    ),
    "shuffle": (
        lambda seed, dtype: first_of_shuffled(seed),
        lambda k: (k + 1) / 5,
        np.arange(5),
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAWS)
def test_distribution_is_the_one_that_is_asked_for(name, dtype):
    draw, *law = LAWS[name]
    sample = np.asarray(draw(11, dtype))
    assert largest_gap(sample, *law) < LIMIT * math.sqrt(N / sample.size)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal", "gamma of 3.0"])
def test_distribution_in_half_precision_is_the_same_but_for_rounding(name, dtype):
    draw, cdf = LAWS[name]
    # A number stands for all that are rounded to it: up to 2^-9 of it away in bfloat16.
    coarse = 2.0**-9 if dtype == "bfloat16" else 2.0**-12
    assert largest_gap(draw(11, dtype).numpy().astype("float64"), cdf) < LIMIT + 2 * coarse


@pytest.mark.parametrize("name", LAWS)
def test_no_other_law_would_pass(name):
    draw, *law = LAWS[name]
    sample = np.asarray(draw(11, "float64"), "float64")
    if len(law) == 1:
        other = sample * 1.05 + 0.02
    else:  # one in ten is moved to the end
        other = np.where(np.arange(sample.size) % 10 == 0, law[1][-1], sample)
    assert largest_gap(other, *law) > LIMIT * math.sqrt(N / sample.size)


def test_every_distribution_has_a_law():
    functions = {
        name for name, thing in vars(random).items() if callable(thing) and name[0].islower()
    }
    assert {name.split()[0] for name in LAWS} == functions
