"""CIFAR-100: 60,000 photographs, 32 × 32 pixels in colour, 100 classes in 20 groups."""

import os

from minigrad.datasets.cifar import read_batch, read_members
from minigrad.datasets.tables import Split
from minigrad.utils.get_file import get_file

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
FOLDER = "cifar-100-python"


def load_data(label_mode: str = "fine", path: str | os.PathLike | None = None) -> Split:
    """Load CIFAR-100 as `(x_train, y_train), (x_test, y_test)`.

    Args:
        label_mode: "fine" for the 100 classes, "coarse" for the 20 groups.
        path: `cifar-100-python.tar.gz`, or the folder that it unpacks to, of your own; by default
            the archive in Keras's cache, to which it is downloaded if it is missing.

    Returns:
        Images `x` of shape (50000 or 10000, 32, 32, 3), uint8 from 0 to 255 (the colours come
        second where `image_data_format` is "channels_first"), and labels `y` of shape (n, 1),
        uint8.

    Raises:
        ValueError: another `label_mode`.
        RuntimeError: if the archive is neither in the cache nor to be had from the internet.
        FileNotFoundError: if `path` is not there.
        pickle.UnpicklingError: if a file holds anything but arrays, lists and strings.

    Source: A. Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images".
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(
            f'`label_mode` must be one of "fine", "coarse". Received: label_mode={label_mode}.'
        )
    if path is None:
        # The name under which Keras 3 caches the archive.
        path = get_file("cifar-100-python-target_archive", ORIGIN, file_hash=SHA256)
    train, test = (
        read_batch(batch, f"{label_mode}_labels")
        for batch in read_members(path, FOLDER, ("train", "test"))
    )
    return train, test
