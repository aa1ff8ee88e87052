"""Subtract: the difference of two tensors."""

from minigrad.layers.merging.merge import Merge


class Subtract(Merge):
    """The first of two tensors minus the second.

    >>> from minigrad import layers, ops
    >>> layers.Subtract()([ops.array([[5.0]]), ops.array([[3.0]])]).numpy()
    array([[2.]], dtype=float32)
    """

    def build(self, input_shape):
        super().build(input_shape)
        self._check_two(input_shape, "input_shape")

    @staticmethod
    def _check_two(inputs, name):
        if len(inputs) != 2:
            raise ValueError(
                "A `Subtract` layer should be called on exactly 2 inputs. "
                f"Received: {name}={inputs}"
            )

    def _merge_function(self, inputs):
        self._check_two(inputs, "inputs")
        return inputs[0] - inputs[1]


def subtract(inputs, **kwargs):
    """The first of two tensors minus the second, by a `Subtract` layer."""
    return Subtract(**kwargs)(inputs)
