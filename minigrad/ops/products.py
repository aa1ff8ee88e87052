"""Products of matrices and their generalisations."""

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import broadcast_shapes
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis, size_of
from minigrad.ops.casting import cast
from minigrad.ops.elementwise import multiply
from minigrad.ops.shaping import moveaxis, permute, pile, reshape_to

__all__ = [
    "cross",
    "dot",
    "inner",
    "kron",
    "matmul",
    "outer",
    "tensordot",
    "vdot",
]


def _t(x):
    """The last two axes exchanged."""
    if type(x) is np.ndarray:  # in a bare backward pass, where microseconds count
        return x.swapaxes(-1, -2)
    return permute(x, axes=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


matrix_product = primitive(
    "matmul",
    np.matmul,
    (
        lambda g, out, x1, x2: matrix_product(g, _t(x2)),  # dA = G·Bᵀ
        lambda g, out, x1, x2: matrix_product(_t(x1), g),  # dB = Aᵀ·G
    ),
    shape=lambda x1, x2: (
        *broadcast_shapes(x1.shape[:-2], x2.shape[:-2]),
        x1.shape[-2],
        x2.shape[-1],
    ),
)


def _accumulated(x1, x2):
    """Both as tensors; two of int8 as int32, since sums of their products leave int8 at once."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if x1.dtype == "int8" and x2.dtype == "int8":
        x1, x2 = cast(x1, "int32"), cast(x2, "int32")
    return x1, x2


@op
def matmul(x1, x2):
    """The matrix product over the last axis of x1 and the last but one of x2.

    Axes in front are broadcast. A vector counts as a row on the left, as a column on the right,
    and that axis is dropped from the result.

    >>> from minigrad import ops
    >>> ops.matmul(ops.ones((5, 2, 3)), ops.ones((3, 4))).shape
    (5, 2, 4)
    """
    return _product(*_accumulated(x1, x2))


def _product(x1, x2):
    if not x1.ndim or not x2.ndim:
        raise ValueError(
            "matmul: operands need at least one axis; use `*` with scalars. "
            f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    inner = x1.shape[-1], x2.shape[max(x2.ndim - 2, 0)]
    if inner[0] != inner[1] and None not in inner:
        raise ValueError(
            f"matmul: the last axis of x1 ({inner[0]}) must be as long as the "
            f"{'last but one' if x2.ndim > 1 else 'only'} axis of x2 ({inner[1]}). "
            f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    row, column = x1.ndim == 1, x2.ndim == 1
    if row:
        x1 = reshape_to(x1, shape=(1, *x1.shape))
    if column:
        x2 = reshape_to(x2, shape=(*x2.shape, 1))
    if x1.ndim > 2 and x2.ndim == 2 and None not in x1.shape:
        # One large product is faster than many small ones, and so is its gradient.
        rows = 1
        for length in x1.shape[:-1]:
            rows *= length
        flat = matrix_product(reshape_to(x1, shape=(rows, x1.shape[-1])), x2)
        result = reshape_to(flat, shape=(*x1.shape[:-1], x2.shape[-1]))
    else:
        result = matrix_product(x1, x2)
    if row:
        result = reshape_to(result, shape=result.shape[:-2] + result.shape[-1:])
    if column:
        result = reshape_to(result, shape=result.shape[:-1])
    return result


@op
def dot(x1, x2):
    """The products over the last axis of x1 and the last but one of x2, for all their other axes.

    With a scalar, `x1 * x2`; of vectors, the sum of products; of matrices, `matmul`. With more
    axes all pairs are taken, where `matmul` broadcasts.
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if not x1.ndim or not x2.ndim:
        return multiply(x1, x2)
    return tensordot(x1, x2, axes=([x1.ndim - 1], [max(x2.ndim - 2, 0)]))


@op
def tensordot(x1, x2, axes=2):
    """The sum of products over several axes at once.

    Args:
        axes: Two lists, of the axes of x1 and of those of x2 which are summed over together; or a
            number n: the last n of x1 and the first n of x2.

    Returns:
        A tensor with the other axes of x1, then those of x2.

    >>> from minigrad import ops
    >>> ops.tensordot(ops.ones((2, 3, 4)), ops.ones((4, 3, 5)), axes=([1, 2], [1, 0])).shape
    (2, 5)
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if isinstance(axes, int):
        if axes > min(x1.ndim, x2.ndim):
            raise ValueError(
                f"tensordot: there are fewer than {axes} axes to sum over. "
                f"Received: axes={axes}, x1.shape={x1.shape}, x2.shape={x2.shape}"
            )
        axes = range(x1.ndim - axes, x1.ndim), range(axes)
    first, second = ([one] if isinstance(one, int) else one for one in axes)
    first = [normalize_axis(axis, x1.ndim, "axes") for axis in first]
    second = [normalize_axis(axis, x2.ndim, "axes") for axis in second]
    lengths = [x1.shape[axis] for axis in first], [x2.shape[axis] for axis in second]
    if len(first) != len(second) or any(
        a != b and None not in (a, b) for a, b in zip(*lengths, strict=True)
    ):
        raise ValueError(
            "tensordot: the axes that are summed over together must have the same lengths. "
            f"Received: axes={axes}, x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    rest1 = [axis for axis in range(x1.ndim) if axis not in first]
    rest2 = [axis for axis in range(x2.ndim) if axis not in second]
    shape = tuple(x1.shape[axis] for axis in rest1) + tuple(x2.shape[axis] for axis in rest2)
    left = _as_matrix(x1, rest1, first)
    right = _as_matrix(x2, second, rest2)
    return reshape_to(_product(left, right), shape=shape)


def _as_matrix(x, rows, columns):
    """`x` with the axes `rows` made one, and `columns` made one."""
    order = (*rows, *columns)
    if order != tuple(range(x.ndim)):
        x = permute(x, axes=order)
    cut = len(rows)
    shape = size_of(x.shape[:cut]), size_of(x.shape[cut:])
    return x if x.shape == shape else reshape_to(x, shape=shape)


@op
def vdot(x1, x2):
    """The sum of the products of all elements."""
    return _product(_flat(x1), _flat(x2))


def _flat(x):
    x = as_tensor(x)
    return x if x.ndim == 1 else reshape_to(x, shape=(size_of(x.shape),))


@op
def inner(x1, x2):
    """The sums of products over the last axes of both."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if not x1.ndim or not x2.ndim:
        return multiply(x1, x2)
    if x1.shape[-1] != x2.shape[-1] and None not in (x1.shape[-1], x2.shape[-1]):
        raise ValueError(
            "inner: the last dimension of both must be equal, since it is summed over. "
            f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    return tensordot(x1, x2, axes=([x1.ndim - 1], [x2.ndim - 1]))


@op
def outer(x1, x2):
    """The table of the products of each element of x1 (rows) with each of x2 (columns)."""
    x1, x2 = _flat(x1), _flat(x2)
    return reshape_to(x1, shape=(x1.shape[0], 1)) * x2


@op
def kron(x1, x2):
    """The Kronecker product: x1 with each element replaced by its product with the whole of x2.

    >>> from minigrad import ops
    >>> ops.kron([1, 10], [1, 2, 3]).numpy()
    array([ 1,  2,  3, 10, 20, 30], dtype=int32)
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    ndim = max(x1.ndim, x2.ndim)
    shape1 = (1,) * (ndim - x1.ndim) + tuple(x1.shape)
    shape2 = (1,) * (ndim - x2.ndim) + tuple(x2.shape)
    spread = reshape_to(x1, shape=tuple(n for length in shape1 for n in (length, 1)))
    inside = reshape_to(x2, shape=tuple(n for length in shape2 for n in (1, length)))
    shape = tuple(size_of(pair) for pair in zip(shape1, shape2, strict=True))
    return reshape_to(spread * inside, shape=shape)


@op
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The vector product, at right angles to both, of vectors of 2 or 3 components.

    Two vectors of 2 components give the one component that isn't 0, a scalar.

    Args:
        axisa, axisb, axisc: The axis of the components in x1, in x2 and in the result.
        axis: All three of them.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x1, x2 = as_tensor(x1), as_tensor(x2)
    x1, x2 = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    lengths = x1.shape[-1], x2.shape[-1]
    if any(length not in (2, 3, None) for length in lengths):
        raise ValueError(
            "`x1`'s dim on `axis={axisa}` must be either 2 or 3, and so must that of `x2`. "
            f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}, axisa={axisa}, axisb={axisb}"
        )
    flat = lengths == (2, 2)
    a = [x1[..., k] for k in range(2 if lengths[0] == 2 else 3)]
    b = [x2[..., k] for k in range(2 if lengths[1] == 2 else 3)]
    if flat:
        return a[0] * b[1] - a[1] * b[0]
    a1, a2, a3 = (*a, 0 * a[0])[:3]
    b1, b2, b3 = (*b, 0 * b[0])[:3]
    parts = (a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1)
    result = pile(*parts, axis=parts[0].ndim)
    return moveaxis(result, -1, axisc)
