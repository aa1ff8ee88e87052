"""ConvLSTM3D: long short-term memory over sequences of volumes."""

from minigrad.layers.rnn.base_conv_lstm import BaseConvLSTM


class ConvLSTM3D(BaseConvLSTM):
    """An LSTM whose products are convolutions, over sequences of volumes (Shi et al. 2015).

    Args:
        filters: Number of channels of the output.
        kernel_size, strides, padding, data_format, dilation_rate: As for `Conv3D`.
        activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, unit_forget_bias, kernel_regularizer, recurrent_regularizer,
            bias_regularizer, activity_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed, return_sequences, return_state,
            go_backwards, stateful: As for `LSTM`.

    Input of shape `(batch, timesteps, depth, height, width, channels)`, or with the channels after
    the timesteps.

    >>> from minigrad import layers, ops
    >>> layers.ConvLSTM3D(4, 3)(ops.ones((2, 3, 5, 5, 5, 3))).shape
    (2, 3, 3, 3, 4)
    """

    rank = 3
