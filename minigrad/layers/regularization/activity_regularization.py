"""ActivityRegularization: a price on large outputs."""

from minigrad import regularizers
from minigrad.layers.layer import Layer


class ActivityRegularization(Layer):
    """Returns its inputs and adds `l1 · Σ|x| + l2 · Σx²`, per example, to the loss.

    Args:
        l1: Price of the absolute values.
        l2: Price of the squares.
    """

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2
        self._build_at_init()

    def call(self, inputs):
        return inputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return config
