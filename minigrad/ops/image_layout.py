"""How images lie in memory: with or without a batch, channels last or first."""

from minigrad.ops.shaping import permute, reshape_to
from minigrad.settings import standardize_data_format


def check_rank(images, name="images"):
    """Raise ValueError unless there is an image or a batch of images."""
    if images.ndim not in (3, 4):
        raise ValueError(
            f"Invalid {name} rank: expected rank 3 (single image) or rank 4 (batch of images). "
            f"Received input with shape: {name}.shape={tuple(images.shape)}"
        )


def channels_axis(data_format):
    """The axis of the channels, counted from the end."""
    return -1 if standardize_data_format(data_format) == "channels_last" else -3


def space_axes(images, data_format):
    """The axes of height and width."""
    last = standardize_data_format(data_format) == "channels_last"
    return (images.ndim - 3, images.ndim - 2) if last else (images.ndim - 2, images.ndim - 1)


def as_batch(images, data_format):
    """Images as (batch, height, width, channels), and the function that undoes it."""
    check_rank(images)
    single = images.ndim == 3
    first = standardize_data_format(data_format) == "channels_first"
    if single:
        images = reshape_to(images, shape=(1, *images.shape))
    if first:
        images = permute(images, axes=(0, 2, 3, 1))

    def undo(result):
        if first:
            result = permute(result, axes=(0, 3, 1, 2))
        return reshape_to(result, shape=result.shape[1:]) if single else result

    return images, undo
