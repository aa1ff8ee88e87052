"""Conv1DTranspose: a transposed convolution over one dimension: sequences."""

from minigrad.layers.convolutional.base_conv_transpose import BaseConvTranspose


class Conv1DTranspose(BaseConvTranspose):
    """Enlarges sequences: each element is spread over a window, by learned weights.

    Args:
        filters: Number of channels of the output.
        kernel_size: Length of the window: an int.
        strides: By how much the output is longer than the input.
        padding: "same": exactly by `strides`; "valid": and by what the windows reach further.
        output_padding: How much longer the output is at its end; None for what `padding` says.
        data_format, dilation_rate, activation: As for `Conv1D`.
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            activity_regularizer, kernel_constraint, bias_constraint: As for `Dense`.

    >>> from minigrad import layers, ops
    >>> layers.Conv1DTranspose(16, 3, strides=2, padding="same")(ops.ones((4, 10, 8))).shape
    (4, 20, 16)
    """

    rank = 1

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
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


Convolution1DTranspose = Conv1DTranspose
