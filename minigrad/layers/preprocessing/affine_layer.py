"""AffineLayer: layers that turn, move, stretch or shear images at random."""

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer

_FILL_MODES = ("reflect", "wrap", "constant", "nearest")
_INTERPOLATIONS = ("nearest", "bilinear")


class AffineLayer(ImageLayer):
    """A subclass says in `_matrix` where each pixel of the result comes from.

    `_matrix(images, seed)` is (batch, 6): the pixel (x, y) of the result is that at
    (a0 x + a1 y + a2, b0 x + b1 y + b2) of the image.
    """

    def _take_filling(self, fill_mode, interpolation, fill_value):
        if fill_mode not in _FILL_MODES:
            raise ValueError(
                f"Unknown `fill_mode`. Expected one of {_FILL_MODES}. "
                f"Received: fill_mode={fill_mode}"
            )
        if interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"Unknown `interpolation`. Expected one of {_INTERPOLATIONS}. "
                f"Received: interpolation={interpolation}"
            )
        self.fill_mode = fill_mode
        self.interpolation = interpolation
        self.fill_value = fill_value

    def _matrix(self, images, seed):
        raise NotImplementedError(f"{type(self).__name__} must define `_matrix`.")

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        return {"matrix": self._matrix(data, seed), "size": self._size(data)}

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training or transformation is None:
            return images
        return self._transformed(images, transformation, self.interpolation)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if not training or transformation is None:
            return segmentation_masks
        masks = ops.cast(segmentation_masks, "float32")
        moved = self._transformed(masks, transformation, "nearest")
        return ops.cast(moved, segmentation_masks.dtype)

    def _transformed(self, images, transformation, interpolation):
        matrix = ops.pad(transformation["matrix"], [(0, 0), (0, 2)])
        return ops.image.affine_transform(
            images,
            matrix,
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training or transformation is None:
            return bounding_boxes
        a0, a1, a2, b0, b1, b2 = (transformation["matrix"][:, i : i + 1] for i in range(6))
        determinant = a0 * b1 - a1 * b0

        def move(x, y):  # the inverse
            x, y = x - a2, y - b2
            return (b1 * x - a1 * y) / determinant, (a0 * y - b0 * x) / determinant

        size = transformation["size"]
        return self._moved_boxes(bounding_boxes, move, size, size)
