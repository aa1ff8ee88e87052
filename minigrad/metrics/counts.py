"""How many decisions are right or wrong, and the shares of them: precision and recall."""

from minigrad import ops
from minigrad.metrics.confusion import NEVER, confusion_counts, threshold_list
from minigrad.metrics.metric import Metric


class ConfusionMetric(Metric):
    """The base of metrics that gather counts of right and wrong decisions.

    Args:
        kinds: Which counts are gathered: fields of `confusion.Counts`, which become attributes.
        thresholds: None, a number, or several.
        top_k, class_id: See `confusion_counts`.
        name, dtype: As in Metric.
    """

    def __init__(self, kinds, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = threshold_list(thresholds, default=0.5 if top_k is None else NEVER)
        self._gathered = {kind: self._add_counts(kind, name) for kind, name in kinds.items()}

    def _add_counts(self, kind, name):
        variable = self.add_variable((len(self.thresholds),), "zeros", name=name)
        setattr(self, name, variable)
        return variable

    def update_state(self, y_true, y_pred, sample_weight=None):
        counts = confusion_counts(
            y_true,
            y_pred,
            self.thresholds,
            sample_weight=sample_weight,
            top_k=self.top_k,
            class_id=self.class_id,
            dtype=next(iter(self._gathered.values())).dtype,
        )
        for kind, variable in self._gathered.items():
            variable.assign_add(getattr(counts, kind))

    def _per_threshold(self, values):
        """`values`, one per threshold; a scalar if there is one threshold only."""
        return values[0] if len(self.thresholds) == 1 else values

    def get_config(self):
        return {**super().get_config(), "thresholds": self.init_thresholds}


class _Count(ConfusionMetric):
    """The number of one of the four kinds of decisions."""

    kind = ""

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__({self.kind: "accumulator"}, thresholds, name=name, dtype=dtype)

    def result(self):
        return self._per_threshold(self.accumulator.value)


class TruePositives(_Count):
    """The (weighted) number of positive predictions whose label is 1.

    Args:
        thresholds: Above which a prediction is positive: a number in [0, 1] or several; 0.5 if
            None. For several, the result has an element for each.
        name, dtype: As in Metric.

    Raises ValueError for thresholds outside of [0, 1].

    >>> float(TruePositives()([0, 1, 1, 1], [1, 0, 1, 1]))
    2.0
    """

    kind = "true_positives"


class TrueNegatives(_Count):
    """The (weighted) number of negative predictions whose label is 0. See TruePositives."""

    kind = "true_negatives"


class FalsePositives(_Count):
    """The (weighted) number of positive predictions whose label is 0. See TruePositives."""

    kind = "false_positives"


class FalseNegatives(_Count):
    """The (weighted) number of negative predictions whose label is 1. See TruePositives."""

    kind = "false_negatives"


class Precision(ConfusionMetric):
    """The share of positive predictions that are right; 0 if there are none.

    Args:
        thresholds: Above which a prediction is positive: a number in [0, 1] or several; 0.5 if
            None. For several, the result has an element for each.
        top_k: If given, the k greatest predictions of each sample are positive instead (those of
            them above the threshold, if that is given too).
        class_id: If given, only this class counts.
        name, dtype: As in Metric.

    Raises ValueError for thresholds outside of [0, 1].

    >>> round(float(Precision()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
    0.6667
    """

    _direction = "up"

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        kinds = {"true_positives": "true_positives", "false_positives": "false_positives"}
        super().__init__(kinds, thresholds, top_k, class_id, name, dtype)

    def result(self):
        positives = self.true_positives + self.false_positives
        return self._per_threshold(ops.divide_no_nan(self.true_positives, positives))


class Recall(ConfusionMetric):
    """The share of labels 1 that are found; 0 if there are none. Arguments as in Precision.

    >>> round(float(Recall()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
    0.6667
    """

    _direction = "up"

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        kinds = {"true_positives": "true_positives", "false_negatives": "false_negatives"}
        super().__init__(kinds, thresholds, top_k, class_id, name, dtype)

    def result(self):
        labelled = self.true_positives + self.false_negatives
        return self._per_threshold(ops.divide_no_nan(self.true_positives, labelled))
