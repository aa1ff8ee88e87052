"""UpSampling2D: larger images."""

from minigrad import ops, settings
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.reshaping.borders import first_spatial_axis
from minigrad.layers.reshaping.factors import enlarged, factor_per_axis


class UpSampling2D(Layer):
    """Makes images larger by whole factors.

    Args:
        size: The factor, or one each for rows and columns.
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest", or another one of `ops.image.resize`.

    Input and output of shape `(batch, rows, columns, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.UpSampling2D((2, 3))(ops.ones((1, 4, 4, 1))).shape
    (1, 8, 12, 1)
    """

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.size = factor_per_axis(size, 2)
        self.interpolation = interpolation.lower()
        self.input_spec = InputSpec(ndim=4)

    def compute_output_shape(self, input_shape):
        return enlarged(input_shape, self.size, first_spatial_axis(self.data_format))

    def call(self, inputs):
        first = first_spatial_axis(self.data_format)
        if self.interpolation == "nearest":
            rows = ops.repeat(inputs, self.size[0], axis=first)
            return ops.repeat(rows, self.size[1], axis=first + 1)
        shape = self.compute_output_shape(inputs.shape)[first : first + 2]
        return ops.image.resize(
            inputs, shape, interpolation=self.interpolation, data_format=self.data_format
        )
