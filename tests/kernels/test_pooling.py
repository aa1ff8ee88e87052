"""Pooling beside a loop over windows, for one to three axes of space."""

from itertools import product

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad.kernels import pooling

CASES = [  # shape, window, strides, padding
    ((2, 7, 3), (3,), (2,), ((1, 1),)),
    ((3, 9, 2), (2,), (4,), ((0, 0),)),
    ((1, 5, 1), (5,), (1,), ((4, 4),)),
    ((2, 7, 6, 3), (3, 2), (2, 1), ((1, 1), (0, 1))),
    ((1, 4, 4, 1), (1, 1), (3, 3), ((0, 0), (0, 0))),
    ((5, 8, 8, 17), (2, 2), (2, 2), ((0, 0), (0, 0))),
    ((2, 5, 4, 6, 2), (2, 3, 2), (1, 2, 2), ((0, 1), (1, 1), (1, 0))),
]


def windows(shape, window, strides, padding):
    """Each output place with the list of input places in its window, in the order of memory."""
    out = pooling.output_shape(shape, window, strides, padding)[1:-1]
    for place in product(*map(range, out)):
        axes = []
        for p, size, width, step, (before, _) in zip(
            place, shape[1:-1], window, strides, padding, strict=True
        ):
            start = p * step - before
            axes.append(range(max(start, 0), min(start + width, size)))
        yield place, list(product(*axes))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "float16"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_max_pooling_equals_a_loop(case, dtype):
    shape, window, strides, padding = case
    rng = np.random.default_rng(0)
    x = (2 * rng.standard_normal(shape)).round().astype(dtype)  # rounded, so that there are ties
    out, where = pooling.max_pool(x, window, strides, padding)
    upstream = rng.integers(1, 9, out.shape).astype(dtype)
    gradient = pooling.max_pool_backward(upstream, where, shape)
    expected, expected_gradient = np.empty_like(out), np.zeros_like(x)
    for n, c in product(range(shape[0]), range(shape[-1])):
        for place, inside in windows(*case):
            values = [x[(n, *p, c)] for p in inside]
            first = int(np.argmax(values))
            expected[(n, *place, c)] = values[first]
            expected_gradient[(n, *inside[first], c)] += upstream[(n, *place, c)]
            position = where[(n, *place, c)]
            assert position == np.ravel_multi_index(inside[first], shape[1:-1])
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(gradient, expected_gradient)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_average_pooling_equals_a_loop_and_ignores_the_padding(case, dtype):
    shape, window, strides, padding = case
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape).astype(dtype)
    out = pooling.average_pool(x, window, strides, padding)
    upstream = rng.standard_normal(out.shape).astype(dtype)
    gradient = pooling.average_pool_backward(upstream, shape, window, strides, padding)
    expected, expected_gradient = np.empty(out.shape), np.zeros(shape)
    for place, inside in windows(*case):
        rows = tuple(np.array(inside).T)
        at = (slice(None), *place)
        expected[at] = x.astype(float)[(slice(None), *rows)].mean(axis=1)
        for p in inside:
            expected_gradient[(slice(None), *p)] += upstream[at] / len(inside)
    close = {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {"rtol": 1e-13, "atol": 1e-14}
    np.testing.assert_allclose(out, expected, **close)
    np.testing.assert_allclose(gradient, expected_gradient, **close)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_twin_serial_and_parallel_agree(case, dtype):
    shape, window, strides, padding = case
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype).round(1)
    x[0] = np.where(x[0] > 1.5, np.nan, x[0])
    _, five, out_five, geometry = pooling.layout(shape, window, strides, padding)
    g = np.random.default_rng(1).standard_normal(out_five).astype(dtype)
    where = pooling.max_pool(x, window, strides, padding)[1]
    flat = (shape[0], -1, shape[-1])
    table = [
        (pooling._max, (x.reshape(five), geometry), [(out_five, dtype), (out_five, "int32")]),
        (
            pooling._max_backward,
            (g.reshape(flat), where.reshape(flat)),
            [(x.reshape(flat).shape, dtype)],
        ),
        (pooling._average, (x.reshape(five), geometry), [(out_five, dtype)]),
        (pooling._average_backward, (g, geometry), [(five, dtype)]),
    ]
    for kernel, arguments, outputs in table:
        results = []
        for run in (kernel.twin, kernel.compile(dtype), kernel.compile(dtype, parallel=True)):
            arrays = [np.full(s, 77, d) for s, d in outputs]
            run(*arguments, *arrays)
            results.append(arrays)
        for twin, serial, parallel in zip(*results, strict=True):
            assert serial.tobytes() == parallel.tobytes()
            np.testing.assert_allclose(serial, twin, rtol=1e-5, atol=1e-6)


def test_nan_is_the_largest_and_the_first_of_equals_gets_the_gradient():
    x = np.array([1, 1, np.nan, 5, -np.inf, -np.inf], "float32").reshape(1, 6, 1)
    out, where = pooling.max_pool(x, (2,), (2,), ((0, 0),))
    np.testing.assert_array_equal(out.ravel(), [1, np.nan, -np.inf])
    np.testing.assert_array_equal(where.ravel(), [0, 2, 4])


@pytest.mark.parametrize("use_twin", [False, True])
def test_a_window_that_sees_only_padding_gives_no_gradient(use_twin):
    *_, geometry = pooling.layout((1, 1, 1), (1,), (1,), ((2, 0),))
    x = np.ones((1, 1, 1, 1, 1), "float32")
    out, where = np.empty((1, 1, 1, 3, 1), "float32"), np.empty((1, 1, 1, 3, 1), "int32")
    run = pooling._max.twin if use_twin else pooling._max
    run(x, geometry, out, where)
    np.testing.assert_array_equal(out.ravel(), [-np.inf, -np.inf, 1])
    np.testing.assert_array_equal(where.ravel(), [-1, -1, 0])
    run = pooling._average.twin if use_twin else pooling._average
    run(x, geometry, out)
    np.testing.assert_array_equal(out.ravel(), [0, 0, 1])


def test_views_and_read_only_arrays_are_fine():
    x = np.arange(32, dtype="float32").reshape(1, 4, 8, 1).transpose(0, 2, 1, 3)[:, ::2]
    x.setflags(write=False)
    expected = pooling.max_pool(x.copy(), (2, 2), (2, 2), ((0, 0),) * 2)[0]
    np.testing.assert_array_equal(pooling.max_pool(x, (2, 2), (2, 2), ((0, 0),) * 2)[0], expected)


def test_an_empty_batch_gives_an_empty_result():
    x = np.empty((0, 4, 4, 3), "float32")
    out, where = pooling.max_pool(x, (2, 2), (2, 2), ((0, 0),) * 2)
    assert out.shape == where.shape == (0, 2, 2, 3)
    assert pooling.max_pool_backward(out, where, x.shape).shape == x.shape
    assert pooling.average_pool(x, (2, 2), (2, 2), ((0, 0),) * 2).shape == out.shape


def test_a_window_larger_than_the_input_is_refused():
    with pytest.raises(ValueError, match=r"the window does not fit.*Received: input shape="):
        pooling.max_pool(np.zeros((1, 3, 1), "float32"), (4,), (1,), ((0, 0),))


@pytest.mark.parametrize("name", ["adaptive_average_pool", "adaptive_max_pool"])
def test_a_nan_stays_in_the_adaptive_windows_that_hold_it(name):
    x = np.zeros((1, 7, 5, 1), "float32")
    x[0, 2, 3] = np.nan
    x = mg.Tensor(x, requires_grad=True)
    y = getattr(ops, name)(x, (3, 2), data_format="channels_last")
    holds = np.zeros((3, 2), bool)
    holds[:2, 1] = True  # rows 0-2 and 2-4, columns 2-4
    np.testing.assert_array_equal(np.isnan(y.numpy()[0, ..., 0]), holds)
    g = np.zeros((1, 3, 2, 1), "float32")
    g[0, 0, 0] = np.nan
    y.backward(mg.Tensor(g))
    reached = np.isnan(x.grad.numpy()[0, ..., 0])
    assert reached[:3, :3].any() and not reached[3:].any() and not reached[:, 3:].any()
