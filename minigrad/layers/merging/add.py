"""Add: the sum of several tensors."""

from minigrad.layers.merging.merge import Merge


class Add(Merge):
    """The sum of a list of tensors.

    >>> from minigrad import layers, ops
    >>> layers.Add()([ops.array([[1.0, 2.0]]), ops.array([[10.0, 20.0]])]).numpy()
    array([[11., 22.]], dtype=float32)
    """

    def _merge_function(self, inputs):
        total = inputs[0]
        for x in inputs[1:]:
            total = total + x
        return total


def add(inputs, **kwargs):
    """The sum of a list of tensors, by an `Add` layer."""
    return Add(**kwargs)(inputs)
