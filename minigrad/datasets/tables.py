"""What the data sets inside the wheel share: where their files are, and the split in two."""

import math
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> Split:
    """Shuffle the rows and set the last `test_split` of them apart for the test.

    Raises:
        ValueError: if `test_split` is not in [0, 1).
    """
    check_split(test_split)
    order = np.random.default_rng(seed).permutation(len(x))
    train = order[: len(x) - math.ceil(len(x) * test_split)]
    test = order[len(train) :]
    return (x[train], y[train]), (x[test], y[test])


def legacy_split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int) -> Split:
    """The same with the very order and sizes of Keras's data sets of houses.

    Raises:
        ValueError: if `test_split` is not in [0, 1).
    """
    check_split(test_split)
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    count = int(len(x) * (1 - test_split))
    return (x[order[:count]], y[order[:count]]), (x[order[count:]], y[order[count:]])


def read_table(path: str) -> tuple[np.ndarray, np.ndarray]:
    """The arrays `x` and `y` of an `.npz` file."""
    with np.load(path, allow_pickle=False) as file:
        return file["x"], file["y"]


def check_split(test_split: float) -> None:
    """Refuse a share of rows that is none."""
    if not (isinstance(test_split, (int, float)) and 0 <= test_split < 1):
        raise ValueError(
            "`test_split` is the share of rows kept for the test: at least 0 and less than 1. "
            f"Received: test_split={test_split!r}"
        )
