"""Boston Housing: prices of 506 neighbourhoods, 13 features."""

import os

from minigrad.datasets.files import KERAS, locate
from minigrad.datasets.tables import Split, legacy_split, read_table

ORIGIN = KERAS + "boston_housing.npz"
SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(
    path: str | os.PathLike = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> Split:
    """Load Boston Housing as `(x_train, y_train), (x_test, y_test)`.

    One of its features supposes that house prices depend on the share of black people in a
    neighbourhood. Use `california_housing`, unless that is what you teach about.

    Args:
        path: the name of the file in Keras's cache (`~/.keras/datasets`), where it is downloaded
            to if it is missing; or the path, with its folder, of a file of your own.
        test_split: the share of rows kept for the test.
        seed: of the order of the rows.

    Returns:
        Features `x` of shape (n, 13), and median prices `y` of shape (n,) in 1000 dollars.

    Raises:
        ValueError: if `test_split` is not in [0, 1).
        RuntimeError: if the file is neither in the cache nor to be had from the internet.

    Source: D. Harrison, D. L. Rubinfeld (1978), "Hedonic prices and the demand for clean air".
    """
    x, y = read_table(locate(path, ORIGIN, SHA256))
    return legacy_split(x, y, test_split, seed)
