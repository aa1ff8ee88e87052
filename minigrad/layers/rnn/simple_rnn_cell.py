"""SimpleRNNCell: a dense layer that also sees its last output."""

from minigrad import tree
from minigrad.layers.rnn.recurrent_cell import RecurrentCell


class SimpleRNNCell(RecurrentCell):
    """h = activation(x · kernel + h · recurrent_kernel + bias), for one timestep.

    Args:
        units: Length of the output and of the state.
        activation: A function or its name; None for none.
        use_bias: Whether to add a bias.
        kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint: As for `Dense`.
        dropout, recurrent_dropout: Fractions of inputs and state to drop while training.
        seed: Of dropout.

    >>> from minigrad import layers, ops
    >>> rnn = layers.RNN(layers.SimpleRNNCell(4), return_sequences=True)
    >>> rnn(ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **kwargs,
        )
        self.units = self._checked_units(units)
        self.state_size = self.output_size = units

    def build(self, input_shape):
        n = self.units
        self._make_weights((input_shape[-1], n), (n, n), (n,))

    def call(self, inputs, states, training=False):
        h = states[0] if tree.is_nested(states) else states
        masks, state_masks = self._masks(inputs, h, training)
        y = self._product(inputs, self.kernel, masks)
        y = y + self._product(h, self.recurrent_kernel, state_masks)
        if self.use_bias:
            y = y + self.bias
        if self.activation is not None:
            y = self.activation(y)
        return y, [y] if tree.is_nested(states) else y
