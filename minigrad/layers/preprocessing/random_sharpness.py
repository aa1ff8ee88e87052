"""RandomSharpness: images sharpened or blurred."""

import numpy as np

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import (
    ImageLayer,
    checked_range,
    factor_range,
    per_image,
)

_SMOOTH = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13


class RandomSharpness(ImageLayer):
    """`smooth + 2f · (x - smooth)`, with a random f and the image smoothed over 3 × 3 pixels.

    Args:
        factor: Bounds of f, 0.5 for no change: two within 0 to 1, or one for the greatest.
        value_range: The lowest and the highest value of a pixel.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the factors.

    >>> from minigrad import layers, ops
    >>> layers.RandomSharpness(0.8)(ops.ones((2, 8, 8, 3))).shape
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
        return per_image(2 * self._draw((data.shape[0],), self.factor, seed))

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        channels = images.shape[self._channel_axis()]
        kernel = np.tile(_SMOOTH[:, :, None, None], (1, 1, channels, 1))
        kernel = ops.convert_to_tensor(kernel, images.dtype)
        smooth = ops.depthwise_conv(images, kernel, padding="same", data_format=self.data_format)
        changed = images + (1 - ops.cast(transformation, images.dtype)) * (smooth - images)
        return ops.clip(changed, *self.value_range)
