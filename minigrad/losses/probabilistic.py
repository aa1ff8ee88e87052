"""Losses between distributions: how surprising the truth is to the predictions.

The functions take truth and predictions of shape (…, classes) and return the losses of shape (…);
the classes, which reduce these to one number, are in `crossentropies.py`.
"""

import warnings

from minigrad import ops, settings
from minigrad.losses.wrapper import float_pair
from minigrad.masking import set_keras_mask


def kl_divergence(y_true, y_pred):
    """Σ y_true log(y_true / y_pred) over the last axis, probabilities clipped to [ε, 1].

    >>> kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).numpy()
    array([0.], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    y_true, y_pred = (ops.clip(y, settings.epsilon(), 1) for y in (y_true, y_pred))
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true, y_pred):
    """The mean of y_pred - y_true log(y_pred): for counts, y_pred their expected number.

    >>> poisson([[2.0]], [[1.0]]).numpy().round(3)
    array([1.], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    return ops.mean(y_pred - y_true * ops.log(y_pred + settings.epsilon()), axis=-1)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """The mean over `axis` of -y_true log y_pred - (1 - y_true) log(1 - y_pred).

    Args:
        y_true: Labels 0 or 1, or probabilities.
        y_pred: Probabilities, or logits if `from_logits`.
        label_smoothing: Draws labels towards ½: 0.2 makes 0.1 and 0.9 of 0 and 1.

    >>> binary_crossentropy([[1.0, 0.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    y_true = _smoothed(y_true, label_smoothing, 2)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """Binary crossentropy times (1 - p)^gamma, where p is the probability of the right answer.

    What is predicted well already hardly counts. With `apply_class_balancing`, positive examples
    weigh `alpha`, negative ones 1 - alpha.

    Source: Lin et al. 2018, https://arxiv.org/abs/1708.02002, eq. 4 and 5.
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    y_true = _smoothed(y_true, label_smoothing, 2)
    p = ops.sigmoid(y_pred) if from_logits else y_pred
    p_right = y_true * p + (1 - y_true) * (1 - p)
    loss = ops.power(1.0 - p_right, gamma) * ops.binary_crossentropy(y_true, p)
    if apply_class_balancing:
        loss = (y_true * alpha + (1 - y_true) * (1 - alpha)) * loss
    return ops.mean(loss, axis=axis)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """-Σ y_true log y_pred over `axis`.

    Args:
        y_true: One-hot labels, or probabilities.
        y_pred: Probabilities (made to sum to 1), or logits if `from_logits`.
        label_smoothing: The share of the truth that is spread evenly over the classes.

    >>> categorical_crossentropy([[0.0, 1.0]], [[0.75, 0.25]]).numpy().round(4)
    array([1.3863], dtype=float32)
    """
    _check_classes("categorical_crossentropy", y_pred, axis)
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[-1])
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """-Σ alpha (1 - y_pred)^gamma y_true log y_pred over `axis`.

    Source: Lin et al. 2018, https://arxiv.org/abs/1708.02002.
    """
    _check_classes("categorical_focal_crossentropy", y_pred, axis)
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    y_true = _smoothed(y_true, label_smoothing, y_true.shape[-1])
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    p = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    p = ops.clip(p, settings.epsilon(), 1.0 - settings.epsilon())
    return ops.sum(alpha * ops.power(1.0 - p, gamma) * -y_true * ops.log(p), axis=axis)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """-log of what `y_pred` gives the class that `y_true` names.

    Args:
        y_true: Numbers of classes, of shape (…) or (…, 1).
        y_pred: Probabilities, or logits if `from_logits`, of shape (…, classes).
        ignore_class: Where `y_true` is this number, the loss is 0 and does not count in means.

    >>> sparse_categorical_crossentropy([1], [[0.75, 0.25]]).numpy().round(4)
    array([1.3863], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis=axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(
            y_true, y_pred, from_logits=from_logits, axis=axis
        )
    counts = ops.not_equal(y_true, ops.cast(ignore_class, y_true.dtype))
    loss = ops.sparse_categorical_crossentropy(
        ops.where(counts, y_true, 0),
        ops.where(ops.expand_dims(counts, axis), y_pred, 0),
        from_logits=from_logits,
        axis=axis,
    )
    loss = ops.where(counts, loss, 0.0)
    set_keras_mask(loss, counts)
    return loss


def categorical_generalized_cross_entropy(y_true, y_pred, q):
    """(1 - p^q) / q, where p is the probability of the class that `y_true` names.

    Between crossentropy (q → 0) and the mean absolute error (q = 1): less upset by wrong labels.

    Source: Zhang and Sabuncu 2018, https://arxiv.org/abs/1805.07836, eq. 6.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    right = ops.one_hot(ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype)
    p = ops.sum(right * y_pred, axis=-1)
    return (1 - ops.power(p, q)) / q


def _smoothed(y_true, label_smoothing, classes):
    if not label_smoothing:
        return y_true
    return y_true * (1.0 - label_smoothing) + label_smoothing / classes


def _check_classes(name, y_pred, axis):
    if isinstance(axis, bool):
        raise ValueError(
            f"`axis` must be of type `int`. Received: axis={axis} of type {type(axis)}"
        )
    shape = ops.shape(y_pred)
    if shape and shape[-1] == 1:
        warnings.warn(
            f"In loss {name}, expected y_pred.shape to be (batch_size, num_classes) with "
            f"num_classes > 1. Received: y_pred.shape={shape}. Consider using "
            "'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=3,
        )
