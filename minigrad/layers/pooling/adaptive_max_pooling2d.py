"""AdaptiveMaxPooling2D: a number of windows over two dimensions: images."""

from minigrad import ops
from minigrad.layers.pooling.base import BaseAdaptivePooling


class AdaptiveMaxPooling2D(BaseAdaptivePooling):
    """The largest element of each of `output_size` windows that cover images evenly.

    Args:
        output_size: How many windows: an int, or 2 of them.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.AdaptiveMaxPooling2D(3)(ops.ones((4, 10, 10, 8))).shape
    (4, 3, 3, 8)
    """

    rank = 2
    _pool = staticmethod(ops.adaptive_max_pool)
