"""Intersection over union, for segmentation: how well regions of classes cover each other."""

import warnings

from minigrad import ops, settings
from minigrad.metrics.metric import Metric


class IoU(Metric):
    """The mean over classes of TP / (TP + FP + FN), classes that never occur left out.

    Args:
        num_classes: How many classes there are.
        target_class_ids: Those that count.
        name, dtype: As in Metric; the counts are int32 if dtype is None.
        ignore_class: Where the label is this number, nothing counts.
        sparse_y_true: Whether labels are numbers of classes; else they are one-hot.
        sparse_y_pred: Whether predictions are numbers of classes; else they are a probability for
            each.
        axis: The axis of the classes, where there is one.

    Raises ValueError for a target class that there is not.

    >>> iou = IoU(num_classes=2, target_class_ids=[0])
    >>> round(float(iou([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(name=name, dtype=dtype or "int32")
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"Target class id {max(target_class_ids)} is out of range, which is "
                f"[0, {num_classes}). Received: target_class_ids={target_class_ids}"
            )
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        y_true, y_pred = (ops.reshape(ops.cast(y, "int32"), (-1,)) for y in (y_true, y_pred))
        weight = self._weights(sample_weight, ops.shape(y_true))
        counts = _within(y_true, self.num_classes) & _within(y_pred, self.num_classes)
        if self.ignore_class is not None:
            counts = counts & (y_true != self.ignore_class)
        cell = ops.where(counts, y_true * self.num_classes + y_pred, -1)  # -1: no cell
        cells = ops.segment_sum(weight, cell, self.num_classes**2)
        self.total_cm.assign_add(ops.reshape(cells, self.total_cm.shape))

    def _weights(self, sample_weight, shape):
        if sample_weight is None:
            return ops.ones(shape, self.dtype)
        if "float" in str(getattr(sample_weight, "dtype", "")) and "int" in self.dtype:
            warnings.warn(
                "You are passing weight as `float`, but dtype is `int`. This may result in an "
                "incorrect weight due to type casting. Consider using integer weights, or pass "
                "dtype='float32' to the metric.",
                stacklevel=3,
            )
        weight = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
        if len(weight.shape) > 1:
            weight = ops.reshape(weight, (-1,))
        return ops.broadcast_to(weight, shape)

    def result(self):
        matrix = ops.cast(self.total_cm, "float32")
        overlap = ops.diagonal(matrix)
        union = ops.sum(matrix, axis=0) + ops.sum(matrix, axis=1) - overlap
        targets = ops.convert_to_tensor(self.target_class_ids, dtype="int32")
        overlap, union = ops.take(overlap, targets), ops.take(union, targets)
        occurs = union > 1e-9
        tiny = settings.epsilon()
        iou = ops.where(occurs, overlap / (union + tiny), 0.0)
        return ops.sum(iou) / (ops.sum(ops.cast(occurs, "float32")) + tiny)


def _within(x, count):
    return (x >= 0) & (x < count)


class BinaryIoU(IoU):
    """Intersection over union of two classes that are told by probabilities.

    Args:
        target_class_ids: Which of the classes 0 and 1 count.
        threshold: From which probability on a prediction is class 1.
        name, dtype: As in IoU.
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = ops.convert_to_tensor(y_pred, dtype="float32") >= self.threshold
        super().update_state(y_true, ops.cast(y_pred, self.dtype), sample_weight)


class MeanIoU(IoU):
    """The mean intersection over union of all classes. Arguments as in IoU."""

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            list(range(num_classes)),
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=sparse_y_true,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )


class OneHotIoU(IoU):
    """Intersection over union for one-hot labels. Arguments as in IoU."""

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            target_class_ids,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )


class OneHotMeanIoU(MeanIoU):
    """The mean intersection over union of all classes, for one-hot labels. Arguments as in IoU."""

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )
