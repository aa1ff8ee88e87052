"""Identity: a layer that does nothing."""

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer


class Identity(Layer):
    """Returns its inputs, of any structure, as they are."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return inputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, inputs):
        return tree.map_structure(lambda x: KerasTensor(x.shape, x.dtype), inputs)
