"""The data sets inside the wheel: the right rows, the right types, the right files."""

import hashlib
import re
import tomllib

import numpy as np
import pytest

from minigrad.datasets import digits, iris, penguins
from minigrad.datasets.tables import DATA


def whole(module, **arguments):
    """All rows of a data set, train and test together."""
    (x_train, y_train), (x_test, y_test) = module.load_data(**arguments)
    return np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])


@pytest.mark.parametrize(
    "module, rows, shape, x_dtype, y_dtype, counts",
    [
        (
            digits,
            1797,
            (8, 8),
            "uint8",
            "uint8",
            [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
        ),
        (iris, 150, (4,), "float32", "int32", [50, 50, 50]),
        (penguins, 344, (7,), "float32", "int32", [152, 68, 124]),
    ],
)
def test_shapes_types_and_classes_are_those_of_the_source(
    module, rows, shape, x_dtype, y_dtype, counts
):
    x, y = whole(module)
    assert x.shape == (rows, *shape) and x.dtype == x_dtype
    assert y.shape == (rows,) and y.dtype == y_dtype
    assert np.bincount(y).tolist() == counts
    assert type(x) is np.ndarray


@pytest.mark.parametrize("module", [digits, iris, penguins])
def test_the_split_is_decided_by_its_share_and_seed_and_loses_no_row(module):
    (x_train, y_train), (x_test, _) = module.load_data(test_split=0.25, seed=3)
    again = module.load_data(test_split=0.25, seed=3)
    other = module.load_data(test_split=0.25, seed=4)
    rows = len(x_train) + len(x_test)
    assert len(x_test) == -(-rows // 4)
    assert np.array_equal(x_train, again[0][0], equal_nan=module is penguins)
    assert not np.array_equal(y_train, other[0][1])
    x, y = whole(module, test_split=0.25, seed=3)
    x_all, y_all = module.load_data(test_split=0)[0]
    order = np.lexsort([y, *x.reshape(rows, -1).T])
    order_all = np.lexsort([y_all, *x_all.reshape(rows, -1).T])
    assert np.array_equal(x[order], x_all[order_all], equal_nan=module is penguins)
    assert np.array_equal(y[order], y_all[order_all])


def test_digits_look_like_digits():
    x, y = whole(digits)
    means = np.array([x[y == digit].mean(axis=0) for digit in range(10)])
    distances = ((x[:, None] - means) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == y).mean() > 0.9  # the nearest mean is a known fair guess
    assert x.max() == 16 and means[0, 4, 4] < 1 < means[1, 4, 4]  # a zero is hollow, a one is not


def test_iris_is_fishers_table():
    x, y = whole(iris)
    expected = {0: [5.006, 3.428, 1.462, 0.246], 1: [5.936, 2.770, 4.260, 1.326]}
    for species, means in expected.items():
        np.testing.assert_allclose(x[y == species].mean(axis=0), means, atol=1e-5)


def test_penguins_keep_their_gaps_or_drop_those_rows():
    x, _ = whole(penguins)
    missing = dict(zip(penguins.FEATURES, np.isnan(x).sum(axis=0).tolist()))
    assert missing == {
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
        "island": 0,
        "year": 0,
    }
    x, _ = whole(penguins, missing="drop")
    assert len(x) == 333 and not np.isnan(x).any()


def test_the_islands_of_the_penguins_are_decoded_right():
    x, y = whole(penguins)
    island = x[:, penguins.FEATURES.index("island")]
    assert set(island[y == penguins.CLASSES.index("Chinstrap")]) == {
        penguins.ISLANDS.index("Dream")
    }
    assert set(island[y == penguins.CLASSES.index("Gentoo")]) == {penguins.ISLANDS.index("Biscoe")}


@pytest.mark.parametrize("test_split", [-0.1, 1, 1.5, "half"])
def test_an_impossible_split_is_refused(test_split):
    with pytest.raises(ValueError, match=r"`test_split`.*Received: test_split="):
        iris.load_data(test_split=test_split)


def test_an_unknown_treatment_of_gaps_is_refused():
    with pytest.raises(ValueError, match="Received: missing='mean'"):
        penguins.load_data(missing="mean")


def test_every_file_is_the_one_that_sources_names():
    sources = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"## (\S+\.\S+)\n.*?- sha256: (\w{64})", sources, flags=re.DOTALL))
    files = {path.name: path for path in DATA.iterdir() if path.name != "SOURCES.md"}
    assert stated.keys() == files.keys()
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == stated[name]


def test_every_file_goes_into_the_wheel():
    package = DATA.parent.parent
    project = tomllib.loads((package.parent / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["minigrad"]
    shipped = {path for pattern in patterns for path in package.glob(pattern)}
    assert {package / "py.typed", *DATA.iterdir()} <= shipped
