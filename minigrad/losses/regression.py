"""Losses between numbers: distances of predictions from the truth.

The functions take truth and predictions of shape (…, d) and return the losses of shape (…); the
classes reduce these to one number.
"""

from math import log

from minigrad import ops, settings
from minigrad.losses.wrapper import LossFunctionWrapper, float_pair


def mean_squared_error(y_true, y_pred):
    """The mean of (y_true - y_pred)² over the last axis.

    >>> mean_squared_error([[0.0, 2.0]], [[1.0, 0.0]]).numpy()
    array([2.5], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred)
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true, y_pred):
    """The mean of |y_true - y_pred| over the last axis.

    >>> mean_absolute_error([[0.0, 2.0]], [[1.0, 0.0]]).numpy()
    array([1.5], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred)
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred):
    """The mean of 100 |y_true - y_pred| / |y_true| over the last axis.

    >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 5.0]]).numpy()
    array([37.5], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred)
    scale = ops.maximum(ops.abs(y_true), settings.epsilon())
    return 100.0 * ops.mean(ops.abs((y_true - y_pred) / scale), axis=-1)


def mean_squared_logarithmic_error(y_true, y_pred):
    """The mean of (log(1 + y_true) - log(1 + y_pred))²; negative numbers count as 0."""
    y_true, y_pred = float_pair(y_true, y_pred)
    log_true, log_pred = (
        ops.log(ops.maximum(y, settings.epsilon()) + 1.0) for y in (y_true, y_pred)
    )
    return ops.mean(ops.square(log_true - log_pred), axis=-1)


def cosine_similarity(y_true, y_pred, axis=-1):
    """The negative cosine of the angle between the vectors along `axis`: -1 for equal directions.

    >>> cosine_similarity([[0.0, 2.0]], [[0.0, 1.0]]).numpy()
    array([-1.], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred)
    return -ops.sum(ops.normalize(y_true, axis=axis) * ops.normalize(y_pred, axis=axis), axis=axis)


def huber(y_true, y_pred, delta=1.0):
    """The mean of ½ e² where |e| ≤ delta, and of delta |e| - ½ delta² beyond, e = y_pred - y_true.

    Source: Huber 1964, https://doi.org/10.1214/aoms/1177703732.

    >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).numpy()
    array([1.5], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred)
    error = y_pred - y_true
    size = ops.abs(error)
    near = 0.5 * ops.square(error)
    far = delta * size - 0.5 * delta * delta
    return ops.mean(ops.where(size <= delta, near, far), axis=-1)


def log_cosh(y_true, y_pred):
    """The mean of log(cosh(y_pred - y_true)): about e²/2 for small errors, |e| - log 2 for large.

    >>> log_cosh([[0.0]], [[0.0]]).numpy()
    array([0.], dtype=float32)
    """
    y_true, y_pred = float_pair(y_true, y_pred)
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(-2.0 * error) - log(2.0), axis=-1)


class MeanSquaredError(LossFunctionWrapper):
    """The mean of squared errors. See `mean_squared_error` and Loss.

    >>> float(MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]]))
    0.5
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean of absolute errors. See `mean_absolute_error` and Loss."""

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The mean of errors in percent. See `mean_absolute_percentage_error` and Loss."""

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None
    ):
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The mean of squared differences of logarithms. See `mean_squared_logarithmic_error`, Loss."""

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None
    ):
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """The negative cosine between truth and predictions. See `cosine_similarity` and Loss."""

    def __init__(
        self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None
    ):
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Squared for small errors, linear for large ones. See `huber` and Loss."""

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """The logarithm of the hyperbolic cosine of the error. See `log_cosh` and Loss."""

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(log_cosh, reduction, name, dtype)
