"""RandomHue: colours turned around the colour circle."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import (
    ImageLayer,
    checked_range,
    factor_range,
    in_range,
)


class RandomHue(ImageLayer):
    """Turns the hue of each image by a random angle.

    Args:
        factor: Bounds of the angle, 1 for half a turn, in either direction: two within 0 to 1, or
            one for the greatest.
        value_range: The lowest and the highest value of a pixel.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the angles.

    >>> from minigrad import layers, ops
    >>> layers.RandomHue(0.2)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        shape = (data.shape[0],)
        sign = ops.where(self._draw(shape, (0.0, 1.0), seed) > 0.5, -1.0, 1.0)
        return ops.reshape(sign * self._draw(shape, self.factor, seed) / 2, (-1, 1, 1))

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        images = in_range(images, self.value_range, (0, 1))
        hsv = ops.image.rgb_to_hsv(images, data_format=self.data_format)
        hue, saturation, value = ops.unstack(hsv, axis=self._channel_axis())
        hue = hue + ops.cast(transformation, hue.dtype)
        hue = ops.where(hue > 1, hue - 1, hue)
        hue = ops.where(hue < 0, hue + 1, hue)
        hsv = ops.stack([hue, saturation, value], axis=self._channel_axis())
        images = ops.clip(ops.image.hsv_to_rgb(hsv, data_format=self.data_format), 0, 1)
        return ops.cast(in_range(images, (0, 1), self.value_range), self.compute_dtype)
