"""Data of a step as one tuple."""

import numpy as np
import pytest

from minigrad.utils import pack_x_y_sample_weight, unpack_x_y_sample_weight


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("x", ("x", None, None)),
        (("x",), ("x", None, None)),
        (["x", "y"], ("x", "y", None)),
        (("x", "y", "w"), ("x", "y", "w")),
        ({"a": 1}, ({"a": 1}, None, None)),
    ],
)
def test_missing_parts_are_none(data, expected):
    assert unpack_x_y_sample_weight(data) == expected


@pytest.mark.parametrize("data", [(), (1, 2, 3, 4)])
def test_other_lengths_are_refused(data):
    with pytest.raises(ValueError, match="Data is expected to be in format"):
        unpack_x_y_sample_weight(data)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("x",), "x"),
        ((["a", "b"],), (["a", "b"],)),
        (("x", "y"), ("x", "y")),
        (("x", "y", "w"), ("x", "y", "w")),
    ],
)
def test_packing_takes_no_more_than_needed(parts, expected):
    assert pack_x_y_sample_weight(*parts) == expected


def test_arrays_are_left_as_they_are():
    x = np.ones(3)
    assert pack_x_y_sample_weight(x) is x
