"""Conv3D: a convolution over three dimensions: volumes and films."""

from minigrad.layers.convolutional.base_conv import BaseConv


class Conv3D(BaseConv):
    """Slides a window over volumes and films, the same weights everywhere.

    Args:
        filters: Number of channels of the output.
        kernel_size: Length of the window: an int, or 3 of them.
        strides: Steps from one window to the next.
        padding: "valid" or "same": zeros around, so that `strides=1` keeps the lengths.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        dilation_rate: Steps within a window.
        groups: Groups of channels and filters; filters see the channels of their own group.
        activation: A function or its name; None for none.
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            activity_regularizer, kernel_constraint, bias_constraint: As for `Dense`.

    Input of shape `(batch, depth, height, width, channels)`, output of shape
    `(batch, new_depth, new_height, new_width, filters)`; with
    "channels_first" the channels come right after the batch.

    >>> from minigrad import layers, ops
    >>> layers.Conv3D(16, 3, activation="relu")(ops.ones((4, 6, 6, 6, 8))).shape
    (4, 4, 4, 4, 16)
    """

    rank = 3

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1, 1),
        groups=1,
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
            groups,
            activation,
            **kwargs,
        )


Convolution3D = Conv3D
