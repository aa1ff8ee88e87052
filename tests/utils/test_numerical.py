"""One-hot rows and unit vectors."""

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.utils import normalize, to_categorical


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((4,), (4, 5)), ((1,), (1, 5)), ((3, 1), (3, 5)), ((3, 2, 1), (3, 2, 5)), ((3, 2), (3, 2, 5))],
)
def test_a_class_becomes_a_row_with_a_one_there(shape, expected):
    classes = np.random.default_rng(0).integers(0, 5, shape)
    rows = to_categorical(classes, 5)
    assert rows.shape == expected
    np.testing.assert_array_equal(rows.sum(-1), 1)
    np.testing.assert_array_equal(rows.argmax(-1).reshape(shape), classes)


def test_the_number_of_classes_is_found_out():
    assert to_categorical([0, 2, 5]).shape == (3, 6)


def test_a_tensor_becomes_a_tensor():
    rows = to_categorical(Tensor([0, 2]), 3)
    assert isinstance(rows, Tensor)
    np.testing.assert_array_equal(rows.numpy(), [[1, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_vectors_get_norm_one(order, axis):
    x = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    expected = x / (np.abs(x) ** order).sum(axis, keepdims=True) ** (1 / order)
    np.testing.assert_allclose(normalize(x, axis, order), expected, rtol=1e-5)
    unit = normalize(Tensor(x), axis, order)
    assert isinstance(unit, Tensor)
    np.testing.assert_allclose(unit.numpy(), expected, rtol=1e-5)


def test_a_row_of_zeros_stays():
    np.testing.assert_array_equal(normalize(np.zeros((2, 3))), 0)
