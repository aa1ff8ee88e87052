"""What becomes of the losses of samples: reductions, sample weights and masks."""

import numpy as np
import pytest

from minigrad import Tensor, losses, ops
from minigrad.losses.reduction import squeeze_or_expand_to_same_rank
from minigrad.masking import set_keras_mask

LOSSES = np.array([1.0, 2.0, 4.0, 8.0], "float32")
WEIGHTS = np.array([1.0, 0.0, 0.5, 2.0], "float32")
MASK = np.array([True, True, False, True])


class Given(losses.Loss):
    """The predictions are the losses."""

    def call(self, y_true, y_pred):
        return y_pred


def reduced(values, weights, mask, reduction):
    """The definitions, in NumPy: a mask leaves samples out."""
    weights = np.ones_like(values) if weights is None else weights
    if mask is not None:
        if reduction in ("none", None):
            return values * weights * mask
        values, weights = values[mask], weights[mask]
    return {
        "sum": (values * weights).sum(),
        "sum_over_batch_size": (values * weights).mean(),
        "mean": (values * weights).mean(),
        "mean_with_sample_weight": (values * weights).sum() / weights.sum(),
        "none": values * weights,
        None: values * weights,
    }[reduction]


@pytest.mark.parametrize("reduction", losses.reduction.REDUCTIONS)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("mask", [None, MASK], ids=["unmasked", "masked"])
def test_every_reduction_with_weights_and_mask(reduction, weights, mask):
    y_pred = Tensor(LOSSES)
    if mask is not None:
        set_keras_mask(y_pred, Tensor(mask))
    result = Given(reduction=reduction)(LOSSES, y_pred, weights)
    np.testing.assert_allclose(result.numpy(), reduced(LOSSES, weights, mask, reduction))


@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_with_sample_weight"])
def test_nothing_left_is_zero_and_not_nan(reduction):
    y_pred = Tensor(LOSSES)
    set_keras_mask(y_pred, Tensor(np.zeros(4, bool)))
    assert float(Given(reduction=reduction)(LOSSES, y_pred)) == 0.0
    assert float(Given(reduction=reduction)(LOSSES, LOSSES, np.zeros(4))) == 0.0
    assert float(Given(reduction=reduction)(np.zeros((0, 3)), np.zeros((0, 3)))) == 0.0


def test_masks_of_predictions_and_of_losses_both_count():
    class Masking(losses.Loss):
        def call(self, y_true, y_pred):
            result = y_pred + 0.0
            set_keras_mask(result, y_pred > 1.5)
            return result

    y_pred = Tensor(LOSSES)
    set_keras_mask(y_pred, Tensor(MASK))
    assert float(Masking()(LOSSES, y_pred)) == (2.0 + 8.0) / 2


def test_weights_of_samples_are_broadcast_over_steps():
    values = np.arange(6.0, dtype="float32").reshape(2, 3)
    result = Given(reduction="none")(values, values, np.array([[1.0], [10.0]]))
    np.testing.assert_array_equal(result.numpy(), values * [[1.0], [10.0]])


def test_gradients_flow_through_weights_and_mean():
    x = Tensor(LOSSES, requires_grad=True)
    Given()(LOSSES, x, WEIGHTS).backward()
    np.testing.assert_allclose(x.grad.numpy(), WEIGHTS / 4)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((3,), (3, 1), ((3, 1), (3, 1))),
        ((3, 1), (3,), ((3, 1), (3, 1))),
        ((3, 2), (3, 2, 1), ((3, 2), (3, 2))),
        ((3, 2, 1), (3, 2), ((3, 2), (3, 2))),
        ((3,), (3, 2), ((3,), (3, 2))),
        ((2,), (3, 2, 1), ((2,), (3, 2, 1))),
    ],
)
def test_same_rank(first, second, expected):
    result = squeeze_or_expand_to_same_rank(ops.ones(first), ops.ones(second))
    assert tuple(x.shape for x in result) == expected


def test_a_made_up_reduction_is_an_error():
    with pytest.raises(ValueError, match=r"`reduction`.*Received: reduction=median"):
        Given(reduction="median")


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [(None, "float32"), ("float16", "float16"), ("mixed_bfloat16", "bfloat16")],
)
def test_dtypes(dtype, expected):
    loss = Given(dtype=dtype)
    assert loss.dtype == expected
    assert loss(np.arange(4), np.arange(4), np.ones(4)).dtype == expected


def test_structures_of_predictions():
    class Two(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.abs(y_true["a"] - y_pred["a"]) + ops.abs(y_true["b"] - y_pred["b"])

    y_true = {"a": np.ones(3), "b": np.zeros(3)}
    y_pred = {"a": np.zeros(3), "b": np.full(3, 2.0)}
    assert float(Two()(y_true, y_pred)) == 3.0


def test_the_base_class_asks_to_be_implemented():
    with pytest.raises(NotImplementedError, match="call"):
        losses.Loss()(LOSSES, LOSSES)


def test_large_halves_do_not_overflow_in_the_mean():
    values = np.full(1000, 1000.0)
    assert float(Given(dtype="float16")(values, values)) == 1000.0
