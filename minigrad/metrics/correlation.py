"""How well two series go up and down together."""

from minigrad import ops, settings
from minigrad.losses.wrapper import float_pair
from minigrad.metrics.reduction import MeanMetricWrapper


def pearson_correlation(y_true, y_pred, axis=-1):
    """The covariance along `axis`, divided by both standard deviations: from -1 to 1.

    >>> pearson_correlation([[0.0, 1.0, 2.0]], [[3.0, 5.0, 7.0]]).numpy().round(4)
    array([1.], dtype=float32)
    """
    scores = []
    for y in float_pair(y_true, y_pred):
        y = y - ops.mean(y, axis=axis, keepdims=True)
        scores.append(y / ops.std(y, axis=axis, keepdims=True))
    return ops.mean(scores[0] * scores[1], axis=axis)


def concordance_correlation(y_true, y_pred, axis=-1):
    """Correlation that another mean or spread makes smaller: 2 cov / (var + var + (mean - mean)²).

    The covariance is taken about the mean of `y_pred`, as Keras takes it.

    Source: Lin 1989, https://doi.org/10.2307/2532051.
    """
    y_true, y_pred = float_pair(y_true, y_pred)
    mean_true = ops.mean(y_true, axis=axis, keepdims=True)
    mean_pred = ops.mean(y_pred, axis=axis, keepdims=True)
    variances = ops.var(y_true, axis=axis, keepdims=True) + ops.var(
        y_pred, axis=axis, keepdims=True
    )
    covariance = (y_true - mean_pred) * (y_pred - mean_pred)
    total = variances + ops.square(mean_true - mean_pred)
    return ops.mean(2 * covariance / (total + settings.epsilon()), axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """The mean of `pearson_correlation` over samples."""

    _direction = "up"

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean of `concordance_correlation` over samples."""

    _direction = "up"

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        super().__init__(concordance_correlation, name, dtype, axis=axis)
