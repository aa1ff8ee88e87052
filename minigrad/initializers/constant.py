"""Initializers without chance: zeros, ones, a constant, the identity."""

from minigrad import ops
from minigrad.dtypes import standardize_dtype
from minigrad.initializers.initializer import Initializer
from minigrad.saving.serialization import deserialize_keras_object


class Zeros(Initializer):
    """All zeros.

    >>> Zeros()((2, 2)).numpy()
    array([[0., 0.],
           [0., 0.]], dtype=float32)
    """

    def __call__(self, shape, dtype=None):
        return ops.zeros(shape, dtype=standardize_dtype(dtype))


class Ones(Initializer):
    """All ones.

    >>> Ones()((2,), "int32").numpy()
    array([1, 1], dtype=int32)
    """

    def __call__(self, shape, dtype=None):
        return ops.ones(shape, dtype=standardize_dtype(dtype))


class Constant(Initializer):
    """One value everywhere, or an array that is broadcast to the shape.

    >>> Constant(6.0)((3,)).numpy()
    array([6., 6., 6.], dtype=float32)
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        return ops.broadcast_to(ops.cast(self.value, standardize_dtype(dtype)), shape)

    @classmethod
    def from_config(cls, config):
        return cls(**deserialize_keras_object(config))


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, zeros elsewhere.

    Raises ValueError if the shape has not two axes.

    >>> Identity(gain=2.0)((2, 2)).numpy()
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        dtype = standardize_dtype(dtype)
        return ops.cast(self.gain * ops.eye(*shape, dtype=dtype), dtype)
