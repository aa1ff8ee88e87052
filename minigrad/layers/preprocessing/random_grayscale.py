"""RandomGrayscale: some images without colour."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, per_image


class RandomGrayscale(ImageLayer):
    """Makes an image grey with a probability; it keeps its three channels.

    Args:
        factor: The probability.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the choice.

    >>> from minigrad import layers, ops
    >>> layers.RandomGrayscale(0.5)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, factor=0.5, data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        if not 0 <= factor <= 1:
            raise ValueError(f"`factor` should be between 0 and 1. Received: factor={factor}")
        self.factor = factor
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        return per_image(self._draw((data.shape[0],), (0.0, 1.0), seed) < self.factor)

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        grey = ops.image.rgb_to_grayscale(images, data_format=self.data_format)
        return ops.where(transformation, grey, images)
