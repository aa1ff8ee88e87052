"""ConvLSTM1D: long short-term memory over sequences of rows."""

from minigrad.layers.rnn.base_conv_lstm import BaseConvLSTM


class ConvLSTM1D(BaseConvLSTM):
    """An LSTM whose products are convolutions, over sequences of rows (Shi et al. 2015).

    Args:
        filters: Number of channels of the output.
        kernel_size, strides, padding, data_format, dilation_rate: As for `Conv1D`.
        activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, unit_forget_bias, kernel_regularizer, recurrent_regularizer,
            bias_regularizer, activity_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint, dropout, recurrent_dropout, seed, return_sequences, return_state,
            go_backwards, stateful: As for `LSTM`.

    Input of shape `(batch, timesteps, width, channels)`, or with the channels after the
    timesteps.

    >>> from minigrad import layers, ops
    >>> layers.ConvLSTM1D(4, 3)(ops.ones((2, 5, 8, 3))).shape
    (2, 6, 4)
    """

    rank = 1
