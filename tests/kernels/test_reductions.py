"""Sums of rows: right, and equal on one thread and on many."""

import numpy as np
import pytest

from minigrad import ops
from minigrad.kernels import jit, reductions
from minigrad.kernels.reductions import sums


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
        assert sums(x, axes) is not None
        expected = x.astype("float64").sum(axis, keepdims=keepdims)
        found = ops.sum(x, axis, keepdims)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=2e-2)
        np.testing.assert_allclose(
            ops.mean(x, axis, keepdims), expected / x.size * found.size, atol=1e-6
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1, 2), (3, 7, 5), (2, 9, 3000), (40, 64, 32), (2, 0, 3)])
def test_sums_of_lines_are_equal_on_any_number_of_threads(shape, dtype):
    x = np.random.default_rng(2).normal(size=shape).astype(dtype)
    serial, parallel = np.empty((2, shape[0], shape[2]), dtype)
    for out, run in (
        (serial, reductions._line_sums.compile(dtype)),
        (parallel, reductions._line_sums.compile(dtype, parallel=True)),
    ):
        run(x, out, 3)
    np.testing.assert_array_equal(serial, parallel)
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(serial, x.astype("float64").sum(1), atol=tolerance)


@pytest.mark.parametrize(
    "shape", [(8, 64, 8), (5, 1, 700), (30, 40, 50), (3, 9001, 1), (70_000, 1, 1)]
)
@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2), (0, 2), ()])
def test_sums_over_any_axes_are_those_of_numpy(shape, axes):
    jit.load_numba()
    x = np.random.default_rng(3).normal(size=shape).astype("float32")
    for keepdims in (False, True):
        found = ops.sum(x, axes, keepdims)
        expected = x.astype("float64").sum(axes, keepdims=keepdims)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_what_numpy_does_well_is_left_to_it():
    jit.load_numba()
    x = np.zeros((100, 10, 100), "float32")
    assert sums(x, (1,)) is not None and sums(x, (0, 1)) is not None and sums(x, (0, 2)) is None
    assert sums(x.T, (1,)) is None and sums(x.astype("int32"), (1,)) is None
    assert sums(np.zeros((10, 10), "float32"), (1,)) is None and sums(x, ()) is None


def test_few_numbers_in_many_short_loops_are_summed_by_a_kernel_too():
    x = np.random.default_rng(4).normal(size=(8, 16, 8)).astype("float32")
    assert sums(x, (0,)) is None and sums(x, (0, 1, 2)) is None  # NumPy makes few loops of these
    for axis in (1, 2):
        np.testing.assert_allclose(sums(x, (axis,)), x.sum(axis), rtol=1e-5, atol=1e-6)


def test_infinity_and_nan_come_through():
    x = np.zeros((2, 1 << 18), "float32")
    x[0, 77], x[1, 5] = np.inf, np.nan
    found = sums(x, (1,))
    assert found[0] == np.inf and np.isnan(found[1])
