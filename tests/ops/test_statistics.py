"""Means, quantiles, running sums: halves, NaN, ties, emptiness, errors."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops

NAN = np.nan


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_averaged_in_float32(dtype):
    x = ops.full((4000,), 60.0, dtype)  # whose sum float16 cannot hold
    assert float(ops.mean(x)) == 60 and float(ops.var(x)) == 0
    assert float(ops.average(x)) == 60
    assert ops.mean(x).dtype == ops.std(x).dtype == ops.median(x).dtype == dtype


def test_variance_takes_the_mean_off_first():
    x = np.array([1e4, 1e4 + 1, 1e4 + 2], "float32")
    np.testing.assert_allclose(ops.var(x), 2 / 3, rtol=1e-6)


@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
def test_one_nan_makes_everything_nan_but_for_nan_functions(axis):
    x = np.array([[1.0, NAN], [3.0, 4.0]])
    for name in ("mean", "median", "std"):
        assert np.isnan(getattr(ops, name)(x, axis=axis)).any()
        found = getattr(ops, "nan" + name)(x, axis=axis)
        np.testing.assert_allclose(found, getattr(np, "nan" + name)(x, axis=axis))


def test_where_all_are_nan_there_is_no_number():
    x = np.array([[NAN, NAN], [1.0, NAN]])
    assert ops.nansum(x, axis=1).tolist() == [0, 1] and ops.nanprod(x, axis=1).tolist() == [1, 1]
    assert ops.nanargmax(x, axis=1).tolist() == [-1, 0]
    for name in ("nanmean", "nanmax", "nanmin", "nanmedian", "nanvar"):
        found = getattr(ops, name)(x, axis=1).numpy()
        assert np.isnan(found[0]) and not np.isnan(found[1])


def test_gradients_at_nan_are_0():
    for name in ("nansum", "nanmean", "nanstd", "nanmax", "nanmedian", "nanprod", "nancumsum"):
        x = Tensor([2.0, NAN, 5.0, 1.0], requires_grad=True)
        ops.sum(getattr(ops, name)(x)).backward()
        assert np.isfinite(x.grad).all() and x.grad[1].item() == 0, name


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantiles_between_two_elements(method):
    expected = {"linear": 1.3, "lower": 1, "higher": 2, "midpoint": 1.5, "nearest": 1}
    found = ops.quantile([2.0, 1.0], 0.3, method=method)
    np.testing.assert_allclose(found, expected[method], rtol=1e-6)
    np.testing.assert_allclose(ops.nanquantile([2.0, NAN, 1.0], 0.3, method=method), found)


def test_the_quantiles_of_a_vector_of_shares_come_first():
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    assert ops.quantile(x, [0.1, 0.2], axis=1).shape == (2, 3, 5)
    assert ops.quantile(x, [0.1, 0.2], axis=1, keepdims=True).shape == (2, 3, 1, 5)
    assert ops.quantile(x, 0.5, keepdims=True).shape == (1, 1, 1)
    assert ops.quantile(KerasTensor((None, 4)), [0.1], axis=0).shape == (1, 4)
    assert ops.median(KerasTensor((None, 4)), axis=1).shape == (None,)


def test_many_are_ranked_exactly_in_halves_too():
    x = ops.arange(5001, dtype="float32") / 8
    assert float(ops.quantile(ops.cast(x, "float16"), 0.25)) == 156.25


def test_running_products_of_zeros_have_gradients():
    x = Tensor([2.0, 0.0, 3.0, 0.0], requires_grad=True)
    ops.cumprod(x).backward([1.0, 1.0, 1.0, 1.0])
    # Σ_k Π_(j≤k) x_j, differentiated by hand
    np.testing.assert_array_equal(x.grad, [1.0, 2 + 6, 0.0, 0.0])


@pytest.mark.parametrize("shape", [(3, 2000, 2), (5000,), (4, 3)])
def test_running_products_of_any_length_agree_with_a_loop(shape):
    rng = np.random.default_rng(1)
    values, upstream = rng.uniform(0.5, 1.5, shape), rng.normal(size=shape)
    axis = min(1, len(shape) - 1)
    x = Tensor(values, requires_grad=True)
    ops.cumprod(x, axis=axis).backward(upstream)
    # For numbers other than 0 there is a simpler formula: Σ_(j≥k) g_j y_j / x_k.
    weighted = upstream * np.cumprod(values, axis)
    expected = np.flip(np.cumsum(np.flip(weighted, axis), axis), axis) / values
    np.testing.assert_allclose(x.grad, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@pytest.mark.parametrize("lengths", [(5, 3), (3, 5), (4, 4), (6, 1), (1, 4), (5, 4), (4, 5)])
def test_correlations_of_any_lengths_equal_numpy(mode, lengths):
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=lengths[0]), rng.normal(size=lengths[1])
    np.testing.assert_allclose(ops.correlate(a, b, mode), np.correlate(a, b, mode), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ops.quantile([1.0], 0.5, method="cubic"), "`method` must be one of"),
        (lambda: ops.quantile([1.0], [[0.5]]), "a number or a vector"),
        (lambda: ops.median(np.zeros(0)), "no quantile of nothing"),
        (lambda: ops.average([[1.0, 2.0]], axis=0, weights=[1.0, 2.0, 3.0]), "`weights` must have"),
        (lambda: ops.average([[1.0, 2.0]], weights=[1.0, 2.0]), "`weights` must have"),
        (lambda: ops.correlate([[1.0]], [1.0]), "must be vectors"),
        (lambda: ops.correlate([1.0], [1.0], "most"), "`mode` must be"),
        (lambda: ops.corrcoef(np.zeros((2, 2, 2))), "must be a matrix"),
        (lambda: ops.diff([1.0], n=-1), "must not be negative"),
        (lambda: ops.diff(1.0), "needs an axis"),
        (lambda: ops.cumsum([1.0], axis=1), "out of bounds"),
        (lambda: ops.max(np.zeros((0, 2)), axis=0), "no max of nothing"),
        (lambda: ops.argmax(np.zeros((0, 2)), axis=0), "argmax: an empty axis"),
        (lambda: ops.argmin(np.zeros((0, 2))), "argmin: an empty axis"),
    ],
)
def test_errors_say_what_is_wrong(call, says):
    with pytest.raises(ValueError, match=says) as raised:
        call()
    assert "Received" in str(raised.value)
