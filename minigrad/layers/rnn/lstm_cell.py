"""LSTMCell: a state that is kept, forgotten and read through gates."""

from minigrad import activations, ops
from minigrad.layers.rnn.recurrent_cell import RecurrentCell


class LSTMCell(RecurrentCell):
    """Long short-term memory (Hochreiter & Schmidhuber 1997), one timestep.

        i, f, g, o = x · kernel + h · recurrent_kernel + bias,  in four parts
        c = σ(f) · c + σ(i) · activation(g)
        h = σ(o) · activation(c)

    Args:
        units: Length of the output and of the two states, h and c.
        activation: A function or its name; None for none.
        recurrent_activation: That of the gates, σ.
        use_bias: Whether to add a bias.
        unit_forget_bias: Whether the biases of the forget gate f start from 1.
        kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint: As for `Dense`.
        dropout, recurrent_dropout: Fractions of inputs and state to drop while training.
        seed: Of dropout.

    >>> from minigrad import layers, ops
    >>> layers.RNN(layers.LSTMCell(4))(ops.ones((2, 5, 3))).shape
    (2, 4)
    """

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
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
        implementation = kwargs.pop("implementation", 2)
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
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.implementation = 1 if self.recurrent_dropout else implementation
        if self.implementation == 1:
            self.dropout_mask_count = 4
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        n = self.units
        self._make_weights(
            (input_shape[-1], 4 * n),
            (n, 4 * n),
            (4 * n,),
            bias_initializer=self._forget_bias(n) if self.unit_forget_bias else None,
        )

    def call(self, inputs, states, training=False):
        h, c = states
        masks, state_masks = self._masks(inputs, h, training)
        gates = self._product(inputs, self.kernel, masks)
        gates = gates + self._product(h, self.recurrent_kernel, state_masks)
        if self.use_bias:
            gates = gates + self.bias
        i, f, g, o = ops.split(gates, 4, axis=1)
        sigma = self.recurrent_activation
        c = sigma(f) * c + sigma(i) * self.activation(g)
        h = sigma(o) * self.activation(c)
        return h, [h, c]
