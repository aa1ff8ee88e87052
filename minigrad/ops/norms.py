"""Norms of vectors and matrices, and distances."""

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import broadcast_shapes
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis, reduced_shape
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import equal, not_equal, where
from minigrad.ops.decompositions import svd
from minigrad.ops.elementwise import absolute, power, sqrt, square
from minigrad.ops.reduction import max, min, sum
from minigrad.ops.shaping import expand_dims, moveaxis, reshape_to

__all__ = [
    "cdist",
    "norm",
]

INF = float("inf")
MATRIX_ORDERS = (None, "fro", "nuc", INF, -INF, 1, -1, 2, -2)


def root(total, power_of=2):
    """The root of a sum of powers, with the derivative 0 where the sum is 0."""
    nothing = equal(total, 0)
    total = where(nothing, 1.0, total)
    result = sqrt(total) if power_of == 2 else power(total, 1.0 / power_of)
    return where(nothing, 0.0, result)


def _vector_norm(x, order, axis, keepdims):
    kept = {"axis": axis, "keepdims": keepdims}
    if order is None or order == 2:
        return root(sum(square(x), **kept))
    if order == INF:
        return max(absolute(x), **kept)
    if order == -INF:
        return min(absolute(x), **kept)
    if order == 0:
        return sum(cast(not_equal(x, 0), x.dtype), **kept)
    if order == 1:
        return sum(absolute(x), **kept)
    if isinstance(order, str):
        raise ValueError(
            f"Invalid `ord` argument for vector norm. Expected a number. Received: ord={order!r}"
        )
    return root(sum(power(absolute(x), float(order)), **kept), order)


def _matrix_norm(x, order, axis, keepdims):
    if order not in MATRIX_ORDERS:
        raise ValueError(
            "Invalid `ord` argument for matrix norm. "
            f"Expected one of {MATRIX_ORDERS}. Received: ord={order!r}"
        )
    if order in (None, "fro"):
        return root(sum(square(x), axis=axis, keepdims=keepdims))
    rows, columns = axis
    if order in (1, -1, INF, -INF):
        # The greatest (smallest) sum of absolute values: of a column for 1, of a row for ∞.
        along, across = (rows, columns) if abs(order) == 1 else (columns, rows)
        sums = sum(absolute(x), axis=along, keepdims=True)
        result = (max if order > 0 else min)(sums, axis=across, keepdims=True)
    else:
        values = svd(moveaxis(x, axis, (-2, -1)), compute_uv=False)
        reduce = sum if order == "nuc" else max if order > 0 else min
        result = reduce(values, axis=-1)
    shape = reduced_shape(x.shape, axis, keepdims)
    return reshape_to(result, shape=shape)


@op
def norm(x, ord=None, axis=None, keepdims=False):
    """The length of vectors, or a norm of matrices. Where it is 0, so is its gradient.

    Args:
        x: A tensor; whole numbers become floats.
        ord: For vectors a number p for (Σ|x|ᵖ)^(1/p), ∞, -∞, or 0 for the number of elements that
            are not 0; for matrices "fro" (also None), "nuc", ±1, ±2, ±∞ as in NumPy.
        axis: One axis for vectors, two for matrices. If None: the whole tensor, as one vector if
            `ord` is None too.
        keepdims: Whether the axes stay, with length 1.

    >>> from minigrad import ops
    >>> float(ops.norm([3.0, 4.0]))
    5.0
    """
    if isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise ValueError(
            "Invalid `ord` argument. Expected one of {'fro', 'nuc'} when using string. "
            f"Received: ord={ord!r}"
        )
    x = as_tensor(x)
    x = cast(x, dtypes.as_float(x.dtype))
    if axis is None:
        axis = tuple(range(x.ndim))
        if ord is None:
            return root(sum(square(x), axis=axis, keepdims=keepdims))
    elif not isinstance(axis, (tuple, list)):
        axis = (axis,)
    axis = tuple(normalize_axis(one, x.ndim) for one in axis)
    if len(axis) == 1:
        return _vector_norm(x, ord, axis[0], keepdims)
    if len(axis) != 2 or axis[0] == axis[1]:
        raise ValueError(
            "norm: `axis` must be one axis for vectors, or two different ones for matrices. "
            f"Received: axis={axis}, x.shape={x.shape}, ord={ord!r}"
        )
    return _matrix_norm(x, ord, axis, keepdims)


@op
def cdist(x, y):
    """The distance of every row of `x` to every row of `y`.

    Args:
        x: Shape (..., m, d).
        y: Shape (..., n, d).

    Returns:
        Shape (..., m, n).

    >>> from minigrad import ops
    >>> ops.cdist([[0.0, 0.0], [3.0, 0.0]], [[0.0, 4.0]]).numpy()
    array([[4.],
           [5.]], dtype=float32)
    """
    x, y = as_floats(x), as_floats(y)
    shapes = f"Received shapes: x.shape={x.shape}, y.shape={y.shape}"
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError(f"Inputs to `cdist` must have rank >= 2. {shapes}")
    if x.shape[-1] != y.shape[-1] and None not in (x.shape[-1], y.shape[-1]):
        raise ValueError(f"The last dimension of inputs to `cdist` must match. {shapes}")
    try:
        broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        raise ValueError(
            f"Batch dimensions of inputs to `cdist` must be broadcastable. {shapes}"
        ) from None
    return norm(expand_dims(x, -2) - expand_dims(y, -3), axis=-1)
