"""The share of the variance that predictions explain."""

import warnings

from minigrad import ops
from minigrad.autograd.record import THREAD
from minigrad.losses.reduction import squeeze_or_expand_to_same_rank
from minigrad.metrics.f_score import check_matrices
from minigrad.metrics.metric import Metric

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """1 - Σ (y_true - y_pred)² / Σ (y_true - mean)²: 1 is perfect, 0 no better than the mean.

    Labels and predictions have the shape (samples, outputs).

    Args:
        class_aggregation: Of several outputs: None: a score for each; "uniform_average": their
            mean; "variance_weighted_average": their mean, weighted by the variances.
        num_regressors: For the adjusted score: the number of independent variables.
        name, dtype: As in Metric.

    Raises ValueError for another aggregation or a negative number of regressors.

    >>> from minigrad import ops
    >>> y_true, y_pred = ops.array([[1.0], [4.0], [3.0]]), ops.array([[2.0], [4.0], [4.0]])
    >>> round(float(R2Score()(y_true, y_pred)), 4)
    0.5714
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation="uniform_average",
        num_regressors=0,
        name="r2_score",
        dtype=None,
    ):
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in AGGREGATIONS:
            raise ValueError(
                "Invalid value for argument `class_aggregation`. Expected one of "
                f"{AGGREGATIONS}. Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                "Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, y_true_shape, y_pred_shape):
        check_matrices("R2Score", y_true_shape, y_pred_shape)
        for attribute, name in (
            ("squared_sum", "squared_sum"),
            ("sum", "sum"),
            ("total_mse", "residual"),
            ("count", "count"),
        ):
            variable = self.add_variable((y_pred_shape[-1],), "zeros", name=name)
            setattr(self, attribute, variable)
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = squeeze_or_expand_to_same_rank(y_true, y_pred)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        weight = ops.convert_to_tensor(1 if sample_weight is None else sample_weight, self.dtype)
        if len(weight.shape) == 1:
            weight = ops.expand_dims(weight, axis=1)
        weight = ops.broadcast_to(weight, ops.shape(y_true))
        self.sum.assign_add(ops.sum(weight * y_true, axis=0))
        self.squared_sum.assign_add(ops.sum(weight * y_true * y_true, axis=0))
        self.total_mse.assign_add(ops.sum(weight * ops.square(y_true - y_pred), axis=0))
        self.count.assign_add(ops.sum(weight, axis=0))
        self.num_samples.assign_add(ops.size(y_true))

    def result(self):
        mean = self.sum / self.count
        variance = self.squared_sum - self.sum * mean
        score = 1 - self.total_mse / variance
        score = ops.where(ops.isinf(score), 0.0, score)
        if self.class_aggregation == "uniform_average":
            score = ops.mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            score = ops.sum(variance * score) / ops.sum(variance)
        return self._adjusted(score) if self.num_regressors else score

    def _adjusted(self, score):
        """Score for few samples; the plain one, with a warning, where there are too few."""
        n, p = self.num_samples.value, self.num_regressors
        enough = n - 1 > p
        if THREAD.mode.tracer is None and not enough:  # a compiled step must not look at values
            problem = (
                "More independent predictors than datapoints in adjusted R2 score."
                if p > n - 1
                else "Division by zero in Adjusted R2 score."
            )
            warnings.warn(f"{problem} Falling back to standard R2 score.", stacklevel=3)
        rest = ops.where(enough, n - p - 1.0, 1.0)
        return ops.where(enough, 1.0 - (1.0 - score) * (n - 1.0) / rest, score)
