"""Conv1D: a convolution over one dimension: sequences."""

from minigrad import ops
from minigrad.layers.convolutional.base_conv import BaseConv


class Conv1D(BaseConv):
    """Slides a window over sequences, the same weights everywhere.

    Args:
        filters: Number of channels of the output.
        kernel_size: Length of the window: an int.
        strides: Steps from one window to the next.
        padding: "valid", "same", or "causal": padded in front, so that no output sees the future.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.
        dilation_rate: Steps within a window.
        groups: Groups of channels and filters; filters see the channels of their own group.
        activation: A function or its name; None for none.
        use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            activity_regularizer, kernel_constraint, bias_constraint: As for `Dense`.

    Input of shape `(batch, steps, channels)`, output of shape `(batch, new_steps, filters)`; with
    "channels_first" the channels come right after the batch.

    >>> from minigrad import layers, ops
    >>> layers.Conv1D(16, 3, activation="relu")(ops.ones((4, 10, 8))).shape
    (4, 8, 16)
    """

    rank = 1

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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

    def _may_be_causal(self):
        return True

    def _convolve(self, inputs, kernel):
        sliding = self._sliding()
        if self.padding == "causal":
            front = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            widths = [(0, 0), (front, 0), (0, 0)]
            if self.data_format == "channels_first":
                widths = [(0, 0), (0, 0), (front, 0)]
            inputs = ops.pad(inputs, widths)
            sliding["padding"] = "valid"
        return ops.conv(inputs, kernel, **sliding)


Convolution1D = Conv1D
