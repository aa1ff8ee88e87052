"""AdaptiveAveragePooling1D: a number of windows over one dimension: sequences."""

from minigrad import ops
from minigrad.layers.pooling.base import BaseAdaptivePooling


class AdaptiveAveragePooling1D(BaseAdaptivePooling):
    """The mean of each of `output_size` windows that cover sequences evenly.

    Args:
        output_size: How many windows: an int.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.AdaptiveAveragePooling1D(3)(ops.ones((4, 10, 8))).shape
    (4, 3, 8)
    """

    rank = 1
    _pool = staticmethod(ops.adaptive_average_pool)
