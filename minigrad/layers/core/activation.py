"""Activation: a function as a layer."""

from minigrad import activations
from minigrad.layers.layer import Layer


class Activation(Layer):
    """Applies a function to every element.

    Args:
        activation: A function or its name.

    >>> from minigrad import layers, ops
    >>> layers.Activation("relu")(ops.array([[-1.0, 2.0]])).numpy()
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return self.activation(inputs)
