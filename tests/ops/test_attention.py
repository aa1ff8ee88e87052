"""Attention as one operation, against the same in plain ops."""

import ml_dtypes
import numpy as np
import pytest

import minigrad as mg
from minigrad.kernels import attention as kernels
from minigrad.kernels import native
from minigrad.ops import attention

native.ready()  # where there is a compiler, its kernels are tested, from the first call on

RNG = np.random.default_rng(5)
SIZES = [  # batch, queries, keys, heads, depth, width
    (2, 5, 7, 3, 4, 5),
    (1, 37, 20, 2, 16, 33),
    (2, 20, 37, 2, 17, 8),
    (3, 64, 64, 1, 16, 16),
    (1, 1, 1, 1, 1, 1),
]


def problem(size, dtype):
    batch, queries, keys, heads, depth, width = size
    shapes = (queries, depth), (keys, depth), (keys, width)
    return [RNG.normal(size=(batch, n, heads, d)).astype(dtype) for n, d in shapes]


def some_mask(size, batch, heads):
    mask = RNG.random((batch, heads, size[1], size[2])) < 0.6
    mask[0, 0, 0] = False  # a query that sees nothing
    return mask


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["whole", "causal", "masked", "masked by head"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_gradients_equal_those_of_the_ops(size, kind, dtype):
    inputs = problem(size, dtype)
    mask = None
    if kind.startswith("masked"):
        mask = some_mask(size, size[0], size[3] if "head" in kind else 1)
    tolerance = {"float32": 1e-5, "float64": 1e-13}[dtype]

    def outcome(f):
        xs = [mg.Tensor(x, requires_grad=True) for x in inputs]
        y = f(*xs)
        weights = np.cos(np.arange(y.size)).reshape(y.shape).astype(dtype)
        (y * weights).sum().backward()
        return [np.asarray(y), *[np.asarray(x.grad) for x in xs]]

    fused = outcome(lambda *xs: attention.attend(*xs, mask, scale=0.3, causal=kind == "causal")[0])
    plain = outcome(lambda *xs: attention._attention(*xs, mask, 0.3, kind == "causal"))
    for a, b in zip(fused, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1, np.abs(b).max()))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_computed_in_float32_and_rounded_once(dtype):
    kind = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    halves = [x.astype(kind) for x in problem((2, 37, 20, 3, 9, 5), "float32")]
    wide = [x.astype("float32") for x in halves]
    out, level = kernels.attend(*halves, scale=0.3)
    expected, expected_level = kernels.attend(*wide, scale=0.3)
    assert out.dtype == kind
    np.testing.assert_array_equal(level, expected_level)
    np.testing.assert_array_equal(out, expected.astype(kind))
    g = np.cos(expected).astype(kind)
    slopes = kernels.attend_slope(g, *halves, out, level, scale=0.3)
    wide_g, wide_out = g.astype("float32"), out.astype("float32")
    expected = kernels.attend_slope(wide_g, *wide, wide_out, level, scale=0.3)
    for a, b in zip(slopes, expected, strict=True):
        np.testing.assert_array_equal(a, b.astype(kind))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_kernels_equal_their_twins(causal, masked, monkeypatch):
    if not native.ready():
        pytest.skip("there are only the twins here")
    size = (2, 35, 35, 3, 9, 16)
    inputs = problem(size, "float32")
    mask = some_mask(size, 1, 3) if masked and not causal else None

    def outcome():
        out, level = kernels.attend(*inputs, mask, scale=0.5, causal=causal)
        g = np.cos(out)
        slopes = kernels.attend_slope(g, *inputs, out, level, mask, scale=0.5, causal=causal)
        return [out, level, *slopes]

    fast = outcome()
    monkeypatch.setattr(native, "ready", lambda: False)
    for a, b in zip(fast, outcome(), strict=True):
        np.testing.assert_allclose(
            a, b, rtol=0, atol=1e-5 * max(1, np.abs(b[np.abs(b) < 1e9]).max())
        )


def test_a_query_that_sees_a_nan_is_nan_and_no_other():
    q, k, v = problem((1, 20, 20, 1, 4, 4), "float32")
    k[0, 10] = np.nan
    out, _ = kernels.attend(q, k, v, scale=1.0, causal=True)
    assert np.isfinite(out[0, :10]).all()
    assert np.isnan(out[0, 10:]).all()


def test_numbers_of_threads_make_no_difference():
    q, k, v = problem((4, 40, 40, 4, 16, 16), "float32")
    whole, _ = kernels.attend(q, k, v, scale=0.25, causal=True)
    for b in range(4):  # so small that one thread does it
        one, _ = kernels.attend(q[b : b + 1], k[b : b + 1], v[b : b + 1], scale=0.25, causal=True)
        np.testing.assert_array_equal(whole[b], one[0])


def test_shapes_that_do_not_fit_are_refused():
    q, k, v = np.ones((2, 4, 2, 3)), np.ones((2, 5, 2, 3)), np.ones((2, 5, 2, 3))
    for other in ((3, 5, 2, 3), (2, 5, 2, 4), (2, 4, 2, 3)):
        with pytest.raises(ValueError, match=r"depth|broadcast"):
            mg.ops.dot_product_attention(q, np.ones(other), v)
    with pytest.raises(ValueError, match="a value for each key"):
        mg.ops.dot_product_attention(q, k, v[:, :4])


def test_one_key_for_all_examples_is_broadcast():
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(2, 4, 2, 3)), rng.normal(size=(1, 5, 2, 3)), np.ones((2, 5, 2, 3))
    found = mg.ops.dot_product_attention(q, k, v)
    np.testing.assert_array_equal(found, mg.ops.dot_product_attention(q, k.repeat(2, 0), v))
