"""Reshape: the same numbers on other axes."""

from math import prod

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer


class Reshape(Layer):
    """Gives each example another shape.

    Args:
        target_shape: Shape without the batch axis; one length may be -1, and follows.

    >>> from minigrad import layers, ops
    >>> layers.Reshape((2, -1))(ops.ones((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        target_shape = tuple(target_shape)
        if any(length < -1 for length in target_shape):
            raise ValueError(
                "Every length in `target_shape` must be a non-negative integer, or -1 for one that "
                f"follows from the rest. Received: target_shape={target_shape}"
            )
        if target_shape.count(-1) > 1:
            raise ValueError(
                "There can be at most one unknown dimension (-1) in `target_shape`. "
                f"Received: target_shape={target_shape}"
            )
        self.target_shape = target_shape
        self._build_at_init()

    def _resolved(self, shape):
        """The target shape for inputs of `shape`, None where it cannot be told."""
        if -1 not in self.target_shape:
            if None not in shape and prod(shape) != prod(self.target_shape):
                self._refuse(shape)
            return self.target_shape
        if None in shape:
            return tuple(None if length == -1 else length for length in self.target_shape)
        known = prod(length for length in self.target_shape if length != -1)
        if known == 0 or prod(shape) % known:
            self._refuse(shape)
        return tuple(prod(shape) // known if one == -1 else one for one in self.target_shape)

    def _refuse(self, shape):
        raise ValueError(
            "The total size of the tensor must be unchanged. Received: "
            f"input_shape={tuple(shape)}, target_shape={self.target_shape}"
        )

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self._resolved(input_shape[1:]))

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)

    def call(self, inputs):
        shape = self._resolved(inputs.shape[1:])
        shape = tuple(-1 if length is None else length for length in shape)
        if None in inputs.shape[:1] and -1 in shape:
            return ops.reshape(inputs, (None, *shape))
        return ops.reshape(inputs, (-1 if inputs.shape[0] is None else inputs.shape[0], *shape))
