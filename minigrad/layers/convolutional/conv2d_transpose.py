"""Conv2DTranspose: a transposed convolution over two dimensions: images."""

from minigrad.layers.convolutional.base_conv_transpose import BaseConvTranspose


class Conv2DTranspose(BaseConvTranspose):
    """Enlarges images: each element is spread over a window, by learned weights.

    Args:
        filters: Number of channels of the output.
        kernel_size: Length of the window: an int, or 2 of them.
        strides: By how much the output is longer than the input.
        padding: "same": exactly by `strides`; "valid": and by what the windows reach further.
        output_padding: How much longer the output is at its end; None for what `padding` says.
        data_format, dilation_rate, activation: As for `Conv2D`.
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            activity_regularizer, kernel_constraint, bias_constraint: As for `Dense`.

    >>> from minigrad import layers, ops
    >>> layers.Conv2DTranspose(16, 3, strides=2, padding="same")(ops.ones((4, 10, 10, 8))).shape
    (4, 20, 20, 16)
    """

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            **kwargs,
        )


Convolution2DTranspose = Conv2DTranspose
