"""Slices at computed positions, against NumPy's."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops

X = np.arange(20.0).reshape(4, 5)


@pytest.mark.parametrize(
    ("start", "shape", "expected"),
    [
        ((1, 2), (2, 2), X[1:3, 2:4]),
        ((1, 2), (-1, -1), X[1:, 2:]),
        ((-1, 0), (1, 5), X[3:4]),
        ((3, 4), (2, 2), X[2:4, 3:5]),  # moved back inside
        ((0, 0), (0, 5), X[:0]),
    ],
)
@pytest.mark.parametrize("kind", ["ints", "array", "tensor", "list of tensors"])
def test_slice_equals_numpy(start, shape, expected, kind):
    given = {
        "ints": lambda: start,
        "array": lambda: np.array(start),
        "tensor": lambda: Tensor(list(start)),
        "list of tensors": lambda: [Tensor(one) for one in start],
    }[kind]()
    assert np.array_equal(ops.slice(X, given, shape), expected)


@pytest.mark.parametrize("start", [(1, 2), (-1, 0), (9, 9)])
def test_slice_update_is_undone_by_slice(start):
    updates = -np.ones((2, 3))
    result = ops.slice_update(X, start, updates)
    assert np.array_equal(ops.slice(result, start, (2, 3)), updates)
    assert (result.numpy() < 0).sum() == 6


def test_inputs_are_not_changed():
    x = np.zeros((3, 3), np.float32)
    ops.slice_update(Tensor(x), (0, 0), np.ones((1, 3)))
    assert not x.any()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ops.slice(ops.zeros((2, 2)), (0, 0), (2,)), "must match"),
        (lambda: ops.slice(ops.zeros((2, 2)), (0,), (2, 2)), "must match"),
        (lambda: ops.slice(ops.zeros(2), (0,), (3,)), "does not fit"),
        (lambda: ops.slice_update(ops.zeros((2, 2)), (0, 0), ops.ones(2)), "axes"),
    ],
)
def test_errors_say_what_is_wrong(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_updates_take_the_dtype_of_the_inputs():
    assert ops.slice_update(ops.zeros(3, "int32"), (0,), [1.7]).dtype == "int32"


def test_shapes_with_unknown_lengths():
    x = KerasTensor((4, None))
    assert ops.slice(x, (1, 0), (2, -1)).shape == (2, None)
    assert ops.slice(x, KerasTensor((2,), "int32"), (2, 2)).shape == (2, 2)
    assert ops.slice_update(x, (0, 0), KerasTensor((2, 2))).shape == (4, None)
