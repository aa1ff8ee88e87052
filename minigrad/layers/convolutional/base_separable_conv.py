"""BaseSeparableConv: a depthwise convolution, then a mix of channels, over any number of axes."""

from minigrad import constraints, initializers, ops, regularizers
from minigrad.layers.arguments import positive
from minigrad.layers.convolutional.base import BaseConvolution


class BaseSeparableConv(BaseConvolution):
    """A convolution of each channel by itself, and one of all channels at each place."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
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
        self.depth_multiplier = positive("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def _kernel_shapes(self, input_shape):
        channels = self._channels(input_shape)
        return [
            (*self.kernel_size, channels, self.depth_multiplier),
            (*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
        ]

    def build(self, input_shape):
        self._note_channels(input_shape)
        depthwise, pointwise = self._kernel_shapes(input_shape)
        self.compute_output_shape(input_shape)  # raises if no window fits
        self.depthwise_kernel = self._kernel_weight("depthwise_kernel", depthwise, "depthwise")
        self.pointwise_kernel = self._kernel_weight("pointwise_kernel", pointwise, "pointwise")
        self.bias = self._bias_weight(self.filters)

    def _convolve(self, inputs, depthwise_kernel, pointwise_kernel):
        return ops.separable_conv(inputs, depthwise_kernel, pointwise_kernel, **self._sliding())

    def call(self, inputs):
        return self._activated(self._convolve(inputs, self.depthwise_kernel, self.pointwise_kernel))
