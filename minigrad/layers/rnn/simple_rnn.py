"""SimpleRNN: a dense layer that sees its last output, over a sequence."""

from minigrad.layers.rnn.recurrent_layer import RecurrentLayer
from minigrad.layers.rnn.simple_rnn_cell import SimpleRNNCell


class SimpleRNN(RecurrentLayer):
    """h = activation(x · kernel + h · recurrent_kernel + bias), for each timestep x.

    Args:
        units, activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, kernel_regularizer, recurrent_regularizer,
            bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
            recurrent_dropout, seed: As for `SimpleRNNCell`.
        activity_regularizer: A function of the output that is added to the loss.
        return_sequences, return_state, go_backwards, stateful, unroll: As for `RNN`.

    Input of shape `(batch, timesteps, features)`, output of shape `(batch, units)`, or
    `(batch, timesteps, units)` with `return_sequences`.

    >>> from minigrad import layers, ops
    >>> layers.SimpleRNN(4, return_sequences=True)(ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    cell_class = SimpleRNNCell

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        cell = {
            "name": "simple_rnn_cell",
            "units": units,
            "activation": activation,
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer,
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
        }
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
