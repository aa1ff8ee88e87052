"""BaseConv: the ordinary convolution, in any number of dimensions."""

from minigrad import constraints, initializers, ops, regularizers
from minigrad.layers.arguments import positive
from minigrad.layers.convolutional.base import BaseConvolution
from minigrad.layers.low_rank import LowRank, adaptable


class BaseConv(LowRank, BaseConvolution):
    """y[i, f] = activation(Σ x[strides · i + dilation_rate · j, c] · kernel[j, c, f] + bias[f])."""

    _not_in_config = ("lora_rank", "lora_alpha")
    kernel = adaptable("kernel")

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        **kwargs,
    ):
        super().__init__(
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
        )
        self.filters = positive("filters", filters)
        self.groups = groups
        self._note_lora(lora_rank, lora_alpha)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        if groups <= 0:
            raise ValueError(
                f"The number of groups must be a positive integer. Received: groups={groups}."
            )
        if filters is not None and filters % groups:
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}."
            )
        self._check_strides()

    def _kernel_shapes(self, input_shape):
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                "The number of input channels must be evenly divisible by the number of groups. "
                f"Received groups={self.groups}, but the input has {channels} channels (full "
                f"input shape is {input_shape})."
            )
        return [(*self.kernel_size, channels // self.groups, self.filters)]

    def build(self, input_shape):
        self._note_channels(input_shape)
        (shape,) = self._kernel_shapes(input_shape)
        self.compute_output_shape(input_shape)  # raises if no window fits
        self.kernel = self._kernel_weight("kernel", shape)
        self.bias = self._bias_weight(self.filters)
        self._maybe_enable_lora()

    def _convolve(self, inputs, kernel):
        return ops.conv(inputs, kernel, **self._sliding())

    def convolution_op(self, inputs, kernel):
        """The convolution itself, for layers derived from this one to replace."""
        return self._convolve(inputs, kernel)

    def call(self, inputs):
        return self._activated(self.convolution_op(inputs, self.kernel))
