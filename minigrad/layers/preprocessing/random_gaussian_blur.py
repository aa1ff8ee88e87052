"""RandomGaussianBlur: some images blurred."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, factor_range


class RandomGaussianBlur(ImageLayer):
    """Blurs an image with a probability, by means weighted with a bell curve.

    Args:
        factor: Bounds of the probability, which is drawn itself: two within 0 to 1, or one for
            the greatest.
        kernel_size: How many pixels count, an odd number, or two for the two directions.
        sigma: Bounds of the width of the curve, in pixels: two within 0 to 1, or one.
        value_range: The lowest and the highest value of a pixel.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the choice.

    >>> from minigrad import layers, ops
    >>> layers.RandomGaussianBlur()(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor=1.0,
        kernel_size=3,
        sigma=1.0,
        value_range=(0, 255),
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        sizes = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * 2
        if len(sizes) != 2 or not all(isinstance(n, int) and n % 2 for n in sizes):
            raise ValueError(
                f"`kernel_size` must be an odd number, or two. Received: kernel_size={kernel_size}"
            )
        self.kernel_size = tuple(sizes)
        self.sigma = factor_range("sigma", sigma, (0, 1))
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        sigma = self._draw((2,), self.sigma, seed) + 1e-6
        return {"chosen": self._chosen(data, self.factor, seed), "sigma": sigma}

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        blurred = ops.image.gaussian_blur(
            images, self.kernel_size, transformation["sigma"], data_format=self.data_format
        )
        changed = ops.where(transformation["chosen"], ops.cast(blurred, images.dtype), images)
        return ops.clip(changed, *self.value_range)
