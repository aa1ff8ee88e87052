"""Sums and means over all the samples of all batches."""

from minigrad import ops, settings, tree
from minigrad.losses import is_loss
from minigrad.losses.reduction import apply_mask, squeeze_or_expand_to_same_rank
from minigrad.masking import get_keras_mask
from minigrad.metrics.metric import Metric
from minigrad.saving.configurable import accepts
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


def reduce_to_samplewise_values(values, sample_weight, reduce_fn, dtype):
    """Weighted values and weights, a number per sample each; weights are None if there are none.

    Args:
        values: Of shape (samples, …), or a scalar.
        sample_weight: None, or of a shape that is broadcast to that of the values after axes that
            it lacks at the end are reduced.
        reduce_fn: `ops.sum` or `ops.mean`: what becomes of the other axes.
        dtype: That of the result.
    """
    dtype = dtype or settings.floatx()
    mask = get_keras_mask(values)
    values = ops.cast(values, dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
        sample_weight = apply_mask(sample_weight, mask, dtype, "sum")
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        values = _reduced(values, reduce_fn, len(sample_weight.shape))
        sample_weight = ops.broadcast_to(sample_weight, ops.shape(values))
        values = values * sample_weight
        sample_weight = _reduced(sample_weight, reduce_fn, 1)
    return _reduced(values, reduce_fn, 1), sample_weight


def _reduced(x, reduce_fn, first_axis):
    rank = len(x.shape)
    return reduce_fn(x, axis=list(range(first_axis, rank))) if rank > first_axis else x


class Sum(Metric):
    """The weighted sum of values.

    >>> total = Sum()
    >>> total.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    >>> float(total.result())
    4.0
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values, sample_weight=None):
        values, _ = reduce_to_samplewise_values(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def reset_state(self):
        self.total.assign(0)

    def result(self):
        return ops.cast(self.total, self.dtype)


class Mean(Metric):
    """The weighted mean of values; 0 before there are any.

    >>> mean = Mean()
    >>> mean.update_state([1, 3, 5, 7])
    >>> float(mean.result())
    4.0
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values, sample_weight=None):
        values, weights = reduce_to_samplewise_values(values, sample_weight, ops.mean, self.dtype)
        self.total.assign_add(ops.sum(values))
        if weights is not None:
            count = ops.sum(weights)
        else:
            count = ops.shape(values)[0] if len(values.shape) else 1
        self.count.assign_add(ops.cast(count, self.dtype))

    def reset_state(self):
        self.total.assign(0)
        self.count.assign(0)

    def result(self):
        return ops.divide_no_nan(self.total, self.count)


class MeanMetricWrapper(Mean):
    """The mean of `fn(y_true, y_pred, **kwargs)` over samples.

    Args:
        fn: Returns a number per sample.
        name, dtype: As in Metric.
        kwargs: Further arguments of `fn`, which become attributes as well.
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        vars(self).update(kwargs)
        if is_loss(fn):
            self._direction = "down"

    def update_state(self, y_true, y_pred, sample_weight=None):
        mask = get_keras_mask(y_pred)
        y_pred = tree.map_structure(self._widened, y_pred)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        sample_weight = apply_mask(sample_weight, mask, self.dtype, "sum")
        super().update_state(values, sample_weight=sample_weight)

    def _widened(self, x):
        """A half in the metric's dtype: `fn` computes in that of the predictions."""
        half = getattr(x, "dtype", None) in ("float16", "bfloat16")
        return ops.cast(x, self.dtype) if half else x

    def get_config(self):
        config = {"name": self.name, "dtype": self.dtype}
        if accepts(type(self), "fn"):
            config["fn"] = serialize_keras_object(self._fn)
        return config | serialize_keras_object(self._fn_kwargs)

    @classmethod
    def from_config(cls, config):
        if "fn" in config:
            config = deserialize_keras_object(config)
        return cls(**config)
