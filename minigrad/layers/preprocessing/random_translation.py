"""RandomTranslation: images moved."""

from minigrad import ops
from minigrad.layers.preprocessing.affine_layer import AffineLayer
from minigrad.layers.preprocessing.image_layer import factor_range


class RandomTranslation(AffineLayer):
    """Moves each image by a random distance.

    Args:
        height_factor, width_factor: Bounds of the distance down and to the right, as shares of
            height and width: two, or one for both directions.
        fill_mode, interpolation, seed, fill_value, data_format: As for `RandomRotation`.

    >>> from minigrad import layers, ops
    >>> layers.RandomTranslation(0.1, 0.2)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._bounds = (
            factor_range("height_factor", height_factor),
            factor_range("width_factor", width_factor),
        )
        self._use_seed(seed)
        self._take_filling(fill_mode, interpolation, fill_value)

    def _matrix(self, images, seed):
        height, width = self._size(images)
        shape = (images.shape[0],)
        # Rounded to float32 as in Keras, whatever `floatx` is.
        down = ops.cast(self._draw(shape, self._bounds[0], seed) * height, "float32")
        right = ops.cast(self._draw(shape, self._bounds[1], seed) * width, "float32")
        one, zero = ops.ones(shape), ops.zeros(shape)
        return ops.stack([one, zero, -right, zero, one, -down], axis=1)
