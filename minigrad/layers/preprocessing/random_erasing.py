"""RandomErasing: a rectangle of images covered."""

from minigrad import ops, random
from minigrad.layers.preprocessing.box_masks import random_bounds, rectangles
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, factor_range


class RandomErasing(ImageLayer):
    """Covers a random rectangle of an image, with a probability (Zhong et al. 2017).

    Args:
        factor: Bounds of the probability, which is drawn itself: two within 0 to 1, or one for
            the greatest.
        scale: Bounds of the squares of its sides, as shares of the image's.
        fill_value: What it is covered with: a number, three for the channels, or None for noise.
        value_range: The lowest and the highest value of a pixel.
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.RandomErasing()(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor=1.0,
        scale=(0.02, 0.33),
        fill_value=None,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        self.scale = factor_range("scale", scale, (0, 1))
        numbers = fill_value if isinstance(fill_value, (tuple, list)) else (fill_value,)
        if fill_value is not None and (
            len(numbers) not in (1, 3) or not all(isinstance(one, (int, float)) for one in numbers)
        ):
            raise ValueError(
                "The `fill_value` argument should be a number (or a list of three numbers). "
                f"Received: fill_value={fill_value}"
            )
        self.fill_value = fill_value
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        batch = data.shape[0]
        height, width = self._size(data)
        sides = ops.sqrt(self._draw((batch, 2), self.scale, seed))
        columns = random_bounds(self, batch, width, sides[:, 0], seed)
        rows = random_bounds(self, batch, height, sides[:, 1], seed)
        covered = rectangles(self, data, columns, rows) & self._chosen(data, self.factor, seed)
        return {"covered": covered, "fill": self._fill(data, seed)}

    def _fill(self, images, seed):
        if self.fill_value is None:
            seed = self.generator if seed is None else seed
            fill = random.normal(images.shape, seed=seed) * self.value_range[1]
        else:
            fill = ops.convert_to_tensor(self.fill_value, "float32")
            if self.data_format == "channels_first" and len(fill.shape):
                fill = ops.reshape(fill, (-1, 1, 1))
        return ops.clip(fill, *self.value_range)

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        fill = ops.cast(transformation["fill"], images.dtype)
        return ops.where(transformation["covered"], fill, images)
