"""GRUCell: a state that is partly replaced at each step, through gates."""

from minigrad import activations, ops, tree
from minigrad.layers.rnn.recurrent_cell import RecurrentCell


class GRUCell(RecurrentCell):
    """Gated recurrent unit (Cho et al. 2014), one timestep.

        z = σ(x · Wz + h · Uz + bz)                  what to keep
        r = σ(x · Wr + h · Ur + br)                  what to look at
        g = activation(x · Wh + r · (h · Uh + b'h) + bh)
        h = z · h + (1 - z) · g

    with W = kernel and U = recurrent_kernel, each in three parts. Without `reset_after`, it is
    (r · h) · Uh instead, as in the paper's first version.

    Args:
        units: Length of the output and of the state.
        activation: A function or its name; None for none.
        recurrent_activation: That of the gates, σ.
        use_bias: Whether to add biases.
        reset_after: Whether r comes after the product with Uh; there are two biases then.
        kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
            recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
            bias_constraint: As for `Dense`.
        dropout, recurrent_dropout: Fractions of inputs and state to drop while training.
        seed: Of dropout.

    >>> from minigrad import layers, ops
    >>> layers.RNN(layers.GRUCell(4))(ops.ones((2, 5, 3))).shape
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
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
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
        self.reset_after = reset_after
        self.implementation = 1 if self.recurrent_dropout else implementation
        if self.implementation == 1:
            self.dropout_mask_count = 3
        self.state_size = self.output_size = units

    def build(self, input_shape):
        n = self.units
        bias = (2, 3 * n) if self.reset_after else (3 * n,)
        self._make_weights((input_shape[-1], 3 * n), (n, 3 * n), bias)

    def call(self, inputs, states, training=False):
        h = states[0] if tree.is_nested(states) else states
        masks, state_masks = self._masks(inputs, h, training)
        x = self._product(inputs, self.kernel, masks)
        if self.use_bias:
            x = x + (self.bias[0] if self.reset_after else self.bias)
        if self.reset_after:
            new = self._reset_after(x, h, state_masks)
        else:
            new = self._reset_before(x, h, state_masks)
        return new, [new] if tree.is_nested(states) else new

    def _reset_after(self, x, h, masks):
        sigma = self.recurrent_activation
        u = self._product(h, self.recurrent_kernel, masks)
        if self.use_bias:
            u = u + self.bias[1]
        x_z, x_r, x_g = ops.split(x, 3, axis=1)
        u_z, u_r, u_g = ops.split(u, 3, axis=1)
        z = sigma(x_z + u_z)
        r = sigma(x_r + u_r)
        g = self.activation(x_g + r * u_g)
        return z * h + (1 - z) * g

    def _reset_before(self, x, h, masks):
        sigma = self.recurrent_activation
        n = self.units
        gates, candidate = self.recurrent_kernel[:, : 2 * n], self.recurrent_kernel[:, 2 * n :]
        x_z, x_r, x_g = ops.split(x, 3, axis=1)
        u_z, u_r = ops.split(self._product(h, gates, masks and masks[:2]), 2, axis=1)
        z = sigma(x_z + u_z)
        r = sigma(x_r + u_r)
        g = self.activation(x_g + self._product(r * h, candidate, masks and masks[2]))
        return z * h + (1 - z) * g
