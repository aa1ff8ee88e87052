"""Fused cross-entropy beside its definition in float64, written with NumPy."""

import numpy as np
import pytest

from minigrad.kernels import cross_entropy as ce

SHAPES = [(1, 1), (1, 2), (5, 3), (32, 10), (3, 257), (200, 1000)]


def log_softmax(x):
    x = x.astype(np.float64)
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def case(shape, dtype):
    rng = np.random.default_rng(shape[1])
    logits = (3 * rng.standard_normal(shape)).astype(dtype)
    labels = rng.integers(0, shape[1], shape[0]).astype(np.int32)
    targets = rng.random(shape).astype(dtype)
    upstream = rng.standard_normal(shape[0]).astype(dtype)
    return logits, labels, targets, upstream


def tolerance(dtype):
    return {"rtol": 2e-6, "atol": 2e-6} if dtype == "float32" else {"rtol": 1e-14, "atol": 1e-14}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_sparse_forward_and_backward_equal_the_definition(shape, dtype):
    logits, labels, _, upstream = case(shape, dtype)
    loss, state = ce.sparse_forward(logits, labels)
    gradient = ce.sparse_backward(logits, labels, state, upstream)
    logs = log_softmax(logits)
    np.testing.assert_allclose(loss, -logs[np.arange(shape[0]), labels], **tolerance(dtype))
    expected = (np.exp(logs) - np.eye(shape[1])[labels]) * upstream[:, None]
    np.testing.assert_allclose(gradient, expected, **tolerance(dtype))
    assert loss.dtype == gradient.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_dense_forward_and_backward_equal_the_definition(shape, dtype):
    logits, _, targets, upstream = case(shape, dtype)
    loss, state = ce.dense_forward(logits, targets)
    gradient = ce.dense_backward(logits, targets, state, upstream)
    logs, t = log_softmax(logits), targets.astype(np.float64)
    scale = shape[1] ** 0.5
    close = {name: scale * value for name, value in tolerance(dtype).items()}
    np.testing.assert_allclose(loss, -(t * logs).sum(axis=1), **close)
    expected = (np.exp(logs) * t.sum(axis=1, keepdims=True) - t) * upstream[:, None]
    np.testing.assert_allclose(gradient, expected, **close)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_twin_serial_and_parallel_agree(dtype):
    logits, labels, targets, upstream = case((301, 150), dtype)
    state = ce.sparse_forward(logits, labels)[1]
    table = [
        (ce._sparse_forward, (logits, labels), [(301,), (301, 2)]),
        (ce._sparse_backward, (logits, labels, state, upstream), [(301, 150)]),
        (ce._dense_forward, (logits, targets), [(301,), (301, 2)]),
        (ce._dense_backward, (logits, targets, state, upstream), [(301, 150)]),
    ]
    for kernel, arguments, shapes in table:
        twin, serial, parallel = [[np.empty(shape, dtype) for shape in shapes] for _ in range(3)]
        kernel.twin(*arguments, *twin)
        kernel.compile(dtype)(*arguments, *serial)
        kernel.compile(dtype, parallel=True)(*arguments, *parallel)
        for a, b, c in zip(twin, serial, parallel, strict=True):
            assert b.tobytes() == c.tobytes()
            np.testing.assert_allclose(a, b, rtol=2e-5 if dtype == "float32" else 1e-13, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_logits_neither_overflow_nor_lose_the_small_differences(dtype):
    logits = np.array([[1e4, 1e4 - 1, -1e4], [-3e38, -3e38, -3e38]], dtype)
    loss, state = ce.sparse_forward(logits, np.array([1, 2], np.int32))
    np.testing.assert_allclose(loss, [1 + np.log1p(np.exp(-1)), np.log(3)], rtol=1e-6)
    gradient = ce.sparse_backward(logits, np.array([1, 2]), state, np.ones(2, dtype))
    p = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(gradient, [[p, -p, 0], [1 / 3, 1 / 3, -2 / 3]], rtol=1e-6)


def test_minus_infinity_is_a_class_that_cannot_be():
    logits = np.array([[0.0, -np.inf, 0.0]], np.float32)
    loss, state = ce.sparse_forward(logits, np.array([0]))
    np.testing.assert_allclose(loss, [np.log(2)], rtol=1e-6)
    gradient = ce.sparse_backward(logits, np.array([0]), state, np.ones(1, np.float32))
    np.testing.assert_allclose(gradient, [[-0.5, 0, 0.5]], rtol=1e-6)


@pytest.mark.parametrize("place", [0, 3, 39])
def test_nan_comes_through(place):
    logits = np.zeros((2, 40), np.float32)
    logits[0, place] = np.nan
    loss, state = ce.sparse_forward(logits, np.array([1, 1]))
    gradient = ce.sparse_backward(logits, np.array([1, 1]), state, np.ones(2, np.float32))
    assert np.isnan(loss[0])
    assert np.isnan(gradient[0]).all()
    assert np.isfinite(loss[1])
    assert np.isfinite(gradient[1]).all()


@pytest.mark.parametrize("use_twin", [False, True])
@pytest.mark.parametrize("label", [-1, 3, 2**31 - 1, -(2**31)])
def test_a_label_that_is_no_class_has_no_loss_and_no_gradient(label, use_twin):
    logits, labels = np.ones((2, 3), np.float32), np.array([label, 1], np.int32)
    loss, state = np.empty(2, np.float32), np.empty((2, 2), np.float32)
    forward, backward = ce._sparse_forward, ce._sparse_backward
    (forward.twin if use_twin else forward)(logits, labels, loss, state)
    gradient, upstream = np.empty_like(logits), np.ones(2, np.float32)
    (backward.twin if use_twin else backward)(logits, labels, state, upstream, gradient)
    np.testing.assert_allclose(loss, [0, np.log(3)], rtol=1e-6)
    np.testing.assert_allclose(gradient, [[0, 0, 0], [1 / 3, -2 / 3, 1 / 3]], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "int16", "uint64"])
def test_labels_of_any_integer_dtype_mean_the_same(dtype):
    logits = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)
    labels = np.array([4, 0, 1, 2])
    expected = ce.sparse_forward(logits, labels.astype(np.int32))[0]
    np.testing.assert_array_equal(ce.sparse_forward(logits, labels.astype(dtype))[0], expected)


def test_a_label_beyond_int32_does_not_wrap_around_to_a_class():
    loss, _ = ce.sparse_forward(np.zeros((1, 3), np.float32), np.array([2**32 + 1]))
    assert loss[0] == 0


def test_views_and_read_only_arrays_are_fine_and_stay_unchanged():
    base = np.random.default_rng(0).standard_normal((10, 8)).astype(np.float32)
    view = base.T[::2]
    view.setflags(write=False)
    labels = np.arange(8)[::2] % 10
    expected = ce.sparse_forward(view.copy(), labels.copy())[0]
    before = base.copy()
    np.testing.assert_array_equal(ce.sparse_forward(view, labels)[0], expected)
    np.testing.assert_array_equal(base, before)


def test_no_rows_give_no_losses():
    loss, state = ce.sparse_forward(np.empty((0, 3), np.float32), np.empty(0, np.int32))
    assert loss.shape == (0,)
    upstream = np.empty(0, np.float32)
    assert (
        ce.sparse_backward(np.empty((0, 3), np.float32), np.empty(0, int), state, upstream).size
        == 0
    )


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (2, 0)])
def test_logits_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(rows, classes\).*Received: logits.shape="):
        ce.sparse_forward(np.zeros(shape, np.float32), np.zeros(2, np.int32))
