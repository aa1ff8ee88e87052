"""Bounding boxes: the formats in which they are written."""

from minigrad import ops

# For each format: whether it is relative to the size of the image, the order of the axes, and
# whether the second pair is the other corner, a length, or a length around a centre.
FORMATS = {
    "xyxy": (False, "xy", "corner"),
    "yxyx": (False, "yx", "corner"),
    "xywh": (False, "xy", "length"),
    "center_xywh": (False, "xy", "centre"),
    "center_yxhw": (False, "yx", "centre"),
    "rel_xyxy": (True, "xy", "corner"),
    "rel_yxyx": (True, "yx", "corner"),
    "rel_xywh": (True, "xy", "length"),
    "rel_center_xywh": (True, "xy", "centre"),
}


def changed_format(boxes, source, target, height, width):
    """Boxes (…, 4) in another format, on images of a size.

    >>> from minigrad import ops
    >>> changed_format(ops.array([[1.0, 2.0, 3.0, 6.0]]), "xyxy", "center_xywh", 10, 10).numpy()
    array([[2., 4., 2., 4.]], dtype=float32)
    """
    if source == target:
        return boxes
    relative, order, kind = _format(source)
    a, b, c, d = (boxes[..., i] for i in range(4))
    if kind == "length":
        c, d = a + c, b + d
    elif kind == "centre":
        a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
    if order == "yx":
        a, b, c, d = b, a, d, c
    if relative:
        a, b, c, d = a * width, b * height, c * width, d * height
    relative, order, kind = _format(target)
    if relative:
        a, b, c, d = a / width, b / height, c / width, d / height
    if order == "yx":
        a, b, c, d = b, a, d, c
    if kind == "length":
        c, d = c - a, d - b
    elif kind == "centre":
        a, b, c, d = (a + c) / 2, (b + d) / 2, c - a, d - b
    return ops.stack([a, b, c, d], axis=-1)


def _format(name):
    known = FORMATS.get(str(name).lower())
    if known is None:
        raise ValueError(
            f"The format of bounding boxes must be one of {tuple(FORMATS)}. "
            f"Received: bounding_box_format={name}"
        )
    return known
