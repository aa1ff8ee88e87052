"""AveragePooling1D: the mean of each window, over one dimension: sequences."""

from minigrad import ops
from minigrad.layers.pooling.base import BasePooling


class AveragePooling1D(BasePooling):
    """The mean of each window of sequences, for each channel by itself.

    Args:
        pool_size: Length of the window: an int.
        strides: Steps from one window to the next; `pool_size` if None.
        padding: "valid", or "same": windows may reach out of the input, where there is nothing.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    Input of shape `(batch, steps, channels)`, output of the same with shorter axes.

    >>> from minigrad import layers, ops
    >>> layers.AveragePooling1D(2)(ops.ones((4, 10, 8))).shape
    (4, 5, 8)
    """

    rank = 1
    _pool = staticmethod(ops.average_pool)

    def __init__(
        self,
        pool_size,
        strides=None,
        padding="valid",
        data_format=None,
        name=None,
        **kwargs,
    ):
        super().__init__(pool_size, strides, padding, data_format, name=name, **kwargs)


AvgPool1D = AveragePooling1D
