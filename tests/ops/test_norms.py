"""Norms against NumPy, and their gradients at 0."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops

X = np.random.default_rng(0).normal(size=(2, 3, 4))
X[0, 1] = 0
INF = np.inf


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("order", [None, 0, 1, 2, 3, 0.5, INF, -INF])
def test_vector_norms_equal_numpy(order, axis, keepdims):
    found = ops.norm(X, order, axis, keepdims)
    assert np.allclose(found, np.linalg.norm(X, order, axis, keepdims), rtol=1e-12)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [(0, 1), (-1, 0), (2, 1)])
@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, INF, -INF])
def test_matrix_norms_equal_numpy(order, axis, keepdims):
    found = ops.norm(X, order, axis, keepdims)
    assert np.allclose(found, np.linalg.norm(X, order, axis, keepdims), rtol=1e-12)


def test_without_axis_the_whole_tensor_is_a_vector_or_a_matrix():
    assert np.isclose(ops.norm(X), np.sqrt((X**2).sum()))
    assert np.isclose(ops.norm(X[0], 1), np.linalg.norm(X[0], 1))
    assert np.isclose(ops.norm(X[0, 0], 3), np.linalg.norm(X[0, 0], 3))
    assert ops.norm(X, keepdims=True).shape == (1, 1, 1)
    assert ops.norm(-3.0).item() == 3


@pytest.mark.parametrize("order", [None, 2, 3, "fro"])
def test_where_the_norm_is_0_so_is_the_gradient(order):
    x = Tensor(np.zeros((2, 3)), requires_grad=True)
    ops.norm(x, order, axis=(0, 1) if order == "fro" else -1).sum().backward()
    assert not np.any(x.grad)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("int32", "float32"), ("bool", "float32"), ("float16", "float16"), ("bfloat16", "bfloat16")],
)
def test_whole_numbers_become_floats(dtype, expected):
    assert ops.norm(ops.ones((3, 3), dtype), axis=0).dtype == expected


def test_nan_and_infinity_come_through():
    assert np.isnan(ops.norm([np.nan, 1.0])) and np.isinf(ops.norm([np.inf, 1.0]))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"ord": "nope"}, "Invalid `ord`"),
        ({"ord": "fro", "axis": 0}, "Invalid `ord` argument for vector norm"),
        ({"ord": 3, "axis": (0, 1)}, "Invalid `ord` argument for matrix norm"),
        ({"axis": (0, 1, 2)}, "`axis` must be"),
        ({"axis": (0, 0)}, "`axis` must be"),
        ({"ord": 1}, "`axis` must be"),
    ],
)
def test_errors_say_what_is_wrong(arguments, says):
    with pytest.raises(ValueError, match=says):
        ops.norm(X, **arguments)


def test_cdist_equals_all_pairs():
    x, y = X[0], np.random.default_rng(1).normal(size=(5, 4))
    expected = np.linalg.norm(x[:, None] - y[None], axis=-1)
    assert np.allclose(ops.cdist(x, y), expected)
    assert ops.cdist(np.stack([x, x]), y).shape == (2, 3, 5)
    point = Tensor(y, requires_grad=True)
    ops.cdist(point, point).sum().backward()  # every distance to itself is 0
    assert np.isfinite(point.grad.numpy()).all()


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        (((3,), (2, 3)), "rank >= 2"),
        (((2, 3), (2, 4)), "last dimension"),
        (((2, 5, 3), (3, 5, 3)), "broadcastable"),
    ],
)
def test_cdist_names_shapes_that_do_not_fit(shapes, says):
    with pytest.raises(ValueError, match=says):
        ops.cdist(*(KerasTensor(shape) for shape in shapes))


def test_shapes_with_unknown_lengths():
    assert ops.norm(KerasTensor((None, 3)), axis=1).shape == (None,)
    assert ops.norm(KerasTensor((None, 3, None)), "fro", (1, 2), True).shape == (None, 1, 1)
    assert ops.cdist(KerasTensor((None, 5, 2)), KerasTensor((4, 2))).shape == (None, 5, 4)
