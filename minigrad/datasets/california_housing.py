"""California Housing: prices of 20,640 neighbourhoods, 8 features."""

import os

from minigrad.datasets.files import KERAS, locate
from minigrad.datasets.tables import Split, legacy_split, read_table

ORIGIN = KERAS + "california_housing.npz"
SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
FEATURES = (
    "MedInc",
    "HouseAge",
    "AveRooms",
    "AveBedrms",
    "Population",
    "AveOccup",
    "Latitude",
    "Longitude",
)
SMALL = 600  # rows of the small version


def load_data(
    version: str = "large",
    path: str | os.PathLike = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Split:
    """Load California Housing as `(x_train, y_train), (x_test, y_test)`.

    Args:
        version: "large", or "small" for 600 rows.
        path: the name of the file in Keras's cache (`~/.keras/datasets`), where it is downloaded
            to if it is missing; or the path, with its folder, of a file of your own.
        test_split: the share of rows kept for the test.
        seed: of the order of the rows.

    Returns:
        Features `x` of shape (n, 8), named in `FEATURES`, and median prices `y` of shape (n,) in
        dollars, of the houses in a census block group in 1990.

    Raises:
        ValueError: another version, or a `test_split` that is not in [0, 1).
        RuntimeError: if the file is neither in the cache nor to be had from the internet.

    Source: R. K. Pace, R. Barry (1997), "Sparse spatial autoregressions".
    """
    if version not in ("small", "large"):
        raise ValueError(
            f"Argument `version` must be one of 'small', 'large'. Received: version={version}"
        )
    x, y = read_table(locate(path, ORIGIN, SHA256))
    if version == "small":
        x, y = x[:SMALL], y[:SMALL]
    return legacy_split(x, y, test_split, seed)
