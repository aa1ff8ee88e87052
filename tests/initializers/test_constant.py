"""Initializers without chance."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import initializers

CASES = {
    "zeros": (initializers.Zeros(), np.zeros((2, 3))),
    "ones": (initializers.Ones(), np.ones((2, 3))),
    "constant": (initializers.Constant(2.5), np.full((2, 3), 2.5)),
    "array": (initializers.Constant(np.array([1.0, 2.0, 3.0])), [[1, 2, 3], [1, 2, 3]]),
    "identity": (initializers.Identity(gain=3.0), 3 * np.eye(2, 3)),
}


@pytest.mark.parametrize("dtype", [None, "float16", "bfloat16", "float64", "int32"])
@pytest.mark.parametrize("name", CASES)
def test_values_and_dtype(name, dtype):
    initializer, expected = CASES[name]
    values = initializer((2, 3), dtype)
    assert values.dtype == (dtype or "float32")
    np.testing.assert_array_equal(values.numpy(), np.asarray(expected).astype(values.numpy().dtype))


def test_booleans():
    assert initializers.Ones()((2,), "bool").numpy().tolist() == [True, True]


def test_identity_needs_a_matrix():
    with pytest.raises(ValueError, match=r"2D matrices.*shape=\(2, 3, 4\) of rank 3"):
        initializers.Identity()((2, 3, 4))


def test_an_array_survives_its_config():
    initializer = initializers.Constant(np.array([1.0, 2.0]))
    again = initializers.deserialize(initializers.serialize(initializer))
    assert again((2,)).numpy().tolist() == [1.0, 2.0]


def test_the_base_class_asks_to_be_implemented():
    with pytest.raises(NotImplementedError, match="__call__"):
        initializers.Initializer()((2,))


def test_a_variable_finds_an_initializer_by_its_name():
    assert mg.Variable("ones", shape=(2,)).numpy().tolist() == [1.0, 1.0]
