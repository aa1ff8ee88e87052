"""RandomPerspective: images as seen from elsewhere."""

import numpy as np

from minigrad import ops
from minigrad.layers.preprocessing.image_layer import ImageLayer, factor_range


class RandomPerspective(ImageLayer):
    """Moves the corners of an image at random, with a probability.

    Args:
        factor: Bounds of the probability, which is drawn itself: two within 0 to 1, or one for
            the greatest.
        scale: How far the corners may go, from 0 to 1.
        interpolation: "nearest" or "bilinear".
        fill_value: What is outside.
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.RandomPerspective(scale=0.3)(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_value=0.0,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_range("factor", factor, (0, 1))
        if not 0 <= scale <= 1:
            raise ValueError(
                "The `scale` argument should be a number in the range [0, 1]. "
                f"Received: scale={scale}"
            )
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                "Unknown `interpolation`. Expected one of 'nearest', 'bilinear'. "
                f"Received: interpolation={interpolation}"
            )
        self.scale = scale
        self.interpolation = interpolation
        self.fill_value = fill_value
        self._use_seed(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        height, width = self._size(data)
        right, bottom = width - 1.0, height - 1.0
        corners = np.array([[0, 0], [right, 0], [0, bottom], [right, bottom]], "float32")
        start = ops.convert_to_tensor(np.repeat(corners[None], data.shape[0], 0))
        bounds = -0.5 * self.scale, 0.5 * self.scale
        moved = ops.cast(self._draw((data.shape[0], 4, 2), bounds, seed), "float32")
        return {
            "chosen": self._chosen(data, self.factor, seed),
            "start": start,
            "end": start + start * moved,
            "size": (height, width),
        }

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        return self._seen(images, transformation, self.interpolation) if training else images

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        if not training:
            return segmentation_masks
        masks = ops.cast(segmentation_masks, "float32")
        return ops.cast(self._seen(masks, transformation, "nearest"), segmentation_masks.dtype)

    def _seen(self, images, transformation, interpolation):
        seen = ops.image.perspective_transform(
            images,
            transformation["start"],
            transformation["end"],
            interpolation=interpolation,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )
        return ops.where(transformation["chosen"], ops.cast(seen, images.dtype), images)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        if not training:
            return bounding_boxes
        forms = _homographies(*(np.asarray(transformation[n]) for n in ("start", "end")))
        chosen = np.asarray(transformation["chosen"])[:, 0, 0]
        forms = np.where(chosen[..., None], forms, np.eye(3)).astype("float32")

        def move(x, y):
            px, py, scale = (
                forms[:, i, 0:1] * x + forms[:, i, 1:2] * y + forms[:, i, 2:3] for i in range(3)
            )
            return px / scale, py / scale

        size = transformation["size"]
        return self._moved_boxes(bounding_boxes, move, size, size)


def _homographies(start, end):
    """The 3 × 3 matrices that take four points to four others."""
    zero, one = np.zeros(start.shape[:2]), np.ones(start.shape[:2])
    (x, y), (u, v) = np.moveaxis(start, -1, 0), np.moveaxis(end, -1, 0)
    rows = np.concatenate(
        [
            np.stack([x, y, one, zero, zero, zero, -x * u, -y * u], axis=-1),
            np.stack([zero, zero, zero, x, y, one, -x * v, -y * v], axis=-1),
        ],
        axis=1,
    )
    found = np.linalg.solve(rows, np.concatenate([u, v], axis=1)[..., None])[..., 0]
    return np.concatenate([found, np.ones((len(found), 1))], axis=1).reshape(-1, 3, 3)
