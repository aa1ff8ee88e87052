"""Adding rows by index beside a plain loop."""

import numpy as np
import pytest

from minigrad.kernels import indexing, jit, native, units
from minigrad.kernels.indexing import gather, scatter_add


def loop(indices, updates, out):
    for index, update in zip(indices.reshape(-1), updates.reshape(-1, *out.shape[1:]), strict=True):
        if -len(out) <= index < len(out):
            out[index] += update
    return out


def draw(rng, shape, dtype):
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 50, shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8", "float16"])
@pytest.mark.parametrize(
    ("count", "row"), [((40,), ()), ((40,), (1,)), ((5, 8), (3,)), ((100,), (2, 17)), ((0,), (4,))]
)
@pytest.mark.parametrize("index_dtype", ["int32", "int64", "uint8"])
def test_scatter_add_equals_a_loop(count, row, dtype, index_dtype):
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 7, count).astype(index_dtype)
    updates = draw(rng, count + row, dtype)
    start = draw(rng, (7, *row), dtype)
    expected = loop(indices, updates, start.copy())
    np.testing.assert_array_equal(scatter_add(indices, updates, start), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("width", [1, 2, 33, 100])
def test_the_sum_is_that_of_a_loop_whatever_the_shares_and_threads(dtype, width):
    rng = np.random.default_rng(0)
    indices = rng.integers(-9, 9, 501).astype(np.int32)
    updates, start = draw(rng, (501, width), dtype), draw(rng, (9, width), dtype)
    expected = loop(indices, updates, start.copy())
    for way in (indexing._scatter_add_twin, by_shares):
        for shares in (1, 2, 5):
            out = start.copy()
            way(updates, indices, out, shares)
            np.testing.assert_array_equal(out, expected)


def by_shares(updates, indices, out, shares):
    if not native.ready():
        pytest.skip("there is no compiler here")
    units.run(indexing.scatter_share, [updates, indices, out, shares], shares, shares)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_negative_indices_count_from_the_end_and_others_are_left_out(dtype):
    indices = np.array([-1, 3, -4, 0, 2**31 - 1, -(2**31)])
    out = scatter_add(indices, np.ones(6, dtype), np.zeros(3, dtype))
    np.testing.assert_array_equal(out, [1, 0, 1])


def test_a_large_scatter_uses_all_threads_and_stays_exact():
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 50, 3000)
    updates = draw(rng, (3000, 100), "float32")
    expected = np.zeros((50, 100), "float32")
    np.add.at(expected, indices, updates)
    np.testing.assert_array_equal(scatter_add(indices, updates, np.zeros_like(expected)), expected)


def test_views_and_read_only_inputs_stay_unchanged():
    updates = np.ones((4, 6), "float32").T
    updates.setflags(write=False)
    indices = np.arange(12)[::2] % 3
    indices.setflags(write=False)
    out = scatter_add(indices, updates, np.zeros((3, 4), "float32"))
    np.testing.assert_array_equal(out, np.full((3, 4), 2))


@pytest.mark.parametrize(
    ("updates", "out"),
    [
        (np.zeros(3), np.zeros(5)),
        (np.zeros((4, 2)), np.zeros((5, 3))),
        (np.zeros((4, 2)), np.zeros((5, 4))[:, ::2]),
    ],
)
def test_shapes_that_do_not_fit_are_refused(updates, out):
    with pytest.raises(ValueError, match=r"scatter_add: updates must .*Received: indices.shape="):
        scatter_add(np.zeros(4, int), updates, out)


def test_gather_takes_rows():
    source = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(gather(source, np.array([[2, -3]])), [[[4, 5], [0, 1]]])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("index_dtype", ["int32", "int64"])
def test_many_rows_are_taken_by_threads_as_numpy_takes_them(dtype, index_dtype, monkeypatch):
    jit.load_numba()
    monkeypatch.setattr(indexing, "num_threads", lambda: 2)
    called = []
    kernel = indexing._gather
    monkeypatch.setattr(indexing, "_gather", lambda *a: called.append(1) or kernel(*a))
    rng = np.random.default_rng(0)
    source = draw(rng, (50, 2, 17), dtype)
    indices = rng.integers(-50, 50, (100, 100)).astype(index_dtype)
    np.testing.assert_array_equal(gather(source, indices), source[indices])
    assert called
    indices[3, 4] = 50
    with pytest.raises(IndexError):
        gather(source, indices)
