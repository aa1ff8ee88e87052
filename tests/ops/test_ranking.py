"""top_k and in_top_k against sorting."""

import numpy as np
import pytest

from minigrad import KerasTensor, ops

X = np.random.default_rng(0).normal(size=(3, 4, 11))


@pytest.mark.parametrize("k", [0, 1, 4, 11])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "float16", "bfloat16"])
def test_top_k_equals_sorting(k, dtype):
    x = ops.cast(np.abs(X * 50), dtype)
    values, indices = ops.top_k(x, k)
    array = np.asarray(x, "float64")
    assert np.array_equal(np.asarray(values, "float64"), -np.sort(-array)[..., :k])
    assert np.array_equal(np.take_along_axis(array, indices.numpy(), -1), values)
    assert (values.dtype, indices.dtype) == (dtype, "int32")


def test_of_equal_elements_the_first_comes_first_and_nan_before_all():
    values, indices = ops.top_k([1.0, 3.0, 3.0, np.nan, 2.0, 3.0], 4)
    assert indices.numpy().tolist() == [3, 1, 2, 5]
    assert np.isnan(values[0].item()) and values.numpy()[1:].tolist() == [3, 3, 3]
    assert ops.top_k([False, True, False, True], 3)[1].numpy().tolist() == [1, 3, 0]


@pytest.mark.parametrize("k", [-1, 12])
def test_k_must_fit(k):
    with pytest.raises(ValueError, match="`k` must lie between"):
        ops.top_k(X, k)


def test_in_top_k_counts_the_greater_ones():
    scores = [[0.1, 0.4, 0.4, 0.1], [np.nan, 1.0, 2.0, 3.0]]
    for k, expected in [(0, [0, 0]), (1, [1, 0]), (2, [1, 0]), (3, [1, 0]), (4, [1, 1])]:
        assert ops.in_top_k([2, 0], scores, k).numpy().tolist() == expected
    assert ops.in_top_k(ops.array([3, 1], "int64"), scores, 3).numpy().tolist() == [True, True]


def test_shapes_with_unknown_lengths():
    values, indices = ops.top_k(KerasTensor((None, 7), "float16"), 2)
    assert (values.shape, values.dtype) == ((None, 2), "float16")
    assert (indices.shape, indices.dtype) == ((None, 2), "int32")
    found = ops.in_top_k(KerasTensor((None,), "int32"), KerasTensor((None, 7)), 2)
    assert (found.shape, found.dtype) == ((None,), "bool")
