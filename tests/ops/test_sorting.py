"""sort, argsort and what is found in sorted numbers: stability, NaN, signed zeros, dtypes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import minigrad
from minigrad import KerasTensor, Tensor, ops

SPECIAL = np.array([0.0, -0.0, np.nan, 1.0, -np.inf, np.inf, -np.nan, 0.0, -1.0], "float32")


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int32", "uint8", "bool"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_argsort_is_stable_at_any_length(dtype, axis):
    rng = np.random.default_rng(0)
    for shape in ((3, 5), (300, 40), (40, 1000)):
        x = rng.integers(0, 9, shape).astype(dtype)
        expected = np.argsort(x, axis=axis, kind="stable")
        np.testing.assert_array_equal(ops.argsort(x, axis=axis), expected)


@pytest.mark.parametrize("length", [9, 900])
def test_zeros_are_equal_whatever_their_sign_and_nan_come_last(length):
    x = np.resize(SPECIAL, length)
    np.testing.assert_array_equal(ops.argsort(x), np.argsort(x, kind="stable"))
    np.testing.assert_array_equal(ops.sort(x), np.sort(x))


@settings(max_examples=50, deadline=None)
@given(arrays.arrays("float32", st.integers(250, 300), elements=st.floats(width=32)))
def test_the_order_of_any_floats_is_that_of_numpy(x):
    np.testing.assert_array_equal(ops.argsort(x), np.argsort(x, kind="stable"))


def test_indices_are_int32_and_nothing_is_no_problem():
    assert ops.argsort([2.0, 1.0]).dtype == "int32"
    assert ops.sort(np.zeros((0, 3))).shape == (0, 3)
    assert ops.argsort(np.zeros((2, 0))).shape == (2, 0)
    assert ops.sort(3.0).shape == (1,) and ops.argsort(3.0).tolist() == [0]


@pytest.mark.parametrize("length", [6, 400])
def test_each_gradient_returns_to_its_element(length):
    values = np.random.default_rng(1).integers(0, 4, length).astype("float32")
    x = Tensor(values, requires_grad=True)
    ops.sort(x).backward(np.arange(length, dtype="float32"))
    # Equal elements keep their order, so the gradient is the rank.
    np.testing.assert_array_equal(x.grad, np.argsort(np.argsort(values, kind="stable")))


def test_argpartition_separates_the_small_from_the_great():
    x = np.random.default_rng(2).normal(size=(4, 50))
    order = np.asarray(ops.argpartition(x, 7, axis=1))
    rows = np.take_along_axis(x, order, 1)
    assert (rows[:, :7] <= rows[:, 7:8]).all() and (rows[:, 8:] >= rows[:, 7:8]).all()
    np.testing.assert_array_equal(rows[:, 7], np.sort(x, 1)[:, 7])


@pytest.mark.parametrize("size", [0, 1, 3, 8])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_unique_of_a_given_size_is_cut_or_filled_up(size, axis):
    x = np.array([[3, 1, 3], [2, 2, 2], [3, 1, 3]])
    values, index, inverse, counts = ops.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=axis, size=size
    )
    along = axis or 0
    expected = np.unique(x, axis=axis)
    known = min(size, expected.shape[along])
    assert values.shape[along] == index.shape[0] == counts.shape[0] == size
    np.testing.assert_array_equal(
        np.asarray(values).take(range(known), along), expected.take(range(known), along)
    )
    assert not np.asarray(counts)[known:].any()
    np.testing.assert_array_equal(expected.take(np.asarray(inverse), along), x)


def test_unique_fills_up_with_what_it_is_told():
    values = ops.unique([3, 1, 3], size=4, fill_value=-1)
    assert values.tolist() == [1, 3, -1, -1]
    assert ops.unique([3, 1, 3], size=4).tolist() == [1, 3, 1, 1]
    assert len(ops.unique([np.nan, np.nan])) == 2  # NaN differs from NaN


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ops.searchsorted([[1.0]], 2.0), "only supports 1-D"),
        (lambda: ops.searchsorted([1.0], 2.0, side="top"), "'left' or 'right'"),
        (lambda: ops.digitize([1.0], [[1.0]]), "must be a 1-D array"),
        (lambda: ops.argpartition([1.0, 2.0], (0, 1)), "kth must be an integer"),
        (lambda: ops.unique(np.zeros(0), size=2), "Pass `fill_value`"),
        (lambda: ops.bincount([-1, 2]), "must not be negative"),
        (lambda: ops.bincount([[[1]]]), "must be a vector or a matrix"),
        (lambda: ops.bincount([1], sparse=True), "dense tensors only"),
        (lambda: ops.histogram([[1.0]]), "must be 1-dimensional"),
        (lambda: ops.histogram([1.0], range=(3, 1)), "greater than the first"),
    ],
)
def test_errors_say_what_is_wrong(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_bincount_counts_each_row_of_a_matrix_by_itself():
    assert ops.bincount([[0, 2, 2], [1, 1, 1]]).tolist() == [[1, 0, 2], [0, 3, 0]]
    weighted = ops.bincount([[0, 2], [1, 1]], weights=[[0.5, 2.0], [1.0, 3.0]], minlength=4)
    assert weighted.tolist() == [[0.5, 0, 2, 0], [0, 4, 0, 0]]
    assert ops.bincount(np.zeros(0, int)).shape == (0,)


def test_histogram_leaves_out_what_is_outside_and_nan():
    counts, edges = ops.histogram([0.0, 1.0, 5.0, 9.0, np.nan, 10.0], bins=2, range=(1, 9))
    assert counts.tolist() == [1, 2] and edges.tolist() == [1, 5, 9]


def test_histogram_can_be_compiled():
    binned = minigrad.compile(lambda x: ops.histogram(x, bins=3))
    for x in ([1.0, 2.0, 4.0], [5.0, 5.0, 5.0]):
        counts, edges = np.histogram(x, bins=3)
        ours = binned(np.array(x, "float32"))
        assert ours[0].tolist() == counts.tolist()
        np.testing.assert_allclose(ours[1].numpy(), edges, rtol=1e-6)


def test_where_alone_finds_the_indices_of_what_is_true():
    x = np.array([[True, False], [True, True]])
    for found in (ops.where(x), ops.nonzero(x)):
        assert [one.tolist() for one in found] == [[0, 1, 1], [0, 0, 1]]
        assert {one.dtype for one in found} == {"int32"}
    rows, columns = ops.where(KerasTensor((None, 2), "bool"))
    assert rows.shape == columns.shape == (None,) and rows.dtype == "int32"
