"""What is made from nothing: values, dtypes, and errors."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import KerasTensor, Tensor, ops


@pytest.mark.parametrize("name", ["zeros", "ones", "empty"])
def test_shapes_may_be_ints_lists_and_tensors(name):
    make = getattr(ops, name)
    for shape, expected in ((3, (3,)), ([2, 3], (2, 3)), ((), ()), (Tensor([2, 1]), (2, 1))):
        assert make(shape).shape == expected
    assert make((np.int64(2), Tensor(3))).shape == (2, 3)
    assert make(2).dtype == "float32" and make(2, "int8").dtype == "int8"
    assert make(2, bool).dtype == "bool" and make(2, "bfloat16").dtype == "bfloat16"


def test_floatx_is_the_default():
    before = mg.config.floatx()
    try:
        mg.config.set_floatx("float64")
        made = [ops.zeros(2), ops.full(2, 1), ops.eye(2), ops.tri(2), ops.linspace(0, 1, 2)]
        assert {x.dtype for x in made} == {"float64"}
        assert ops.hanning(3).dtype == "float64"
    finally:
        mg.config.set_floatx(before)


@pytest.mark.parametrize(
    ("arguments", "expected", "dtype"),
    [
        ((5,), [0, 1, 2, 3, 4], "int32"),
        ((2, 5), [2, 3, 4], "int32"),
        ((5, 1, -2), [5, 3], "int32"),
        ((0, 1, 0.25), [0, 0.25, 0.5, 0.75], "float32"),
        ((3.0,), [0, 1, 2], "float32"),
        ((np.int16(3),), [0, 1, 2], "int16"),
        ((Tensor(1), Tensor(4)), [1, 2, 3], "int32"),
        ((4, 1), [], "int32"),
    ],
)
def test_arange_counts(arguments, expected, dtype):
    found = ops.arange(*arguments)
    assert found.dtype == dtype
    assert found.tolist() == expected


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "uint8", "float64"])
def test_arange_counts_in_any_dtype(dtype):
    found = ops.arange(1, 5, dtype=dtype)
    assert found.dtype == dtype and found.numpy().astype(int).tolist() == [1, 2, 3, 4]


def test_linspace_ends_exactly_where_it_should():
    for start, stop in ((0.1, 0.7), (-3.3, 1e6), (5, -5)):
        found = ops.linspace(start, stop, 11).numpy()
        assert found[0] == np.float32(start) and found[-1] == np.float32(stop)
    numbers, step = ops.linspace(2.0, 3.0, 5, retstep=True)
    assert float(step) == 0.25 and numbers.shape == (5,)
    assert ops.linspace(0, 9, 4, dtype="int32").tolist() == [0, 3, 6, 9]
    assert ops.linspace(0, 10, 4, dtype="int32").tolist() == [0, 3, 6, 10]


def test_likes_take_shape_and_dtype_of_what_they_are_like():
    x = ops.ones((2, 3), "int16")
    for made in (ops.zeros_like(x), ops.ones_like(x), ops.full_like(x, 7), ops.empty_like(x)):
        assert made.shape == (2, 3) and made.dtype == "int16"
    assert ops.full_like(x, 2.5).numpy().max() == 2  # cast to int16
    assert ops.full_like(x, [1, 2, 3], dtype="float32").tolist() == [[1, 2, 3]] * 2
    symbolic = ops.zeros_like(KerasTensor((None, 3), "float16"))
    assert symbolic.shape == (None, 3) and symbolic.dtype == "float16"


def test_full_broadcasts_what_it_is_filled_with():
    assert ops.full((2, 3), [1, 2, 3], "int32").tolist() == [[1, 2, 3], [1, 2, 3]]
    assert ops.full((), 3.0).shape == ()


def test_copies_have_memory_of_their_own():
    x = Tensor([1.0, 2.0])
    assert not np.shares_memory(np.asarray(ops.copy(x)), np.asarray(x))


@pytest.mark.parametrize("k", [-3, -1, 0, 2, 5])
def test_eye_and_tri_equal_numpy(k):
    np.testing.assert_array_equal(ops.eye(3, 4, k=k), np.eye(3, 4, k))
    np.testing.assert_array_equal(ops.tri(3, 4, k=k), np.tri(3, 4, k))
    np.testing.assert_array_equal(ops.identity(3, "int32"), np.eye(3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ops.eye(2.0), TypeError, "Argument `N` must be an integer"),
        (lambda: ops.eye(2, 2.5), TypeError, "Argument `M` must be an integer"),
        (lambda: ops.tri("2"), TypeError, "must be an integer"),
        (lambda: ops.linspace(0.0, 1.0, -1), ValueError, "must not be negative"),
        (lambda: ops.meshgrid([1], [2], indexing="yx"), ValueError, "either 'xy' or 'ij'"),
        (lambda: ops.vander([[1.0]]), ValueError, "one-dimensional"),
        (lambda: ops.vander([1.0], -1), ValueError, "nonnegative"),
        (lambda: ops.zeros(2, "float31"), ValueError, "Invalid dtype"),
        (lambda: ops.full((2, 3), [1.0, 2.0]), ValueError, "broadcast"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()
