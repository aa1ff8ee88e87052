"""RandomPosterization: images with fewer shades."""

from minigrad import ops, random
from minigrad.layers.preprocessing.image_layer import (
    ImageLayer,
    checked_range,
    factor_range,
    in_range,
    per_image,
)


class RandomPosterization(ImageLayer):
    """Keeps only some of the 8 bits of each value.

    Args:
        factor: Bounds within 1 to 8 of how many: from the first up to, not including, the second,
            or both if they are equal; one number for 1 and it.
        value_range: The lowest and the highest value of a pixel.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the numbers.

    >>> from minigrad import layers, ops
    >>> layers.RandomPosterization(3)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (1, 8))
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        low, high = self.factor
        if low == high:
            return 8 - int(low)
        seed = self.generator if seed is None else seed
        bits = random.randint((data.shape[0],), low, high, seed=seed)
        return ops.cast(per_image(8 - bits), "uint8")

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        values = ops.cast(in_range(images, self.value_range, (0, 255)), "uint8")
        lost = ops.cast(transformation, "uint8")
        values = ops.bitwise_left_shift(ops.bitwise_right_shift(values, lost), lost)
        return in_range(ops.cast(values, self.compute_dtype), (0, 255), self.value_range)
