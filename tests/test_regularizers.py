"""Regularizers: their penalties, their gradients, their configs."""

import numpy as np
import pytest

from minigrad import Tensor, grad, regularizers

X = np.array([[1.0, -2.0], [0.5, 0.0], [-3.0, 1.5]], "float32")


def off_diagonal_cosines(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosines = np.abs(unit @ unit.T)
    return cosines[np.triu_indices(len(x), 1)].mean()


CASES = {
    "L1": (regularizers.L1(0.1), 0.1 * 8.0),
    "L2": (regularizers.L2(0.1), 0.1 * np.sum(X**2)),
    "L1L2": (regularizers.L1L2(0.1, 0.2), 0.1 * 8.0 + 0.2 * np.sum(X**2)),
    "L1L2 of nothing": (regularizers.L1L2(), 0.0),
    "rows": (regularizers.OrthogonalRegularizer(0.5, "rows"), 0.5 * off_diagonal_cosines(X)),
    "columns": (
        regularizers.OrthogonalRegularizer(0.5, "columns"),
        0.5 * off_diagonal_cosines(X.T),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
def test_penalties(name, dtype):
    regularizer, expected = CASES[name]
    penalty = regularizer(Tensor(X, dtype=dtype))
    assert penalty.shape == () and penalty.dtype == dtype
    assert float(penalty) == pytest.approx(expected, rel=1e-2 if dtype == "float16" else 1e-5)


def test_gradients_of_l1_and_l2():
    np.testing.assert_allclose(grad(regularizers.L2(0.1))(Tensor(X)).numpy(), 0.2 * X, rtol=1e-6)
    slope = grad(regularizers.L1(0.1))(Tensor(X)).numpy()
    np.testing.assert_allclose(slope[X != 0], 0.1 * np.sign(X[X != 0]), rtol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_configs_survive_a_round_trip(name):
    regularizer = CASES[name][0]
    again = regularizers.deserialize(regularizers.serialize(regularizer))
    assert type(again) is type(regularizer) and again.get_config() == regularizer.get_config()


def test_names():
    assert regularizers.get("l1").l1 == 0.01
    assert regularizers.get("l2").l2 == 0.01
    assert regularizers.get("l1_l2").get_config() == {"l1": 0.0, "l2": 0.0}
    assert regularizers.get("OrthogonalRegularizer").mode == "rows"
    assert regularizers.get(regularizers.L1).l1 == 0.01
    assert regularizers.get(None) is None


@pytest.mark.parametrize("value", ["0.1", -0.1, float("inf"), float("nan")])
def test_factors_are_finite_and_not_negative(value):
    for cls in (regularizers.L1, regularizers.L2, regularizers.L1L2):
        with pytest.raises(ValueError, match="expected a non-negative float"):
            cls(value)


def test_other_errors():
    with pytest.raises(ValueError, match=r'one of {"rows", "columns"}. Received: mode=diagonal'):
        regularizers.OrthogonalRegularizer(mode="diagonal")
    with pytest.raises(ValueError, match=r"must have rank 2. Received: inputs.shape=\(2,\)"):
        regularizers.OrthogonalRegularizer()(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match="Could not interpret regularizer identifier: typo"):
        regularizers.get("typo")
