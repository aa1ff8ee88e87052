"""Image files in folders as batches of arrays."""

import functools

import numpy as np

from minigrad import settings
from minigrad.ops.image_resizing import resize
from minigrad.utils.directories import dataset_from_directory
from minigrad.utils.images import img_to_array, load_img, smart_resize

FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")


def image_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    color_mode="rgb",
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    interpolation="bilinear",
    follow_links=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    data_format=None,
    format="tf",
    verbose=True,
):
    """The image files below a folder, as batches for `fit`.

    Args:
        directory: The folder. Subfolders are searched too.
        labels: "inferred": each folder in it is a class, in alphabetic order; a list of whole
            numbers for the files in the order of their paths; None for none.
        label_mode: "int"; "categorical" for one-hot vectors; "binary" for 0.0 and 1.0; None.
        class_names: The folders to use, in the order of their labels.
        color_mode: "grayscale", "rgb" or "rgba".
        batch_size: None gives single images.
        image_size: `(height, width)` that all images get, or one number for both.
        shuffle: Whether images come in random order, another one at each pass.
        seed: Of the order, and of the split.
        validation_split: The share of files kept for validation.
        subset: "training", "validation", or "both" for a list of two datasets.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        follow_links: Whether folders behind links are searched.
        crop_to_aspect_ratio: Whether images are cut off rather than stretched.
        pad_to_aspect_ratio: Whether they are filled up rather than stretched.
        data_format: "channels_last" or "channels_first"; by default the global setting.
        format: "tf" or "grain"; kept for Keras's sake, batches are NumPy arrays in any case.
        verbose: Whether to say how many files were found.

    Returns:
        A PyDataset of `(images, labels)`, or of `images`: float32 from 0 to 255. It has
        `class_names`, `file_paths`, `take(n)` and `map(f)`.

    Raises:
        ValueError: no images, or arguments that do not go together.
    """
    channels = {"grayscale": 1, "rgb": 3, "rgba": 4}
    if color_mode not in channels:
        raise ValueError(
            '`color_mode` must be one of {"rgb", "rgba", "grayscale"}. '
            f"Received: color_mode={color_mode}"
        )
    if isinstance(image_size, int):
        image_size = (image_size, image_size)
    elif not isinstance(image_size, list | tuple) or len(image_size) != 2:
        raise ValueError(
            "Invalid `image_size` value. Expected a tuple of 2 integers. "
            f"Received: image_size={image_size}"
        )
    if interpolation.lower() not in INTERPOLATIONS:
        raise ValueError(
            f"Argument `interpolation` should be one of {INTERPOLATIONS}. "
            f"Received: interpolation={interpolation}"
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`."
        )
    check_format(format)
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    return dataset_from_directory(
        directory,
        functools.partial(
            read_image,
            size=tuple(image_size),
            color_mode=color_mode,
            interpolation=interpolation.lower(),
            fit=fit,
            data_format=settings.standardize_data_format(data_format),
        ),
        "images",
        FORMATS,
        labels=labels,
        label_mode=label_mode,
        class_names=class_names,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        validation_split=validation_split,
        subset=subset,
        follow_links=follow_links,
        verbose=verbose,
    )


def check_format(format):
    """Refuse what is no name of a kind of dataset that Keras has."""
    if format not in ("tf", "grain"):
        raise ValueError(f'`format` should be either "tf" or "grain". Received: format={format}')


def read_image(path, size, color_mode, interpolation, fit, data_format):
    """An image file as a float32 array of this size."""
    x = img_to_array(load_img(path, color_mode), data_format, "float32")
    if fit == "crop":
        return smart_resize(x, size, interpolation, data_format)
    return np.asarray(
        resize(
            x,
            size,
            interpolation=interpolation,
            data_format=data_format,
            pad_to_aspect_ratio=fit == "pad",
        )
    )
