"""GlobalMaxPooling3D: the largest element over all of space."""

from minigrad import ops
from minigrad.layers.pooling.base import BaseGlobalPooling


class GlobalMaxPooling3D(BaseGlobalPooling):
    """The largest element over all of space, for each channel by itself.

    Args:
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        keepdims: Whether to keep the axes of space, with length 1.

    Input of shape `(batch, depth, height, width, channels)`, output of shape `(batch, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.GlobalMaxPooling3D()(ops.ones((4, 6, 6, 6, 8))).shape
    (4, 8)
    """

    rank = 3
    _reduce = staticmethod(ops.max)


GlobalMaxPool3D = GlobalMaxPooling3D
