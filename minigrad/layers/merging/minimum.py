"""Minimum: the smallest of several tensors."""

from minigrad import ops
from minigrad.layers.merging.extreme import Extreme


class Minimum(Extreme):
    """The smallest of a list of tensors, element by element; masked timesteps do not compete.

    >>> from minigrad import layers, ops
    >>> layers.Minimum()([ops.array([[2.0]]), ops.array([[3.0]])]).numpy()
    array([[2.]], dtype=float32)
    """

    def _either(self, x1, x2):
        return ops.minimum(x1, x2)


def minimum(inputs, **kwargs):
    """The smallest of a list of tensors, by a `Minimum` layer."""
    return Minimum(**kwargs)(inputs)
