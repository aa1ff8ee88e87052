"""TimeDistributed: a layer applied to each timestep by itself."""

from minigrad import ops
from minigrad.layers.core.wrapper import Wrapper
from minigrad.layers.layer import Layer


class TimeDistributed(Wrapper):
    """Applies a layer, with the same weights, to every timestep of a sequence.

    Args:
        layer: The layer inside.

    Input of shape `(batch, timesteps, …)`; each `(batch, …)` is given to the layer, together with
    its part of the mask.

    >>> from minigrad import layers, ops
    >>> films = ops.ones((2, 5, 8, 8, 3))
    >>> layers.TimeDistributed(layers.Conv2D(4, 3))(films).shape
    (2, 5, 6, 6, 4)
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `TimeDistributed` layer with a `keras.layers.Layer` instance. "
                f"Received: layer={layer}"
            )
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        super().build(self._step_shape(input_shape))

    @staticmethod
    def _step_shape(input_shape):
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 3:
            raise ValueError(
                "`TimeDistributed` needs an input of at least 3 dimensions: batch, timesteps, and "
                f"what the layer inside takes. Received: input_shape={input_shape}"
            )
        return (input_shape[0], *input_shape[2:])

    def compute_output_shape(self, input_shape):
        batch, *rest = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (batch, input_shape[1], *rest)

    def call(self, inputs, training=None, mask=None):
        parameters = self.layer._call_signature.parameters
        more = {"training": training} if "training" in parameters else {}
        if mask is not None:
            self._check_mask(inputs, mask)
            if "mask" not in parameters:
                mask = None
        outputs = []
        for t in range(inputs.shape[1]):
            if mask is not None:
                more["mask"] = mask[:, t]
            outputs.append(self.layer.call(inputs[:, t], **more))
        return ops.stack(outputs, axis=1)

    @staticmethod
    def _check_mask(inputs, mask):
        if len(mask.shape) < 2 or any(
            a != b for a, b in zip(mask.shape[:2], inputs.shape[:2]) if None not in (a, b)
        ):
            raise ValueError(
                f"The `mask` passed to the `TimeDistributed` layer has a shape {mask.shape} that "
                f"is incompatible with the input shape {inputs.shape}: the first two dimensions, "
                f"batch and timesteps, must be the same. Received: mask.shape={mask.shape}"
            )
