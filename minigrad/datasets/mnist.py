"""MNIST: 70,000 handwritten digits, 28 × 28 pixels."""

import os

import numpy as np

from minigrad.datasets.files import locate
from minigrad.datasets.tables import Split

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path: str | os.PathLike = "mnist.npz") -> Split:
    """Load MNIST as `(x_train, y_train), (x_test, y_test)`.

    Args:
        path: the name of the file in Keras's cache (`~/.keras/datasets`), where it is downloaded
            to if it is missing; or the path, with its folder, of a file of your own.

    Returns:
        Images `x` of shape (60000 or 10000, 28, 28), uint8 from 0 to 255, and labels `y`,
        uint8 from 0 to 9.

    Raises:
        RuntimeError: if the file is neither in the cache nor to be had from the internet.
        FileNotFoundError: if `path` names a file of your own that is not there.

    Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database" (CC BY-SA 3.0).
    """
    with np.load(locate(path, ORIGIN, SHA256), allow_pickle=False) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])
