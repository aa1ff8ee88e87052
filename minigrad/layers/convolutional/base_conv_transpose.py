"""BaseConvTranspose: the transposed convolution, in any number of dimensions."""

from minigrad import constraints, initializers, ops, regularizers
from minigrad.layers.arguments import int_tuple, positive
from minigrad.layers.convolutional.base import BaseConvolution


class BaseConvTranspose(BaseConvolution):
    """The gradient of a convolution by its input, used forward: space grows by `strides`."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
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
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = int_tuple(
                "output_padding", output_padding, self.rank, allow_zero=True
            )
            if any(a >= b for a, b in zip(self.output_padding, self.strides, strict=True)):
                raise ValueError(
                    "`output_padding` must be strictly less than `strides` along every axis. "
                    f"Received: output_padding={self.output_padding}, strides={self.strides}"
                )
        self._check_strides()

    def _kernel_shapes(self, input_shape):
        return [(*self.kernel_size, self.filters, self._channels(input_shape))]

    def build(self, input_shape):
        self._note_channels(input_shape)
        (shape,) = self._kernel_shapes(input_shape)
        self.kernel = self._kernel_weight("kernel", shape)
        self.bias = self._bias_weight(self.filters)

    def _convolve(self, inputs, kernel):
        return ops.conv_transpose(
            inputs, kernel, output_padding=self.output_padding, **self._sliding()
        )

    def call(self, inputs):
        return self._activated(self._convolve(inputs, self.kernel))
