"""CIFAR-10: 60,000 photographs, 32 × 32 pixels in colour, ten classes."""

import os

import numpy as np

from minigrad.datasets.cifar import read_batch, read_members
from minigrad.datasets.tables import Split
from minigrad.utils.get_file import get_file

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
FOLDER = "cifar-10-batches-py"
TRAIN = tuple(f"data_batch_{i}" for i in range(1, 6))


def load_data(path: str | os.PathLike | None = None) -> Split:
    """Load CIFAR-10 as `(x_train, y_train), (x_test, y_test)`.

    Args:
        path: `cifar-10-python.tar.gz`, or the folder that it unpacks to, of your own; by default
            the archive in Keras's cache, to which it is downloaded if it is missing.

    Returns:
        Images `x` of shape (50000 or 10000, 32, 32, 3), uint8 from 0 to 255 (the colours come
        second where `image_data_format` is "channels_first"), and labels `y` of shape (n, 1),
        uint8, an index into `CLASSES`.

    Raises:
        RuntimeError: if the archive is neither in the cache nor to be had from the internet.
        FileNotFoundError: if `path` is not there.
        pickle.UnpicklingError: if a file holds anything but arrays, lists and strings.

    Source: A. Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images".
    """
    if path is None:
        # The name under which Keras 3 caches the archive.
        path = get_file("cifar-10-batches-py-target_archive", ORIGIN, file_hash=SHA256)
    batches = read_members(path, FOLDER, (*TRAIN, "test_batch"))
    parts = [read_batch(batch, "labels") for batch in batches]
    train = tuple(np.concatenate(arrays) for arrays in zip(*parts[:-1]))
    return train, parts[-1]
