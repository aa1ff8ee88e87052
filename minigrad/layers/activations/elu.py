"""ELU as a layer."""

from minigrad import activations
from minigrad.layers.layer import Layer


class ELU(Layer):
    """`x` where it is positive, else `alpha · (eˣ - 1)` (Clevert et al. 2016).

    Args:
        alpha: The negative of the limit for x → -∞.
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return activations.elu(inputs, alpha=self.alpha)

    def compute_output_shape(self, input_shape):
        return input_shape
