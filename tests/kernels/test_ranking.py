"""The k greatest beside a stable sort."""

import numpy as np
import pytest

from minigrad.kernels import ranking
from minigrad.kernels.ranking import top


def by_sorting(x, k):
    """NaN first, then falling, equal ones from left to right: Python's sort is stable."""
    keys = [sorted(range(len(row)), key=lambda j: (row[j] == row[j], -row[j])) for row in x]
    return np.array([one[:k] for one in keys], np.int32).reshape(len(x), k)


def draw(rng, rows, length, kind):
    x = rng.standard_normal((rows, length))
    if kind == "ties":
        x = np.round(x)
    elif kind == "rising":
        x = np.sort(x, axis=1)
    elif kind == "falling":
        x = -np.sort(x, axis=1)
    elif kind == "nan":
        x[rng.random(x.shape) < 0.1] = np.nan
        x[rng.random(x.shape) < 0.1] = -np.inf
    elif kind == "only nan":
        x[:] = np.nan
    return x


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("kind", ["normal", "ties", "rising", "falling", "nan", "only nan"])
def test_kernel_and_twin_equal_a_stable_sort(kind, dtype, parallel):
    if dtype == "int32" and "nan" in kind:
        return
    rng = np.random.default_rng(0)
    kernel = ranking._top
    for length in (1, 2, 63, 64, 65, 200):
        x = (draw(rng, 5, length, kind) * (9 if dtype == "int32" else 1)).astype(dtype)
        for k in {1, min(3, length), length}:
            expected = by_sorting(x, k)
            for run in (kernel.twin, kernel.compile(dtype, parallel=parallel)):
                out, values = np.empty((5, k), np.int32), np.empty((5, k), dtype)
                run(x, out, values)
                np.testing.assert_array_equal(out, expected)
                np.testing.assert_array_equal(values, np.take_along_axis(x, expected, axis=1))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint32", "int64", "float16"])
def test_other_dtypes_keep_their_order(dtype):
    x = np.random.default_rng(0).integers(0, 9, (3, 50)).astype(dtype)
    np.testing.assert_array_equal(top(x, 7)[1], by_sorting(x.astype(float), 7))


@pytest.mark.parametrize("shape", [(7,), (2, 3, 7), (0, 7), (2, 0, 7)])
@pytest.mark.parametrize("k", [0, 1, 7])
def test_shapes(shape, k):
    x = np.random.default_rng(0).standard_normal(shape)
    found = top(x, k)[1]
    assert found.shape == (*shape[:-1], k) and found.dtype == np.int32


def test_many_are_sorted():
    x = np.random.default_rng(0).standard_normal((2, 500))
    np.testing.assert_array_equal(top(x, 300)[1], by_sorting(x, 300))


def test_the_input_may_be_transposed_and_is_not_changed():
    x = np.random.default_rng(0).standard_normal((40, 3)).T
    before = x.copy()
    np.testing.assert_array_equal(top(x, 4)[1], by_sorting(x, 4))
    np.testing.assert_array_equal(x, before)
