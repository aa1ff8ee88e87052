"""Fisher's 150 irises: four lengths of a flower, three species."""

import numpy as np

from minigrad.datasets.tables import DATA, Split, split

FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
CLASSES = ("setosa", "versicolor", "virginica")


def load_data(test_split: float = 0.2, seed: int = 113) -> Split:
    """Load the irises as `(x_train, y_train), (x_test, y_test)`.

    Args:
        test_split: the share of the 150 flowers kept for the test.
        seed: of the shuffle before the split.

    Returns:
        Measurements `x` of shape (n, 4), float32, in cm and in the order of `FEATURES`, and
        species `y` of shape (n,), int32, an index into `CLASSES`.

    Source: R. A. Fisher (1936), "The use of multiple measurements in taxonomic problems".

    Example:

    >>> from minigrad.datasets import iris
    >>> (x_train, y_train), (x_test, y_test) = iris.load_data()
    >>> x_train.shape, x_test.shape
    ((120, 4), (30, 4))
    """
    table = np.loadtxt(DATA / "iris.csv", delimiter=",", skiprows=1, dtype=np.float32)
    return split(table[:, :-1], table[:, -1].astype(np.int32), test_split, seed)
