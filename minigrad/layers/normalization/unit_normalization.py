"""UnitNormalization: vectors of length 1."""

from minigrad import ops
from minigrad.layers.layer import Layer
from minigrad.layers.normalization.axes import check_axes


class UnitNormalization(Layer):
    """Divides by the Euclidean length along an axis, or several.

    Args:
        axis: An int, or several.

    >>> from minigrad import layers, ops
    >>> layers.UnitNormalization()(ops.array([[3.0, 4.0]])).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        if isinstance(axis, (list, tuple)):
            self.axis = list(axis)
        elif isinstance(axis, int):
            self.axis = axis
        else:
            raise TypeError(
                "Invalid value for `axis` argument: expected an int or a list/tuple of ints. "
                f"Received: axis={axis}"
            )
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)

    def compute_output_shape(self, input_shape):
        check_axes(self.axis, input_shape)
        return input_shape
