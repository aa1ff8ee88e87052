"""ConvLSTMCell: an LSTM cell whose products are convolutions."""

from minigrad import activations, ops, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.arguments import int_tuple, padding_name
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.rnn.recurrent_cell import RecurrentCell


class ConvLSTMCell(RecurrentCell):
    """`LSTMCell` for images: convolutions instead of matrix products (Shi et al. 2015).

    Args:
        rank: Number of axes of space.
        filters: Number of channels of the output and of the two states, h and c.
        kernel_size, strides, padding, data_format, dilation_rate: Of the convolution of the
            inputs, as for `Conv2D`; that of the state keeps its size.
        others: As for `LSTMCell`.
    """

    dropout_mask_count = 4

    def __init__(
        self,
        rank,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        activation="tanh",
        recurrent_activation="sigmoid",
        unit_forget_bias=True,
        **kwargs,
    ):
        super().__init__(activation=activation, **kwargs)
        self.rank = rank
        self.filters = filters
        self.kernel_size = int_tuple("kernel_size", kernel_size, rank)
        self.strides = int_tuple("strides", strides, rank)
        self.padding = padding_name(padding)
        self.data_format = settings.standardize_data_format(data_format)
        self.dilation_rate = int_tuple("dilation_rate", dilation_rate, rank)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "Specifying `strides > 1` is not compatible with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.input_spec = InputSpec(ndim=rank + 2)
        self.state_size = [filters, filters]
        self.output_size = filters

    def build(self, input_shape, states_shape=None):
        channel_axis = -1 if self.data_format == "channels_last" else 1
        if None in input_shape[1:]:
            raise ValueError(
                "ConvLSTM layers need static shapes of space and channels. "
                f"Received: input_shape={input_shape}"
            )
        channels = input_shape[channel_axis]
        self._image_shape = tuple(input_shape[1:])
        self.input_spec = InputSpec(shape=(None, *input_shape[1:]))
        n = self.filters
        self._make_weights(
            (*self.kernel_size, channels, 4 * n),
            (*self.kernel_size, n, 4 * n),
            (4 * n,),
            bias_initializer=self._forget_bias(n) if self.unit_forget_bias else None,
        )

    def call(self, inputs, states, training=False):
        h, c = states
        masks, state_masks = self._masks(inputs, h, training)
        gates = self._gates(inputs, self.kernel, masks, self._convolve_inputs)
        if self.use_bias:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (-1, *(1,) * self.rank))
            gates = gates + bias
        gates = gates + self._gates(h, self.recurrent_kernel, state_masks, self._convolve_state)
        i, f, g, o = ops.split(gates, 4, axis=self._channel_axis())
        sigma = self.recurrent_activation
        c = sigma(f) * c + sigma(i) * self.activation(g)
        h = sigma(o) * self.activation(c)
        return h, [h, c]

    def _gates(self, x, kernel, masks, convolve):
        if masks is None:
            return convolve(x, kernel)
        parts = ops.split(kernel, 4, axis=-1)
        return ops.concatenate(
            [convolve(x * mask, part) for mask, part in zip(masks, parts, strict=True)],
            axis=self._channel_axis(),
        )

    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else 1

    def _convolve_inputs(self, x, kernel):
        return ops.conv(
            x,
            kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )

    def _convolve_state(self, h, kernel):
        return ops.conv(h, kernel, padding="same", data_format=self.data_format)

    def compute_output_shape(self, input_shape, states_shape=None):
        channels = input_shape[self._channel_axis()]
        kernel = KerasTensor((*self.kernel_size, channels, self.filters), "float32")
        shape = self._convolve_inputs(KerasTensor(input_shape, "float32"), kernel).shape
        return shape, [shape, shape]

    def get_initial_state(self, batch_size=None):
        shape, _ = self.compute_output_shape((batch_size, *self._image_shape))
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(2)]
