"""Equalization: images in which all values are about equally frequent."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, in_range
from minigrad.ops.counting import occurrences


class Equalization(ImageLayer):
    """Replaces each value of a channel by the share of values below it, over the whole batch.

    Args:
        value_range: The lowest and the highest value of a pixel.
        bins: How many values are told apart.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.Equalization()(ops.array([[[[10.0], [20.0], [30.0]]]])).numpy().ravel()
    array([  0., 128., 255.], dtype=float32)
    """

    def __init__(self, value_range=(0, 255), bins=256, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = checked_range(value_range)
        self.bins = bins

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        axis = self._channel_axis()
        values = in_range(images, self.value_range, (0, 255))
        channels = [self._equalized(one) for one in ops.unstack(values, axis=axis)]
        values = in_range(ops.stack(channels, axis=axis), (0, 255), self.value_range)
        return ops.cast(values, self.compute_dtype)

    def _equalized(self, values):
        last = self.bins - 1
        bins = ops.clip(ops.cast(ops.cast(values, "float32") * last / 255, "int32"), 0, last)
        counts = occurrences(ops.reshape(bins, (-1,)), self.bins)
        below = ops.cumsum(counts)
        first = ops.take(below, ops.argmax(below > 0))
        table = (below - first) * 255 / ops.maximum(below[-1] - first, 1)
        table = ops.cast(ops.clip(ops.round(table), 0, 255), values.dtype)
        places = ops.cast(ops.clip(values / 255 * last, 0, last), "int32")
        return ops.where(ops.count_nonzero(counts) <= 1, values, ops.take(table, places))
