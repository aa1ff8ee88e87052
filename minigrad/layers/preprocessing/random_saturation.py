"""RandomSaturation: colours made paler or stronger."""

from minigrad import ops, settings
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, factor_range


class RandomSaturation(ImageLayer):
    """Multiplies the saturation of each image by f / (1 - f), with a random f.

    Args:
        factor: Bounds of f, 0.5 for no change: two within -1 to 1, or one for -f to f.
        value_range: The lowest and the highest value of a pixel.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the factors.

    >>> from minigrad import layers, ops
    >>> layers.RandomSaturation((0.4, 0.6))(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor)
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        f = self._draw((data.shape[0],), self.factor, seed)
        return ops.reshape(f / (1 - f + settings.epsilon()), (-1, 1, 1))

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        hsv = ops.image.rgb_to_hsv(images, data_format=self.data_format)
        hue, saturation, value = ops.unstack(hsv, axis=self._channel_axis())
        saturation = saturation * ops.cast(transformation, saturation.dtype)
        saturation = ops.clip(saturation, *self.value_range)
        hsv = ops.stack([hue, saturation, value], axis=self._channel_axis())
        return ops.image.hsv_to_rgb(hsv, data_format=self.data_format)
