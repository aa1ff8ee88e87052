"""BaseConvolution: what the layers have in common that slide a window over images."""

from minigrad import activations, constraints, initializers, ops, regularizers, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.arguments import int_tuple, padding_name
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class BaseConvolution(Layer):
    """`activation(convolution(inputs, *kernels) + bias)`.

    A subclass has the number of axes of space in `rank`, makes the kernels in `build` with
    `_kernel_weight`, says their shapes in `_kernel_shapes` and what is done with them in
    `_convolve`.
    """

    rank = None

    def __init__(
        self,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        activation,
        use_bias,
        bias_initializer,
        bias_regularizer,
        activity_regularizer,
        bias_constraint,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.kernel_size = int_tuple("kernel_size", kernel_size, self.rank)
        self.strides = int_tuple("strides", strides, self.rank)
        self.padding = padding_name(padding, allow_causal=self._may_be_causal())
        self.data_format = settings.standardize_data_format(data_format)
        self.dilation_rate = int_tuple("dilation_rate", dilation_rate, self.rank)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.bias = None
        self.input_spec = InputSpec(min_ndim=self.rank + 2)

    def _may_be_causal(self):
        return False

    def _check_strides(self):
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else 1

    def _channels(self, input_shape):
        """The number of channels of the inputs, which must be known."""
        channels = input_shape[self._channel_axis()]
        if channels is None:
            raise ValueError(
                f"{self.name}: the axis of channels must have a known length, as the kernel has "
                f"as many. Received: input_shape={input_shape}, data_format={self.data_format}"
            )
        return channels

    def _note_channels(self, input_shape):
        axes = {self._channel_axis(): self._channels(input_shape)}
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes=axes)

    def _kernel_weight(self, name, shape, kind="kernel"):
        """A kernel, initialised, regularised and constrained by the arguments called `kind_…`."""
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
        )

    def _bias_weight(self, filters):
        if not self.use_bias:
            return None
        return self.add_weight(
            name="bias",
            shape=(filters,),
            initializer=self.bias_initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    def _kernel_shapes(self, input_shape):
        raise NotImplementedError(f"{type(self).__name__} must define `_kernel_shapes`.")

    def _convolve(self, inputs, *kernels):
        raise NotImplementedError(f"{type(self).__name__} must define `_convolve`.")

    def _sliding(self):
        """Where the windows are, as ops take it."""
        return {
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }

    def _activated(self, outputs):
        """activation(outputs + bias)"""
        if self.use_bias:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (-1, *(1,) * self.rank))
            outputs = outputs + bias
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        kernels = (KerasTensor(shape, "float32") for shape in self._kernel_shapes(input_shape))
        return self._convolve(KerasTensor(input_shape, "float32"), *kernels).shape
