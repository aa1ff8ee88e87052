"""Crossentropies: fused equals derived, edges, errors; one_hot and multi_hot."""

import numpy as np
import pytest

from minigrad import Tensor, ops

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(6, 5)) * 4
TRUTH = RNG.dirichlet(np.ones(5), size=6)
LABELS = np.array([0, 4, 2, 2, 1, 3])


def loss_and_gradient(f, *arrays):
    inputs = [Tensor(x, requires_grad=True) for x in arrays]
    loss = f(*inputs)
    (loss * np.arange(1.0, loss.size + 1).reshape(loss.shape)).sum().backward()
    return [loss.numpy(), *(x.grad.numpy() for x in inputs)]


def same(fused, derived, *arrays):
    pairs = zip(loss_and_gradient(fused, *arrays), loss_and_gradient(derived, *arrays), strict=True)
    for found, expected in pairs:
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("axis", [-1, 0])
def test_fused_categorical_crossentropy_equals_its_derived_form(axis):
    same(
        lambda x, y: ops.categorical_crossentropy(y, x, from_logits=True, axis=axis),
        lambda x, y: -ops.sum(y * ops.log_softmax(x, axis=axis), axis=axis),
        *(LOGITS, TRUTH),
    )


def test_fused_sparse_crossentropy_equals_its_derived_form():
    one_hot = np.eye(5)[LABELS]
    same(
        lambda x: ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True),
        lambda x: -ops.sum(one_hot * ops.log_softmax(x), axis=-1),
        LOGITS,
    )


def test_fused_binary_crossentropy_equals_its_derived_form():
    same(
        lambda x, y: ops.binary_crossentropy(y, x, from_logits=True),
        lambda x, y: -(y * ops.log_sigmoid(x) + (1 - y) * ops.log_sigmoid(-x)),
        *(LOGITS, TRUTH),
    )


def test_gradient_of_logits_is_p_minus_y():
    x = Tensor(LOGITS, requires_grad=True)
    ops.sum(ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True)).backward()
    expected = ops.softmax(LOGITS).numpy() - np.eye(5)[LABELS]
    np.testing.assert_allclose(x.grad, expected, rtol=1e-6, atol=1e-7)


def test_a_label_that_is_no_class_counts_nothing():
    for from_logits in (False, True):
        x = Tensor(np.full((3, 2), 0.5), requires_grad=True)
        loss = ops.sparse_categorical_crossentropy([-1, 2, 1], x, from_logits=from_logits)
        np.testing.assert_allclose(loss, [0, 0, np.log(2)])
        loss.sum().backward()
        assert not x.grad.numpy()[:2].any() and x.grad.numpy()[2].any()


def test_far_logits_are_exact():
    x = np.array([[1e4, 0.0], [0.0, 1e4]], "float32")
    np.testing.assert_array_equal(
        ops.sparse_categorical_crossentropy([0, 0], x, from_logits=True), [0, 1e4]
    )
    np.testing.assert_array_equal(
        ops.binary_crossentropy([1.0, 1.0], x[0] * [1, 0] - [0, 1e4], from_logits=True), [0, 1e4]
    )


def test_certain_and_wrong_probabilities_stay_finite():
    loss = ops.categorical_crossentropy([[1.0, 0.0]], [[0.0, 1.0]])
    np.testing.assert_allclose(loss, [-np.log(1e-7)], rtol=1e-5)
    loss = ops.binary_crossentropy([1.0, 0.0], [0.0, 1.0])
    np.testing.assert_allclose(loss, [-np.log(1e-7)] * 2, rtol=2e-2)  # 1 - 1e-7 in float32


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_dtype_of_the_output_stays(dtype):
    x = Tensor(LOGITS, dtype)
    assert ops.categorical_crossentropy(Tensor(TRUTH, dtype), x, from_logits=True).dtype == dtype
    assert ops.sparse_categorical_crossentropy(LABELS, x, from_logits=True).dtype == dtype
    assert ops.sparse_categorical_crossentropy(LABELS, ops.softmax(x)).dtype == dtype


def test_targets_may_have_a_last_axis_of_one():
    with_axis = ops.sparse_categorical_crossentropy(LABELS[:, None], LOGITS, from_logits=True)
    without = ops.sparse_categorical_crossentropy(LABELS, LOGITS, from_logits=True)
    np.testing.assert_array_equal(with_axis, without)


def test_images_of_classes():
    x = RNG.normal(size=(2, 3, 4, 5)).astype("float32")
    labels = RNG.integers(0, 5, size=(2, 3, 4))
    loss = ops.sparse_categorical_crossentropy(labels, x, from_logits=True)
    flat = ops.sparse_categorical_crossentropy(labels.ravel(), x.reshape(-1, 5), from_logits=True)
    np.testing.assert_array_equal(loss.numpy().ravel(), flat)
    assert ops.sparse_categorical_crossentropy(labels[:, :, :0], x[:, :, :0]).shape == (2, 3, 0)


ERRORS = [
    (lambda: ops.categorical_crossentropy(np.ones((2, 3)), np.ones((3, 2))), "the same shape"),
    (lambda: ops.categorical_crossentropy(np.float32(1), np.float32(1)), "at least rank 1"),
    (lambda: ops.sparse_categorical_crossentropy([1, 2], np.ones((3, 2))), "up until the last"),
    (lambda: ops.sparse_categorical_crossentropy(1, np.float32(1)), "at least rank 1"),
    (lambda: ops.binary_crossentropy(np.ones(2), np.ones(3)), "the same shape"),
    (lambda: ops.one_hot([1], 3, axis=5), "axis=5"),
    (lambda: ops.one_hot([1], 3, sparse=True), "sparse=True"),
    (lambda: ops.multi_hot([1]), "num_classes"),
]


@pytest.mark.parametrize("call, message", ERRORS)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_one_hot():
    x = np.array([[1, 0], [2, -1]])
    expected = (x[..., None] == np.arange(3)).astype("float32")
    np.testing.assert_array_equal(ops.one_hot(x, 3), expected)
    np.testing.assert_array_equal(ops.one_hot(x, 3, axis=0), np.moveaxis(expected, -1, 0))
    np.testing.assert_array_equal(ops.one_hot(x, 3, axis=1), np.moveaxis(expected, -1, 1))
    assert ops.one_hot(x, 3, dtype="bool").dtype == "bool"
    assert ops.one_hot(2, 3).numpy().tolist() == [0, 0, 1]
    assert ops.one_hot(np.zeros((0,), "int32"), 3).shape == (0, 3)


def test_multi_hot():
    assert ops.multi_hot([1, 3, 3], 4).numpy().tolist() == [0, 1, 0, 1]
    assert ops.multi_hot([[1], [0]], num_tokens=2).numpy().tolist() == [[0, 1], [1, 0]]
