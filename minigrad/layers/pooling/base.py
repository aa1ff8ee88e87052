"""The bases of pooling layers: windows, all of space, and a given number of windows."""

from minigrad import settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.arguments import int_tuple
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class BasePooling(Layer):
    """One number for each window and channel; `_pool` is the op, `rank` the axes of space."""

    rank = None
    _pool = None

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = int_tuple("pool_size", pool_size, self.rank)
        strides = pool_size if strides is None else strides
        self.strides = int_tuple("strides", strides, self.rank)
        self.padding = padding
        self.data_format = settings.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self._build_at_init()

    def call(self, inputs):
        return self._pool(
            inputs, self.pool_size, self.strides, self.padding, data_format=self.data_format
        )

    def compute_output_shape(self, input_shape):
        return self.call(KerasTensor(input_shape, self.compute_dtype)).shape


class BaseGlobalPooling(Layer):
    """One number for each channel; `_reduce` is the op, `rank` the axes of space."""

    rank = None
    _reduce = None

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self._build_at_init()

    def _axes(self):
        """The axes of space."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def call(self, inputs):
        return self._reduce(inputs, axis=self._axes(), keepdims=self.keepdims)

    def compute_output_shape(self, input_shape):
        axes = self._axes()
        if self.keepdims:
            return tuple(1 if i in axes else length for i, length in enumerate(input_shape))
        return tuple(length for i, length in enumerate(input_shape) if i not in axes)


class BaseAdaptivePooling(Layer):
    """As many windows as asked for; `_pool` is the op, `rank` the axes of space."""

    rank = None
    _pool = None

    def __init__(self, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        sizes = (output_size,) * self.rank if isinstance(output_size, int) else output_size
        if not isinstance(sizes, (tuple, list)) or len(sizes) != self.rank:
            raise TypeError(
                f"{type(self).__name__}: `output_size` must be an integer or a tuple of "
                f"{self.rank} integers. Received: output_size={output_size} "
                f"(of type {type(output_size)})"
            )
        self.output_size = tuple(sizes)
        self.data_format = settings.standardize_data_format(data_format)
        self._build_at_init()

    def call(self, inputs):
        return self._pool(inputs, self.output_size, data_format=self.data_format)

    def compute_output_shape(self, input_shape):
        if self.data_format == "channels_last":
            return (input_shape[0], *self.output_size, input_shape[-1])
        return (*input_shape[:2], *self.output_size)
