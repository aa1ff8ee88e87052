"""Products of matrices and their generalisations."""

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import broadcast_shapes
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.shaping import permute, reshape_to

__all__ = [
    "matmul",
]


def _t(x):
    """The last two axes exchanged."""
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


@op
def matmul(x1, x2):
    """The matrix product over the last axis of x1 and the last but one of x2.

    Axes in front are broadcast. A vector counts as a row on the left, as a column on the right,
    and that axis is dropped from the result.

    >>> from minigrad import ops
    >>> ops.matmul(ops.ones((5, 2, 3)), ops.ones((3, 4))).shape
    (5, 2, 4)
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
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
