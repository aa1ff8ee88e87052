"""Weights of classes as weights of samples."""

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.training.data import class_weight_to_sample_weights

WEIGHTS = {0: 0.5, 2: 3.0}


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (np.array([0, 1, 2]), [0.5, 1, 3]),
        (np.array([[0], [1], [2]]), [0.5, 1, 3]),
        (np.eye(3), [0.5, 1, 3]),
        (np.array([0.0, 1.2, 1.9]), [0.5, 1, 3]),
        (Tensor([2, 2]), [3, 3]),
        (np.array([[0, 2], [1, 0]])[..., None], [[0.5, 3], [1, 0.5]]),
    ],
)
def test_a_sample_weighs_what_its_class_weighs(y, expected):
    weights = class_weight_to_sample_weights(y, WEIGHTS)
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, expected)
