"""Half precision beside NumPy's float16 and ml_dtypes' bfloat16: every value, every tie."""

import os
import subprocess
import sys
import textwrap

import ml_dtypes
import numpy as np
import pytest

from minigrad.kernels import halves, jit

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
KINDS = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}


@pytest.fixture(autouse=True)
def numba_is_loaded():
    jit.load_numba()  # as long as it is not, small arrays are left to the twins


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


def hard_to_round(dtype: str) -> np.ndarray:
    """Every tie between two neighbours, its own neighbours, and values from everywhere."""
    values = all_values(dtype).astype(np.float32)
    ties = values[:-1] / 2 + values[1:] / 2
    sample = np.arange(-(2**31), 2**31, 4999, dtype=np.int64).astype(np.int32).view(np.float32)
    near = [np.nextafter(ties, np.float32(to)) for to in (np.inf, -np.inf)]
    edges = np.float32([65504, 65519.996, 65520, 65536, 3.3895e38, 3.3961e38, 3.4028235e38])
    return np.concatenate([ties, *near, sample, edges, -edges, np.float32([0.0, -0.0, np.nan])])


@pytest.mark.parametrize("dtype", KINDS)
def test_rounding_is_to_nearest_and_ties_to_even(dtype):
    x = hard_to_round(dtype)
    assert_same(halves.from_float32(x, dtype), x.astype(KINDS[dtype]))


@pytest.mark.parametrize("dtype", KINDS)
def test_the_arithmetic_of_bits_agrees_where_the_processor_has_no_instruction(dtype):
    narrow, wide = {
        "float16": (halves.half_of, halves.float_of_half),
        "bfloat16": (halves.bfloat_of, halves.float_of_bfloat),
    }[dtype]
    x = hard_to_round(dtype)
    assert_same(narrow(x).view(KINDS[dtype]), x.astype(KINDS[dtype]))
    values = all_values(dtype)
    assert_same(wide(values.view(np.uint16)), values.astype(np.float32))


@pytest.mark.slow
def test_kernels_agree_on_a_processor_without_conversions(tmp_path):
    script = """
        import numpy as np
        from minigrad.kernels import halves, jit
        assert jit.load_numba() is not None and not jit.processor_has("f16c")
        words = np.arange(65536, dtype=np.uint16)
        wide, narrow = np.empty(words.size, np.float32), np.empty_like(words)
        halves._of_half.compile()(words, wide)
        halves._to_half.compile()(wide, narrow)
        expected = words.view(np.float16).astype(np.float32)
        known = ~np.isnan(expected)
        assert wide[known].tobytes() == expected[known].tobytes()
        assert narrow[known].tobytes() == words[known].tobytes()
        assert np.isnan(wide[~known]).all() and np.isnan(narrow.view(np.float16)[~known]).all()
    """
    generic = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    environment = {**os.environ, **generic, "MINIGRAD_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environment, check=True)


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
@pytest.mark.parametrize("size", [3, 5000])
def test_any_array_is_converted_as_astype_does(dtype, size):
    x = np.arange(2 * size, dtype=np.float32).reshape(2, size).T[::-1]
    half = halves.converted(x, KINDS[dtype])
    assert_same(half, x.astype(KINDS[dtype]))
    assert_same(halves.converted(half, np.dtype("float32")), half.astype(np.float32))
    assert_same(halves.converted(half, np.dtype("float64")), half.astype(np.float64))


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("shape", [(), (0,), (3, 4)])
def test_shapes_are_kept(dtype, shape):
    x = np.ones(shape, np.float32)
    half = halves.from_float32(x, dtype)
    assert half.shape == shape
    assert half.dtype == KINDS[dtype]
    assert halves.to_float32(half).shape == shape
    assert halves.to_float32(np.ones((4, 3), KINDS[dtype]).T[::2]).shape == (2, 4)
