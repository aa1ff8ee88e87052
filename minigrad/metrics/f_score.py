"""F-scores: one number for precision and recall."""

from minigrad import ops, settings
from minigrad.metrics.metric import Metric

AVERAGES = (None, "micro", "macro", "weighted")


class FBetaScore(Metric):
    """(1 + β²) · precision · recall / (β² · precision + recall), for each class.

    Labels and predictions have the shape (samples, classes).

    Args:
        average: None: a score per class; "macro": their mean; "weighted": their mean, weighted by
            how often the classes occur; "micro": one score for all decisions together.
        beta: How many times more recall counts than precision.
        threshold: Above which a prediction is positive; None: the greatest of each sample is.
        name, dtype: As in Metric.

    Raises ValueError for arguments out of range.

    >>> from minigrad import ops
    >>> y_true = ops.array([[1, 1, 1], [1, 0, 0], [1, 1, 0]])
    >>> y_pred = ops.array([[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> FBetaScore(beta=2.0, threshold=0.5)(y_true, y_pred).numpy().round(3)
    array([0.385, 0.909, 0.833], dtype=float32)
    """

    _direction = "up"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        if average not in AVERAGES:
            raise ValueError(
                "Invalid `average` argument value. Expected one of: "
                "{None, 'micro', 'macro', 'weighted'}. "
                f"Received: average={average}"
            )
        if not isinstance(beta, float):
            raise ValueError(
                "Invalid `beta` argument value. It should be a Python float. "
                f"Received: beta={beta} of type '{type(beta)}'"
            )
        if beta <= 0.0:
            raise ValueError(
                f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}"
            )
        if threshold is not None:
            if not isinstance(threshold, float):
                raise ValueError(
                    "Invalid `threshold` argument value. It should be a Python float. "
                    f"Received: threshold={threshold} of type '{type(threshold)}'"
                )
            if not 0.0 < threshold <= 1.0:
                raise ValueError(
                    "Invalid `threshold` argument value. It should verify 0 < threshold <= 1. "
                    f"Received: threshold={threshold}"
                )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.axis = None if average == "micro" else 0
        self._built = False

    def _build(self, y_true_shape, y_pred_shape):
        check_matrices(type(self).__name__, y_true_shape, y_pred_shape)
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        for name in ("true_positives", "false_positives", "false_negatives"):
            setattr(self, name, self.add_variable(shape, "zeros", dtype=self.dtype, name=name))
        self.intermediate_weights = self.add_variable(
            shape, "zeros", dtype=self.dtype, name="intermediate_weights"
        )
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        if self.threshold is None:
            greatest = y_pred >= ops.max(y_pred, axis=-1, keepdims=True)
            chosen = ops.logical_and(greatest, ops.abs(y_pred) > 1e-9)
        else:
            chosen = y_pred > self.threshold
        chosen = ops.cast(chosen, self.dtype)
        weight = 1.0
        if sample_weight is not None:
            weight = ops.expand_dims(ops.cast(sample_weight, self.dtype), 1)
        for total, counted in (
            (self.true_positives, chosen * y_true),
            (self.false_positives, chosen * (1 - y_true)),
            (self.false_negatives, (1 - chosen) * y_true),
            (self.intermediate_weights, y_true),
        ):
            total.assign_add(ops.sum(counted * weight, axis=self.axis))

    def result(self):
        tiny = settings.epsilon()
        precision = self.true_positives / (self.true_positives + self.false_positives + tiny)
        recall = self.true_positives / (self.true_positives + self.false_negatives + tiny)
        beta_2 = self.beta**2
        score = (1 + beta_2) * precision * recall / (beta_2 * precision + recall + tiny)
        if self.average == "weighted":
            weights = self.intermediate_weights
            return ops.sum(score * weights / (ops.sum(weights) + tiny))
        return score if self.average is None else ops.mean(score)


class F1Score(FBetaScore):
    """2 · precision · recall / (precision + recall). See FBetaScore."""

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)


def check_matrices(who, y_true_shape, y_pred_shape):
    """A ValueError unless both shapes are (samples, outputs), with a known number of outputs."""
    shapes = f"y_pred.shape={y_pred_shape} and y_true.shape={y_true_shape}"
    if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
        raise ValueError(
            f"{who} expects 2D inputs with shape (batch_size, output_dim). "
            f"Received input shapes: {shapes}."
        )
    if y_pred_shape[-1] is None or y_true_shape[-1] is None:
        raise ValueError(
            f"{who} expects 2D inputs with shape (batch_size, output_dim), with output_dim fully "
            f"defined (not None). Received input shapes: {shapes}."
        )
