"""CenterCrop: the middle of images."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer
from minigrad.layers.preprocessing.random_crop import resized_shape
from minigrad.ops.image_resizing import source_window


class CenterCrop(ImageLayer):
    """Cuts the middle out of images; smaller ones are enlarged, without being distorted.

    Args:
        height, width: The size of what is cut out.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.CenterCrop(4, 5)(ops.ones((2, 8, 8, 3))).shape
    (2, 4, 5, 3)
    """

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.height = height
        self.width = width

    def get_random_transformation(self, data, training=True, seed=None):
        return self._size(data)

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        return self._cut(images, "bilinear")

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        return self._cut(segmentation_masks, "nearest")

    def _cut(self, images, interpolation):
        height, width = self._size(images)
        if height < self.height or width < self.width:
            return ops.image.resize(
                images,
                (self.height, self.width),
                interpolation=interpolation,
                crop_to_aspect_ratio=True,
                data_format=self.data_format,
            )
        top, left = (height - self.height) // 2, (width - self.width) // 2
        rows, columns = slice(top, top + self.height), slice(left, left + self.width)
        if self.data_format == "channels_last":
            return images[:, rows, columns]
        return images[:, :, rows, columns]

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        size = self.height, self.width
        window = [
            ((length - kept) // 2, kept) for length, kept in zip(transformation, size, strict=True)
        ]
        if any(first < 0 for first, _ in window):  # enlarged
            window = source_window(transformation, size, crop=True)
        (top, rows), (left, columns) = window

        def move(x, y):
            return (x - left) * (self.width / columns), (y - top) * (self.height / rows)

        return self._moved_boxes(bounding_boxes, move, transformation, size)

    def compute_output_shape(self, input_shape):
        return resized_shape(input_shape, self.height, self.width, self.data_format)
