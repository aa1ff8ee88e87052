"""Activations: closed forms, far values, halves, errors."""

import math

import numpy as np
import pytest

from minigrad import Tensor, ops

X = np.linspace(-4, 4, 33)
SIGMOID = 1 / (1 + np.exp(-X))
PHI = np.array([0.5 * (1 + math.erf(x / math.sqrt(2))) for x in X])

FORMULAS = {
    "relu": np.maximum(X, 0),
    "relu6": np.clip(X, 0, 6),
    "leaky_relu": np.where(X > 0, X, 0.2 * X),
    "elu": np.where(X > 0, X, np.exp(X) - 1),
    "celu": np.where(X > 0, X, np.exp(X) - 1),
    "selu": 1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * (np.exp(X) - 1)),
    "sigmoid": SIGMOID,
    "hard_sigmoid": np.clip(X / 6 + 0.5, 0, 1),
    "hard_tanh": np.clip(X, -1, 1),
    "softplus": np.log(1 + np.exp(X)),
    "softsign": X / (1 + np.abs(X)),
    "silu": X * SIGMOID,
    "swish": X * SIGMOID,
    "hard_silu": X * np.clip(X / 6 + 0.5, 0, 1),
    "hard_swish": X * np.clip(X / 6 + 0.5, 0, 1),
    "log_sigmoid": np.log(SIGMOID),
    "squareplus": (X + np.sqrt(X * X + 4)) / 2,
    "tanh_shrink": X - np.tanh(X),
    "soft_shrink": np.sign(X) * np.maximum(np.abs(X) - 0.5, 0),
    "hard_shrink": np.where(np.abs(X) > 0.5, X, 0),
    "sparse_plus": np.where(X < -1, 0, np.where(X > 1, X, (X + 1) ** 2 / 4)),
    "sparse_sigmoid": np.clip((X + 1) / 2, 0, 1),
    "softmax": np.exp(X) / np.exp(X).sum(),
    "log_softmax": X - np.log(np.exp(X).sum()),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_are_those_of_the_formula(name):
    found = getattr(ops, name)(Tensor(X, "float64"))
    np.testing.assert_allclose(found, FORMULAS[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_small_dtypes_are_rounded_once_or_twice(name, dtype):
    x = Tensor(X, dtype)
    found = getattr(ops, name)(x)
    exact = getattr(ops, name)(Tensor(x.numpy().astype("float64"))).numpy()
    assert found.dtype == dtype
    step = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-22}[dtype]
    np.testing.assert_allclose(found.numpy().astype("float64"), exact, rtol=3 * step, atol=3 * step)


def test_gelu():
    np.testing.assert_allclose(
        ops.gelu(Tensor(X, "float64"), approximate=False), X * PHI, rtol=1e-12, atol=1e-15
    )
    difference = ops.gelu(Tensor(X, "float64")).numpy() - X * PHI
    assert 1e-4 < np.abs(difference).max() < 5e-4


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 4)])
def test_every_shape_is_taken(name, shape):
    if "softmax" in name and (0 in shape or shape in ((), (1,))):
        return
    assert getattr(ops, name)(np.ones(shape, "float32")).shape == shape


@pytest.mark.parametrize("name", sorted(set(FORMULAS) - {"softmax", "log_softmax"}) + ["gelu"])
def test_slices_that_are_not_contiguous(name):
    x = np.arange(24, dtype="float32").reshape(4, 6) / 7 - 1.5
    function = getattr(ops, name)
    np.testing.assert_array_equal(
        function(Tensor(x)[::2, ::-1].T), function(x).numpy()[::2, ::-1].T
    )


def test_far_values_have_no_overflow():
    far = np.array([-1e4, 1e4], "float32")
    np.testing.assert_array_equal(ops.sigmoid(far), [0, 1])
    np.testing.assert_array_equal(ops.softplus(far), [0, 1e4])
    np.testing.assert_array_equal(ops.log_sigmoid(far), [-1e4, 0])
    np.testing.assert_array_equal(ops.softmax(far), [0, 1])
    np.testing.assert_array_equal(ops.log_softmax(far), [-2e4, 0])
    np.testing.assert_array_equal(ops.gelu(far), [0, 1e4])


def test_nan_stays_nan():
    for name in sorted(set(FORMULAS) - {"hard_shrink", "soft_shrink"}):
        found = getattr(ops, name)(np.array([np.nan, 1.0], "float32")).numpy()
        assert np.isnan(found[0]), name


def test_softmax_over_several_axes_is_that_of_the_flat_tensor():
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    flat = ops.softmax(x.reshape(2, 12)).numpy().reshape(2, 3, 4)
    np.testing.assert_allclose(ops.softmax(x, axis=(1, 2)), flat, rtol=1e-6)
    np.testing.assert_allclose(ops.softmax(x, axis=(2, 1)), flat, rtol=1e-6)


def test_softmax_of_one_number_warns():
    with pytest.warns(UserWarning, match="This axis has size 1"):
        ops.softmax(np.ones((2, 1), "float32"))


def test_sparsemax_is_the_projection_on_the_simplex():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 6))
    p = ops.sparsemax(Tensor(x)).numpy()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    assert p.min() == 0 and 0.2 < np.mean(p > 0) < 0.9
    # No other point of the simplex is nearer.
    others = rng.dirichlet(np.ones(6), size=2000)
    nearest = ((x[:, None] - others) ** 2).sum(axis=2).min(axis=1)
    assert np.all(((x - p) ** 2).sum(axis=1) <= nearest)


def test_integers_are_computed_as_floats():
    assert ops.relu(np.array([-1, 2])).dtype == ops.hard_tanh(np.array([-1, 2])).dtype
    assert ops.sigmoid(np.array([1, 2], "int32")).dtype == "float32"
    assert ops.hard_tanh(np.array([0, 5], "uint8")).numpy().tolist() == [0, 1]


def test_glu_wants_an_even_axis():
    with pytest.raises(ValueError, match=r"divisible by 2.*axis=1"):
        ops.glu(np.ones((2, 3)), axis=1)


def test_axis_out_of_range_is_named():
    with pytest.raises(ValueError, match="axis 2 is out of bounds"):
        ops.softmax(np.ones((2, 3)), axis=2)
