"""Cropping1D: cuts off the ends of the spatial axis."""

from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.reshaping.borders import two_ends


class Cropping1D(Layer):
    """Cuts off the ends of the spatial axis.

    Args:
        cropping: An int for both ends, or a pair.

    Input and output of shape `(batch, steps, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.Cropping1D((1, 2))(ops.ones((2, 5, 3))).shape
    (2, 2, 3)
    """

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self.cropping = two_ends(cropping, "cropping")
        self.input_spec = InputSpec(ndim=3)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        for axis, (before, after) in enumerate((self.cropping,), 1):
            if shape[axis] is not None:
                if before + after >= shape[axis]:
                    raise ValueError(
                        "Values in `cropping` argument should be smaller than the corresponding "
                        "spatial dimension of the input: `cropping` parameter of "
                        "`Cropping1D` layer must be smaller than the input length. Received: "
                        f"input_shape={tuple(input_shape)}, cropping={self.cropping}"
                    )
                shape[axis] -= before + after
        return tuple(shape)

    def call(self, inputs):
        shape = self.compute_output_shape(inputs.shape)
        kept = [slice(None)] * len(shape)
        for axis, (before, _) in enumerate((self.cropping,), 1):
            kept[axis] = slice(before, before + shape[axis])
        return inputs[tuple(kept)]
