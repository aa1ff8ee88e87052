"""RecurrentCell: the arguments, weights and products that the built-in cells have in common."""

from minigrad import activations, constraints, initializers, ops, regularizers
from minigrad.layers.layer import Layer
from minigrad.layers.rnn.dropout_rnn_cell import DropoutRNNCell
from minigrad.random import SeedGenerator


class RecurrentCell(DropoutRNNCell, Layer):
    """One timestep of a recurrent layer: `(outputs, new states) = cell(inputs, states)`."""

    def __init__(
        self,
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
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self.seed_generator = SeedGenerator(seed=seed)
        self.bias = None

    @staticmethod
    def _checked_units(units):
        if units <= 0:
            raise ValueError(
                "Received an invalid value for argument `units`, expected a positive integer. "
                f"Received: units={units}"
            )
        return units

    def _make_weights(self, kernel, recurrent, bias, bias_initializer=None):
        """Make the weights of these shapes."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=kernel,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=recurrent,
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=bias,
                initializer=bias_initializer or self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _forget_bias(self, units):
        """An initializer of 4 gates' biases with ones for the forget gate (Jozefowicz 2015)."""

        def initializer(shape, dtype=None):
            return ops.concatenate(
                [
                    self.bias_initializer((units,), dtype=dtype),
                    ops.ones((units,), dtype=dtype),
                    self.bias_initializer((units * 2,), dtype=dtype),
                ]
            )

        return initializer

    def _masks(self, inputs, state, training):
        """The dropout masks of inputs and state, None for none."""
        if not training:
            return None, None
        return (
            self.get_dropout_mask(inputs) if 0 < self.dropout < 1 else None,
            self.get_recurrent_dropout_mask(state) if 0 < self.recurrent_dropout < 1 else None,
        )

    @staticmethod
    def _product(x, kernel, masks):
        """x @ kernel, with x dropped out; with a list of masks each gate has its own."""
        if masks is None:
            return ops.matmul(x, kernel)
        if not isinstance(masks, list):
            return ops.matmul(x * masks, kernel)
        parts = ops.split(kernel, len(masks), axis=1)
        return ops.concatenate(
            [ops.matmul(x * mask, part) for mask, part in zip(masks, parts, strict=True)], axis=1
        )

    def get_initial_state(self, batch_size=None):
        """A list of zeros, one tensor for each state."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]
