"""Half precision beside NumPy's float16 and ml_dtypes' bfloat16: every value, every tie."""

import ml_dtypes
import numpy as np
import pytest

from minigrad.kernels import halves

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
KINDS = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}


def all_values(dtype: str) -> np.ndarray:
    return np.arange(65536, dtype=np.uint16).view(KINDS[dtype])


def assert_same(a: np.ndarray, b: np.ndarray) -> None:
    """Equal bit for bit, where NaN equals any NaN."""
    assert a.dtype == b.dtype
    nan = np.isnan(a.astype(np.float64))
    np.testing.assert_array_equal(nan, np.isnan(b.astype(np.float64)))
    assert a[~nan].tobytes() == b[~nan].tobytes()


@pytest.mark.parametrize("dtype", KINDS)
def test_all_values_become_float32_exactly(dtype):
    values = all_values(dtype)
    assert_same(halves.to_float32(values), values.astype(np.float32))


@pytest.mark.parametrize("dtype", KINDS)
def test_all_values_come_back(dtype):
    values = all_values(dtype)
    assert_same(halves.from_float32(halves.to_float32(values), dtype), values)


@pytest.mark.parametrize("dtype", KINDS)
def test_rounding_is_to_nearest_and_ties_to_even(dtype):
    values = all_values(dtype).astype(np.float32)
    ties = values[:-1] / 2 + values[1:] / 2
    sample = np.arange(-(2**31), 2**31, 4999, dtype=np.int64).astype(np.int32).view(np.float32)
    near = [np.nextafter(ties, np.float32(to)) for to in (np.inf, -np.inf)]
    edges = np.float32([65504, 65519.996, 65520, 65536, 3.3895e38, 3.3961e38, 3.4028235e38])
    x = np.concatenate([ties, *near, sample, edges, -edges, np.float32([0.0, -0.0, np.nan])])
    assert_same(halves.from_float32(x, dtype), x.astype(KINDS[dtype]))


@pytest.mark.parametrize(
    "kernel", [halves._of_half, halves._to_half, halves._of_bfloat, halves._to_bfloat]
)
def test_serial_and_parallel_agree(kernel):
    words = np.arange(65536, dtype=np.uint16)
    x = words if kernel.arguments[0].startswith("uint16") else halves.to_float32(words.view("f2"))
    out = [np.empty(x.size, np.float32 if x.dtype == np.uint16 else np.uint16) for _ in range(2)]
    kernel.compile()(x, out[0])
    kernel.compile(parallel=True)(x, out[1])
    assert out[0].tobytes() == out[1].tobytes()


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("shape", [(), (0,), (3, 4)])
def test_shapes_are_kept(dtype, shape):
    x = np.ones(shape, np.float32)
    half = halves.from_float32(x, dtype)
    assert half.shape == shape
    assert half.dtype == KINDS[dtype]
    assert halves.to_float32(half).shape == shape
    assert halves.to_float32(np.ones((4, 3), KINDS[dtype]).T[::2]).shape == (2, 4)
