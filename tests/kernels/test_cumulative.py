"""Running sums, products and recurrences: kernels, twins and threads agree bit for bit."""

import numpy as np
import pytest

from minigrad.kernels import cumulative
from minigrad.kernels.cumulative import linear_recurrence, running_product, running_sum

SHAPES = [(1, 7, 1), (5, 1, 1), (3, 40, 1), (2, 30, 5), (1, 9, 33), (64, 3, 2)]
KERNELS = {"_sums": 1, "_products": 1, "_recurrence": 2}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", KERNELS)
def test_twin_serial_and_parallel_form_agree_bit_for_bit(name, shape):
    kernel = getattr(cumulative, name)
    rng = np.random.default_rng(0)
    for (dtype,) in kernel.variants():
        xs = [rng.normal(0, 2, shape).astype(dtype) for _ in range(KERNELS[name])]
        results = []
        for run, shares in (
            (kernel.twin, 1),
            (kernel.compile(dtype), 1),
            (kernel.compile(dtype), 3),
            (kernel.compile(dtype, parallel=True), 2),
        ):
            out = np.zeros(shape, dtype)
            run(*xs, out, shares)
            results.append(out)
        for other in results[1:]:
            np.testing.assert_array_equal(results[0], other)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8", "bool"])
def test_any_axis_and_dtype_as_numpy_accumulates_them(dtype, axis):
    x = np.random.default_rng(1).normal(0, 3, (4, 6, 5)).astype(dtype)[:, ::2]
    kept = x.copy()
    np.testing.assert_array_equal(running_sum(x, axis), np.add.accumulate(x, axis, x.dtype))
    np.testing.assert_array_equal(
        running_product(x, axis), np.multiply.accumulate(x, axis, x.dtype)
    )
    np.testing.assert_array_equal(x, kept)


def test_large_arrays_take_the_kernel_and_give_the_same():
    x = np.random.default_rng(2).normal(size=(3, 500_000)).astype("float32")
    np.testing.assert_array_equal(running_sum(x, 1), np.add.accumulate(x, 1))
    np.testing.assert_array_equal(running_sum(x.T, 0), np.add.accumulate(x.T, 0))


def test_recurrences_equal_a_loop():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(3, 8)), rng.normal(size=(3, 8))
    s = np.zeros(3)
    found = linear_recurrence(a, b, axis=1)
    for k in range(8):
        s = b[:, k] + (a[:, k] * s if k else 0)
        np.testing.assert_allclose(found[:, k], s, rtol=1e-13)


def test_nothing_has_no_sums():
    assert running_sum(np.zeros((0, 3)), 0).shape == (0, 3)
    assert running_product(np.zeros((2, 0)), 1).shape == (2, 0)
