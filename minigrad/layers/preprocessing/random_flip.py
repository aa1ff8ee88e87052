"""RandomFlip: images mirrored."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, per_image

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomFlip(ImageLayer):
    """Mirrors each image, or leaves it, with equal probability.

    Args:
        mode: "horizontal": left and right change places; "vertical": top and bottom;
            "horizontal_and_vertical": both at once.
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.RandomFlip()(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        if mode not in _MODES:
            raise ValueError(f"RandomFlip: `mode` must be one of {_MODES}. Received: mode={mode}")
        self.mode = mode
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        flips = self._draw((data.shape[0],), (0.0, 1.0), seed) <= 0.5
        return {"flips": flips, "size": self._size(data)}

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        return self._flipped(images, transformation) if training else images

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        return self._flipped(segmentation_masks, transformation) if training else segmentation_masks

    def _flipped(self, images, transformation):
        vertical = 1 if self.data_format == "channels_last" else 2
        axes = [vertical] * ("vertical" in self.mode)
        axes += [vertical + 1] * ("horizontal" in self.mode)
        return ops.where(per_image(transformation["flips"]), ops.flip(images, axes), images)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training:
            return bounding_boxes
        height, width = transformation["size"]
        flips = transformation["flips"][:, None]

        def move(x, y):
            if "horizontal" in self.mode:
                x = ops.where(flips, width - x, x)
            return x, ops.where(flips, height - y, y) if "vertical" in self.mode else y

        return self._moved_boxes(bounding_boxes, move, (height, width), (height, width))
