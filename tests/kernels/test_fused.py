"""Activations, softmax and layer normalization: compiled loops equal NumPy's way, and float64."""

import numpy as np
import pytest

from minigrad.kernels import activation, exponential, jit, normalization, softmax

RNG = np.random.default_rng(0)
X = np.append(RNG.normal(size=5000) * 4, [0.0, -0.0, np.inf, -np.inf, np.nan]).astype("float32")
G = RNG.normal(size=X.size).astype("float32")
ELEMENTWISE = (
    "relu_slope sigmoid softplus silu silu_slope gelu_tanh gelu_tanh_slope normal_cdf gelu_erf "
    "gelu_erf_slope expm1_below"
).split()


@pytest.fixture(autouse=True)
def quiet():
    jit.load_numba()
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_loops_equal_numpy_in_float64(name):
    arguments = (G, X) if name.endswith("slope") else (X,)
    found = getattr(activation, name)(*arguments)
    exact = getattr(activation, f"_{name}_numpy")(*(a.astype("float64") for a in arguments))
    assert found.dtype == "float32"
    # 1 - tanh² has few digits left where tanh is near ±1, and is multiplied by x³.
    tolerance = 3e-5 if name == "gelu_tanh_slope" else 3e-6
    np.testing.assert_allclose(found, exact, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions_take_any_array(name):
    count = 2 if name.endswith("slope") else 1
    function = getattr(activation, name)
    for x in (np.float32(0.5), np.zeros((0, 3), "float32"), X[:4000].reshape(40, 100).T, X[::2]):
        y = function(*[x] * count)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)
        flat = function(*[np.ascontiguousarray(x).reshape(-1)] * count)
        np.testing.assert_allclose(np.ravel(y), flat, rtol=3e-5, atol=3e-5)


def test_loops_of_exp_and_tanh_equal_numpy_in_float64():
    x, g = np.tile(X, 2), np.tile(G, 2)
    wide = x.astype("float64")
    y = np.tanh(wide)
    for found, exact in (
        (exponential.exp(x), np.exp(wide)),
        (exponential.tanh(x), y),
        (exponential.tanh_slope(g, y.astype("float32")), g - g * (y * y)),
    ):
        assert found.dtype == "float32"
        np.testing.assert_allclose(found, exact.astype("float32"), rtol=3e-6, atol=3e-6)
    assert exponential.exp(x[:20].astype("float64")).dtype == "float64"


@pytest.mark.parametrize("dtype, tolerance", [("float32", 5e-6), ("float64", 1e-13)])
@pytest.mark.parametrize(
    "shape, axes", [((70, 150), (1,)), ((9, 30, 40), (1, 2)), ((800, 17), (1,))]
)
def test_rows_of_softmax_equal_numpy(shape, axes, dtype, tolerance):
    x = (RNG.normal(size=shape) * 5).astype(dtype)
    g = RNG.normal(size=shape).astype(dtype)
    for name in ("softmax", "log_softmax"):
        y = getattr(softmax, name)(x, axes)
        np.testing.assert_allclose(
            y,
            getattr(softmax, f"_{name}_numpy")(x.astype("float64"), axes),
            rtol=tolerance * 4,
            atol=tolerance if name == "log_softmax" else 0,
        )
        slope = getattr(softmax, f"{name}_slope")(g, y, axes)
        expected = getattr(softmax, f"_{name}_slope_numpy")(
            g.astype("float64"), y.astype("float64"), axes
        )
        np.testing.assert_allclose(slope, expected, rtol=tolerance * 10, atol=tolerance * 10)
        assert y.dtype == slope.dtype == dtype


def test_softmax_of_rows_with_infinities_and_nan():
    x = np.zeros((600, 16), "float32")
    x[0, 3], x[1, 3], x[2, :] = -np.inf, np.nan, 88.0 * 4
    for name in ("softmax", "log_softmax"):
        found = getattr(softmax, name)(x, (1,))
        np.testing.assert_allclose(found, getattr(softmax, f"_{name}_numpy")(x, (1,)), rtol=1e-5)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-13)])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (200, 33), (40, 256)])
def test_layer_norm_equals_its_formula_in_float64(shape, dtype, tolerance):
    x, dy = (RNG.normal(size=shape).astype(dtype) for _ in range(2))
    gamma, beta = (RNG.normal(size=shape[1]).astype(dtype) for _ in range(2))
    y, centre, r = normalization.layer_norm(x, gamma, beta, 1e-3)
    wide = x.astype("float64")
    xhat = (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(y, xhat * gamma + beta, rtol=tolerance, atol=tolerance)
    by_x, by_gamma, by_beta = normalization.layer_norm_slope(dy, x, gamma, centre, r)
    dxhat = dy * gamma.astype("float64")
    mean = (dxhat * xhat).mean(1, keepdims=True)
    expected = (dxhat - dxhat.mean(1, keepdims=True) - xhat * mean) * r
    np.testing.assert_allclose(by_x, expected, rtol=tolerance * 5, atol=tolerance * 5)
    np.testing.assert_allclose(
        by_gamma, (dy * xhat).sum(0), rtol=tolerance * 5, atol=tolerance * 20
    )
    np.testing.assert_allclose(by_beta, dy.sum(0), rtol=tolerance * 5, atol=tolerance * 20)


def test_layer_norm_of_nothing():
    for shape in ((0, 4), (3, 0)):
        x = np.zeros(shape, "float32")
        ones = np.ones(shape[1], "float32")
        y, centre, r = normalization.layer_norm(x, ones, ones, 1e-3)
        slopes = normalization.layer_norm_slope(x, x, ones, centre, r)
        assert [one.shape for one in (y, *slopes)] == [shape, shape, shape[1:], shape[1:]]
