"""UpSampling1D: every timestep several times."""

from minigrad import ops
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class UpSampling1D(Layer):
    """Repeats every timestep.

    Args:
        size: How often.

    Input of shape `(batch, steps, channels)`, output of shape `(batch, steps * size, channels)`.
    """

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"Expected an integer value for `size`, got {type(size)}.")
        if size <= 0:
            raise ValueError(f"Argument `size` should be a positive integer. Received: size={size}")
        self.size = size
        self.input_spec = InputSpec(ndim=3)

    def compute_output_shape(self, input_shape):
        batch, steps, channels = input_shape
        return batch, None if steps is None else steps * self.size, channels

    def call(self, inputs):
        return ops.repeat(inputs, self.size, axis=1)
