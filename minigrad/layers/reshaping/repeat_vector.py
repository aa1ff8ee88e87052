"""RepeatVector: a vector as a sequence of equal timesteps."""

from minigrad import ops
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class RepeatVector(Layer):
    """Repeats each vector `n` times.

    Args:
        n: How often.

    Input of shape `(batch, features)`, output of shape `(batch, n, features)`.
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        if n <= 0:
            raise ValueError(f"Argument `n` should be a positive integer. Received: n={n}")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def compute_output_shape(self, input_shape):
        return input_shape[0], self.n, input_shape[1]

    def call(self, inputs):
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)
