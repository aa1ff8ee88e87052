"""Maximum: the greatest of several tensors."""

from minigrad import ops
from minigrad.layers.merging.extreme import Extreme


class Maximum(Extreme):
    """The greatest of a list of tensors, element by element; masked timesteps do not compete.

    >>> from minigrad import layers, ops
    >>> layers.Maximum()([ops.array([[2.0]]), ops.array([[3.0]])]).numpy()
    array([[3.]], dtype=float32)
    """

    def _either(self, x1, x2):
        return ops.maximum(x1, x2)


def maximum(inputs, **kwargs):
    """The greatest of a list of tensors, by a `Maximum` layer."""
    return Maximum(**kwargs)(inputs)
