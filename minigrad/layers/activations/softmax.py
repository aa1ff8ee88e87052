"""Softmax as a layer."""

from minigrad import activations, ops
from minigrad.dtypes import to_numpy_dtype
from minigrad.layers.layer import Layer


class Softmax(Layer):
    """`exp(x) / Σ exp(x)` along an axis; what is masked out gets 0.

    Args:
        axis: An int, or several.

    `mask` of the call is broadcast to the inputs; its true elements are kept.

    >>> from minigrad import layers, ops
    >>> layers.Softmax()(ops.array([[0.0, 0.0]])).numpy()
    array([[0.5, 0.5]], dtype=float32)
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, mask=None):
        if mask is not None:
            mask = self._checked(inputs, mask)
            inputs = ops.where(mask, inputs, _very_negative(inputs.dtype))
        if isinstance(self.axis, (tuple, list)):
            outputs = ops.exp(inputs - ops.logsumexp(inputs, axis=self.axis, keepdims=True))
        else:
            outputs = activations.softmax(inputs, axis=self.axis)
        # Where everything is masked, the softmax of equal numbers would be left.
        return outputs if mask is None else ops.where(mask, outputs, 0.0)

    @staticmethod
    def _checked(inputs, mask):
        fits = len(mask.shape) <= len(inputs.shape) and all(
            None in (a, b) or a in (1, b) for a, b in zip(mask.shape[::-1], inputs.shape[::-1])
        )
        if not fits:
            raise ValueError(
                "The `mask` must be broadcastable to `inputs` and must not have more dimensions. "
                f"Received: inputs.shape={inputs.shape}, mask.shape={mask.shape}"
            )
        return mask if mask.dtype == "bool" else ops.greater(mask, 0.5)

    def compute_output_shape(self, input_shape):
        return input_shape


def _very_negative(dtype):
    """Far below all inputs, and not so far that adding to it overflows."""
    return -3e4 if to_numpy_dtype(dtype).name == "float16" else -1e9
