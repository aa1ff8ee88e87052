"""Segment reductions against loops over the groups."""

import numpy as np
import pytest

from minigrad import KerasTensor, ops

DATA = np.array([[3.0, -1.0], [2.0, 4.0], [0.5, 0.0], [-2.0, 7.0], [9.0, 9.0]], np.float32)
IDS = np.array([2, 0, 2, -1, 7])

TABLE = [
    (ops.segment_sum, np.sum, 0),
    (ops.segment_prod, np.prod, 1),
    (ops.segment_max, np.max, -np.inf),
    (ops.segment_min, np.min, np.inf),
]


@pytest.mark.parametrize(("f", "reduce", "empty"), TABLE)
def test_groups_are_reduced_and_rows_of_no_group_left_out(f, reduce, empty):
    found = f(DATA, IDS, num_segments=4)
    for group in range(4):
        rows = DATA[group == IDS]
        expected = reduce(rows, axis=0) if len(rows) else np.full(2, empty)
        assert np.allclose(found[group], expected)


@pytest.mark.parametrize(("f", "reduce", "empty"), TABLE)
def test_the_number_of_groups_follows_from_the_greatest_id(f, reduce, empty):
    assert f(DATA[:, 0], [0, 0, 1, 1, 4]).shape == (5,)
    assert f(np.zeros((0, 3)), np.zeros(0, "int32")).shape == (0, 3)
    assert f(DATA[:0], IDS[:0], 2).numpy().tolist() == [[empty] * 2] * 2


@pytest.mark.parametrize(("f", "reduce", "empty"), TABLE)
@pytest.mark.parametrize("dtype", ["int32", "uint8", "int8", "float16", "bfloat16"])
def test_the_dtype_stays(f, reduce, empty, dtype):
    found = f(ops.array([1, 5, 2], dtype), [0, 0, 1], 3)
    assert found.dtype == dtype
    assert np.array_equal(np.asarray(found, "float64")[:2], [reduce([1, 5]), 2])


def test_an_empty_group_of_whole_numbers_has_the_limit():
    assert ops.segment_max([1], [0], 2).numpy().tolist() == [1, -(2**31)]
    assert ops.segment_min(ops.array([1], "uint8"), [0], 2).numpy().tolist() == [1, 255]


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="1-D vector"):
        ops.segment_sum(DATA, IDS[None])
    with pytest.raises(ValueError, match="same leading dimension"):
        ops.segment_sum(DATA, IDS[:3])


def test_shapes_with_unknown_lengths():
    found = ops.segment_max(KerasTensor((None, 4), "int8"), KerasTensor((None,), "int32"), 7)
    assert (found.shape, found.dtype) == ((7, 4), "int8")
