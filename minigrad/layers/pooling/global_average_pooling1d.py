"""GlobalAveragePooling1D: the mean over all steps."""

from minigrad import ops
from minigrad.layers.pooling.base import BaseGlobalPooling


class GlobalAveragePooling1D(BaseGlobalPooling):
    """The mean over all steps, or over those that the mask does not hide.

    Args:
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        keepdims: Whether to keep the axis of steps, with length 1.

    Input of shape `(batch, steps, channels)`, output of shape `(batch, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.GlobalAveragePooling1D()(ops.ones((4, 10, 8))).shape
    (4, 8)
    """

    rank = 1
    _reduce = staticmethod(ops.mean)

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return super().call(inputs)
        axes = self._axes()
        counts = ops.expand_dims(mask, 2 if self.data_format == "channels_last" else 1)
        total = ops.sum(ops.where(counts, inputs, 0), axes, keepdims=self.keepdims)
        number = ops.sum(ops.cast(counts, inputs.dtype), axes, keepdims=self.keepdims)
        return total / number

    def compute_mask(self, inputs, mask=None):
        """None: there are no steps left."""
        return None


GlobalAvgPool1D = GlobalAveragePooling1D
