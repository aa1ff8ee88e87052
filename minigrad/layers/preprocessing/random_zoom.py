"""RandomZoom: images enlarged or made smaller."""

from minigrad import ops
from minigrad.layers.preprocessing.affine_layer import AffineLayer
from minigrad.layers.preprocessing.image_layer import factor_range


class RandomZoom(AffineLayer):
    """Stretches each image around its centre by a random factor.

    Args:
        height_factor: Bounds of the change: 0.2 shows 20 % more of the height, -0.2 less; two, or
            one for both directions.
        width_factor: The same for the width; as the height if None.
        fill_mode, interpolation, seed, fill_value, data_format: As for `RandomRotation`.

    >>> from minigrad import layers, ops
    >>> layers.RandomZoom(0.3)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
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
        self._height_bounds = factor_range("height_factor", height_factor, above_lowest=True)
        self._width_bounds = None
        if width_factor is not None:
            self._width_bounds = factor_range("width_factor", width_factor, above_lowest=True)
        self._use_seed(seed)
        self._take_filling(fill_mode, interpolation, fill_value)

    def _matrix(self, images, seed):
        height, width = self._size(images)
        shape = (images.shape[0],)
        y = 1.0 + self._draw(shape, self._height_bounds, seed)
        x = y if self._width_bounds is None else 1.0 + self._draw(shape, self._width_bounds, seed)
        x, y = ops.cast(x, "float32"), ops.cast(y, "float32")  # as in Keras
        zero = ops.zeros(shape)
        left, top = (width - 1) / 2 * (1 - x), (height - 1) / 2 * (1 - y)
        return ops.stack([x, zero, left, zero, y, top], axis=1)
