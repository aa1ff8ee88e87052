"""Flatten: all axes but the first become one."""

from math import prod

from minigrad import ops, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class Flatten(Layer):
    """Puts all features of an example on one axis.

    Args:
        data_format: "channels_last", or "channels_first", whose channels are moved to the end
            first, so that both give the same order.

    Input of shape `(batch, …)`, output of shape `(batch, product of the rest)`.

    >>> from minigrad import layers, ops
    >>> layers.Flatten()(ops.ones((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)
        self._channels_first = self.data_format == "channels_first"
        self._build_at_init()

    def call(self, inputs):
        rank = len(inputs.shape)
        if self._channels_first and rank > 1:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        return ops.reshape(inputs, self._flat(inputs.shape, -1))

    @staticmethod
    def _flat(shape, unknown):
        length = unknown if None in shape[1:] else prod(shape[1:])
        return shape[0], length

    def compute_output_shape(self, input_shape):
        return self._flat(input_shape, None)

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), inputs.dtype)
