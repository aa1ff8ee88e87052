"""Solarization: images whose bright parts are negatives."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import (
    ImageLayer,
    checked_range,
    factor_range,
    in_range,
    per_image,
)


class Solarization(ImageLayer):
    """Adds a random number to each image, and inverts what lies above a random threshold.

    Args:
        addition_factor, threshold_factor: Bounds of the two, as shares of the range: two within 0
            to 1, or one for the greatest.
        value_range: The lowest and the highest value of a pixel.
        seed: Of the numbers.

    >>> from minigrad import layers, ops
    >>> layers.Solarization()(ops.zeros((1, 1, 1, 1))).numpy().ravel()
    array([255.], dtype=float32)
    """

    def __init__(
        self,
        addition_factor=0.0,
        threshold_factor=0.0,
        value_range=(0, 255),
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.addition_factor = factor_range("addition_factor", addition_factor, (0, 1))
        self.threshold_factor = factor_range("threshold_factor", threshold_factor, (0, 1))
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        # As in Keras, it is the upper bound alone that is a share of 255.
        bounds = [(low, high * 255) for low, high in (self.addition_factor, self.threshold_factor)]
        return [per_image(self._draw((data.shape[0],), one, seed)) for one in bounds]

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        addition, threshold = (ops.cast(one, images.dtype) for one in transformation)
        values = in_range(images, self.value_range, (0, 255))
        values = ops.clip(values + addition, 0, 255)
        values = ops.where(values < threshold, values, 255 - values)
        return in_range(values, (0, 255), self.value_range)
