"""CutMix: a rectangle of images replaced by that of others."""

from minigrad import ops, random
from minigrad.layers.preprocessing.box_masks import random_bounds, rectangles
from minigrad.layers.preprocessing.image_layer import ImageLayer, factor_range


class CutMix(ImageLayer):
    """Puts a rectangle of another image of the batch in each (Yun et al., arXiv:1905.04899).

    Labels are mixed in the proportions of the areas.

    Args:
        factor: Bounds of alpha, the parameter of the Beta distribution of the areas: two within 0
            to 1, or one for the greatest.
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> mixed = layers.CutMix()({"images": ops.ones((2, 8, 8, 3)), "labels": ops.eye(2)})
    >>> mixed["labels"].shape
    (2, 2)
    """

    def __init__(self, factor=1.0, seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        batch = data.shape[0]
        height, width = self._size(data)
        alpha = self._draw((), self.factor, seed) + 1e-6
        seed = self.generator if seed is None else seed
        kept = random.beta((batch,), alpha, alpha, seed=seed)
        side = ops.sqrt(1.0 - kept)
        columns = random_bounds(self, batch, width, side, seed)
        rows = random_bounds(self, batch, height, side, seed)
        area = (columns[1] - columns[0]) * (rows[1] - rows[0])
        return {
            "others": random.shuffle(ops.arange(batch), seed=seed),
            "inside": rectangles(self, data, columns, rows),
            "kept": 1 - area / (width * height),
        }

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        return self._mixed(images, transformation) if training else images

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        return self._mixed(segmentation_masks, transformation) if training else segmentation_masks

    @staticmethod
    def _mixed(images, transformation):
        others = ops.take(images, transformation["others"], axis=0)
        return ops.where(transformation["inside"], others, images)

    def transform_labels(self, labels, transformation, training=True):
        if not training:
            return labels
        kept = ops.cast(ops.reshape(transformation["kept"], (-1, 1)), self.compute_dtype)
        others = ops.take(labels, transformation["others"], axis=0)
        return kept * labels + (1 - kept) * others
