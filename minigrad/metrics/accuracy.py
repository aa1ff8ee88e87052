"""How often predictions are right."""

from minigrad import ops, settings
from minigrad.losses.reduction import squeeze_or_expand_to_same_rank
from minigrad.metrics.reduction import MeanMetricWrapper


def _as_numbers(matches):
    return ops.cast(matches, settings.floatx())


def accuracy(y_true, y_pred):
    """1 where a prediction equals the label, else 0."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    return _as_numbers(ops.equal(y_true, y_pred))


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """1 where a probability is on the side of `threshold` that its label, 0 or 1, says.

    >>> binary_accuracy([[1], [0]], [[0.7], [0.6]]).numpy()
    array([[1.],
           [0.]], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
    return _as_numbers(ops.equal(y_true, ops.cast(ops.greater(y_pred, threshold), y_true.dtype)))


def categorical_accuracy(y_true, y_pred):
    """1 where the most probable class is that of the one-hot label, else 0.

    >>> categorical_accuracy([[0, 1, 0], [0, 0, 1]], [[0.1, 0.8, 0.1], [0.5, 0.5, 0]]).numpy()
    array([1., 0.], dtype=float32)
    """
    y_true = ops.argmax(y_true, axis=-1)
    y_pred = ops.argmax(y_pred, axis=-1)
    if len(y_true.shape) == len(y_pred.shape) + 1:
        y_pred = ops.expand_dims(y_pred, -1)
    return _as_numbers(ops.equal(y_true, y_pred))


def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the most probable class is the one that the label names, else 0.

    >>> sparse_categorical_accuracy([1, 2], [[0.1, 0.8, 0.1], [0.5, 0.5, 0]]).numpy()
    array([1., 0.], dtype=float32)
    """
    y_true = ops.convert_to_tensor(y_true)
    y_pred = ops.convert_to_tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    matches = _as_numbers(ops.equal(y_true, ops.argmax(y_pred, axis=-1)))
    if len(matches.shape) > 1 and matches.shape[-1] == 1:
        matches = ops.squeeze(matches, -1)
    return matches


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 where the class of the one-hot label is among the `k` most probable ones, else 0."""
    return sparse_top_k_categorical_accuracy(ops.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 where the label is among the `k` most probable classes, else 0.

    With `from_sorted_ids`, `y_pred` holds classes, the best first, in place of probabilities.

    >>> sparse_top_k_categorical_accuracy([0], [[0.3, 0.1, 0.6]], k=2).numpy()
    array([1.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype if from_sorted_ids else "int32")
    shape = ops.shape(y_true)
    y_true = ops.reshape(y_true, (-1,))
    y_pred = ops.reshape(y_pred, (-1, y_pred.shape[-1]))
    if from_sorted_ids:
        matches = ops.any(ops.equal(ops.expand_dims(y_true, 1), y_pred[:, :k]), axis=1)
    else:
        matches = ops.in_top_k(y_true, y_pred, k=k)
    return ops.reshape(_as_numbers(matches), shape)


class Accuracy(MeanMetricWrapper):
    """How often predictions equal labels.

    >>> accuracy = Accuracy()
    >>> float(accuracy([1, 2, 3, 4], [0, 2, 3, 4]))
    0.75
    """

    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often probabilities are on the right side of `threshold`."""

    _direction = "up"

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the most probable class is that of a one-hot label."""

    _direction = "up"

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the most probable class is the one that the label names."""

    _direction = "up"

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of a one-hot label is among the `k` most probable ones."""

    _direction = "up"

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the label is among the `k` most probable classes."""

    _direction = "up"

    def __init__(
        self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False
    ):
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
