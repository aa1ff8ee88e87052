"""RandomContrast: the difference of pixels from their mean, greater or smaller."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import (
    ImageLayer,
    checked_range,
    factor_range,
    per_image,
)


class RandomContrast(ImageLayer):
    """`(x - mean) · factor + mean`, with the mean of each image and channel.

    Args:
        factor: Two numbers a, b within 0 to 1, for random factors from 1 - a to 1 + b; or one, b.
        value_range: The lowest and the highest value of a pixel.
        seed: Of the factors.

    >>> from minigrad import layers, ops
    >>> layers.RandomContrast(0.2)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        bounds = 1.0 - self.factor[0], 1.0 + self.factor[1]
        return per_image(self._draw((data.shape[0],), bounds, seed))

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        axes = (1, 2) if self.data_format == "channels_last" else (2, 3)
        mean = ops.mean(images, axis=axes, keepdims=True)
        changed = (images - mean) * ops.cast(transformation, images.dtype) + mean
        return ops.clip(changed, *self.value_range)
