"""Running sums and products, differences, and the area under a curve."""

from minigrad import dtypes
from minigrad.autograd.primitive import apply, op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels.cumulative import linear_recurrence, running_product, running_sum
from minigrad.ops.axes import normalize_axes, normalize_axis, size_of
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import isnan, not_equal, where
from minigrad.ops.reduction import sum as total
from minigrad.ops.shaping import flip_axes, join, reshape_to

__all__ = [
    "cumprod",
    "cumsum",
    "diff",
    "nancumprod",
    "nancumsum",
    "trapezoid",
]


def _same_shape(x, axis):
    return x.shape


cumulative_sum = primitive(
    "cumulative_sum",
    running_sum,
    (lambda g, out, x, axis: _from_the_end(cumulative_sum, g, axis=axis),),
    promote="number",
    shape=_same_shape,
)


def _from_the_end(f, *xs, axis):
    """`f` on what is reversed along `axis`, reversed back."""
    return flip_axes(f(*(flip_axes(x, axes=(axis,)) for x in xs), axis=axis), axes=(axis,))


# s_k = b_k + a_k s_(k-1), along an axis: what the gradient of a running product needs. Backwards
# it is a recurrence again: with h_k = dL/ds_k + a_(k+1) h_(k+1), dL/db_k = h_k and
# dL/da_k = h_k s_(k-1).


def _moved_on(x, axis, by=1):
    """x_(k-1) at place k (`by=1`) or x_(k+1) (`by=-1`), and 0 where there is none."""
    before = (slice(None),) * axis
    zero = x[(*before, slice(0, 1))] * 0
    if by == 1:
        return join(zero, x[(*before, slice(0, -1))], axis=axis)
    return join(x[(*before, slice(1, None))], zero, axis=axis)


def _recurrence_vjp(g, out, a, b, axis):
    h = _from_the_end(recurrence, _moved_on(a, axis, -1), g, axis=axis)
    return h * _moved_on(out, axis), h


recurrence = primitive(
    "recurrence",
    linear_recurrence,
    _recurrence_vjp,
    inputs="a b",
    shape=lambda a, b, axis: b.shape,
)


def _cumulative_prod_vjp(g, out, x, axis):
    # dL/dx_k = (x_1 … x_(k-1)) · Σ_(j≥k) g_j x_(k+1) … x_j; no division, so zeros do no harm.
    sums = _from_the_end(recurrence, _moved_on(x, axis, -1), g, axis=axis)
    return _products_before(out, axis) * sums


def _products_before(out, axis):
    before = (slice(None),) * axis
    one = out[(*before, slice(0, 1))] * 0 + 1
    return join(one, out[(*before, slice(0, -1))], axis=axis)


cumulative_prod = primitive(
    "cumulative_prod",
    running_product,
    (_cumulative_prod_vjp,),
    promote="number",
    shape=_same_shape,
)


def _running(primitive, x, axis, dtype):
    x = as_tensor(x)
    if dtype is not None:
        x = cast(x, dtype)
    if axis is None:
        x, axis = reshape_to(x, shape=(size_of(x.shape),)), 0
    (axis,) = normalize_axes(axis, x.ndim) or (x.ndim - 1,)
    return apply(primitive, x, axis=axis)


@op
def cumsum(x, axis=None, dtype=None):
    """The sums of all elements up to each one, along `axis` (None: of the flat tensor).

    >>> from minigrad import ops
    >>> ops.cumsum([1, 2, 3]).numpy()
    array([1, 3, 6], dtype=int32)
    """
    return _running(cumulative_sum, x, axis, dtype)


@op
def cumprod(x, axis=None, dtype=None):
    """The products of all elements up to each one, along `axis` (None: of the flat tensor)."""
    return _running(cumulative_prod, x, axis, dtype)


def _without_nan(x, value):
    x = as_tensor(x)
    return where(isnan(x), cast(value, x.dtype), x) if dtypes.is_float(x.dtype) else x


@op
def nancumsum(x, axis=None, dtype=None):
    """`cumsum`, in which NaN counts as 0."""
    return cumsum(_without_nan(x, 0), axis, dtype)


@op
def nancumprod(x, axis=None, dtype=None):
    """`cumprod`, in which NaN counts as 1."""
    return cumprod(_without_nan(x, 1), axis, dtype)


@op
def diff(a, n=1, axis=-1):
    """The differences of neighbours along `axis`, `n` times over.

    >>> from minigrad import ops
    >>> ops.diff([1, 4, 9, 16]).numpy()
    array([3, 5, 7], dtype=int32)
    """
    a = as_tensor(a)
    if n < 0:
        raise ValueError(f"diff: the order must not be negative. Received: n={n}")
    if not a.ndim:
        raise ValueError("diff: the tensor needs an axis at least. Received: a.shape=()")
    before = (slice(None),) * normalize_axis(axis, a.ndim)
    for _ in range(n):
        later, earlier = a[(*before, slice(1, None))], a[(*before, slice(None, -1))]
        a = not_equal(later, earlier) if a.dtype == "bool" else later - earlier
    return a


@op
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The area under y along `axis`, by trapezoids: Σ (x_(k+1) - x_k) (y_(k+1) + y_k) / 2.

    Args:
        x: Where the y are, a vector or a tensor like y; if None, at distances of `dx`.
    """
    y = as_floats(y)
    axis = normalize_axis(axis, y.ndim)
    if x is None:
        widths = cast(dx, y.dtype)
    else:
        x = as_tensor(x)
        if x.ndim == 1:
            widths = diff(x)
            widths = reshape_to(widths, shape=(*widths.shape, *(1,) * (y.ndim - 1 - axis)))
        else:
            widths = diff(x, axis=axis)
    before = (slice(None),) * axis
    heights = (y[(*before, slice(1, None))] + y[(*before, slice(None, -1))]) / 2
    return total(heights * widths, axis=axis)
