"""1,797 real handwritten digits, 8 × 8 pixels: MNIST's little sister, inside the wheel."""

import numpy as np

from minigrad.datasets.tables import DATA, Split, split


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the handwritten digits of 13 people as `(x_train, y_train), (x_test, y_test)`.

    Args:
        test_split: the share of the 1,797 images kept for the test.
        seed: of the shuffle before the split.

    Returns:
        Images `x` of shape (n, 8, 8), uint8 from 0 (paper) to 16 (ink), and labels `y` of
        shape (n,), uint8 from 0 to 9.

    Source: E. Alpaydin, C. Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI.

    Example:

    >>> from minigrad.datasets import digits
    >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
    >>> x_train.shape, x_test.shape, int(x_train.max())
    ((1437, 8, 8), (360, 8, 8), 16)
    """
    table = np.loadtxt(DATA / "digits.csv.gz", delimiter=",", dtype=np.uint8)
    return split(table[:, :-1].reshape(-1, 8, 8), table[:, -1], test_split, seed)
