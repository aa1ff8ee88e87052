"""AveragePooling2D: the mean of each window, over two dimensions: images."""

from minigrad import ops
from minigrad.layers.pooling.base import BasePooling


class AveragePooling2D(BasePooling):
    """The mean of each window of images, for each channel by itself.

    Args:
        pool_size: Length of the window: an int, or 2 of them.
        strides: Steps from one window to the next; `pool_size` if None.
        padding: "valid", or "same": windows may reach out of the input, where there is nothing.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    Input of shape `(batch, height, width, channels)`, output of the same with shorter axes.

    >>> from minigrad import layers, ops
    >>> layers.AveragePooling2D(2)(ops.ones((4, 10, 10, 8))).shape
    (4, 5, 5, 8)
    """

    rank = 2
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


AvgPool2D = AveragePooling2D
