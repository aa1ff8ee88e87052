"""GlobalMaxPooling1D: the largest element over all of the steps."""

from minigrad import ops
from minigrad.layers.pooling.base import BaseGlobalPooling


class GlobalMaxPooling1D(BaseGlobalPooling):
    """The largest element over all steps, for each channel by itself.

    Args:
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        keepdims: Whether to keep the axes of space, with length 1.

    Input of shape `(batch, steps, channels)`, output of shape `(batch, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.GlobalMaxPooling1D()(ops.ones((4, 10, 8))).shape
    (4, 8)
    """

    rank = 1
    _reduce = staticmethod(ops.max)


GlobalMaxPool1D = GlobalMaxPooling1D
