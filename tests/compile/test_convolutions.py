"""Convolution and pooling in compiled steps: launched natively, and equal to eager."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad.kernels import block_plans

pytestmark = pytest.mark.skipif(not block_plans.ready(), reason="there are no blocks here")


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def by_python(step):
    """The titles of what a compiled function has Python call."""
    replay = step.replays[-1]
    return [one.title for one in replay.plan.steps if replay.rows.of(one) is None]


@pytest.mark.parametrize(
    ("kernel", "strides", "padding"),
    [
        ((3, 3, 4, 8), 1, "same"),
        ((3, 2, 4, 5), (2, 1), "valid"),
        ((3, 3, 2, 16), 2, "same"),  # in groups
        ((1, 1, 4, 3), 1, "valid"),
        ((3, 2, 1, 16), 1, "same"),  # each channel by itself
    ],
    ids=str,
)
def test_convolution_is_launched_natively_and_equals_eager(kernel, strides, padding):
    x, k = normal(5, 9, 8, 16 if kernel[2] == 1 else 4), normal(*kernel, seed=1)

    def loss(x, k):
        return ops.sum(ops.square(ops.conv(x, k, strides, padding)))

    slopes = mg.grad(loss, argnums=(0, 1))
    step = mg.compile(slopes)
    for _ in range(3):
        compiled = step(x, k)
    for made, eager in zip(compiled, slopes(x, k), strict=True):
        exact = kernel[2] > 1  # both have one kernel; channels by themselves, one each
        np.testing.assert_allclose(
            np.asarray(made), np.asarray(eager), *([0, 0] if exact else [1e-5, 1e-5])
        )
    assert not by_python(step)


@pytest.mark.parametrize("pool", [ops.max_pool, ops.average_pool])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("shape", [(5, 9, 8, 17), (2, 11, 3)], ids=str)
def test_pooling_is_launched_natively_and_equals_eager(pool, size, shape):
    x = normal(*shape).round(1)  # so that there are ties
    x[0, :2] = np.nan

    def slope(x):
        y = lambda x: pool(x, size, strides=2, padding="same")  # noqa: E731
        return y(x), mg.grad(lambda x: ops.sum(ops.square(y(x))))(x)

    step = mg.compile(slope)
    for _ in range(3):
        compiled = step(x)
    for made, eager in zip(compiled, slope(x), strict=True):
        np.testing.assert_array_equal(np.asarray(made), np.asarray(eager))
    assert not by_python(step)


def test_a_variable_becomes_its_own_convolution():
    # What is computed natively must not be written to where it is still read from. So many filters
    # are computed in several panels, each from all channels.
    image, kernel = mg.Variable(normal(2, 3, 3, 128)), normal(1, 1, 128, 128, seed=1) / 16

    def mix():
        image.assign(ops.conv(image, kernel))

    expected = image.numpy()
    step = mg.compile(mix)
    for _ in range(3):
        step()
        expected = ops.conv(expected, kernel).numpy()
    np.testing.assert_array_equal(image.numpy(), expected)
    assert not by_python(step)
