"""Masking: tells the layers behind which timesteps to skip."""

from minigrad import ops
from minigrad.layers.layer import Layer
from minigrad.masking import set_keras_mask


class Masking(Layer):
    """Masks the timesteps in which every feature equals `mask_value`, and sets them to 0.

    Args:
        mask_value: The number that marks a timestep to be skipped.

    Input and output of shape `(batch, timesteps, …)`.
    """

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True
        self._build_at_init()

    def compute_mask(self, inputs, mask=None):
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs):
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = inputs * ops.cast(kept, inputs.dtype)
        set_keras_mask(outputs, ops.squeeze(kept, axis=-1))
        return outputs

    def compute_output_shape(self, input_shape):
        return input_shape
