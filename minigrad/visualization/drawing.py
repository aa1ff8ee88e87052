"""Boxes and masks drawn on images, with Pillow and NumPy."""

import numpy as np

from minigrad import settings
from minigrad.utils.bounding_boxes import convert_format

# Three steps through the colours, large and of different lengths: neighbours differ clearly.
PALETTE = np.array([2**25 - 1, 2**15 - 1, 2**21 - 1])


def images_last(images, data_format=None):
    """A batch of images as a NumPy array with the channels last."""
    images = np.asarray(images)
    if images.ndim != 4:
        raise ValueError(f"`images` must be batched 4D tensor. Received: shape {images.shape}")
    if settings.standardize_data_format(data_format) == "channels_first":
        images = images.transpose(0, 2, 3, 1)
    return images


def _as_bytes(images):
    if images.dtype.kind == "f":
        largest = images.max(initial=0)
        images = np.clip(images, 0, 1) * 255 if largest <= 1 else np.clip(images, 0, 255)
    return images.astype("uint8")


def draw_bounding_boxes(
    images,
    bounding_boxes,
    bounding_box_format,
    class_mapping=None,
    color=(128, 128, 128),
    line_thickness=2,
    text_thickness=1,
    font_scale=1.0,
    data_format=None,
):
    """Images with boxes on them.

    Args:
        images: Shape (batch, height, width, 3); floats up to 1, or numbers up to 255.
        bounding_boxes: A dict of "boxes", shape (batch, n, 4), "labels", shape (batch, n), where -1
            is no box, and "confidences" if there are any.
        bounding_box_format: Of the boxes.
        class_mapping: A dict of labels and names, which are written at the boxes.
        color: Red, green and blue, up to 255.
        line_thickness: In pixels.
        text_thickness: In pixels; None for that of the lines.
        font_scale: 1 for letters of 12 pixels.
        data_format: "channels_last" or "channels_first"; by default the global setting.

    Returns:
        An array of bytes of shape (batch, height, width, 3).

    Raises:
        ValueError: no batch of images, or no boxes or labels.
        TypeError: boxes that are not in a dict.

    >>> boxes = {"boxes": [[[1, 1, 4, 4]]], "labels": [[0]]}
    >>> draw_bounding_boxes(np.zeros((1, 6, 6, 3)), boxes, "xyxy", line_thickness=1)[0, :, :, 0]
    array([[  0,   0,   0,   0,   0,   0],
           [  0, 128, 128, 128, 128,   0],
           [  0, 128,   0,   0, 128,   0],
           [  0, 128,   0,   0, 128,   0],
           [  0, 128, 128, 128, 128,   0],
           [  0,   0,   0,   0,   0,   0]], dtype=uint8)
    """
    from PIL import Image, ImageDraw, ImageFont

    images = _as_bytes(images_last(images, data_format))
    if not isinstance(bounding_boxes, dict):
        raise TypeError(
            "`bounding_boxes` should be a dict. "
            f"Received: bounding_boxes={bounding_boxes} of type {type(bounding_boxes)}"
        )
    if not {"boxes", "labels"} <= bounding_boxes.keys():
        raise ValueError(
            "`bounding_boxes` should be a dict containing 'boxes' and 'labels' keys. "
            f"Received: bounding_boxes={bounding_boxes}"
        )
    boxes = convert_format(bounding_boxes["boxes"], bounding_box_format, "xyxy", *images.shape[1:3])
    boxes, labels = np.asarray(boxes).astype(int), np.asarray(bounding_boxes["labels"]).astype(int)
    confidences = bounding_boxes.get("confidences")
    names, color = class_mapping or {}, tuple(int(one) for one in color)
    height = int(12 * font_scale)
    font = ImageFont.load_default(size=height)
    stroke = max((text_thickness or line_thickness) - 1, 0)
    drawn = []
    for i, image in enumerate(images):
        picture = Image.fromarray(image)
        draw = ImageDraw.Draw(picture)
        for j, (label, box) in enumerate(zip(labels[i], boxes[i])):
            if label == -1:
                continue
            left, top, right, bottom = (int(one) for one in box)
            # A line grows to both sides of the border, as thick ones do in most programs.
            for grown in range(-((line_thickness - 1) // 2), line_thickness // 2 + 1):
                edges = left - grown, top - grown, right + grown, bottom + grown
                if edges[0] <= edges[2] and edges[1] <= edges[3]:
                    draw.rectangle(edges, outline=color)
            if label in names:
                text = str(names[label])
                if confidences is not None:
                    text += f" | {float(np.asarray(confidences)[i][j]):.2f}"
                above = top - height - 4
                place = (left, above) if above > 0 else (left + 3, top + 3)
                draw.text(place, text, fill=color, font=font, stroke_width=stroke)
        drawn.append(np.asarray(picture))
    return np.stack(drawn)


def draw_segmentation_masks(
    images,
    segmentation_masks,
    num_classes=None,
    color_mapping=None,
    alpha=0.8,
    blend=True,
    ignore_index=-1,
    data_format=None,
):
    """Images with each class of a mask in a colour.

    Args:
        images: Shape (batch, height, width, 3), up to 255.
        segmentation_masks: Whole numbers below `num_classes`, shape (batch, height, width) or
            (batch, height, width, 1).
        num_classes: By default one more than the largest.
        color_mapping: A dict of classes and colours.
        alpha: How much the colours count, from 0 to 1.
        blend: Whether they are mixed with the image.
        ignore_index: The class that is not drawn.
        data_format: "channels_last" or "channels_first"; by default the global setting.

    Returns:
        An array of shape (batch, height, width, 3): bytes, or floats without `blend`.

    Raises:
        ValueError: no batch of images.
        TypeError: masks that are not of whole numbers.

    >>> masks = np.array([[[0, 1]]])
    >>> colours = {0: (255, 0, 0), 1: (0, 0, 255)}
    >>> draw_segmentation_masks(np.zeros((1, 1, 2, 3)), masks, color_mapping=colours, alpha=1.0)
    array([[[[255,   0,   0],
             [  0,   0, 255]]]], dtype=uint8)
    """
    images = images_last(images, data_format).astype("float32")
    masks = np.asarray(segmentation_masks)
    if masks.dtype.kind not in "iu":
        raise TypeError(
            "`segmentation_masks` must be in integer dtype. "
            f"Received: segmentation_masks.dtype={masks.dtype}"
        )
    if masks.ndim == 4:
        first = settings.standardize_data_format(data_format) == "channels_first"
        masks = masks[:, 0] if first else masks[..., 0]
    if num_classes is None:
        num_classes = int(masks.max(initial=-1)) + 1
    drawn = images.copy()
    for label in range(num_classes):
        if label != ignore_index and (color_mapping is None or label in color_mapping):
            colour = label * PALETTE % 255 if color_mapping is None else color_mapping[label]
            drawn[masks == label] = colour
    return (images * (1 - alpha) + drawn * alpha).astype("uint8") if blend else drawn
