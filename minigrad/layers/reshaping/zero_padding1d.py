"""ZeroPadding1D: zeros around the spatial axis."""

from minigrad import ops, settings
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.reshaping.borders import first_spatial_axis, two_ends


class ZeroPadding1D(Layer):
    """Puts zeros at the ends of the spatial axis.

    Args:
        padding: An int for both ends, or a pair.
        data_format: "channels_last" or "channels_first".

    Input and output of shape `(batch, steps, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.ZeroPadding1D(1)(ops.ones((2, 5, 3))).shape
    (2, 7, 3)
    """

    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.padding = two_ends(padding, "padding")
        self.input_spec = InputSpec(ndim=3)

    def _widths(self):
        widths = [(0, 0)] * 3
        for axis, ends in enumerate((self.padding,), first_spatial_axis(self.data_format)):
            widths[axis] = ends
        return widths

    def compute_output_shape(self, input_shape):
        return tuple(
            None if length is None else before + length + after
            for length, (before, after) in zip(input_shape, self._widths(), strict=True)
        )

    def call(self, inputs):
        return ops.pad(inputs, self._widths())
