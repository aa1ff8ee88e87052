"""Gradients of gamma and beta variates by their parameters (Figurnov, Mohamed and Mnih, 2018)."""

import math

import numpy as np
import pytest

from minigrad import GradientTape, Tensor, autograd, ops, random
from minigrad.kernels.gamma_slope import digamma, log_gamma_slope

# jax.lax.random_gamma_grad in float64: how a variate moves with alpha.
BY_JAX = [
    (1e-2, 1e-9, 2.01623804e-06),
    (0.3, 0.05, 0.494710987),
    (1.0, 1.7, 1.516499512),
    (2.5, 2.0, 0.9534627029),
    (20.0, 26.0, 1.146416325),
    (280.0, 270.0, 0.9825110513),
    (350.0, 380.0, 1.042178652),
    (5000.0, 4900.0, 0.9899656565),
]


@pytest.mark.parametrize("alpha, variate, expected", BY_JAX)
def test_slope_of_a_gamma_variate_is_that_of_jax(alpha, variate, expected):
    found = variate * log_gamma_slope(alpha, math.log(variate))
    np.testing.assert_allclose(found, expected, rtol=2e-8)


@pytest.mark.parametrize("alpha", [1.0, 2.0, 3.0, 6.0])
def test_variate_that_moves_by_its_slope_keeps_its_rank(alpha):
    # From alpha to alpha + 1, where the distribution has a closed form: 1 - e^-x Σ x^k / k!.
    def rank(z, a):
        return 1 - math.exp(-z) * sum(z**k / math.factorial(k) for k in range(round(a)))

    steps = 400
    for z in (0.2, 1.5, 7.0):
        before, x, width = rank(z, alpha), z, 1 / steps
        for i in range(steps):  # by the rule of the midpoint
            a = alpha + i * width
            half = x + width / 2 * x * log_gamma_slope(a, math.log(x))
            x += width * half * log_gamma_slope(a + width / 2, math.log(half))
        assert abs(rank(x, alpha + 1) - before) < 3e-6


def test_digamma_at_known_places():
    euler = 0.5772156649015329
    found = digamma(np.array([1.0, 0.5, 10.0, 1e4]))
    harmonic = sum(1 / k for k in range(1, 10))
    expected = [-euler, -euler - 2 * math.log(2), harmonic - euler, math.log(1e4) - 5.000083333e-5]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0, 800.0])
def test_means_move_as_the_formulas_of_the_mean_say(alpha):
    a = Tensor(np.full(20_000, alpha), requires_grad=True)
    variates = random.gamma(a.shape, a, dtype="float64", seed=3)
    variates.sum().backward()
    by_mean = a.grad.numpy()  # d E[z] / d alpha = 1, d E[log z] / d alpha = the trigamma function
    assert abs(by_mean.mean() - 1) < 5 * by_mean.std() / math.sqrt(a.size)
    h = 1e-4 * alpha
    trigamma = float(digamma(alpha + h) - digamma(alpha - h)) / (2 * h)
    by_log = by_mean / variates.numpy()
    by_log = by_log[np.isfinite(by_log)]
    assert abs(by_log.mean() - trigamma) < 5 * by_log.std() / math.sqrt(a.size) + 1e-3 * trigamma


def test_gradients_of_beta_move_its_mean_and_are_summed_over_what_was_broadcast():
    alpha, beta = Tensor(np.array(2.0), requires_grad=True), Tensor([3.0], requires_grad=True)
    n = 20_000
    random.beta((n,), alpha, beta, dtype="float64", seed=5).sum().backward()
    assert alpha.grad.shape == () and beta.grad.shape == (1,)
    # The mean is a / (a + b).
    np.testing.assert_allclose(float(alpha.grad) / n, 3 / 25, rtol=0.02)
    np.testing.assert_allclose(beta.grad.numpy() / n, [-2 / 25], rtol=0.02)


def test_sum_of_beta_and_its_mirror_has_no_gradient():
    # B(a, b) by b is minus that of its complement by the exchanged parameter.
    a, b = np.full(50, 0.7), np.full(50, 0.4)

    def draws(a, b):
        return random.beta((50,), a, b, dtype="float64", seed=1)

    by_a, by_b = autograd.grad(lambda a, b: draws(a, b).sum(), argnums=(0, 1))(Tensor(a), Tensor(b))
    assert (by_a.numpy() > 0).all() and (by_b.numpy() < 0).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_gradients_have_the_dtype_of_the_parameter(dtype):
    alpha = Tensor(np.array([0.5, 2.0]), dtype, requires_grad=True)
    random.gamma((3, 2), alpha, dtype=dtype, seed=1).sum().backward()
    assert alpha.grad.shape == (2,) and alpha.grad.dtype == dtype
    assert np.isfinite(ops.cast(alpha.grad, "float32")).all()


def test_second_derivative_says_that_there_is_none():
    alpha = Tensor(np.array([2.0]))
    with GradientTape() as outer:
        outer.watch(alpha)
        with GradientTape() as inner:
            inner.watch(alpha)
            loss = random.gamma((1,), alpha, seed=1).sum()
        slope = inner.gradient(loss, alpha)
    with pytest.raises(NotImplementedError, match=r"random\.gamma"):
        outer.gradient(slope, alpha)
