"""Permute: the axes of an example in another order."""

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class Permute(Layer):
    """Puts the axes of each example into another order.

    Args:
        dims: The axes in their new order, counted from 1; the batch axis stays in front.

    >>> from minigrad import layers, ops
    >>> layers.Permute((2, 1))(ops.ones((5, 3, 4))).shape
    (5, 4, 3)
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in "
                f"`dims` must be consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)

    def call(self, inputs):
        return ops.transpose(inputs, (0, *self.dims))
