"""DepthwiseConv1D: a convolution of each channel by itself over one dimension: sequences."""

from minigrad.layers.convolutional.base_depthwise_conv import BaseDepthwiseConv


class DepthwiseConv1D(BaseDepthwiseConv):
    """Slides a window over each channel of sequences by itself.

    Args:
        kernel_size: Length of the window: an int.
        strides, padding: As for `Conv1D`.
        depth_multiplier: How many channels each channel gives.
        data_format, dilation_rate, activation: As for `Conv1D`.
        use_bias, depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer,
            activity_regularizer, depthwise_constraint, bias_constraint: As for `Dense`.

    >>> from minigrad import layers, ops
    >>> layers.DepthwiseConv1D(3, depth_multiplier=2)(ops.ones((4, 10, 8))).shape
    (4, 8, 16)
    """

    rank = 1

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        **kwargs,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            depth_multiplier,
            data_format,
            dilation_rate,
            activation,
            **kwargs,
        )
