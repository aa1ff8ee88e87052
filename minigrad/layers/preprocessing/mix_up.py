"""MixUp: means of images, and of their labels."""

from minigrad import ops, random, tree
from minigrad.layers.preprocessing.image_layer import ImageLayer, per_image


class MixUp(ImageLayer):
    """Mixes each image of a batch, and its label, with another (Zhang et al., arXiv:1710.09412).

    Bounding boxes of both are kept.

    Args:
        alpha: Parameter of the Beta distribution of the shares.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        seed: Of the choice.

    >>> from minigrad import layers, ops
    >>> mixed = layers.MixUp()({"images": ops.ones((2, 8, 8, 3)), "labels": ops.eye(2)})
    >>> ops.sum(mixed["labels"], axis=1).numpy()
    array([1., 1.], dtype=float32)
    """

    def __init__(self, alpha=0.2, data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.alpha = alpha
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        batch = data.shape[0]
        seed = self.generator if seed is None else seed
        others = random.shuffle(ops.arange(batch), seed=seed)
        return {"others": others, "share": random.beta((batch,), self.alpha, self.alpha, seed=seed)}

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        return _mixed(images, transformation, per_image) if training else images

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if not training:
            return segmentation_masks
        return _mixed(segmentation_masks, transformation, per_image)

    def transform_labels(self, labels, transformation, training=True):
        if not training:
            return labels
        return _mixed(labels, transformation, lambda share: ops.reshape(share, (-1, 1)))

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training:
            return bounding_boxes
        others = transformation["others"]
        return tree.map_structure(
            lambda x: ops.concatenate([x, ops.take(x, others, axis=0)], axis=1), bounding_boxes
        )


def _mixed(x, transformation, shaped):
    share = shaped(transformation["share"])
    if x.dtype in ("float16", "bfloat16", "float64"):
        share = ops.cast(share, x.dtype)
    return share * x + (1 - share) * ops.take(x, transformation["others"], axis=0)
