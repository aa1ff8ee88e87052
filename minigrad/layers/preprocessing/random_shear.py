"""RandomShear: images slanted."""

from minigrad import ops
from minigrad.layers.preprocessing.affine_layer import AffineLayer
from minigrad.layers.preprocessing.image_layer import factor_range


class RandomShear(AffineLayer):
    """Moves each row, and each column, of an image further than the one before.

    Args:
        x_factor, y_factor: Bounds of how far, within 0 to 1: two, or one for the greatest.
        interpolation, fill_mode, fill_value, data_format, seed: As for `RandomRotation`.

    >>> from minigrad import layers, ops
    >>> layers.RandomShear(x_factor=0.2)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        x_factor=0.0,
        y_factor=0.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.x_factor = factor_range("x_factor", x_factor, (0.0, 1.0))
        self.y_factor = factor_range("y_factor", y_factor, (0.0, 1.0))
        self._use_seed(seed)
        self._take_filling(fill_mode, interpolation, fill_value)

    def _matrix(self, images, seed):
        shape = (images.shape[0],)
        sign = ops.where(self._draw(shape, (0.0, 1.0), seed) > 0.5, -1.0, 1.0)
        y = self._draw(shape, self.y_factor, seed) * sign
        x = self._draw(shape, self.x_factor, seed) * sign
        one, zero = ops.ones(shape), ops.zeros(shape)
        return ops.stack([one, x, zero, y, one, zero], axis=1)
