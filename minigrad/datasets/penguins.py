"""344 penguins of the Palmer Archipelago, three species, with the gaps that real data has."""

import csv

import numpy as np

from minigrad.datasets.tables import DATA, Split, split

CLASSES = ("Adelie", "Chinstrap", "Gentoo")
ISLANDS = ("Biscoe", "Dream", "Torgersen")
SEXES = ("female", "male")
FEATURES = (
    "bill_length_mm",
    "bill_depth_mm",
    "flipper_length_mm",
    "body_mass_g",
    "sex",
    "island",
    "year",
)


def load_data(test_split: float = 0.2, seed: int = 113, missing: str = "keep") -> Split:
    """Load the penguins as `(x_train, y_train), (x_test, y_test)`.

    Args:
        test_split: the share of the penguins kept for the test.
        seed: of the shuffle before the split.
        missing: `"keep"` leaves what was not measured as NaN (11 rows have such a gap);
            `"drop"` leaves those rows out.

    Returns:
        Features `x` of shape (n, 7), float32, in the order of `FEATURES` (`sex` and `island`
        are indices into `SEXES` and `ISLANDS`), and species `y` of shape (n,), int32, an index
        into `CLASSES`.

    Raises:
        ValueError: if `missing` is neither "keep" nor "drop".

    Source: K. B. Gorman, T. D. Williams, W. R. Fraser (2014), PLoS ONE 9(3): e90081.

    Example:

    >>> import numpy as np
    >>> from minigrad.datasets import penguins
    >>> (x_train, y_train), (x_test, y_test) = penguins.load_data()
    >>> x_train.shape, x_test.shape, bool(np.isnan(x_train).any())
    ((275, 7), (69, 7), True)
    """
    if missing not in ("keep", "drop"):
        raise ValueError(f'`missing` is "keep" or "drop". Received: missing={missing!r}')
    codes = {
        "sex": {name: i for i, name in enumerate(SEXES)},
        "island": {name: i for i, name in enumerate(ISLANDS)},
    }

    def number(name: str, text: str) -> float:
        if text == "NA":
            return np.nan
        return codes[name][text] if name in codes else float(text)

    with open(DATA / "penguins.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[number(name, row[name]) for name in FEATURES] for row in rows], np.float32)
    y = np.array([CLASSES.index(row["species"]) for row in rows], np.int32)
    if missing == "drop":
        whole = ~np.isnan(x).any(axis=1)
        x, y = x[whole], y[whole]
    return split(x, y, test_split, seed)
