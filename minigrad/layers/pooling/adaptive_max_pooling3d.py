"""AdaptiveMaxPooling3D: a number of windows over three dimensions: volumes and films."""

from minigrad import ops
from minigrad.layers.pooling.base import BaseAdaptivePooling


class AdaptiveMaxPooling3D(BaseAdaptivePooling):
    """The largest element of each of `output_size` windows that cover volumes and films evenly.

    Args:
        output_size: How many windows: an int, or 3 of them.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.AdaptiveMaxPooling3D(3)(ops.ones((4, 6, 6, 6, 8))).shape
    (4, 3, 3, 3, 8)
    """

    rank = 3
    _pool = staticmethod(ops.adaptive_max_pool)
