"""Galleries: many images in one figure, with labels, boxes or masks."""

import math

import numpy as np

from minigrad.visualization.drawing import (
    draw_bounding_boxes,
    draw_segmentation_masks,
    images_last,
)


def plot_image_gallery(
    images,
    y_true=None,
    y_pred=None,
    label_map=None,
    rows=None,
    cols=None,
    value_range=(0, 255),
    scale=2,
    path=None,
    show=None,
    transparent=True,
    dpi=60,
    legend_handles=None,
    data_format=None,
):
    """Images in rows and columns, with their labels if there are any.

    Args:
        images: Shape (batch, height, width, channels).
        y_true, y_pred: Labels, shape (batch,).
        label_map: A dict of labels and names; needed with labels.
        rows, cols: By default such that all images are shown, nearly in a square.
        value_range: Of the images.
        scale: Inches for an image.
        path: Where to save the figure.
        show: Whether to show the figure; by default unless it is saved.
        transparent: Whether its background is, in the file.
        dpi: Pixels an inch, in the file.
        legend_handles: Of matplotlib, for a legend.
        data_format: "channels_last" or "channels_first"; by default the global setting.

    Returns:
        The figure.

    Raises:
        ValueError: `path` together with `show`, or labels without names.
    """
    import matplotlib.pyplot as plt

    if path is not None and show:
        raise ValueError(
            "plot_gallery() expects either `path` to be set, or `show` to be true. "
            f"Received: path={path}, show={show}"
        )
    if (y_true is not None or y_pred is not None) and label_map is None:
        raise ValueError(
            "If `y_true` or `y_pred` are provided, a `label_map` must also be provided. "
            "Received: label_map=None"
        )
    images = images_last(images, data_format)
    low, high = value_range
    images = np.clip((images.astype("float64") - low) / (high - low), 0, 1)
    if images.shape[-1] == 1:
        images = np.repeat(images, 3, axis=-1)
    count = len(images)
    rows = rows or (math.ceil(count / cols) if cols else math.ceil(math.sqrt(count)))
    cols = cols or math.ceil(count / rows)
    figure, axes = plt.subplots(
        rows, cols, figsize=(cols * scale, rows * scale), frameon=False, squeeze=False
    )
    figure.subplots_adjust(wspace=0, hspace=0)
    for index, axis in enumerate(axes.flat):
        axis.axis("off")
        if index >= count:
            continue
        axis.imshow(images[index])
        title = [
            f"{what}: {label_map.get(np.asarray(labels)[index].item(), 'Unknown')}"
            for what, labels in (("Label", y_true), ("Pred", y_pred))
            if labels is not None and index < len(labels)
        ]
        if title:
            axis.set_title("  ".join(title), fontsize=8)
    if legend_handles is not None:
        figure.legend(handles=legend_handles, loc="lower center")
    if path is not None:
        figure.savefig(path, pad_inches=0, bbox_inches="tight", transparent=transparent, dpi=dpi)
    elif show or show is None:
        plt.show()
    plt.close(figure)
    return figure


def plot_bounding_box_gallery(
    images,
    bounding_box_format,
    y_true=None,
    y_pred=None,
    value_range=(0, 255),
    true_color=(0, 188, 212),
    pred_color=(255, 235, 59),
    line_thickness=2,
    font_scale=1.0,
    text_thickness=None,
    class_mapping=None,
    ground_truth_mapping=None,
    prediction_mapping=None,
    legend=False,
    legend_handles=None,
    rows=None,
    cols=None,
    data_format=None,
    **kwargs,
):
    """A gallery of images with true and predicted boxes.

    Args:
        images: Shape (batch, height, width, 3).
        bounding_box_format: Of the boxes.
        y_true, y_pred: Boxes and labels, as for `draw_bounding_boxes`.
        value_range: Of the images.
        true_color, pred_color: Red, green and blue, up to 255.
        line_thickness, font_scale, text_thickness: As for `draw_bounding_boxes`.
        class_mapping: A dict of labels and names.
        ground_truth_mapping, prediction_mapping: The same for one kind of boxes.
        legend: Whether to say what the colours mean.
        legend_handles: Of matplotlib, for another legend.
        rows, cols, kwargs: As for `plot_image_gallery`.
        data_format: "channels_last" or "channels_first"; by default the global setting.

    Returns:
        The figure.

    Raises:
        ValueError: both kinds of legends.
    """
    if legend and legend_handles:
        raise ValueError(
            "Only pass `legend` OR `legend_handles` to "
            f"`keras.visualization.plot_bounding_box_gallery()`. Received: {legend_handles}"
        )
    images = images_last(images, data_format)
    low, high = value_range
    images = (images.astype("float64") - low) / (high - low) * 255
    images = np.clip(images, 0, 255).astype("uint8")
    for boxes, color, mapping in (
        (y_true, true_color, ground_truth_mapping),
        (y_pred, pred_color, prediction_mapping),
    ):
        if boxes is not None:
            images = draw_bounding_boxes(
                images,
                boxes,
                bounding_box_format,
                class_mapping=mapping or class_mapping,
                color=color,
                line_thickness=line_thickness,
                text_thickness=text_thickness,
                font_scale=font_scale,
                data_format="channels_last",
            )
    if legend:
        from matplotlib.patches import Patch

        legend_handles = [
            Patch(color=np.array(color) / 255, label=label)
            for color, label in ((true_color, "Ground Truth"), (pred_color, "Prediction"))
        ]
    return plot_image_gallery(
        images,
        legend_handles=legend_handles,
        rows=rows,
        cols=cols,
        data_format="channels_last",
        **kwargs,
    )


def plot_segmentation_mask_gallery(
    images,
    num_classes,
    value_range=(0, 255),
    y_true=None,
    y_pred=None,
    color_mapping=None,
    blend=True,
    alpha=0.8,
    ignore_index=-1,
    data_format=None,
    **kwargs,
):
    """A gallery of images, each beside itself with its true and its predicted mask.

    Args:
        images: Shape (batch, height, width, 3).
        num_classes, color_mapping, blend, alpha, ignore_index: As for `draw_segmentation_masks`.
        value_range: Of the images.
        y_true, y_pred: Masks, as for `draw_segmentation_masks`.
        data_format: "channels_last" or "channels_first"; by default the global setting.
        kwargs: As for `plot_image_gallery`.

    Returns:
        The figure.
    """
    masks = [np.asarray(one) for one in (y_true, y_pred) if one is not None]
    images = images_last(images, data_format)
    low, high = value_range
    images = (images.astype("float64") - low) / (high - low) * 255
    columns = [images] + [
        draw_segmentation_masks(
            images,
            images_last(mask, data_format)[..., 0].astype(int)
            if mask.ndim == 4
            else mask.astype(int),
            num_classes=num_classes,
            color_mapping=color_mapping,
            alpha=alpha,
            blend=blend,
            ignore_index=ignore_index,
            data_format="channels_last",
        )
        for mask in masks
    ]
    gallery = np.stack(columns, axis=1).reshape(-1, *images.shape[1:])
    return plot_image_gallery(
        gallery, rows=len(images), cols=len(columns), data_format="channels_last", **kwargs
    )
