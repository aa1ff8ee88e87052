"""Errors in ulp over all of float32, and the values at its ends."""

import math

import numpy as np
import pytest

from minigrad.kernels import bits, exponential, sine
from minigrad.kernels import transcendental as tr
from minigrad.kernels.jit import compile_source, select

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def sigmoid(x):
    return np.where(x < 0, np.exp(-abs(x)), 1) / (1 + np.exp(-abs(x)))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-abs(x)))


REFERENCE32 = {
    "exp32": np.exp,
    "expm1_32": np.expm1,
    "log32": np.log,
    "log1p32": np.log1p,
    "tanh32": np.tanh,
    "sigmoid32": sigmoid,
    "softplus32": softplus,
    "erf32": np.vectorize(math.erf, otypes=[float]),
    "sin32": np.sin,
    "cos32": np.cos,
}
REFERENCE64 = {
    "exp64": np.exp,
    "expm1_64": np.expm1,
    "log64": np.log,
    "log1p64": np.log1p,
    "tanh64": np.tanh,
    "sigmoid64": sigmoid,
    "softplus64": softplus,
}
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, 2.0, np.pi, 88.7, -104.0, 710.0]


ULP = tr.ULP | sine.ULP


def named(name):
    return getattr(sine if name in sine.ULP else tr, name)


def inputs32(step: int) -> np.ndarray:
    """Every `step`-th bit pattern of float32, subnormals and NaN among them, and special places."""
    patterns = np.arange(-(2**31), 2**31, step, dtype=np.int64).astype(np.int32).view(np.float32)
    near = np.random.default_rng(0).normal(size=20_000).astype(np.float32)
    special = np.array(SPECIAL, np.float32)
    edges = [np.nextafter(special, np.float32(to)) for to in (np.inf, -np.inf)]
    tiny = np.float32(2.0**-149) * np.arange(-50, 50, dtype=np.float32)
    return np.concatenate([patterns, near, 5 * near, special, *edges, tiny])


def ulps(y: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """|y - exact| in units of the last place of y's dtype at exact."""
    kind = y.dtype.type
    largest, smallest = np.finfo(kind).max, np.finfo(kind).smallest_subnormal
    rounded = np.minimum(abs(exact).astype(kind), largest)
    unit = np.maximum(np.spacing(rounded), smallest).astype(np.longdouble)
    error = abs(y.astype(np.longdouble) - exact) / unit
    agree = (y == exact.astype(kind)) | (np.isnan(y) & np.isnan(exact))  # infinities, NaN
    return np.where(agree & ~np.isfinite(error), 0, np.nan_to_num(error, nan=np.inf))


def kernel_of(function, dtype: str, exact: bool):
    source = "def run(x, out):\n    for i in range(x.size):\n        out[i] = function(x[i])\n"
    arguments = (f"{dtype}[:]", f"out {dtype}[:]")
    return compile_source(source, "run", arguments, {"function": function}, exact=exact)


@pytest.mark.parametrize("name", REFERENCE32)
def test_float32_error_is_within_the_stated_ulps(name):
    function, x = named(name), inputs32(step=9973)
    exact = REFERENCE32[name](x.astype(np.float64))
    twin = function(x)
    assert twin.dtype == np.float32
    assert ulps(twin, exact).max() <= ULP[name]
    fused = np.empty_like(x)
    kernel_of(function, "float32", exact=False)(x, fused)
    assert ulps(fused, exact).max() <= ULP[name]


@pytest.mark.parametrize("name", REFERENCE32)
def test_float32_kernel_without_contraction_equals_numpy_bit_for_bit(name):
    function, x = named(name), inputs32(step=99_991)
    out = np.empty_like(x)
    kernel_of(function, "float32", exact=True)(x, out)
    numbers = ~np.isnan(x) & ~np.isnan(out)
    np.testing.assert_array_equal(out[numbers].view(np.int32), function(x)[numbers].view(np.int32))
    np.testing.assert_array_equal(np.isnan(out), np.isnan(function(x)))


def test_the_short_exponential_is_the_long_one_as_far_as_it_reaches():
    x = inputs32(step=99_991)
    x = np.concatenate([x[abs(x) <= tr.EXP_NEAR], [tr.EXP_NEAR, -tr.EXP_NEAR]]).astype("float32")
    np.testing.assert_array_equal(tr.exp32_near(x), tr.exp32(x))
    long, short = np.empty_like(x), np.empty_like(x)
    kernel_of(tr.exp32, "float32", exact=False)(x, long)
    kernel_of(tr.exp32_near, "float32", exact=False)(x, short)
    np.testing.assert_array_equal(short, long)


def test_the_exponential_below_is_the_long_one_or_zero():
    x = inputs32(step=99_991)
    edges = [
        -tr.EXP_NEAR,
        np.nextafter(-tr.EXP_NEAR, np.float32(-np.inf)),
        -104,
        -np.inf,
        np.nan,
        0,
    ]
    x = np.concatenate([x[x <= 0], edges]).astype("float32")
    long = tr.exp32(x)
    expected = np.where(x < -tr.EXP_NEAR, np.float32(0), long)
    np.testing.assert_array_equal(tr.exp32_below(x), expected)
    assert long[x < -tr.EXP_NEAR].max() < 2 * np.finfo("float32").tiny
    found = np.empty_like(x)
    kernel_of(tr.exp32, "float32", exact=False)(x, long)
    kernel_of(tr.exp32_below, "float32", exact=False)(x, found)
    np.testing.assert_array_equal(found, np.where(x < -tr.EXP_NEAR, np.float32(0), long))


@pytest.mark.parametrize("size", [1, 1000, 5000])
@pytest.mark.parametrize("far", [False, True])
def test_the_exponential_of_an_array_takes_the_short_way_only_where_it_leads(size, far):
    x = np.linspace(-80, 80, size, dtype="float32")
    if far:
        x[:: 1 + size // 3] = [np.nan, -np.inf, 88.5, -100][: len(x[:: 1 + size // 3])]
    out = np.empty_like(x)
    exponential._exp(x, out)
    np.testing.assert_allclose(out, np.exp(x.astype("float64")), rtol=2e-7, atol=2e-45)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in REFERENCE32 if name != "erf32"])
def test_float32_error_is_within_the_stated_ulps_on_a_dense_sample(name):
    function, x = named(name), inputs32(step=499)
    exact = REFERENCE32[name](x.astype(np.float64))
    assert ulps(function(x), exact).max() <= ULP[name]


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 60, reason="needs a wider reference")
@pytest.mark.parametrize("name", REFERENCE64)
def test_float64_error_is_within_the_stated_ulps(name):
    patterns = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 100_000, dtype=np.int64)
    near = np.random.default_rng(0).normal(size=50_000)
    x = np.concatenate([patterns.view(np.float64), near, 30 * near, 300 * near, SPECIAL])
    function, exact = named(name), REFERENCE64[name](x.astype(np.longdouble))
    assert ulps(function(x), exact).max() <= ULP[name]
    fused = np.empty_like(x)
    kernel_of(function, "float64", exact=False)(x, fused)
    assert ulps(fused, exact).max() <= ULP[name]


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("exp32", [np.inf, -np.inf, 89, -104, 0], [np.inf, 0, np.inf, 0, 1]),
        ("expm1_32", [-0.0, -np.inf, np.inf], [-0.0, -1, np.inf]),
        ("log32", [0, -0.0, 1, np.inf, -1], [-np.inf, -np.inf, 0, np.inf, np.nan]),
        ("log1p32", [-1, -0.0, np.inf, -2], [-np.inf, -0.0, np.inf, np.nan]),
        ("tanh32", [-0.0, np.inf, -np.inf, 20], [-0.0, 1, -1, 1]),
        ("sigmoid32", [0, np.inf, -np.inf], [0.5, 1, 0]),
        ("softplus32", [np.inf, -np.inf, 0], [np.inf, 0, math.log(2)]),
        ("erf32", [-0.0, np.inf, -np.inf], [-0.0, 1, -1]),
        ("sin32", [-0.0, np.inf, -np.inf], [-0.0, np.nan, np.nan]),
        ("cos32", [0, np.inf], [1, np.nan]),
        ("exp64", [np.inf, -np.inf, 710, -746], [np.inf, 0, np.inf, 0]),
        ("log64", [0, np.inf, -1], [-np.inf, np.inf, np.nan]),
        ("tanh64", [-0.0, np.inf, -np.inf], [-0.0, 1, -1]),
    ],
)
def test_limits_and_signed_zeros(name, x, expected):
    dtype = np.float64 if name.endswith("64") else np.float32
    result = named(name)(np.array([*x, np.nan], dtype))
    expected = np.array([*expected, np.nan], dtype)
    np.testing.assert_array_equal(result, expected)
    zeros = expected == 0
    np.testing.assert_array_equal(np.signbit(result[zeros]), np.signbit(expected[zeros]))


@pytest.mark.parametrize("x", [16367173.0, 3.4028235e38, 6381956970095103 * 2.0**74, 1e10])
def test_sine_of_huge_numbers_is_exact(x):
    x = np.array([x], np.float32)
    # In integers: x = m 2^k exactly, and pi to 1,000 bits by Machin's formula.
    one = 1 << 1000

    def arctan_of_inverse(n):
        return sum((-1) ** i * (one // n ** (2 * i + 1)) // (2 * i + 1) for i in range(800))

    two_pi = 2 * (16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239))
    rest = (int(x[0]) * one % two_pi) / one
    np.testing.assert_allclose(sine.sin32(x), math.sin(rest), rtol=2e-7)
    np.testing.assert_allclose(sine.cos32(x), math.cos(rest), rtol=2e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_either_width_functions_follow_the_dtype(dtype):
    x = np.linspace(0.1, 5, 50).astype(dtype)
    for function, reference in ((tr.exp, np.exp), (tr.log, np.log)):
        out = np.empty_like(x)
        kernel_of(function, dtype, exact=False)(x, out)
        assert function(x).dtype == dtype
        rtol = 3e-7 if dtype == "float32" else 1e-15
        np.testing.assert_allclose(function(x), reference(x), rtol=rtol)
        np.testing.assert_allclose(out, reference(x), rtol=rtol)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ordered_keys_sort_as_floats_do(dtype):
    x = np.array([-np.inf, -1e30, -1.0, -1e-40, 0.0, 1e-40, 1.0, 1e30, np.inf, np.nan], dtype)
    keys = bits.ordered(x)
    assert np.all(np.diff(keys.astype(object)) > 0)
    np.testing.assert_array_equal(bits.of_ordered(keys), x)


def test_select_takes_both_kinds_of_argument():
    np.testing.assert_array_equal(select(np.array([True, False]), 1, 2), [1, 2])
