"""Padding, repeating, cutting, joining: dtypes, emptiness, unknown lengths, errors."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops

X = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "bfloat16", "float64"])
def test_moving_keeps_the_dtype(dtype):
    x = Tensor(X, dtype)
    moved = [
        ops.pad(x, 1),
        ops.tile(x, 2),
        ops.repeat(x, 2, axis=0),
        ops.roll(x, 1),
        ops.rot90(x),
        ops.split(x, 3, axis=1)[1],
        ops.hstack([x, x]),
        ops.append(x, x),
        ops.tril(x),
        ops.diagonal(x),
        ops.diag(x[0]),
    ]
    assert {one.dtype for one in moved} == {dtype}


def test_padding_with_a_tensor_pads_with_its_value():
    for value in (Tensor(2.5), np.float32(2.5), np.array(2.5)):
        np.testing.assert_array_equal(
            ops.pad(X, ((1, 0), (0, 2)), constant_values=value),
            np.pad(X, ((1, 0), (0, 2)), constant_values=2.5),
        )
    np.testing.assert_array_equal(ops.pad([[np.nan]], 1, constant_values=Tensor(0.0))[0], 0)


@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric"])
def test_lengths_of_padded_symbolic_tensors(mode):
    x = KerasTensor((None, 3, 4))
    assert ops.pad(x, ((0, 0), (1, 2), (0, 1)), mode).shape == (None, 6, 5)
    assert ops.pad(x, 1, mode).shape == (None, 5, 6)


def test_pieces_of_an_axis_of_unknown_length_are_of_unknown_length():
    x = KerasTensor((None, 4))
    assert [one.shape for one in ops.split(x, 2)] == [(None, 4)] * 2
    assert [one.shape for one in ops.split(x, [1, 3])] == [(1, 4), (2, 4), (None, 4)]
    assert [one.shape for one in ops.split(x, 2, axis=1)] == [(None, 2)] * 2
    assert ops.tile(x, (2, 3)).shape == (None, 12)
    assert ops.repeat(x, 2, axis=0).shape == (None, 4)


def test_pieces_are_joined_again():
    parts = ops.split(X, 3, axis=1)
    np.testing.assert_array_equal(ops.concatenate(parts, axis=1), X)
    parts = ops.array_split(X, 5, axis=1)
    assert [part.shape[1] for part in parts] == [1, 1, 1, 0, 0]
    np.testing.assert_array_equal(ops.concatenate(parts, axis=1), X)
    assert [len(part) for part in ops.split(np.zeros((0, 2)), 3)] == [0, 0, 0]


def test_a_piece_that_is_not_used_gets_no_gradient():
    x = Tensor(X, requires_grad=True)
    ops.split(x, 3, axis=1)[1].backward(np.ones((2, 1)))
    np.testing.assert_array_equal(x.grad, [[0, 1, 0]] * 2)


def test_four_quarter_turns_change_nothing():
    turned = X
    for _ in range(4):
        turned = ops.rot90(turned)
    np.testing.assert_array_equal(turned, X)
    np.testing.assert_array_equal(ops.rot90(X, 3), ops.rot90(X, -1))


def test_repeats_may_be_a_tensor():
    np.testing.assert_array_equal(ops.repeat(X, Tensor([0, 2]), axis=0), X[[1, 1]])
    np.testing.assert_array_equal(ops.repeat(X, Tensor(2), axis=0), X.repeat(2, 0))


@pytest.mark.parametrize("n", [-4, 0, 7])
def test_roll_goes_round_any_number_of_times(n):
    np.testing.assert_array_equal(ops.roll(X, n, axis=1), np.roll(X, n, 1))
    np.testing.assert_array_equal(ops.roll(X, Tensor(n)), np.roll(X, n))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ops.split(X, 2, axis=1), ValueError, "cannot be cut into 2 equal pieces"),
        (lambda: ops.array_split(X, 0), ValueError, "must be positive"),
        (lambda: ops.dsplit(X, 1), ValueError, "3 or more axes"),
        (lambda: ops.vsplit(X[0], 1), ValueError, "2 or more axes"),
        (lambda: ops.pad(X, ((1, 2), (3, 4), (5, 6))), ValueError, "a tensor of 2 axes"),
        (lambda: ops.pad(X, 1.5), ValueError, "must be an int"),
        (lambda: ops.pad(X, 1, "mirror"), ValueError, "`mode` must be"),
        (
            lambda: ops.pad(X, 1, "edge", 2),
            ValueError,
            "only be provided when `mode == 'constant'`",
        ),
        (lambda: ops.repeat(X, [1, 2], axis=1), ValueError, "each of the 3 elements"),
        (lambda: ops.roll(X, (1, 2, 3), axis=(0, 1)), ValueError, "the same length"),
        (lambda: ops.rot90(X[0]), ValueError, "at least 2 dimensions"),
        (lambda: ops.rot90(X, axes=(1, 1)), ValueError, "two different dimensions"),
        (lambda: ops.fliplr(X[0]), ValueError, "2 or more axes"),
        (lambda: ops.tril(X[0]), ValueError, "two or more axes"),
        (lambda: ops.diag(X[None]), ValueError, "1-D or 2-D"),
        (lambda: ops.diagonal(X[0]), ValueError, "at least two dimensions"),
        (lambda: ops.diagonal(X, axis1=1, axis2=-1), ValueError, "must differ"),
        (lambda: ops.append(X, X[0], axis=0), ValueError, "must be equal"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says) as raised:
        call()
    assert "Received" in str(raised.value)
