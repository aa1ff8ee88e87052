"""Sequences of different lengths as one array."""

import numpy as np
import pytest

from minigrad.utils import pad_sequences

ROWS = [[1], [1, 2], [1, 2, 3]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [[0, 0, 1], [0, 1, 2], [1, 2, 3]]),
        ({"padding": "post"}, [[1, 0, 0], [1, 2, 0], [1, 2, 3]]),
        ({"maxlen": 2}, [[0, 1], [1, 2], [2, 3]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [1, 2], [1, 2]]),
        ({"maxlen": 4, "value": 9}, [[9, 9, 9, 1], [9, 9, 1, 2], [9, 1, 2, 3]]),
        ({"maxlen": 0}, [[], [], []]),
    ],
)
def test_sequences_are_filled_up_and_cut_off(arguments, expected):
    padded = pad_sequences(ROWS, **arguments)
    assert padded.dtype == np.int32
    np.testing.assert_array_equal(padded, expected)


def test_elements_may_be_vectors():
    padded = pad_sequences([[], [[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]], dtype="float32")
    assert padded.shape == (3, 2, 2)
    np.testing.assert_array_equal(padded[1], [[0, 0], [1, 2]])


def test_strings_of_any_length_need_the_dtype_object():
    padded = pad_sequences([["a"], ["long", "b"]], dtype=object, value="pad")
    assert padded.tolist() == [["pad", "a"], ["long", "b"]]
    with pytest.raises(ValueError, match="`dtype` int32 is not compatible"):
        pad_sequences([["a"]], value="pad")


@pytest.mark.parametrize(
    ("sequences", "arguments", "message"),
    [
        (3, {}, "must be a list of sequences"),
        ([1, 2], {}, "must be a list of iterables"),
        ([[[1, 2]], [[1, 2, 3]]], {}, r"position 1 .* Expected: \(2,\). Received: \(3,\)"),
        (ROWS, {"padding": "left"}, "`padding` must be one of"),
        (ROWS, {"truncating": "left"}, "`truncating` must be one of"),
    ],
)
def test_errors_say_what_is_wrong(sequences, arguments, message):
    with pytest.raises(ValueError, match=message):
        pad_sequences(sequences, **arguments)
