"""Resizing: images in another size."""

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor
from minigrad.dtypes import is_float
from minigrad.layers.preprocessing.image_layer import ImageLayer
from minigrad.layers.preprocessing.random_crop import resized_shape
from minigrad.ops.image_resizing import source_window


class Resizing(ImageLayer):
    """Brings images to a size.

    Args:
        height, width: The size.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: Whether to cut off what does not fit, so that nothing is distorted.
        pad_to_aspect_ratio: Whether to add margins instead.
        fill_mode: Only "constant" is possible.
        fill_value: Of the margins.
        antialias: Whether pixels of smaller images are means over more pixels.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.Resizing(4, 5)(ops.ones((2, 8, 8, 3))).shape
    (2, 4, 5, 3)
    """

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height = height
        self.width = width
        self.interpolation = interpolation
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.antialias = bool(antialias)

    def get_random_transformation(self, data, training=True, seed=None):
        return self._size(data)

    def transform_images(self, images, transformation=None, training=True):
        return self._resized(images, self.interpolation)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        return self._resized(segmentation_masks, "nearest")

    def _resized(self, images, interpolation):
        return ops.image.resize(
            images,
            (self.height, self.width),
            interpolation=interpolation,
            antialias=self.antialias,
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        size = self.height, self.width
        (top, rows), (left, columns) = source_window(
            transformation, size, self.crop_to_aspect_ratio, self.pad_to_aspect_ratio
        )

        def move(x, y):
            return (x - left) * (self.width / columns), (y - top) * (self.height / rows)

        return self._moved_boxes(bounding_boxes, move, transformation, size)

    def compute_output_shape(self, input_shape):
        return resized_shape(input_shape, self.height, self.width, self.data_format)

    def compute_output_spec(self, data, training=True):
        if isinstance(data, dict):
            return super().compute_output_spec(data)
        dtype = self.compute_dtype if is_float(data.dtype) else data.dtype
        return KerasTensor(self.compute_output_shape(data.shape), dtype)
