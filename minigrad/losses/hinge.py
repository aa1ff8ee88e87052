"""Losses with a margin: no more to gain once the right side is ahead by 1."""

from minigrad import ops
from minigrad.losses.wrapper import LossFunctionWrapper, float_pair


def _signs(labels):
    """Labels 0 and 1 as -1 and 1; other labels, such as -1 and 1, as they are."""
    binary = ops.all(ops.logical_or(ops.equal(labels, 0), ops.equal(labels, 1)))
    return ops.where(binary, 2.0 * labels - 1.0, labels)


def hinge(y_true, y_pred):
    """The mean of max(1 - y_true · y_pred, 0) over the last axis; labels are ±1, or 0 and 1.

    >>> hinge([[-1.0, 1.0]], [[0.5, 2.0]]).numpy()
    array([0.75], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    return ops.mean(ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true, y_pred):
    """The mean of max(1 - y_true · y_pred, 0)² over the last axis; labels are ±1, or 0 and 1."""
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    return ops.mean(ops.square(ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), axis=-1)


def categorical_hinge(y_true, y_pred):
    """max(wrong - right + 1, 0): the best wrong class against the right one, labels one-hot.

    >>> categorical_hinge([[0.0, 1.0, 0.0]], [[0.5, 1.0, 0.25]]).numpy()
    array([0.5], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(wrong - right + 1.0, 0.0)


class Hinge(LossFunctionWrapper):
    """The hinge loss. See `hinge` and Loss."""

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """The squared hinge loss. See `squared_hinge` and Loss."""

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """The hinge loss of one class among several. See `categorical_hinge` and Loss."""

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(categorical_hinge, reduction, name, dtype)
