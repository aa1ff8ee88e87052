"""Margins of images: added, or cut off."""

from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.image_layout import check_rank, space_axes
from minigrad.ops.moving import pad

__all__ = ["crop_images", "pad_images"]


def _check(what, target, ends, names):
    """Of the two margins and the length that are wanted, just one is left open."""
    values = dict(zip((*names, target[0]), (*ends, target[1]), strict=True))
    received = ", ".join(f"{name}={value}" for name, value in values.items())
    if list(values.values()).count(None) != 1:
        raise ValueError(
            f"Must specify exactly two of {', '.join(values)}: the third follows from them. "
            f"Received: {received}"
        )
    for name, value in values.items():
        if value is not None and value < 0:
            raise ValueError(f"{name} must be >= 0. Received: {name}={value}")


def _margins(images, what, top, bottom, left, right, height, width, data_format):
    """For height and width: (axis, before, after, length of the result), checked."""
    check_rank(images)
    adds = what == "padding"
    for axis, (first, last), (before, after), target, name in zip(
        space_axes(images, data_format),
        (("top", "bottom"), ("left", "right")),
        ((top, bottom), (left, right)),
        (height, width),
        ("height", "width"),
        strict=True,
    ):
        names = f"{first}_{what}", f"{last}_{what}"
        _check(what, (f"target_{name}", target), (before, after), names)
        length = images.shape[axis]
        if length is None:
            if not adds and target is None:
                raise ValueError(
                    f"When the {name} of the images is unknown, `target_{name}` must be "
                    f"specified. Received images.shape={images.shape} and target_{name}={target}"
                )
            yield axis, before, after, target
            continue
        sign = 1 if adds else -1
        if target is None:
            target = length + sign * (before + after)
        elif before is None:
            before = sign * (target - length) - after
        else:
            after = sign * (target - length) - before
        found = (names[0], before), (names[1], after), (f"target_{name}", target)
        for label, value in found:
            if value < 0:
                raise ValueError(
                    f"{label} must be >= 0. Received: {label}={value}, images.shape={images.shape}"
                )
        yield axis, before, after, target


@op
def pad_images(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images with margins of 0. Of top, bottom and height give two; of left, right and width too.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says.

    >>> from minigrad import ops
    >>> ops.image.pad_images(
    ...     ops.ones((1, 2, 2, 3)), 1, 0, target_height=4, target_width=5
    ... ).shape
    (1, 4, 5, 3)
    """
    x = as_tensor(images)
    margins = list(
        _margins(
            x,
            "padding",
            *(top_padding, bottom_padding, left_padding, right_padding),
            *(target_height, target_width, data_format),
        )
    )
    if isinstance(x, KerasTensor):
        return _of_target_shape(x, margins)
    widths = [(0, 0)] * x.ndim
    for axis, before, after, _ in margins:
        widths[axis] = (before, after)
    return pad(x, widths)


def _of_target_shape(x, margins):
    shape = list(x.shape)
    for axis, _, _, target in margins:
        shape[axis] = target
    return KerasTensor(shape, x.dtype)


@op
def crop_images(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images without their margins. Of top, bottom and height give two; of left, right and width
    too.

    Args:
        images: (batch, height, width, channels), or without a batch; channels where `data_format`
            says.
    """
    x = as_tensor(images)
    margins = list(
        _margins(
            x,
            "cropping",
            *(top_cropping, bottom_cropping, left_cropping, right_cropping),
            *(target_height, target_width, data_format),
        )
    )
    if isinstance(x, KerasTensor):
        return _of_target_shape(x, margins)
    key = [slice(None)] * x.ndim
    for axis, before, _, target in margins:
        key[axis] = slice(before, before + target)
    return x[tuple(key)]
