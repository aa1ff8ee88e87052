"""From one dtype to another."""

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.record import THREAD
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor, as_tensor, wrap
from minigrad.kernels.halves import converted

__all__ = [
    "cast",
    "convert_to_tensor",
]


def _cast_kernel(x, dtype):
    dtype = dtypes.to_numpy_dtype(dtype)
    if not isinstance(x, np.ndarray):
        return np.asarray(x, dtype)
    return x if x.dtype == dtype else converted(x, dtype)


cast_to = primitive(
    "cast",
    _cast_kernel,
    (lambda g, out, x, dtype: g,),  # the walk casts a gradient to the dtype of its input
    promote=None,
    moves=True,
    dtype=lambda x, dtype: dtype,
)
# To whole numbers and booleans, which stay as they are when x changes a little: no gradient.
cast_to_whole = primitive(
    "cast_to_whole",
    _cast_kernel,
    promote=None,
    moves=True,
    dtype=lambda x, dtype: dtype,
)


def constant(array):
    """A fresh array as an operand of ops: a Tensor, or the array itself in a bare backward pass."""
    return array if THREAD.mode.bare else wrap(array)


_FLOATS = frozenset(
    (*dtypes.FLOAT_TYPES, *(dtypes.to_numpy_dtype(name) for name in dtypes.FLOAT_TYPES))
)


def as_floats(x):
    """`x` as a tensor of floats: its own dtype if it is one, floatx for whole numbers."""
    x = as_tensor(x)
    if x.dtype in _FLOATS:
        return x
    return cast(x, dtypes.as_float(x.dtype if dtypes.is_complex(x.dtype) else "int32"))


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
    to = cast_to_whole if dtypes.is_int(dtype) or dtype == "bool" else cast_to
    return to(x, dtype=dtype)


@op
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """`x` as a Tensor, of the dtype that is asked for.

    Args:
        x: A number, nested lists, an array, a Tensor or a Variable.
        dtype: Name of the dtype; by default that of `x`.
    """
    if isinstance(x, KerasTensor):
        keeps = x.sparse and sparse is not False, x.ragged and ragged is not False
        return KerasTensor(x.shape, dtype or x.dtype, *keeps)
    if sparse or ragged:
        raise ValueError(
            f"minigrad has dense tensors only. Received: sparse={sparse}, ragged={ragged}"
        )
    if dtype is not None:
        dtype = dtypes.standardize_dtype(dtype)
    return as_tensor(x, dtype)
