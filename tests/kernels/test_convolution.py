"""Convolution kernels: plain loops say what is right, and both ways of computing agree."""

import os
import subprocess
import sys
from itertools import product

import numpy as np
import pytest

from minigrad.kernels import (
    block_plans,
    convolution,
    convolution_blocks,
    convolution_rows,
    depthwise,
)

RNG = np.random.default_rng(0)

# (space, window, strides, before, dilation, out)
PLACINGS = [
    ((9,), (3,), (1,), (1,), (1,), (9,)),
    ((9,), (2,), (3,), (0,), (2,), (3,)),
    ((5, 4), (3, 2), (1, 1), (1, 0), (1, 1), (5, 4)),
    ((6, 5), (1, 1), (2, 2), (0, 0), (1, 1), (3, 3)),
    ((7, 6), (3, 2), (2, 3), (2, 1), (1, 2), (4, 2)),
    ((6, 6), (2, 2), (3, 3), (0, 0), (1, 1), (2, 2)),  # the windows skip some pixels
    ((4, 3, 3), (2, 2, 3), (1, 2, 1), (0, 1, 1), (1, 1, 1), (3, 2, 3)),
]
CHANNELS = [
    (3, 5, 1),
    (1, 16, 1),
    (16, 1, 1),
    (16, 48, 1),
    (32, 112, 1),
    (32, 64, 2),
    (32, 4, 2),
    (16, 16, 16),
    (4, 8, 2),
]


def naive(x, kernel, out, strides, before, dilation, groups):
    window, part, filters = kernel.shape[:-2], kernel.shape[-2], kernel.shape[-1]
    y = np.zeros((len(x), *out, filters))
    for at in product(*map(range, out)):
        for place in product(*map(range, window)):
            pixel = [
                o * s - b + k * d
                for o, s, b, k, d in zip(at, strides, before, place, dilation, strict=True)
            ]
            if all(0 <= p < n for p, n in zip(pixel, x.shape[1:-1], strict=True)):
                for f in range(filters):
                    group = f // (filters // groups)
                    seen = x[(slice(None), *pixel, slice(group * part, (group + 1) * part))]
                    y[(slice(None), *at, f)] += seen @ kernel[(*place, slice(None), f)]
    return y


def drawn(placing, channels, dtype="float64"):
    space, window, strides, before, dilation, out = placing
    inputs, filters, groups = channels
    x = RNG.normal(size=(2, *space, inputs)).astype(dtype)
    kernel = RNG.normal(size=(*window, inputs // groups, filters)).astype(dtype)
    g = RNG.normal(size=(2, *out, filters)).astype(dtype)
    return x, kernel, g, out, (strides, before, dilation, groups)


def by_blocks(name, one, other, *placing):
    plan = getattr(convolution_blocks, name)(one.shape, other.shape, one.dtype, *placing)
    return plan if plan is None else plan(one, other)


def by_rows(name, one, other, *placing):
    return getattr(convolution_rows, name)(one, other, *placing)


def ways(channels):
    inputs, filters, groups = channels
    has_blocks = groups < inputs or groups == 1 or (filters == inputs and inputs % 16 == 0)
    return [by_rows, by_blocks] if has_blocks and block_plans.ready() else [by_rows]


@pytest.mark.parametrize("placing", PLACINGS, ids=str)
def test_forward_is_what_plain_loops_give(placing):
    for channels in ((3, 5, 1), (4, 8, 2), (16, 16, 16)):
        x, kernel, _, out, rest = drawn(placing, channels)
        expected = naive(x, kernel, out, *rest)
        for way in ways(channels):
            np.testing.assert_allclose(way("forward", x, kernel, out, *rest), expected, atol=1e-12)


@pytest.mark.parametrize("channels", CHANNELS, ids=str)
@pytest.mark.parametrize("placing", PLACINGS, ids=str)
def test_gradients_are_the_transposes_of_forward(placing, channels):
    x, kernel, g, out, rest = drawn(placing, channels)
    for way in ways(channels):
        # <g, x * k> is linear in x and in k, so its gradients give the same number.
        product_ = (g * way("forward", x, kernel, out, *rest)).sum()
        by_input = way("by_input", g, kernel, x.shape[1:-1], *rest)
        by_kernel = way("by_kernel", x, g, kernel.shape[:-2], *rest)
        assert (by_input.shape, by_kernel.shape) == (x.shape, kernel.shape)
        np.testing.assert_allclose((x * by_input).sum(), product_, rtol=1e-10)
        np.testing.assert_allclose((kernel * by_kernel).sum(), product_, rtol=1e-10)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 3e-5), ("float64", 1e-11)])
@pytest.mark.parametrize("channels", CHANNELS, ids=str)
def test_blocks_equal_rows(channels, dtype, tolerance):
    if len(ways(channels)) == 1:
        pytest.skip("computed in rows alone")
    for placing in PLACINGS:
        x, kernel, g, out, rest = drawn(placing, channels, dtype)
        space, window = x.shape[1:-1], kernel.shape[:-2]
        for name, arguments in (
            ("forward", (x, kernel, out, *rest)),
            ("by_input", (g, kernel, space, *rest)),
            ("by_kernel", (x, g, window, *rest)),
        ):
            one, other = by_rows(name, *arguments), by_blocks(name, *arguments)
            assert one.dtype == other.dtype == dtype
            np.testing.assert_allclose(one, other, atol=tolerance * 20, rtol=tolerance)


@pytest.mark.parametrize("channels", [(16, 16, 16), (5, 5, 5)], ids=str)
def test_depthwise_loops_equal_rows(channels):
    for placing in PLACINGS[:-1]:
        x, kernel, g, out, rest = drawn(placing, channels, "float32")
        assert depthwise.fits(kernel.shape, channels[2], x.dtype)
        one = depthwise.forward(x, kernel, out, *rest)
        other = convolution_rows.forward(x, kernel, out, *rest)
        np.testing.assert_allclose(one, other, atol=1e-5)
        if max(rest[0]) == 1:
            one = depthwise.by_input(g, kernel, x.shape[1:-1], *rest)
            other = convolution_rows.by_input(g, kernel, x.shape[1:-1], *rest)
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_arrays_need_not_be_contiguous():
    x, kernel, g, out, rest = drawn(PLACINGS[2], (16, 48, 1), "float32")
    twisted = [np.asfortranarray(one) for one in (x, kernel, g)]
    for way in ways((16, 48, 1)):
        np.testing.assert_allclose(
            way("forward", *twisted[:2], out, *rest), way("forward", x, kernel, out, *rest)
        )
        np.testing.assert_allclose(
            way("by_kernel", twisted[0], twisted[2], (3, 2), *rest),
            way("by_kernel", x, g, (3, 2), *rest),
        )


def test_nothing_gives_nothing():
    rest = (1, 1), (0, 0), (1, 1), 1
    kernel = np.ones((2, 2, 3, 16), "float32")
    empty, g = np.zeros((0, 4, 4, 3), "float32"), np.zeros((0, 3, 3, 16), "float32")
    assert convolution.forward(empty, kernel, (3, 3), *rest).shape == g.shape
    assert convolution.by_input(g, kernel, (4, 4), *rest).shape == empty.shape
    found = convolution.by_kernel(empty, g, (2, 2), *rest)
    np.testing.assert_array_equal(found, np.zeros((2, 2, 3, 16)))


@pytest.mark.parametrize("channels", [(3, 20, 1), (1, 16, 1), (16, 1, 1)], ids=str)
def test_nan_and_what_lies_behind_an_image_do_not_spread(channels):
    # Vectors are filled up with zeros, frames have margins: neither may touch a neighbour.
    x, kernel, g, out, rest = drawn(PLACINGS[2], channels, "float32")
    x[1], g[1] = np.nan, np.nan
    for name, one, other, place in (
        ("forward", x, kernel, out),
        ("by_input", g, kernel, x.shape[1:-1]),
    ):
        for way in ways(channels):
            found = way(name, one, other, place, *rest)
            assert np.isfinite(found[0]).all() and np.isnan(found[1]).all()


def test_results_are_equal_whatever_the_number_of_threads():
    code = (
        "import hashlib, numpy as np\n"
        "from minigrad.kernels import block_plans, convolution as c\n"
        "rng = np.random.default_rng(0)\n"
        "x = rng.normal(size=(5, 40, 40, 16)).astype('f')\n"
        "k = rng.normal(size=(3, 3, 16, 48)).astype('f')\n"
        "rest = (1, 1), (1, 1), (1, 1), 1\n"
        "if block_plans.ready():\n"
        "    y = c.forward(x, k, (40, 40), *rest)\n"
        "    found = y, c.by_input(y, k, (40, 40), *rest), c.by_kernel(x, y, (3, 3), *rest)\n"
        "    print(hashlib.sha256(b''.join(a.tobytes() for a in found)).hexdigest())\n"
    )
    found = set()
    for threads in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_NUM_THREADS": threads},
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def test_kernels_from_several_processes_live_together(tmp_path):
    # Each process compiles another kernel first; then one loads them all from the disk.
    code = (
        "import sys, numpy as np\n"
        "from minigrad.kernels import block_plans, convolution as b, convolution_rows as r\n"
        "for filters in map(int, sys.argv[1:]):\n"
        "    x = np.random.default_rng(0).normal(size=(3, 8, 8, 16)).astype('f')\n"
        "    k = np.random.default_rng(1).normal(size=(3, 3, 16, filters)).astype('f')\n"
        "    rest = (8, 8), (1, 1), (1, 1), (1, 1), 1\n"
        "    if block_plans.ready():\n"
        "        y, z = b.forward(x, k, *rest), r.forward(x, k, *rest)\n"
        "        assert np.abs(y - z).max() < 1e-3, filters\n"
    )
    environment = {**os.environ, "MINIGRAD_CACHE_DIR": str(tmp_path)}
    for filters in (["64"], ["16"], ["64", "16"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *filters],
            env=environment,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr


def test_the_first_small_convolutions_do_not_wait_for_numba():
    code = (
        "import sys, numpy as np\n"
        "from minigrad.kernels import convolution as c\n"
        "c.forward(np.ones((1, 4, 3), 'f'), np.ones((2, 3, 16), 'f'), (3,), (1,), (0,), (1,), 1)\n"
        "print('numba' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.stdout.strip() == "False", done.stderr
