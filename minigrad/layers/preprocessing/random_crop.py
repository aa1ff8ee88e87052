"""RandomCrop: a random piece of images."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer


class RandomCrop(ImageLayer):
    """Cuts a piece out of the images of a batch, at the same random place of all.

    Where the images are not larger in both directions, the largest piece of the same shape is cut
    out of the middle and resized. If not training, the images stay as they are.

    Args:
        height, width: Of the piece.
        seed: Of the place.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.RandomCrop(4, 5)(ops.ones((2, 8, 8, 3))).shape
    (2, 4, 5, 3)
    """

    def __init__(self, height, width, seed=None, data_format=None, name=None, **kwargs):
        super().__init__(name=name, data_format=data_format, **kwargs)
        self.height = height
        self.width = width
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        height, width = self._size(data)
        if training and height > self.height and width > self.width:
            top = self._draw((), (0.0, float(height - self.height + 1)), seed)
            left = self._draw((), (0.0, float(width - self.width + 1)), seed)
            start = ops.cast(top, "int32"), ops.cast(left, "int32")
            return {"start": start, "piece": (self.height, self.width), "size": (height, width)}
        piece = (
            max(min(height, int(width * self.height / self.width)), 1),
            max(min(width, int(height * self.width / self.height)), 1),
        )
        start = (height - piece[0]) // 2, (width - piece[1]) // 2
        return {"start": start, "piece": piece, "size": (height, width)}

    def transform_images(self, images, transformation, training=True):
        if not training:
            return images
        return self._cut(ops.cast(images, self.compute_dtype), transformation, "bilinear")

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if not training:
            return segmentation_masks
        return self._cut(segmentation_masks, transformation, "nearest")

    def _cut(self, images, transformation, interpolation):
        axis = 1 if self.data_format == "channels_last" else 2
        piece = transformation["piece"]
        for start, length in zip(transformation["start"], piece, strict=True):
            images = ops.take(images, ops.arange(length) + start, axis=axis)
            axis += 1
        size = (self.height, self.width)
        if piece == size:
            return images
        dtype = images.dtype
        images = ops.image.resize(
            images, size, interpolation=interpolation, data_format=self.data_format
        )
        return ops.cast(images, dtype)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training:
            return bounding_boxes
        top, left = transformation["start"]
        tall, wide = transformation["piece"]

        def move(x, y):
            return (x - left) * (self.width / wide), (y - top) * (self.height / tall)

        target = (self.height, self.width)
        return self._moved_boxes(bounding_boxes, move, transformation["size"], target)

    def compute_output_shape(self, input_shape):
        return resized_shape(input_shape, self.height, self.width, self.data_format)


def resized_shape(shape, height, width, data_format):
    """The shape of images in another size; in a dict, that of the images and masks."""
    if isinstance(shape, dict):
        sized = ("images", "segmentation_masks")
        return {
            name: resized_shape(one, height, width, data_format) if name in sized else one
            for name, one in shape.items()
        }
    if data_format == "channels_last":
        return (*shape[:-3], height, width, shape[-1])
    return (*shape[:-2], height, width)
