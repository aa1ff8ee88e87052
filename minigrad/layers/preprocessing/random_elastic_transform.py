"""RandomElasticTransform: images warped as if on rubber."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, factor_range

_FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


class RandomElasticTransform(ImageLayer):
    """Moves all pixels of an image a little, neighbours alike, with a probability.

    Args:
        factor: Bounds of the probability, which is drawn itself: two within 0 to 1, or one for
            the greatest.
        scale: Bounds of how much they are moved: two within 0 to 1, or one for the greatest.
        interpolation: "nearest" or "bilinear".
        fill_mode, fill_value: What is outside.
        value_range: The lowest and the highest value of a pixel.
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    Source: Simard et al., "Best practices for convolutional neural networks" (2003).

    >>> from minigrad import layers, ops
    >>> layers.RandomElasticTransform()(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        self.scale = factor_range("scale", scale, (0, 1))
        for name, value, known in (
            ("interpolation", interpolation, ("nearest", "bilinear")),
            ("fill_mode", fill_mode, _FILL_MODES),
        ):
            if value not in known:
                raise ValueError(
                    f"Unknown `{name}`. Expected one of {known}. Received: {name}={value}"
                )
        self.interpolation = interpolation
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.value_range = checked_range(value_range)
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training or not self.scale[1] or not self.factor[1]:
            return None
        scale = self._draw((), self.scale, seed)
        # A seed of its own, so that masks are moved as their images are.
        drawn = (self.generator if seed is None else seed).next()
        return {"chosen": self._chosen(data, self.factor, seed), "scale": scale, "seed": drawn}

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        warped = self._warped(images, transformation, self.interpolation)
        return ops.clip(warped, *self.value_range)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if not training or transformation is None:
            return segmentation_masks
        masks = ops.cast(segmentation_masks, "float32")
        return ops.cast(self._warped(masks, transformation, "nearest"), segmentation_masks.dtype)

    def _warped(self, images, transformation, interpolation):
        height, width = self._size(images)
        warped = ops.image.elastic_transform(
            images,
            alpha=max(height, width) * 0.1 * transformation["scale"],
            sigma=min(height, width) * 0.05 * transformation["scale"],
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            seed=transformation["seed"],
            data_format=self.data_format,
        )
        return ops.where(transformation["chosen"], ops.cast(warped, images.dtype), images)
