"""Sums of rows: right, and equal on one thread and on many."""

import numpy as np
import pytest

from minigrad import ops
from minigrad.kernels import reductions
from minigrad.kernels.reductions import is_worth_it, trailing_sums


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 255), (3, 256), (2, 257), (5, 10_000), (700, 3)])
def test_serial_parallel_and_twin_agree(shape, dtype):
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    serial, parallel = np.empty(shape[0], dtype), np.empty(shape[0], dtype)
    reductions._row_sums.compile(dtype)(x, serial)
    reductions._row_sums.compile(dtype, parallel=True)(x, parallel)
    np.testing.assert_array_equal(serial, parallel)
    exact = x.astype("longdouble").sum(1)
    scale = np.abs(x).sum(1) * np.finfo(dtype).eps
    assert (np.abs(serial - exact) <= 4 * scale).all()


@pytest.mark.parametrize("shape", [(1 << 20,), (8, 1 << 16), (300, 1000), (2, 3, 70_000)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_large_sums_are_those_of_numpy(shape, keepdims):
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    for axis in (None, -1):
        axes = tuple(range(x.ndim)) if axis is None else (x.ndim - 1,)
        assert is_worth_it(x, axes)
        expected = x.astype("float64").sum(axis, keepdims=keepdims)
        found = ops.sum(x, axis, keepdims)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=2e-2)
        np.testing.assert_allclose(
            ops.mean(x, axis, keepdims), expected / x.size * found.size, atol=1e-6
        )


def test_what_numpy_does_well_is_left_to_it():
    x = np.zeros((1000, 1000), "float32")
    assert is_worth_it(x, (1,)) and not is_worth_it(x, (0,))
    assert not is_worth_it(x.T, (1,)) and not is_worth_it(x.astype("int32"), (1,))
    assert not is_worth_it(np.zeros((100_000, 10), "float32"), (1,))


def test_infinity_and_nan_come_through():
    x = np.zeros((2, 1 << 18), "float32")
    x[0, 77], x[1, 5] = np.inf, np.nan
    sums = trailing_sums(x, 1)
    assert sums[0] == np.inf and np.isnan(sums[1])
