"""Bounding boxes: formats, overlaps, geometry, deltas: `minigrad.utils.bounding_boxes`.

Boxes are arrays of shape (…, 4). A format says what the four numbers are: "xyxy", "yxyx", "xywh",
"center_xywh", "center_yxhw", and all but the last with "rel_" before it, as shares of the image.
"""

import math

from minigrad import ops, settings
from minigrad.utils.box_formats import FORMATS, changed_format

__all__ = [
    "affine_transform",
    "clip_to_image_size",
    "compute_ciou",
    "compute_iou",
    "convert_format",
    "crop",
    "decode_deltas_to_boxes",
    "encode_box_to_deltas",
    "pad",
]


def convert_format(boxes, source, target, height=None, width=None, dtype="float32"):
    """Boxes in another format.

    Args:
        boxes: Boxes, or a dict with "boxes".
        source, target: Formats.
        height, width: Of the image, where one of the formats is relative.
        dtype: Of the result.

    Raises:
        ValueError: an unknown format, no size where it is needed, no boxes.

    >>> convert_format([[10, 20, 30, 40]], "xyxy", "xywh").numpy()
    array([[10., 20., 20., 20.]], dtype=float32)
    """
    if isinstance(boxes, dict):
        converted = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": converted}
    boxes = ops.cast(ops.convert_to_tensor(boxes), dtype)
    if boxes.ndim == 0 or boxes.shape[-1] != 4:
        raise ValueError(
            "`boxes` must be a tensor with the last dimension of 4. "
            f"Received: boxes.shape={boxes.shape}"
        )
    source, target = source.lower(), target.lower()
    if source not in FORMATS or target not in FORMATS:
        raise ValueError(
            f"Invalid source or target format. Supported formats: {tuple(FORMATS)}. "
            f"Received: source={source}, target={target}"
        )
    if "rel_" in source + target and (height is None or width is None):
        raise ValueError(
            "convert_format() must receive `height` and `width` transforming between relative and "
            f"absolute formats. Received: source={source}, target={target}, height={height}, "
            f"width={width}"
        )
    if height is not None and width is not None:
        height, width = ops.cast(height, dtype), ops.cast(width, dtype)
    return changed_format(boxes, source, target, height, width)


def _only_corners(bounding_box_format, allowed=("xyxy",)):
    if bounding_box_format not in allowed:
        raise NotImplementedError(
            f"Boxes must be in one of the formats {allowed}: use `convert_format` before. "
            f"Received: bounding_box_format={bounding_box_format}"
        )


def _within(boxes, height, width):
    return ops.clip(boxes, 0, ops.convert_to_tensor([width, height, width, height], boxes.dtype))


def clip_to_image_size(bounding_boxes, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes cut off at the borders of the image; what is left empty gets the label -1.

    Args:
        bounding_boxes: A dict with "boxes", and "labels" if there are any.
        height, width: Of the image; needed for "xyxy".
        bounding_box_format: "xyxy" or "rel_xyxy".

    >>> clip_to_image_size({"boxes": [[-5.0, 2.0, 7.0, 20.0]]}, 10, 10)["boxes"].numpy()
    array([[ 0.,  2.,  7., 10.]], dtype=float32)
    """
    _only_corners(bounding_box_format, ("xyxy", "rel_xyxy"))
    if bounding_box_format == "rel_xyxy":
        height = width = 1.0
    elif height is None or width is None:
        raise ValueError(
            "`height` and `width` must be set if `format='xyxy'`. "
            f"Received: height={height}, width={width}"
        )
    boxes = ops.convert_to_tensor(bounding_boxes["boxes"])
    if "int" in boxes.dtype:
        boxes = ops.cast(boxes, settings.floatx())
    boxes = _within(boxes, height, width)
    clipped = {**bounding_boxes, "boxes": boxes}
    if bounding_boxes.get("labels") is not None:
        labels = ops.convert_to_tensor(bounding_boxes["labels"])
        clipped["labels"] = ops.where(_areas(boxes) > 0, labels, ops.cast(-1, labels.dtype))
    return clipped


def _areas(boxes):
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def crop(boxes, top, left, height, width, bounding_box_format="xyxy"):
    """Boxes as they are on a part of the image.

    Args:
        boxes: Boxes in "xyxy".
        top, left: Where the part begins.
        height, width: Of the part.
        bounding_box_format: Only "xyxy".

    >>> crop([[10, 20, 50, 60]], top=10, left=20, height=40, width=30).numpy()
    array([[ 0, 10, 30, 40]], dtype=int32)
    """
    _only_corners(bounding_box_format)
    boxes = ops.convert_to_tensor(boxes)
    return _within(
        boxes - ops.convert_to_tensor([left, top, left, top], boxes.dtype), height, width
    )


def pad(boxes, top, left, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes as they are when something is put above the image and on its left.

    Args:
        boxes: Boxes in "xyxy".
        top, left: How much.
        height, width: Of no effect.
        bounding_box_format: Only "xyxy".

    >>> pad([[10, 20, 50, 60]], top=1, left=2).numpy()
    array([[12, 21, 52, 61]], dtype=int32)
    """
    _only_corners(bounding_box_format)
    boxes = ops.convert_to_tensor(boxes)
    return boxes + ops.convert_to_tensor([left, top, left, top], boxes.dtype)


def affine_transform(
    boxes,
    angle,
    translate_x,
    translate_y,
    scale,
    shear_x,
    shear_y,
    height,
    width,
    center_x=None,
    center_y=None,
    bounding_box_format="xyxy",
):
    """The upright boxes around boxes that are turned, moved, scaled and sheared with the image.

    Args:
        boxes: Shape (batch, boxes, 4), in "xyxy".
        angle, shear_x, shear_y: In degrees, of shape (batch,).
        translate_x, translate_y: Shares of the width and height less a pixel, of shape (batch,).
        scale: Of shape (batch,).
        height, width: Of the image.
        center_x, center_y: What stays in place, as shares; the middle by default.
        bounding_box_format: Only "xyxy".
    """
    _only_corners(bounding_box_format)
    angle, translate_x, translate_y, scale, shear_x, shear_y = (
        ops.reshape(ops.cast(x, settings.floatx()), (-1, 1, 1))
        for x in (angle, translate_x, translate_y, scale, shear_x, shear_y)
    )
    turn, shear_x, shear_y = (-x * (math.pi / 180) for x in (angle, shear_x, shear_y))
    # The image is moved, and a box with it, by the inverse of what a sampling grid is turned by.
    a = ops.cos(turn - shear_y) / ops.cos(shear_y)
    b = a * ops.tan(shear_x) + ops.sin(turn)
    c = -ops.sin(turn - shear_y) / ops.cos(shear_y)
    d = ops.cos(turn) - c * ops.tan(shear_x)
    centre_x = (0.5 if center_x is None else center_x) * (width - 1)
    centre_y = (0.5 if center_y is None else center_y) * (height - 1)
    boxes = ops.cast(ops.convert_to_tensor(boxes), settings.floatx())
    x = ops.take(boxes, [0, 2, 2, 0], axis=-1) - centre_x + translate_x * (width - 1)
    y = ops.take(boxes, [1, 1, 3, 3], axis=-1) - centre_y + translate_y * (height - 1)
    x, y = centre_x + scale * (d * x - b * y), centre_y + scale * (a * y - c * x)
    corners = [ops.min(x, -1), ops.min(y, -1), ops.max(x, -1), ops.max(y, -1)]
    return ops.stack(corners, axis=-1)


def _in_corners(boxes, bounding_box_format, image_shape):
    if "rel" in bounding_box_format and image_shape is None:
        raise ValueError(
            "When using relative bounding box formats (e.g. `rel_yxyx`) the `image_shape` argument "
            f"must be provided. Received: image_shape={image_shape}"
        )
    height, width = (None, None) if image_shape is None else image_shape[:2]
    return convert_format(boxes, bounding_box_format, "xyxy", height, width)


def compute_iou(
    boxes1, boxes2, bounding_box_format, use_masking=False, mask_val=-1, image_shape=None
):
    """The overlap of every box of one set with every box of another: intersection over union.

    Args:
        boxes1, boxes2: Shapes (n, 4) and (m, 4), or with an axis for a batch before them.
        bounding_box_format: Of both.
        use_masking: Whether pairs with a box whose numbers are all below 0 give `mask_val`.
        mask_val: For these.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        Shape (n, m), or (batch, n, m).

    >>> compute_iou([[0, 0, 2, 2]], [[0, 1, 2, 3], [5, 5, 6, 6]], "xyxy").numpy().round(4)
    array([[0.3333, 0.    ]], dtype=float32)
    """
    boxes1, boxes2 = (
        _in_corners(boxes, bounding_box_format, image_shape) for boxes in (boxes1, boxes2)
    )
    for name, boxes in (("boxes1", boxes1), ("boxes2", boxes2)):
        if boxes.ndim not in (2, 3):
            raise ValueError(
                f"compute_iou() expects {name} of shape (n, 4) or (batch, n, 4). "
                f"Received: {name}.shape={boxes.shape}"
            )
    first, second = boxes1[..., :, None, :], boxes2[..., None, :, :]
    overlap = _overlap(first, second)
    iou = overlap / (_areas(first) + _areas(second) - overlap + settings.epsilon())
    if not use_masking:
        return iou
    hidden = ops.logical_or(ops.max(first, -1) < 0, ops.max(second, -1) < 0)
    return ops.where(hidden, ops.cast(mask_val, iou.dtype), iou)


def _overlap(a, b):
    sides = ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2])
    sides = ops.maximum(sides, 0)
    return sides[..., 0] * sides[..., 1]


def compute_ciou(boxes1, boxes2, bounding_box_format, image_shape=None):
    """How well boxes fit others, pair by pair: overlap, less distance, less difference of shape.

    Args:
        boxes1, boxes2: Shape (…, 4).
        bounding_box_format: Of both.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        Shape (…,): 1 for the same box, down to -1.5.

    Source: Z. Zheng et al. (2020), "Distance-IoU loss", arXiv:1911.08287.

    >>> compute_ciou([0, 0, 2, 2], [0, 0, 2, 2], "xyxy").numpy().round(4).item()
    1.0
    """
    epsilon = settings.epsilon()
    a, b = (_in_corners(boxes, bounding_box_format, image_shape) for boxes in (boxes1, boxes2))

    def sides(box):
        return box[..., 2] - box[..., 0], box[..., 3] - box[..., 1] + epsilon

    (width_a, height_a), (width_b, height_b) = sides(a), sides(b)
    overlap = _overlap(a, b)
    union = width_a * height_a + width_b * height_b - overlap + 2 * epsilon
    iou = overlap / union
    hull = ops.maximum(a[..., 2:], b[..., 2:]) - ops.minimum(a[..., :2], b[..., :2])
    between = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2
    distance = ops.sum(between**2, -1) / (ops.sum(hull**2, -1) + epsilon)
    angle = ops.arctan(width_b / height_b) - ops.arctan(width_a / height_a)
    v = (4 / math.pi**2) * angle**2
    alpha = v / (v - iou + (1 + epsilon))
    return iou - (distance + v * alpha)


def _variance(variance):
    if variance is None:
        return None
    variance = ops.convert_to_tensor(variance, "float32")
    if variance.shape[-1:] != (4,):
        raise ValueError(f"`variance` must be length 4. Received: variance={variance}")
    return variance


def _size(encoding, image_shape, name):
    if encoding not in ("center_xywh", "center_yxhw"):
        raise ValueError(
            f"`{name}` should be one of 'center_xywh' or 'center_yxhw'. Received: {name}={encoding}"
        )
    return (None, None) if image_shape is None else image_shape[:2]


def encode_box_to_deltas(
    anchors,
    boxes,
    anchor_format,
    box_format,
    encoding_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """How boxes differ from anchors: shifts in units of the anchor, and logs of ratios of lengths.

    Args:
        anchors: Shape (n, 4).
        boxes: Shape (n, 4) or (batch, n, 4).
        anchor_format, box_format: Of these.
        encoding_format: "center_yxhw" or "center_xywh".
        variance: Four numbers that deltas are divided by.
        image_shape: (height, width, channels), for relative formats.

    >>> encode_box_to_deltas([[0, 0, 2, 2]], [[1, 1, 3, 3]], "xyxy", "xyxy").numpy()
    array([[0.5, 0.5, 0. , 0. ]], dtype=float32)
    """
    variance = _variance(variance)
    size = _size(encoding_format, image_shape, "encoding_format")
    anchors = convert_format(anchors, anchor_format, encoding_format, *size)
    boxes = convert_format(boxes, box_format, encoding_format, *size)
    epsilon = settings.epsilon()
    lengths = ops.maximum(anchors[..., 2:], epsilon)
    shifts = (boxes[..., :2] - anchors[..., :2]) / lengths
    scales = ops.log(ops.maximum(boxes[..., 2:], epsilon) / lengths)
    deltas = ops.concatenate([shifts, scales], axis=-1)
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors,
    boxes_delta,
    anchor_format,
    box_format,
    encoded_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """The boxes that `encode_box_to_deltas` made deltas of.

    Args:
        anchors: Shape (n, 4), or a dict of such.
        boxes_delta: Shape (n, 4) or (batch, n, 4), or a dict of such.
        anchor_format: Of the anchors.
        box_format: Of the result.
        encoded_format: "center_yxhw" or "center_xywh".
        variance: Four numbers that deltas are multiplied by.
        image_shape: (height, width, channels), for relative formats.

    >>> decode_deltas_to_boxes([[0, 0, 2, 2]], [[0.5, 0.5, 0, 0]], "xyxy", "xyxy").numpy()
    array([[1., 1., 3., 3.]], dtype=float32)
    """
    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        rest = anchor_format, box_format, encoded_format, variance, image_shape
        return {
            level: decode_deltas_to_boxes(anchor, boxes_delta[level], *rest)
            for level, anchor in anchors.items()
        }
    variance = _variance(variance)
    size = _size(encoded_format, image_shape, "encoded_format")
    anchors = convert_format(anchors, anchor_format, encoded_format, *size)
    deltas = ops.convert_to_tensor(boxes_delta)
    if variance is not None:
        deltas = deltas * variance
    centres = deltas[..., :2] * anchors[..., 2:] + anchors[..., :2]
    lengths = ops.exp(deltas[..., 2:]) * anchors[..., 2:]
    boxes = ops.concatenate([centres, lengths], axis=-1)
    return convert_format(boxes, encoded_format, box_format, *size)
