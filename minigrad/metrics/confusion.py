"""Counts of right and wrong decisions: true and false, positives and negatives.

A prediction is positive if it is above a threshold; there may be many thresholds at once.
"""

from typing import Any, NamedTuple

import numpy as np

from minigrad import ops, settings
from minigrad.losses.reduction import squeeze_or_expand_to_same_rank

# What predictions outside of the top k become: below every threshold.
NEVER = -1e10


class Counts(NamedTuple):
    """Weighted counts, each of shape (thresholds,), or (thresholds, labels) if counted by label."""

    true_positives: Any
    false_positives: Any
    true_negatives: Any
    false_negatives: Any


def threshold_list(thresholds, default=0.5):
    """Thresholds given as None, a number or several, as a list.

    Raises ValueError unless all are in [0, 1].
    """
    if thresholds is None:
        return [default]
    listed = list(thresholds) if isinstance(thresholds, list | tuple) else [thresholds]
    invalid = [t for t in listed if t is None or not 0 <= t <= 1]
    if invalid:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {invalid}")
    return listed


def even_thresholds(count):
    """`count` thresholds from 0 to 1, evenly spaced; one alone is 0.5."""
    return [0.5] if count == 1 else [i / (count - 1) for i in range(count)]


def are_even(thresholds):
    """Whether thresholds, three or more, are those of `even_thresholds`."""
    if len(thresholds) < 3:
        return False
    even = even_thresholds(len(thresholds))
    return np.allclose(thresholds, even, atol=1.5 * settings.epsilon())


def confusion_counts(
    y_true,
    y_pred,
    thresholds,
    sample_weight=None,
    label_weights=None,
    top_k=None,
    class_id=None,
    by_label=False,
    dtype=None,
):
    """Counts of the decisions at each threshold.

    Args:
        y_true: Labels, 0 or not.
        y_pred: Probabilities, of the same shape.
        thresholds: Numbers; evenly spaced ones are counted in one pass over the predictions.
        sample_weight: A weight per sample, or per prediction.
        label_weights: A weight per label, the last axis.
        top_k: If given, only the k greatest predictions of each sample can be positive.
        class_id: If given, only this label counts.
        by_label: Whether each label is counted by itself.
        dtype: That of the counts; `floatx()` if None.
    """
    dtype = dtype or settings.floatx()
    y_true, y_pred = ops.cast(y_true, dtype), ops.cast(y_pred, dtype)
    y_pred, y_true = squeeze_or_expand_to_same_rank(y_pred, y_true)
    if sample_weight is not None:
        sample_weight = ops.expand_dims(ops.cast(sample_weight, dtype), -1)
        _, sample_weight = squeeze_or_expand_to_same_rank(
            y_true, sample_weight, expand_rank_1=False
        )
    if top_k is not None:
        y_pred = _only_top_k(y_pred, top_k)
    if class_id is not None:
        if len(y_pred.shape) == 1:
            raise ValueError(
                "When class_id is provided, y_pred must be a 2D array with shape (num_samples, "
                f"num_classes), found shape: {y_pred.shape}. Received: class_id={class_id}"
            )
        y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
    weights = ops.ones_like(y_pred)
    for weight in (sample_weight, label_weights):
        if weight is not None:
            weights = weights * weight
    labels = y_pred.shape[-1] if by_label else 1
    y_true, y_pred, weights = (ops.reshape(x, (-1, labels)) for x in (y_true, y_pred, weights))
    positive = ops.where(ops.not_equal(y_true, 0), weights, 0.0)
    negative = ops.where(ops.not_equal(y_true, 0), 0.0, weights)
    count = _counts_by_bucket if are_even(thresholds) else _counts_by_comparing
    counts = count(positive, negative, y_pred, thresholds)
    return counts if by_label else Counts(*(ops.squeeze(x, -1) for x in counts))


def _only_top_k(x, k):
    _, indices = ops.top_k(x, k)
    chosen = ops.sum(ops.one_hot(indices, x.shape[-1], dtype=x.dtype), axis=-2)
    return ops.where(chosen > 0, x, NEVER)


def _counts_by_comparing(positive, negative, y_pred, thresholds):
    """Every prediction is compared with every threshold."""
    thresholds = ops.reshape(ops.convert_to_tensor(thresholds, dtype=y_pred.dtype), (-1, 1, 1))
    above = y_pred > thresholds  # (thresholds, samples, labels)

    def total(weights, where_above):
        return ops.sum(ops.where(above, *((weights, 0.0) if where_above else (0.0, weights))), 1)

    return Counts(
        total(positive, True), total(negative, True), total(negative, False), total(positive, False)
    )


def _counts_by_bucket(positive, negative, y_pred, thresholds):
    """Every prediction goes into the bucket of the greatest threshold that it is above."""
    count, labels = len(thresholds), y_pred.shape[-1]
    bucket = ops.ceil(ops.clip(y_pred, 0.0, 1.0) * (count - 1)) - 1  # -1: above no threshold
    if thresholds[0] < 0:
        bucket = ops.maximum(bucket, 0)
    bucket = ops.cast(bucket, "int32")
    bucket = ops.where(bucket < 0, -1, bucket + count * ops.arange(labels, dtype="int32"))

    def above(weights):
        flat = ops.reshape(weights, (-1,)), ops.reshape(bucket, (-1,))
        in_bucket = ops.reshape(ops.segment_sum(*flat, count * labels), (labels, count))
        return ops.transpose(ops.flip(ops.cumsum(ops.flip(in_bucket, 1), axis=1), 1))

    true_positives, false_positives = above(positive), above(negative)
    return Counts(
        true_positives,
        false_positives,
        ops.sum(negative, axis=0) - false_positives,
        ops.sum(positive, axis=0) - true_positives,
    )
