"""RandomBrightness: images made lighter or darker."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import (
    ImageLayer,
    checked_range,
    factor_range,
    per_image,
)


class RandomBrightness(ImageLayer):
    """Adds a random number to all pixels of an image.

    Args:
        factor: Bounds of it, as shares of the range: two within -1 to 1, or one for both signs.
        value_range: The lowest and the highest value of a pixel.
        seed: Of the numbers.

    >>> from minigrad import layers, ops
    >>> layers.RandomBrightness(0.2)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor_range("factor", factor)
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        low, high = self.value_range
        return per_image(self._draw((data.shape[0],), self.factor, seed) * (high - low))

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        return ops.clip(images + ops.cast(transformation, images.dtype), *self.value_range)
