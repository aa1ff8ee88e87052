"""UpSampling3D: larger volumes."""

from minigrad import ops, settings
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.reshaping.borders import first_spatial_axis
from minigrad.layers.reshaping.factors import enlarged, factor_per_axis


class UpSampling3D(Layer):
    """Makes volumes larger by repeating every voxel.

    Args:
        size: The factor, or one each for depth, rows and columns.
        data_format: "channels_last" or "channels_first".

    Input and output of shape `(batch, depth, rows, columns, channels)`.
    """

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.size = factor_per_axis(size, 3)
        self.input_spec = InputSpec(ndim=5)

    def compute_output_shape(self, input_shape):
        return enlarged(input_shape, self.size, first_spatial_axis(self.data_format))

    def call(self, inputs):
        for axis, factor in enumerate(self.size, first_spatial_axis(self.data_format)):
            inputs = ops.repeat(inputs, factor, axis=axis)
        return inputs
