"""RandomColorDegeneration: images mixed with their own grey."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import (
    ImageLayer,
    checked_range,
    factor_range,
    per_image,
)


class RandomColorDegeneration(ImageLayer):
    """`x + f · (grey - x)`, with a random f.

    Args:
        factor: Bounds of f: two within -1 to 1, or one for both signs.
        value_range: The lowest and the highest value of a pixel.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the factors.

    >>> from minigrad import layers, ops
    >>> layers.RandomColorDegeneration((0.0, 0.5))(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor)
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        return per_image(self._draw((data.shape[0],), self.factor, seed)) if training else None

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        grey = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        changed = images + ops.cast(transformation, images.dtype) * (grey - images)
        return ops.clip(changed, *self.value_range)
