"""From one dtype to another."""

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import Tensor, as_tensor

__all__ = [
    "cast",
    "convert_to_tensor",
]


def _cast_kernel(x, dtype):
    dtype = dtypes.to_numpy_dtype(dtype)
    return x.astype(dtype) if hasattr(x, "astype") else np.asarray(x, dtype)


cast_to = primitive(
    "cast",
    _cast_kernel,
    (lambda g, out, x, dtype: g,),  # the walk casts a gradient to the dtype of its input
    promote=None,
    moves=True,
    dtype=lambda x, dtype: dtype,
)


@op
def cast(x, dtype):
    """`x` in another dtype; floats lose what is behind the point when they become whole numbers.

    >>> from minigrad import ops
    >>> ops.cast([1.7, -1.7], "int32").numpy()
    array([ 1, -1], dtype=int32)
    """
    dtype = dtypes.standardize_dtype(dtype)
    if getattr(x, "dtype", None) == dtype and isinstance(x, Tensor):
        return x
    return cast_to(x, dtype=dtype)


@op
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """`x` as a Tensor, of the dtype that is asked for.

    Args:
        x: A number, nested lists, an array, a Tensor or a Variable.
        dtype: Name of the dtype; by default that of `x`.
    """
    if sparse or ragged:
        raise ValueError(
            f"minigrad has dense tensors only. Received: sparse={sparse}, ragged={ragged}"
        )
    if dtype is not None:
        dtype = dtypes.standardize_dtype(dtype)
    return as_tensor(x, dtype)
