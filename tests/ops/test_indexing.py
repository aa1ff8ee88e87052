"""x[key], take and take_along_axis: any key that NumPy knows, and gradients where picks repeat."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import KerasTensor, Tensor, ops

X = np.random.default_rng(0).normal(size=(3, 4, 5))
S = np.s_

KEYS = [
    S[1],
    S[-1, 2],
    S[0, 0, 0],
    S[...],
    S[..., None, 1],
    S[:, 1:3, ::-2],
    S[None, 5:1],
    S[[0, 2, 0]],
    S[[[0, 1], [2, -1]]],
    S[:, [0, 2], 1],
    S[[0, 2], :, [1, 1]],
    S[1:, [0, 2], None],
    S[[0, 2], None, 1:3, [0, 0]],
    S[X > 0],
    S[X[:, 0, 0] > 0],
    S[:, np.array([True, False, True, True])],
    S[np.array([], int)],
    S[[]],
    S[np.int64(1), np.array(2)],
    S[np.bool_(True)],
    (),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_every_kind_of_key_equals_numpy(key):
    x = Tensor(X, requires_grad=True)
    found, expected = x[key], X[key]
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found, expected)
    weights = np.random.default_rng(1).normal(size=expected.shape)
    ops.sum(found * weights).backward()
    gradient = np.zeros_like(X)
    np.add.at(gradient, key, weights)
    np.testing.assert_allclose(x.grad, gradient, rtol=1e-12)


@pytest.mark.parametrize("key", KEYS[:14], ids=str)
def test_symbolic_shapes_are_those_of_the_result(key):
    if isinstance(key, np.ndarray):
        return
    assert ops.get_item(KerasTensor(X.shape), key).shape == X[key].shape


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        (S[:5], (None, 5, None)),
        (S[0], (5, None)),
        (S[:, :2, :3], (None, 2, None)),
        (S[..., 0], (None, 5)),
        (S[[0, 1]], (2, 5, None)),
        (S[:, None], (None, 1, 5, None)),
    ],
    ids=str,
)
def test_unknown_lengths_stay_unknown(key, shape):
    assert ops.get_item(KerasTensor((None, 5, None)), key).shape == shape


def test_tensors_are_keys_too():
    x, rows = Tensor(X), Tensor([2, 0])
    np.testing.assert_array_equal(x[rows], X[[2, 0]])
    np.testing.assert_array_equal(x[:, rows], X[:, [2, 0]])
    np.testing.assert_array_equal(x[x > 0], X[X > 0])
    np.testing.assert_array_equal(x[Tensor(1), rows[0]], X[1, 2])
    np.testing.assert_array_equal(x[Tensor(1) : Tensor(3)], X[1:3])


@pytest.mark.parametrize("key", [S[7], S[0, 0, 0, 0], S[[0, 9]], S[:, [1.5]]], ids=str)
def test_wrong_keys_are_index_errors_that_name_the_shape(key):
    with pytest.raises(IndexError, match="Received"):
        Tensor(X)[key]


@pytest.mark.parametrize("key", [S[7], S[0, 0, 0, 0]], ids=str)
def test_on_symbolic_tensors_wrong_keys_are_value_errors_as_in_keras(key):
    with pytest.raises(ValueError, match="Received"):
        KerasTensor(X.shape)[key]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 2), max_size=9), st.integers(-3, 2))
def test_take_equals_numpy_for_any_indices(indices, axis):
    moved = np.moveaxis(X, 0, axis)
    indices = np.array(indices, int)
    found = ops.take(moved, indices, axis=axis)
    np.testing.assert_array_equal(found, np.take(moved, indices, axis=axis))


@pytest.mark.parametrize("size", [7, 5000])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_a_row_taken_often_gets_the_sum_of_gradients(size, dtype):
    rng = np.random.default_rng(2)
    indices = rng.integers(-10, 10, size)
    table = Tensor(rng.normal(size=(10, 4)), dtype, requires_grad=True)
    upstream = rng.integers(-2, 3, (size, 4))  # whole numbers: sums are exact in any dtype
    expected = np.zeros((10, 4))
    np.add.at(expected, indices, upstream)
    if np.abs(expected).max() > 200 and dtype == "bfloat16":
        upstream[100:] = 0
        expected[:] = 0
        np.add.at(expected, indices, upstream)
    for picked in (ops.take(table, indices, axis=0), table[indices], table[Tensor(indices)]):
        table.grad = None
        picked.backward(Tensor(upstream, dtype))
        assert table.grad.dtype == dtype
        np.testing.assert_array_equal(np.asarray(table.grad, float), expected)


def test_take_along_axis_undoes_argsort():
    order = ops.argsort(X, axis=1)
    np.testing.assert_array_equal(ops.take_along_axis(X, order, axis=1), np.sort(X, axis=1))
    best = ops.expand_dims(ops.argmax(X, axis=-1), -1)
    np.testing.assert_array_equal(ops.take_along_axis(X, best, axis=-1)[..., 0], X.max(-1))


def test_broadcast_indices_collect_the_gradient_of_all_they_picked():
    x = Tensor(X, requires_grad=True)
    ops.sum(ops.take_along_axis(x, np.array([[[1]], [[1]], [[0]]]), axis=0)).backward()
    expected = np.zeros_like(X)
    expected[1], expected[0] = 2, 1
    np.testing.assert_array_equal(x.grad, expected)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ops.take(X, [0, 3], axis=0), IndexError, "index 3 is out of bounds for axis 0"),
        (lambda: ops.take(X, [-5], axis=1), IndexError, "Indices go from -4 to 3"),
        (lambda: ops.take(X, [0.5], axis=0), TypeError, "whole numbers"),
        (lambda: ops.take(X, 0, axis=3), ValueError, "axis 3 is out of bounds"),
        (lambda: ops.take_along_axis(X, [[0]], axis=0), ValueError, "same number of axes"),
        (lambda: ops.take_along_axis(X, np.full((3, 1, 5), 9), 1), IndexError, "index 9"),
        (lambda: ops.take_along_axis(X, np.zeros((2, 1, 5), int), 1), ValueError, "broadcast"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_unravel_index_undoes_ravel():
    places = ops.unravel_index(np.arange(60), X.shape)
    np.testing.assert_array_equal(X[tuple(np.asarray(one) for one in places)], X.ravel())
