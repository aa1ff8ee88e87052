"""ZeroPadding2D: zeros around the spatial axes."""

from minigrad import ops, settings
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.reshaping.borders import all_ends, first_spatial_axis


class ZeroPadding2D(Layer):
    """Puts zeros at the ends of the spatial axes.

    Args:
        padding: An int for all ends, an int per axis, or a pair per axis.
        data_format: "channels_last" or "channels_first".

    Input and output of shape `(batch, rows, columns, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.ZeroPadding2D(1)(ops.ones((2, 5, 5, 3))).shape
    (2, 7, 7, 3)
    """

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.padding = all_ends(padding, 2, "padding")
        self.input_spec = InputSpec(ndim=4)

    def _widths(self):
        widths = [(0, 0)] * 4
        for axis, ends in enumerate(self.padding, first_spatial_axis(self.data_format)):
            widths[axis] = ends
        return widths

    def compute_output_shape(self, input_shape):
        return tuple(
            None if length is None else before + length + after
            for length, (before, after) in zip(input_shape, self._widths(), strict=True)
        )

    def call(self, inputs):
        return ops.pad(inputs, self._widths())
