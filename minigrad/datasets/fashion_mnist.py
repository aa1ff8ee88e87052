"""Fashion-MNIST: 70,000 pictures of clothes, 28 × 28 pixels, in the form of MNIST."""

import gzip
import math
import os
from pathlib import Path

import numpy as np

from minigrad.datasets.tables import Split
from minigrad.utils.get_file import get_file

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
SHA256 = {
    "train-images": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}


def load_data(path: str | os.PathLike | None = None) -> Split:
    """Load Fashion-MNIST as `(x_train, y_train), (x_test, y_test)`.

    Args:
        path: a folder of your own with the four `.gz` files; by default Keras's cache
            (`~/.keras/datasets/fashion-mnist`), to which they are downloaded if they are missing.

    Returns:
        Images `x` of shape (60000 or 10000, 28, 28), uint8 from 0 to 255, and labels `y`,
        uint8, an index into `CLASSES`.

    Raises:
        RuntimeError: if a file is neither in the cache nor to be had from the internet.
        FileNotFoundError: if `path` names a folder that lacks one of the files.
        ValueError: if a file is not of MNIST's format.

    Source: H. Xiao, K. Rasul, R. Vollgraf (2017), arXiv:1708.07747 (MIT licence).
    """

    def read(part: str) -> np.ndarray:
        rank = 3 if part.endswith("images") else 1
        name = f"{part}-idx{rank}-ubyte.gz"
        if path is None:
            folder = "datasets/fashion-mnist"
            return read_idx(
                get_file(name, ORIGIN + name, file_hash=SHA256[part], cache_subdir=folder)
            )
        return read_idx(Path(path) / name)

    return (
        (read("train-images"), read("train-labels")),
        (read("t10k-images"), read("t10k-labels")),
    )


def read_idx(path: str | os.PathLike) -> np.ndarray:
    """Read a gzipped IDX file of bytes: two zeros, type 8, the rank, the sizes, then the values."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    rank = content[3] if content[:3] == b"\x00\x00\x08" else 0
    start = 4 + 4 * rank
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    if not rank or len(content) != start + math.prod(shape):
        raise ValueError(
            f"{path} is not an IDX file of bytes, or is cut off. Received: path={path}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()  # else read-only
