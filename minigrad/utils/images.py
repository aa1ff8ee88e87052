"""Images between files, Pillow and arrays. Pillow comes with matplotlib."""

import io
import os
import pathlib
import warnings

import numpy as np

from minigrad import settings
from minigrad.autograd.tensor import Tensor, as_tensor
from minigrad.ops.image_resizing import resize

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
_MODES = {"grayscale": ("L", "I;16", "I"), "rgb": ("RGB",), "rgba": ("RGBA",)}


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array as a Pillow image.

    Args:
        x: Array of rank 3 with 1, 3 or 4 channels.
        data_format: "channels_last" or "channels_first"; by default the global setting.
        scale: Whether to stretch the values to 0 … 255.
        dtype: In which to compute; `config.floatx()` by default.

    Raises:
        ValueError: another rank, or another number of channels.

    >>> array_to_img(np.zeros((2, 3, 1))).size
    (3, 2)
    """
    from PIL import Image

    data_format = settings.standardize_data_format(data_format)
    x = np.asarray(x, dtype=dtype or settings.floatx())
    if x.ndim != 3:
        raise ValueError(
            "Expected image array to have rank 3 (single image). "
            f"Received: an array of shape {x.shape}"
        )
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - np.min(x)
        x = x / (np.max(x) or 1) * 255
    if x.shape[2] in (3, 4):
        return Image.fromarray(np.ascontiguousarray(x.astype("uint8")))  # RGB or RGBA
    if x.shape[2] == 1:
        x = x[:, :, 0]
        return Image.fromarray(x.astype("int32" if np.max(x, initial=0) > 255 else "uint8"))
    raise ValueError(
        f"Unsupported channel number: images have 1, 3 or 4 channels. Received: {x.shape[2]}"
    )


def img_to_array(img, data_format=None, dtype=None):
    """A Pillow image as an array of rank 3.

    Args:
        img: The image.
        data_format: "channels_last" or "channels_first"; by default the global setting.
        dtype: `config.floatx()` by default.

    >>> img_to_array(array_to_img(np.zeros((2, 3, 1)))).shape
    (2, 3, 1)
    """
    data_format = settings.standardize_data_format(data_format)
    x = np.asarray(img, dtype=dtype or settings.floatx())
    if x.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape. Received: an image of shape {x.shape}")
    x = x.reshape((*x.shape, 1)) if x.ndim == 2 else x
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Write an array to a file as an image.

    Args:
        path: Path, or an open file.
        x: Array of rank 3.
        data_format: "channels_last" or "channels_first"; by default the global setting.
        file_format: As "png"; by default what the path ends in.
        scale: Whether to stretch the values to 0 … 255.
        kwargs: For Pillow's `Image.save`.
    """
    img = array_to_img(x, data_format=data_format, scale=scale)
    if file_format is None and isinstance(path, str | os.PathLike):
        file_format = pathlib.Path(path).suffix[1:]
    if file_format is not None and file_format.lower() in ("jpg", "jpeg"):
        file_format = "jpeg"
        if img.mode == "RGBA":
            warnings.warn(
                "The JPEG format does not support RGBA images, converting to RGB.", stacklevel=2
            )
            img = img.convert("RGB")
    img.save(path, format=file_format, **kwargs)


def load_img(
    path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False
):
    """A file as a Pillow image.

    Args:
        path: Path, or `io.BytesIO`.
        color_mode: "grayscale", "rgb" or "rgba".
        target_size: `(height, width)`; None leaves it as it is.
        interpolation: "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
        keep_aspect_ratio: Whether the middle of the image is cut out rather than all of it
            stretched.

    Raises:
        TypeError: something that is no path.
        ValueError: another colour mode or interpolation.
    """
    from PIL import Image

    if not isinstance(path, io.BytesIO | str | bytes | os.PathLike):
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    if color_mode not in _MODES:
        raise ValueError(
            f'color_mode must be "grayscale", "rgb", or "rgba". Received: color_mode={color_mode}'
        )
    content = (
        path
        if isinstance(path, io.BytesIO)
        else io.BytesIO(pathlib.Path(os.fsdecode(path)).read_bytes())
    )
    img = Image.open(content)
    if img.mode not in _MODES[color_mode]:
        img = img.convert(_MODES[color_mode][0])
    if target_size is None or img.size == (target_size[1], target_size[0]):
        return img
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"Invalid interpolation method. Supported methods are {', '.join(_INTERPOLATIONS)}. "
            f"Received: interpolation={interpolation}"
        )
    height, width = target_size
    box = None
    if keep_aspect_ratio:
        top, left, rows, columns = _middle(img.size[1], img.size[0], height, width)
        box = (left, top, left + columns, top + rows)
    return img.resize((width, height), Image.Resampling[interpolation.upper()], box=box)


def _middle(height, width, target_height, target_width):
    """The largest part in the middle with the shape of the target: top, left, rows, columns."""
    rows = max(min(height, width * target_height // target_width), 1)
    columns = max(min(width, height * target_width // target_height), 1)
    return (height - rows) // 2, (width - columns) // 2, rows, columns


def smart_resize(x, size, interpolation="bilinear", data_format="channels_last"):
    """Images in another size, cut off rather than stretched: the middle is kept.

    Args:
        x: Image or batch of images.
        size: `(height, width)`.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        data_format: "channels_last" or "channels_first".

    Returns:
        An array if `x` is one, else a Tensor.

    >>> smart_resize(np.ones((4, 6, 3)), (2, 2)).shape
    (2, 2, 3)
    """
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers. Received: size={size}")
    img = x if isinstance(x, Tensor) else as_tensor(np.asarray(x))
    if img.ndim not in (3, 4):
        raise ValueError(
            "Expected an image array with shape `(height, width, channels)`, or `(batch_size, "
            f"height, width, channels)`. Received: an array of shape {img.shape}"
        )
    rows_axis = img.ndim - (3 if data_format == "channels_last" else 2)
    height, width = img.shape[rows_axis : rows_axis + 2]
    top, left, rows, columns = _middle(height, width, *size)
    where = [slice(None)] * img.ndim
    where[rows_axis : rows_axis + 2] = slice(top, top + rows), slice(left, left + columns)
    img = resize(img[tuple(where)], size, interpolation=interpolation, data_format=data_format)
    return np.array(img) if isinstance(x, np.ndarray) else img
