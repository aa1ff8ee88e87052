"""Dense: every output is a weighted sum of all inputs."""

from minigrad import activations, constraints, initializers, ops, regularizers
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.low_rank import LowRank, adaptable


class Dense(LowRank, Layer):
    """`activation(inputs @ kernel + bias)`, over the last axis.

    Args:
        units: Length of the last axis of the output.
        activation: A function or its name; None for none.
        use_bias: Whether to add a bias.
        kernel_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, bias_regularizer, activity_regularizer: What is added to the loss.
        kernel_constraint, bias_constraint: What is done to the weights after each update.
        lora_rank, lora_alpha: Of `enable_lora`, which `build` calls then; None for not.

    Input of shape `(…, n)`, output of shape `(…, units)`.

    >>> from minigrad import layers, ops
    >>> layers.Dense(4, activation="relu")(ops.ones((2, 3))).shape
    (2, 4)
    """

    _not_in_config = ("lora_rank", "lora_alpha")
    kernel = adaptable("kernel")

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        **kwargs,
    ):
        if not isinstance(units, int) or isinstance(units, bool) or units <= 0:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. "
                f"Received: units={units}"
            )
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._note_lora(lora_rank, lora_alpha)
        self.bias = None
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape):
        width = input_shape[-1]
        if width is None:
            raise ValueError(
                f"{self.name}: the last axis of the inputs must have a known length, since the "
                f"kernel has as many rows. Received: input_shape={input_shape}"
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(width, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self._maybe_enable_lora()
        self.input_spec = InputSpec(min_ndim=2, axes={-1: width})

    def call(self, inputs, training=None):
        outputs = ops.matmul(inputs, self.kernel)
        if self.use_bias:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)
