"""RandomRotation: images turned."""

from math import pi

from minigrad import ops
from minigrad.layers.preprocessing.affine_layer import AffineLayer
from minigrad.layers.preprocessing.image_layer import factor_range


class RandomRotation(AffineLayer):
    """Turns each image around its centre by a random angle.

    Args:
        factor: Bounds of the angle, as shares of a full turn: two, or one for both directions.
        fill_mode: What is outside: "reflect", "wrap", "constant", "nearest".
        interpolation: "nearest" or "bilinear".
        seed: Of the angles.
        fill_value: With fill_mode="constant".
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.RandomRotation(0.1)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor)
        self._use_seed(seed)
        self._take_filling(fill_mode, interpolation, fill_value)

    def _matrix(self, images, seed):
        height, width = self._size(images)
        angle = self._draw((images.shape[0],), self.factor, seed) * (2 * pi)
        cos, sin = ops.cos(angle), ops.sin(angle)
        x, y = (width - 1) / 2, (height - 1) / 2
        return ops.stack(
            [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos], axis=1
        )
