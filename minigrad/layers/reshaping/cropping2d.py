"""Cropping2D: cuts off the ends of the spatial axes."""

from minigrad import settings
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.reshaping.borders import all_ends, first_spatial_axis


class Cropping2D(Layer):
    """Cuts off the ends of the spatial axes.

    Args:
        cropping: An int for all ends, an int per axis, or a pair per axis.
        data_format: "channels_last" or "channels_first".

    Input and output of shape `(batch, rows, columns, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.Cropping2D(1)(ops.ones((2, 5, 5, 3))).shape
    (2, 3, 3, 3)
    """

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.cropping = all_ends(cropping, 2, "cropping")
        self.input_spec = InputSpec(ndim=4)

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        for axis, (before, after) in enumerate(self.cropping, first_spatial_axis(self.data_format)):
            if shape[axis] is not None:
                if before + after >= shape[axis]:
                    raise ValueError(
                        "Values in `cropping` argument should be smaller than the corresponding "
                        "spatial dimension of the input: `cropping` parameter of "
                        "`Cropping2D` layer must be smaller than the input length. Received: "
                        f"input_shape={tuple(input_shape)}, cropping={self.cropping}"
                    )
                shape[axis] -= before + after
        return tuple(shape)

    def call(self, inputs):
        shape = self.compute_output_shape(inputs.shape)
        kept = [slice(None)] * len(shape)
        for axis, (before, _) in enumerate(self.cropping, first_spatial_axis(self.data_format)):
            kept[axis] = slice(before, before + shape[axis])
        return inputs[tuple(kept)]
