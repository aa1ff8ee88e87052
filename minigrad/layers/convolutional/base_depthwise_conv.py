"""BaseDepthwiseConv: a convolution of each channel by itself, in any number of dimensions."""

from minigrad import constraints, initializers, ops, regularizers
from minigrad.layers.arguments import positive
from minigrad.layers.convolutional.base import BaseConvolution


class BaseDepthwiseConv(BaseConvolution):
    """Each channel gives `depth_multiplier` channels, and does not see the others."""

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
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
        self.depth_multiplier = positive("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def _kernel_shapes(self, input_shape):
        return [(*self.kernel_size, self._channels(input_shape), self.depth_multiplier)]

    def build(self, input_shape):
        self._note_channels(input_shape)
        (shape,) = self._kernel_shapes(input_shape)
        self.compute_output_shape(input_shape)  # raises if no window fits
        self.kernel = self._kernel_weight("kernel", shape, kind="depthwise")
        self.bias = self._bias_weight(self._channels(input_shape) * self.depth_multiplier)

    def _convolve(self, inputs, kernel):
        return ops.depthwise_conv(inputs, kernel, **self._sliding())

    def call(self, inputs):
        return self._activated(self._convolve(inputs, self.kernel))
