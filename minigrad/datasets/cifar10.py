"""CIFAR-10: 60,000 photographs, 32 × 32 pixels in colour, ten classes."""

import io
import os
import pickle
from pathlib import Path

import numpy as np

from minigrad import settings
from minigrad.datasets.download import fetch
from minigrad.datasets.tables import Split

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
        path = fetch("cifar-10-batches-py-target_archive", ORIGIN, SHA256)
    path = Path(path)
    if path.is_dir():
        batches = {name: (path / name).read_bytes() for name in (*TRAIN, "test_batch")}
    else:
        # Read in memory: nothing is unpacked to disk, so no member can choose where it lands.
        import tarfile  # with all of compression, which few need

        with tarfile.open(path) as archive:
            batches = {
                name: archive.extractfile(f"{FOLDER}/{name}").read()
                for name in (*TRAIN, "test_batch")
            }
    parts = [read_batch(batches[name]) for name in TRAIN]
    train = tuple(np.concatenate(arrays) for arrays in zip(*parts))
    return train, read_batch(batches["test_batch"])


def read_batch(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of one pickled batch of the archive."""
    batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
    x = batch[b"data"].reshape(-1, 3, 32, 32)
    if settings.image_data_format() == "channels_last":
        x = x.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(x), np.array(batch[b"labels"], np.uint8)[:, None]


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that can make arrays of bytes and nothing else: a pickle is a program."""

    def find_class(self, module: str, name: str):
        try:
            return {
                # Written by NumPy 1 under Python 2; the module has moved since.
                ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
                ("numpy._core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
                ("numpy", "ndarray"): np.ndarray,
                ("numpy", "dtype"): _byte_dtype,
            }[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"a CIFAR-10 batch must hold arrays, lists and strings alone, but this one asks "
                f"for {module}.{name}: it is damaged or was made to do harm. Received: "
                f"global={module}.{name}"
            ) from None


def _byte_dtype(name: bytes | str, *_: object) -> np.dtype:
    """The dtype u1, the only one in these files (old pickles pass two more, outdated arguments)."""
    if name not in (b"u1", "u1"):
        raise pickle.UnpicklingError(f"a CIFAR-10 batch holds bytes. Received: dtype={name!r}")
    return np.dtype("u1")
