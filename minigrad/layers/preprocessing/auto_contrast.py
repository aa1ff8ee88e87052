"""AutoContrast: images that use the whole range of values."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, in_range


class AutoContrast(ImageLayer):
    """Stretches the values of each image and channel to the whole range.

    Args:
        value_range: The lowest and the highest value of a pixel.

    >>> from minigrad import layers, ops
    >>> layers.AutoContrast()(ops.array([[[[10.0], [20.0]]]])).numpy().ravel()
    array([  0., 255.], dtype=float32)
    """

    def __init__(self, value_range=(0, 255), **kwargs):
        super().__init__(**kwargs)
        self.value_range = checked_range(value_range)

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        values = in_range(images, self.value_range, (0, 255))
        # Of the second and third axis, as in Keras also with channels first.
        low = ops.min(values, axis=(1, 2), keepdims=True)
        high = ops.max(values, axis=(1, 2), keepdims=True)
        scale = 255 / (high - low)
        stretched = ops.clip(values * scale - low * scale, 0, 255)
        stretched = in_range(stretched, (0, 255), self.value_range)
        return ops.where(ops.isnan(stretched), images, stretched)  # of one value alone
