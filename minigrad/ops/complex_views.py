"""Complex numbers as pairs along the last axis, and back."""

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.complex_parts import imag, real
from minigrad.ops.shaping import stack

__all__ = [
    "view_as_complex",
    "view_as_real",
]

as_complex = primitive(
    "as_complex",
    lambda x: (x[..., 0] + 1j * x[..., 1]).astype(np.complex64),
    promote=None,
    shape=lambda x: x.shape[:-1],
    dtype="complex64",
)


@op
def view_as_complex(x):
    """Complex numbers whose real and imaginary parts are side by side along the last axis of x.

    There is no gradient: complex tensors are not on the tape.
    """
    x = as_tensor(x)
    if not x.ndim or x.shape[-1] not in (2, None):
        raise ValueError(
            "Last dimension of input must be size 2 (real and imaginary). "
            f"Received: x.shape={x.shape}"
        )
    return as_complex(x)


@op
def view_as_real(x):
    """Real and imaginary parts side by side along a new last axis.

    >>> from minigrad import ops
    >>> ops.view_as_real(ops.view_as_complex([[1.0, 2.0], [3.0, -1.0]])).numpy()
    array([[ 1.,  2.],
           [ 3., -1.]], dtype=float32)
    """
    x = as_tensor(x)
    return stack([real(x), imag(x)], axis=-1)
