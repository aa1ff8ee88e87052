"""MaxNumBoundingBoxes: the same number of boxes for each image."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer


class MaxNumBoundingBoxes(ImageLayer):
    """Leaves out bounding boxes beyond a number, or fills up to it.

    Args:
        max_number: How many boxes there are then.
        fill_value: What boxes and labels are filled up with.

    >>> from minigrad import layers, ops
    >>> layer = layers.MaxNumBoundingBoxes(max_number=3, bounding_box_format="xyxy")
    >>> boxes = {"boxes": ops.ones((1, 5, 4)), "labels": ops.ones((1, 5))}
    >>> layer({"images": ops.ones((1, 8, 8, 3)), "bounding_boxes": boxes})[
    ...     "bounding_boxes"
    ... ]["boxes"].shape
    (1, 3, 4)
    """

    def __init__(self, max_number, fill_value=-1, **kwargs):
        super().__init__(**kwargs)
        self.max_number = int(max_number)
        self.fill_value = int(fill_value)

    def transform_images(self, images, transformation, training=True):
        return images

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        return {
            **bounding_boxes,
            # Corners are too many for 16 bits: float32 under every policy.
            "boxes": self._filled(ops.cast(bounding_boxes["boxes"], "float32")),
            "labels": self._filled(bounding_boxes["labels"]),
        }

    def _filled(self, x):
        x = x[:, : self.max_number]
        missing = self.max_number - x.shape[1]
        margins = [(0, 0), (0, missing), *[(0, 0)] * (len(x.shape) - 2)]
        return ops.pad(x, margins, constant_values=self.fill_value)

    def compute_output_shape(self, input_shape):
        if not isinstance(input_shape, dict) or "bounding_boxes" not in input_shape:
            return input_shape
        boxes = {
            name: (shape[0], self.max_number, *shape[2:])
            for name, shape in input_shape["bounding_boxes"].items()
        }
        return {**input_shape, "bounding_boxes": boxes}
