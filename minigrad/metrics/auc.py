"""The area under a curve of two shares, drawn over all thresholds."""

import numpy as np

from minigrad import ops, settings
from minigrad.metrics.confusion import Counts, confusion_counts, even_thresholds
from minigrad.metrics.metric import Metric

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATIONS = ("interpolation", "minoring", "majoring")


class AUC(Metric):
    """The area under the curve that right and wrong decisions draw as the threshold falls.

    Args:
        num_thresholds: How many thresholds, evenly spaced from 0 to 1.
        curve: "ROC": recall over false positive rate; "PR": precision over recall; "PRGAIN":
            precision gain over recall gain.
        summation_method: Between thresholds: "interpolation" (of precision by counts for "PR"),
            "minoring" or "majoring" (the lesser or greater of the two heights).
        name, dtype: As in Metric.
        thresholds: The thresholds, if not evenly spaced ones; 0 and 1 are added.
        multi_label: Whether `y_pred` has a curve for each label, its last axis; the result is
            the mean of their areas.
        num_labels: How many labels; seen at the first batch if None.
        label_weights: Weights of the labels.
        from_logits: Whether predictions are logits instead of probabilities.

    Raises ValueError for an unknown curve or method, fewer than two thresholds, `num_labels`
    without `multi_label`, and predictions of the wrong rank.

    Sources: Davis and Goadrich 2006, https://www.biostat.wisc.edu/~page/rocpr.pdf, for the
    interpolation of precision; Flach and Kull 2015,
    https://papers.nips.cc/paper/5867-precision-recall-gain-curves, for gains.

    >>> float(AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name=name, dtype=dtype)
        self.curve = _chosen(curve, CURVES, "AUC curve")
        self.summation_method = _chosen(summation_method, SUMMATIONS, "AUC summation method")
        if thresholds is None and num_thresholds <= 1:
            raise ValueError(
                "Argument `num_thresholds` must be an integer > 1. "
                f"Received: num_thresholds={num_thresholds}"
            )
        if num_labels and not multi_label:
            raise ValueError(
                "`num_labels` is needed only when `multi_label` is True. "
                f"Received: num_labels={num_labels}, multi_label={multi_label}"
            )
        self._given_thresholds = thresholds is not None
        if thresholds is None:
            inner = even_thresholds(num_thresholds)[1:-1]
        else:
            inner = sorted(thresholds)
        # A little beyond 0 and 1, so that every prediction is above the first and below the last.
        epsilon = settings.epsilon()
        self.thresholds = [-epsilon, *inner, 1 + epsilon]
        self.num_thresholds = len(self.thresholds)
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = label_weights
        self.from_logits = from_logits
        self._built = False
        if num_labels or not multi_label:
            self._build((None, num_labels))

    def _build(self, shape):
        if len(shape) != 2:
            raise ValueError(
                "`y_pred` must have rank 2 when `multi_label=True`. Found rank "
                f"{len(shape)}. Full shape received for `y_pred`: {shape}"
            )
        counts_shape = (self.num_thresholds,)
        if self.multi_label:
            counts_shape += (shape[1],)
        for kind in Counts._fields:
            setattr(self, kind, self.add_variable(counts_shape, "zeros", name=kind))
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = ops.convert_to_tensor(y_pred)
        if not self._built:
            self._build(y_pred.shape)
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        counts = confusion_counts(
            y_true,
            y_pred,
            self.thresholds,
            sample_weight=sample_weight,
            label_weights=None if self.multi_label else self._weights_of_labels(),
            by_label=self.multi_label,
            dtype=self.true_positives.dtype,
        )
        for kind, value in counts._asdict().items():
            getattr(self, kind).assign_add(value)

    def _weights_of_labels(self):
        if self.label_weights is None:
            return None
        return ops.convert_to_tensor(self.label_weights, dtype=self.dtype)

    def result(self):
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._total(self._interpolated_precision())
        x, y = self._points()
        height = {
            "interpolation": lambda a, b: (a + b) / 2.0,
            "minoring": ops.minimum,
            "majoring": ops.maximum,
        }[self.summation_method]
        return self._total((x[:-1] - x[1:]) * height(y[:-1], y[1:]))

    def _points(self):
        """Abscissae and ordinates of the curve at all thresholds."""
        tp, fp, tn, fn = (getattr(self, kind) for kind in Counts._fields)
        recall = ops.divide_no_nan(tp, tp + fn)
        if self.curve == "ROC":
            return ops.divide_no_nan(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, ops.divide_no_nan(tp, tp + fp)
        odds = ops.divide_no_nan(tp + fn, tn + fp)
        recall_gain = ops.where(tp == 0, 0.0, 1.0 - odds * ops.divide_no_nan(fn, tp))
        precision_gain = ops.where(tp == 0, 1.0, 1.0 - odds * ops.divide_no_nan(fp, tp))
        return ops.maximum(recall_gain, 0.0), precision_gain

    def _interpolated_precision(self):
        """Areas between thresholds, TP taken as a linear function of the positives P = TP + FP.

        There TP = slope · P + intercept, and the area is ∫ TP / P dTP over all labels 1.
        """
        tp, fn = self.true_positives, self.false_negatives
        p = tp + self.false_positives
        d_tp, d_p = tp[:-1] - tp[1:], ops.maximum(p[:-1] - p[1:], 0)
        slope = ops.divide_no_nan(d_tp, d_p)
        intercept = tp[1:] - slope * p[1:]
        both = ops.logical_and(p[:-1] > 0, p[1:] > 0)
        ratio = ops.where(both, ops.divide_no_nan(p[:-1], p[1:]), 1.0)
        area = slope * (d_tp + intercept * ops.log(ratio))
        return ops.divide_no_nan(area, tp[1:] + fn[1:])

    def _total(self, areas):
        """The sum of areas between thresholds; the mean over labels, if there are any."""
        if not self.multi_label:
            return ops.sum(areas)
        by_label = ops.sum(areas, axis=0)
        weights = self._weights_of_labels()
        if weights is None:
            return ops.mean(by_label)
        return ops.divide_no_nan(ops.sum(by_label * weights), ops.sum(weights))

    def get_config(self):
        config = super().get_config()
        if self.label_weights is not None:
            config["label_weights"] = np.asarray(self.label_weights).tolist()
        config["thresholds"] = self.thresholds[1:-1] if self._given_thresholds else None
        return config


def _chosen(value, allowed, what):
    for one in allowed:
        if str(value).lower() == one.lower():
            return one
    raise ValueError(
        f'Invalid {what} value: "{value}". Expected values are {list(allowed)}. Received: {value!r}'
    )
