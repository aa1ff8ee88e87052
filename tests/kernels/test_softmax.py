"""Softmax of short and of long rows, near and far from their maximum."""

import numpy as np
import pytest

from minigrad.kernels import jit, softmax


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", [16, 511, 512, 5000])
@pytest.mark.parametrize("scale", [1, 100])
def test_rows_of_any_length_are_those_of_numpy(length, scale, dtype):
    jit.load_numba()
    x = scale * np.random.default_rng(0).standard_normal((5, length)).astype(dtype)
    x[1, 3], x[2, 4] = -np.inf, np.nan
    exact = x.astype("longdouble")
    exact = np.exp(exact - exact.max(1, keepdims=True))
    exact /= exact.sum(1, keepdims=True)
    found = softmax.softmax(x, (1,))
    tolerance = 2e-6 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(found, exact.astype("float64"), rtol=tolerance, atol=1e-37)
    with np.errstate(divide="ignore"):
        logs = np.log(exact).astype("float64")
    kept = np.isfinite(logs)
    np.testing.assert_allclose(
        softmax.log_softmax(x, (1,))[kept], logs[kept], rtol=4 * tolerance, atol=tolerance
    )
