"""RandomInvert: some images as negatives."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, factor_range


class RandomInvert(ImageLayer):
    """Subtracts an image from the highest value, with a probability.

    Args:
        factor: Bounds of the probability, which is drawn itself: two within 0 to 1, or one for
            the greatest.
        value_range: The lowest and the highest value of a pixel.
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.RandomInvert((1.0, 1.0))(ops.zeros((1, 1, 1, 1))).numpy().ravel()
    array([255.], dtype=float32)
    """

    def __init__(self, factor=1.0, value_range=(0, 255), seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        return self._chosen(data, self.factor, seed) if training else None

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        return ops.where(transformation, self.value_range[1] - images, images)
