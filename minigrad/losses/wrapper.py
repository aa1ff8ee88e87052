"""A loss made from a function of truth and predictions."""

from minigrad import ops, tree
from minigrad.losses.loss import Loss
from minigrad.losses.reduction import squeeze_or_expand_to_same_rank
from minigrad.saving.configurable import accepts
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class LossFunctionWrapper(Loss):
    """A loss whose samples are judged by `fn(y_true, y_pred, **kwargs)`.

    Args:
        fn: Returns a loss per sample.
        reduction, name, dtype: As in Loss.
        kwargs: Further arguments of `fn`, which become attributes as well.
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs
        vars(self).update(kwargs)

    def call(self, y_true, y_pred):
        pairs = tree.map_structure(squeeze_or_expand_to_same_rank, y_true, y_pred)
        y_true = tree.map_structure_up_to(y_true, lambda pair: pair[0], pairs)
        y_pred = tree.map_structure_up_to(y_pred, lambda pair: pair[1], pairs)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self):
        config = {"name": self.name, "reduction": self.reduction}
        if accepts(type(self), "fn"):
            config["fn"] = serialize_keras_object(self.fn)
        return config | serialize_keras_object(self._fn_kwargs)

    @classmethod
    def from_config(cls, config):
        if "fn" in config:
            config = deserialize_keras_object(config)
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__}({self.fn}, kwargs={self._fn_kwargs})>"


def float_pair(y_true, y_pred, same_rank=True):
    """Truth and predictions as tensors of the dtype of the predictions, with equal ranks."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    return squeeze_or_expand_to_same_rank(y_true, y_pred) if same_rank else (y_true, y_pred)
