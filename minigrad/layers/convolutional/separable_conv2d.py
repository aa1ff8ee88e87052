"""SeparableConv2D: a convolution over two dimensions: images, with few weights."""

from minigrad.layers.convolutional.base_separable_conv import BaseSeparableConv


class SeparableConv2D(BaseSeparableConv):
    """`DepthwiseConv2D`, then `Conv2D` with a window of one element (Chollet, arXiv:1610.02357).

    Args:
        filters: Number of channels of the output.
        kernel_size: Length of the window: an int, or 2 of them.
        strides, padding, data_format, dilation_rate: As for `Conv2D`.
        depth_multiplier: How many channels each channel gives before they are mixed.
        activation: A function or its name; None for none.
        use_bias, depthwise_initializer, pointwise_initializer, bias_initializer,
            depthwise_regularizer, pointwise_regularizer, bias_regularizer, activity_regularizer,
            depthwise_constraint, pointwise_constraint, bias_constraint: As for `Dense`.

    >>> from minigrad import layers, ops
    >>> layers.SeparableConv2D(16, 3)(ops.ones((4, 10, 10, 8))).shape
    (4, 8, 8, 16)
    """

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        depth_multiplier=1,
        activation=None,
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            depth_multiplier,
            activation,
            **kwargs,
        )


SeparableConvolution2D = SeparableConv2D
