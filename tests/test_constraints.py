"""Constraints: where weights are put, and their configs."""

import numpy as np
import pytest

from minigrad import Variable, constraints

W = np.array([[3.0, 0.3, 0.0], [4.0, -0.4, 0.0]], "float32")  # columns of length 5, 0.5 and 0
LENGTHS = np.array([5.0, 0.5, 0.0])


@pytest.mark.parametrize(
    ("constraint", "lengths"),
    [
        (constraints.MaxNorm(2.0), [2.0, 0.5, 0.0]),
        (constraints.UnitNorm(), [1.0, 1.0, 0.0]),
        (constraints.MinMaxNorm(1.0, 2.0), [2.0, 1.0, 0.0]),
        (constraints.MinMaxNorm(1.0, 2.0, rate=0.5), [3.5, 0.75, 0.0]),
    ],
)
@pytest.mark.parametrize("wrap", [np.asarray, Variable], ids=["array", "variable"])
def test_columns_keep_their_direction_and_get_these_lengths(constraint, lengths, wrap):
    result = constraint(wrap(W)).numpy()
    directions = W / np.maximum(LENGTHS, 1e-30)
    np.testing.assert_allclose(result, directions * lengths, rtol=1e-5, atol=1e-6)


def test_axes():
    w = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype("float32")
    result = constraints.UnitNorm(axis=(0, 1, 2))(w).numpy()
    np.testing.assert_allclose((result**2).sum((0, 1, 2)), np.ones(4), rtol=1e-5)
    rows = constraints.MaxNorm(1.0, axis=1)(W).numpy()
    assert (np.linalg.norm(rows, axis=1) <= 1.0).all()


def test_negative_weights_become_zero():
    assert constraints.NonNeg()([-1.0, 0.0, 2.0]).numpy().tolist() == [0.0, 0.0, 2.0]


def test_the_base_class_changes_nothing():
    assert constraints.Constraint()(W) is W


@pytest.mark.parametrize(
    "name", ["max_norm", "MaxNorm", "non_neg", "unit_norm", "min_max_norm", "MinMaxNorm"]
)
def test_configs_of_what_names_stand_for_survive_a_round_trip(name):
    constraint = constraints.get(name)
    again = constraints.deserialize(constraints.serialize(constraint))
    assert type(again) is type(constraint) and again.get_config() == constraint.get_config()


def test_what_means_nothing_is_an_error():
    assert constraints.get(None) is None
    with pytest.raises(ValueError, match="Could not interpret constraint identifier: typo"):
        constraints.get("typo")
