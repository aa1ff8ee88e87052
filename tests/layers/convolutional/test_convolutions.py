"""Convolutional layers against sums written out in NumPy, and what they refuse."""

import numpy as np
import pytest

from minigrad import layers
from minigrad.autograd import KerasTensor

RNG = np.random.default_rng(5)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def windows_of(x, width, stride=1):
    """(batch, windows, width, channels) of x (batch, steps, channels)."""
    return np.stack([x[:, i : i + width] for i in range(0, x.shape[1] - width + 1, stride)], axis=1)


def test_conv1d_is_a_sum_over_each_window():
    x, layer = normal(2, 8, 3), layers.Conv1D(4, 3, strides=2, bias_initializer="normal")
    y = layer(x)
    kernel, bias = layer.get_weights()
    expected = np.einsum("bnwc,wcf->bnf", windows_of(x, 3, 2), kernel) + bias
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_causal_output_does_not_see_the_future():
    layer = layers.Conv1D(2, 3, padding="causal", dilation_rate=2)
    x = normal(1, 9, 2)
    changed = x.copy()
    changed[:, 5:] += 1
    before, after = layer(x).numpy(), layer(changed).numpy()
    assert before.shape == (1, 9, 2)
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert np.abs(before[:, 5:] - after[:, 5:]).min() > 0


def test_groups_do_not_see_each_other():
    layer = layers.Conv2D(4, 1, groups=2, use_bias=False)
    x = normal(1, 3, 3, 4)
    y = layer(x).numpy()
    (kernel,) = layer.get_weights()
    assert kernel.shape == (1, 1, 2, 4)
    np.testing.assert_allclose(y[..., :2], x[..., :2] @ kernel[0, 0, :, :2], atol=1e-5)
    np.testing.assert_allclose(y[..., 2:], x[..., 2:] @ kernel[0, 0, :, 2:], atol=1e-5)


def test_separable_is_depthwise_then_pointwise():
    x, layer = normal(2, 5, 5, 3), layers.SeparableConv2D(4, 2, depth_multiplier=2)
    y = layer(x)
    depthwise, pointwise, bias = layer.get_weights()
    first = layers.DepthwiseConv2D(2, depth_multiplier=2, use_bias=False)
    first.build(x.shape)
    first.set_weights([depthwise])
    np.testing.assert_allclose(y, first(x).numpy() @ pointwise[0, 0] + bias, atol=1e-5)


def test_transposed_spreads_each_element_over_a_window():
    x, layer = normal(1, 3, 2), layers.Conv1DTranspose(4, 3, strides=2)
    y = layer(x)
    kernel, bias = layer.get_weights()
    expected = np.zeros((1, 7, 4)) + bias
    for i in range(3):
        expected[:, 2 * i : 2 * i + 3] += np.einsum("bc,wfc->bwf", x[:, i], kernel)
    np.testing.assert_allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("cls", "more"),
    [
        (layers.Conv2D, {"filters": 3}),
        (layers.Conv2DTranspose, {"filters": 3, "strides": 2}),
        (layers.DepthwiseConv2D, {}),
        (layers.SeparableConv2D, {"filters": 3}),
    ],
)
def test_channels_first_is_the_same_with_axes_moved(cls, more):
    x = normal(2, 6, 5, 4)
    last = cls(kernel_size=2, data_format="channels_last", bias_initializer="normal", **more)
    first = cls(kernel_size=2, data_format="channels_first", **more)
    expected = last(x)
    moved = np.moveaxis(x, -1, 1)
    first.build(moved.shape)
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(np.moveaxis(first(moved).numpy(), 1, -1), expected, atol=1e-5)


def test_shapes_need_no_weights_and_no_lengths():
    layer = layers.Conv2D(3, 3, strides=2, padding="same")
    assert layer.compute_output_shape((None, None, 7, 4)) == (None, None, 4, 3)
    assert layers.Conv1DTranspose(3, 3, strides=2).compute_output_shape((2, None, 4)) == (
        2,
        None,
        3,
    )
    assert layer(KerasTensor((None, None, None, 4))).shape == (None, None, None, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Conv2D(0, 1), "Invalid value for argument `filters`"),
        (lambda: layers.Conv2D(2, (1, 0)), r"including values \{0\}"),
        (lambda: layers.Conv2D(2, (1, 2, 3)), "must be a tuple of 2 integers"),
        (lambda: layers.Conv2D(2, "abc"), "must be a tuple of 2 integers"),
        (lambda: layers.Conv2D(2, 2, strides=2, dilation_rate=(2, 1)), "not supported in conj"),
        (lambda: layers.Conv2D(2, 2, padding="causal"), "`padding` argument must be one of"),
        (lambda: layers.Conv2D(2, 2, groups=0), "groups must be a positive integer"),
        (lambda: layers.Conv2D(3, 2, groups=2), "evenly divisible"),
        (lambda: layers.Conv2D(4, 2, groups=2).build((1, 4, 4, 3)), "evenly divisible"),
        (lambda: layers.Conv2D(4, 2).build((1, 4, 4, None)), "must have a known length"),
        (lambda: layers.Conv2D(4, 5).build((1, 4, 4, 3)), "zero or negative"),
        (lambda: layers.Conv1DTranspose(4, 2, output_padding=1), "strictly less than `strides`"),
        (lambda: layers.DepthwiseConv1D(2, depth_multiplier=0), "depth_multiplier"),
    ],
)
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_another_number_of_channels_is_refused():
    layer = layers.Conv1D(2, 2)
    layer(normal(1, 4, 3))
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3"):
        layer(normal(1, 4, 2))
