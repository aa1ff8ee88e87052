"""Scatter, against loops in NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import KerasTensor, Tensor, ops

UFUNC = {"add": np.add, "max": np.maximum, "min": np.minimum, "mul": np.multiply}


def by_loop(inputs, indices, updates, reduction=None):
    out = np.array(inputs)
    for place, update in zip(indices.tolist(), updates, strict=True):
        place = tuple(place)
        out[place] = update if reduction is None else UFUNC[reduction](out[place], update)
    return out


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**31),
    st.sampled_from([None, "add", "max", "min", "mul"]),
    st.sampled_from(["float32", "float64", "int32", "int8", "float16", "bfloat16"]),
    st.sampled_from([((5,), 1), ((4, 3), 1), ((4, 3), 2), ((2, 3, 4), 2), ((1, 1), 1)]),
    st.integers(0, 6),
)
def test_scatter_update_equals_a_loop(seed, reduction, dtype, where, count):
    shape, depth = where
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-4, 5, shape)
    indices = np.stack([rng.integers(-n, n, count) for n in shape[:depth]], -1)
    updates = rng.integers(-4, 5, (count, *shape[depth:]))
    found = ops.scatter_update(
        ops.cast(inputs, dtype), indices, ops.cast(updates, dtype), reduction
    )
    assert found.dtype == dtype and found.shape == shape
    expected = by_loop(inputs, indices, updates, reduction)
    if dtype != "int8" or np.abs(expected).max() < 128:
        assert np.array_equal(np.asarray(found, np.float64), expected)


def test_scatter_adds_what_comes_to_one_place():
    indices = np.array([[[0], [1]], [[1], [3]]])
    found = ops.scatter(indices, [[1.0, 2.0], [4.0, 8.0]], shape=(5,))
    assert found.numpy().tolist() == [1, 6, 0, 8, 0]


def test_scatter_takes_broadcast_values_and_whole_rows():
    assert ops.scatter([[0], [2]], 3, (3,)).numpy().tolist() == [3, 0, 3]
    assert ops.scatter([[1], [1]], [[1, 2], [3, 4]], (3, 2)).numpy().tolist() == [
        [0, 0],
        [4, 6],
        [0, 0],
    ]


def test_inputs_are_not_changed():
    x, u = np.zeros((3, 3), np.float32), np.ones((1, 3), np.float32)
    tensor = Tensor(x)
    for reduction in (None, *UFUNC):
        ops.scatter_update(tensor, [[1]], u, reduction)
    assert not tensor.numpy().any()


def test_of_several_updates_the_last_stays_and_has_the_gradient():
    updates = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    result = ops.scatter_update(ops.zeros(2), [[0], [1], [0]], updates)
    assert result.numpy().tolist() == [3, 2]
    result.sum().backward()
    assert updates.grad.numpy().tolist() == [0, 1, 1]


def test_equal_extremes_share_the_gradient():
    x = Tensor([2.0, 1.0], requires_grad=True)
    updates = Tensor([2.0, 2.0, 0.0], requires_grad=True)
    ops.scatter_update(x, [[0], [0], [1]], updates, "max").sum().backward()
    assert np.allclose(x.grad, [1 / 3, 1]) and np.allclose(updates.grad, [1 / 3, 1 / 3, 0])


def test_a_product_with_zeros_has_its_gradient():
    u = Tensor([0.0, 5.0, 0.0, 3.0], requires_grad=True)
    ops.scatter_update(ops.ones(2), [[0], [0], [1], [1]], u, "mul").sum().backward()
    assert u.grad.numpy().tolist() == [5, 0, 3, 0]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ops.scatter_update(ops.zeros(3), [[3]], [1.0]), IndexError, "3 is out of range"),
        (lambda: ops.scatter([[0, -3]], [1.0], (2, 2)), IndexError, "-3 is out of range"),
        (lambda: ops.scatter_update(ops.zeros(3), [[0]], [1.0], "sub"), ValueError, "reduction"),
        (lambda: ops.scatter_update(ops.zeros(3), [[0, 0]], [1.0]), ValueError, "coordinates"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_updates_take_the_dtype_of_the_inputs():
    assert ops.scatter_update(ops.zeros(3, "float16"), [[0]], [1.7]).dtype == "float16"


def test_shapes_with_unknown_lengths():
    x = KerasTensor((4, None))
    assert ops.scatter_update(x, KerasTensor((5, 2), "int32"), KerasTensor((5,))).shape == (4, None)
    assert ops.scatter(KerasTensor((None, 1), "int32"), KerasTensor((None,)), (3,)).shape == (3,)
