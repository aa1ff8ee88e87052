"""Diagonals and triangles of matrices."""

import operator

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis, size_of
from minigrad.ops.reduction import sum as total
from minigrad.ops.shaping import reshape_to

__all__ = [
    "diag",
    "diagflat",
    "diagonal",
    "trace",
    "tril",
    "triu",
]


def _triangle(name, kernel):
    made = primitive(
        name,
        kernel,
        (lambda g, out, x, k: made(g, k=k),),
        promote=None,
        moves=True,
        shape=lambda x, k: x.shape,
    )
    return made


keep_lower = _triangle("keep_lower", lambda x, k: np.tril(x, k))
keep_upper = _triangle("keep_upper", lambda x, k: np.triu(x, k))


def _matrix(name, x):
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"{name}: the tensor needs two or more axes. Received: x.shape={x.shape}")
    return x


@op
def tril(x, k=0):
    """What is on and below diagonal number k of the last two axes; zeros above it."""
    return keep_lower(_matrix("tril", x), k=operator.index(k))


@op
def triu(x, k=0):
    """What is on and above diagonal number k of the last two axes; zeros below it."""
    return keep_upper(_matrix("triu", x), k=operator.index(k))


def _diagonal_shape(x, offset, axis1, axis2):
    rest = tuple(length for axis, length in enumerate(x.shape) if axis not in (axis1, axis2))
    rows, columns = x.shape[axis1], x.shape[axis2]
    if None in (rows, columns):
        return (*rest, None)
    return (*rest, max(0, min(rows + min(offset, 0), columns - max(offset, 0))))


def _put(g, shape, offset, axis1, axis2):
    result = np.zeros(shape, g.dtype)
    # np.diagonal is a view; it is only marked as read-only.
    view = np.diagonal(result, offset, axis1, axis2)
    view.flags.writeable = True
    view[...] = g
    return result


get_diagonal = primitive(
    "get_diagonal",
    np.diagonal,
    (
        lambda g, out, x, offset, axis1, axis2: put_diagonal(
            g, shape=x.shape, offset=offset, axis1=axis1, axis2=axis2
        ),
    ),
    promote=None,
    moves=True,
    shape=_diagonal_shape,
)
put_diagonal = primitive(
    "put_diagonal",
    _put,
    (
        lambda g, out, x, shape, offset, axis1, axis2: get_diagonal(
            g, offset=offset, axis1=axis1, axis2=axis2
        ),
    ),
    promote=None,
    moves=True,
    shape=lambda x, shape, offset, axis1, axis2: shape,
)


@op
def diagonal(x, offset=0, axis1=0, axis2=1):
    """Diagonal number `offset` of the matrices in axis1 and axis2, as a new last axis.

    >>> from minigrad import ops
    >>> ops.diagonal([[1, 2], [3, 4]], offset=1).numpy()
    array([2], dtype=int32)
    """
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(
            "`diagonal` requires an array of at least two dimensions, but `x` is of shape "
            f"{x.shape}. Received: x.shape={x.shape}"
        )
    axis1, axis2 = normalize_axis(axis1, x.ndim, "axis1"), normalize_axis(axis2, x.ndim, "axis2")
    if axis1 == axis2:
        raise ValueError(
            f"diagonal: the two axes must differ. Received: axis1={axis1}, axis2={axis2}"
        )
    return get_diagonal(x, offset=operator.index(offset), axis1=axis1, axis2=axis2)


@op
def trace(x, offset=0, axis1=0, axis2=1):
    """The sum of diagonal number `offset`."""
    return total(diagonal(x, offset, axis1, axis2), axis=-1)


@op
def diag(x, k=0):
    """Of a matrix, its diagonal number k; of a vector, the matrix with it as that diagonal.

    >>> from minigrad import ops
    >>> ops.diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError(f"`x` must be 1-D or 2-D. Received: x.shape={x.shape}")
    k = operator.index(k)
    length = None if x.shape[0] is None else x.shape[0] + abs(k)
    return put_diagonal(x, shape=(length, length), offset=k, axis1=0, axis2=1)


@op
def diagflat(x, k=0):
    """The matrix with all elements of `x` on its diagonal number k."""
    x = as_tensor(x)
    return diag(reshape_to(x, shape=(size_of(x.shape),)), k)
