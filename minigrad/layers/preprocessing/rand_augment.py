"""RandAugment: a few random changes, one after the other."""

from minigrad import ops, random
from minigrad.layers.preprocessing.augmenters import augmenters
from minigrad.layers.preprocessing.image_layer import ImageLayer, factor_range


class RandAugment(ImageLayer):
    """Applies `num_ops` of eleven layers, chosen at random, to each batch (arXiv:1909.13719).

    Args:
        value_range: The lowest and the highest value of a pixel.
        num_ops: How many.
        factor: Bounds of their strength: two within 0 to 1, or one for the greatest.
        interpolation: "nearest" or "bilinear".
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.RandAugment()(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_ops=2,
        factor=0.5,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range
        self.num_ops = num_ops
        self.factor = factor_range("factor", factor, (0, 1))
        self.interpolation = interpolation
        self._use_seed(seed)
        shapes, values = augmenters(
            self.factor,
            value_range,
            interpolation,
            seed,
            data_format=data_format,
            dtype=self.dtype_policy,
        )
        self._augmenters = shapes + values

    def build(self, input_shape):
        for layer in self._augmenters:
            layer.build(input_shape)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        seed = self.generator if seed is None else seed
        chosen = random.randint((self.num_ops,), 0, len(self._augmenters), seed=seed)
        layers = [self._augmenters[int(i)] for i in chosen]
        return [(layer, layer.get_random_transformation(data, seed=seed)) for layer in layers]

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        for layer, drawn in transformation or ():
            images = layer.transform_images(images, drawn)
        return images

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        for layer, drawn in transformation or ():
            segmentation_masks = layer.transform_segmentation_masks(segmentation_masks, drawn)
        return segmentation_masks
