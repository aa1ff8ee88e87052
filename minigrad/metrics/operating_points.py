"""How good one share is where another is good enough: sensitivity at a given specificity, ….

Shares are taken at many thresholds; those count at which the one share is at least what is given.
"""

from minigrad import ops
from minigrad.metrics.confusion import Counts, confusion_counts, even_thresholds
from minigrad.metrics.metric import Metric


class _OperatingPoint(Metric):
    """The greatest of one share at the thresholds where another is at least `least`."""

    _direction = "up"
    given = ""  # the name of the argument that is the least value
    limited = wanted = None  # functions: counts to the two shares

    def __init__(self, least, num_thresholds, class_id, name, dtype):
        super().__init__(name=name, dtype=dtype)
        if not 0 <= least <= 1:
            raise ValueError(
                f"Argument `{self.given}` must be in the range [0, 1]. "
                f"Received: {self.given}={least}"
            )
        if num_thresholds <= 0:
            raise ValueError(
                "Argument `num_thresholds` must be an integer > 0. "
                f"Received: num_thresholds={num_thresholds}"
            )
        setattr(self, self.given, least)
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self.thresholds = even_thresholds(num_thresholds)
        for kind in Counts._fields:
            variable = self.add_variable((len(self.thresholds),), "zeros", name=kind)
            setattr(self, kind, variable)

    def update_state(self, y_true, y_pred, sample_weight=None):
        counts = confusion_counts(
            y_true,
            y_pred,
            self.thresholds,
            sample_weight=sample_weight,
            class_id=self.class_id,
            dtype=self.true_positives.dtype,
        )
        for kind, value in counts._asdict().items():
            getattr(self, kind).assign_add(value)

    def result(self):
        enough = self.limited() >= getattr(self, self.given)
        return ops.max(ops.where(enough, self.wanted(), 0.0))

    def _sensitivity(self):  # also called recall
        return ops.divide_no_nan(self.true_positives, self.true_positives + self.false_negatives)

    def _specificity(self):
        return ops.divide_no_nan(self.true_negatives, self.true_negatives + self.false_positives)

    def _precision(self):
        return ops.divide_no_nan(self.true_positives, self.true_positives + self.false_positives)


class SensitivityAtSpecificity(_OperatingPoint):
    """The best sensitivity TP / (TP + FN) where the specificity TN / (TN + FP) is as given.

    Args:
        specificity: From 0 to 1.
        num_thresholds: How many thresholds are tried.
        class_id: If given, only this class counts.
        name, dtype: As in Metric.

    Raises ValueError for arguments out of range.

    >>> metric = SensitivityAtSpecificity(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    given = "specificity"
    limited, wanted = _OperatingPoint._specificity, _OperatingPoint._sensitivity

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_OperatingPoint):
    """The best specificity where the sensitivity is as given. See SensitivityAtSpecificity."""

    given = "sensitivity"
    limited, wanted = _OperatingPoint._sensitivity, _OperatingPoint._specificity

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(_OperatingPoint):
    """The best precision TP / (TP + FP) where the recall TP / (TP + FN) is as given.

    Arguments as in SensitivityAtSpecificity.
    """

    given = "recall"
    limited, wanted = _OperatingPoint._sensitivity, _OperatingPoint._precision

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_OperatingPoint):
    """The best recall where the precision is as given. See SensitivityAtSpecificity."""

    given = "precision"
    limited, wanted = _OperatingPoint._precision, _OperatingPoint._sensitivity

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
