"""rearrange against reshape and transpose in NumPy."""

import numpy as np
import pytest

from minigrad import KerasTensor, ops

X = np.arange(48.0).reshape(2, 6, 4)
SPLIT = X.reshape(2, 2, 3, 4)


@pytest.mark.parametrize(
    ("pattern", "lengths", "expected"),
    [
        ("a b c -> a b c", {}, X),
        ("a b c -> c a b", {}, X.transpose(2, 0, 1)),
        ("a b c -> (a b) c", {}, X.reshape(12, 4)),
        ("a b c -> (b a) c", {}, X.transpose(1, 0, 2).reshape(12, 4)),
        ("a (b c) d -> a b c d", {"b": 2}, X.reshape(2, 2, 3, 4)),
        ("a (b c) d -> a b c d", {"c": 2}, X.reshape(2, 3, 2, 4)),
        ("a (b c) d->b (a d) c", {"b": 2, "c": 3}, SPLIT.transpose(1, 0, 3, 2).reshape(2, 8, 3)),
        ("batch time_1 c -> batch 1 time_1 () c", {}, X.reshape(2, 1, 6, 1, 4)),
        ("a b c -> (a b c)", {}, X.ravel()),
    ],
)
def test_rearrange_equals_reshape_and_transpose(pattern, lengths, expected):
    assert np.array_equal(ops.rearrange(X, pattern, **lengths), expected)


def test_scalars_and_axes_of_length_one():
    assert ops.rearrange(3.0, "-> 1 1").shape == (1, 1)
    assert ops.rearrange(np.ones((1, 1)), "1 1 ->").shape == ()
    assert ops.rearrange(np.ones((0, 4)), "a (b c) -> (a b) c", b=2).shape == (0, 2)


@pytest.mark.parametrize(
    ("pattern", "lengths", "says"),
    [
        ("a b c", {}, "one '->'"),
        ("a b -> b a", {}, "names 2 axes"),
        ("a b c -> a b", {}, "same names"),
        ("a b c -> a b d", {}, "same names"),
        ("a b c -> c b a", {"d": 3}, "same names"),
        ("a a c -> a c", {}, "each once"),
        ("a b-c d -> a b", {}, "consists of names"),
        ("a (b c) d -> a b c d", {}, "all lengths but one"),
        ("a (b c) d -> a b c d", {"b": 4}, "length 6"),
        ("a b c -> c b a", {"b": 5}, "length 6"),
        ("1 b c -> b c", {}, "length 2"),
    ],
)
def test_errors_say_what_is_wrong(pattern, lengths, says):
    with pytest.raises(ValueError, match=says):
        ops.rearrange(X, pattern, **lengths)


def test_shapes_with_unknown_lengths():
    x = KerasTensor((None, 6, 4))
    assert ops.rearrange(x, "a (b c) d -> a c (b d)", b=2).shape == (None, 3, 8)
    assert ops.rearrange(x, "a b c -> (a b) c").shape == (None, 4)
    assert ops.rearrange(x, "(a e) b c -> e a b c", e=2).shape == (2, None, 6, 4)
