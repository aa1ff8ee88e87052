"""Sums, means, extremes: many numbers in, one out, along chosen axes."""

from math import prod as product

import numpy as np

from minigrad import dtypes
from minigrad.autograd.functional import stop_gradient
from minigrad.autograd.primitive import apply, op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels.reductions import sums
from minigrad.ops.axes import normalize_axes, normalize_axis, reduced_shape, size_of
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import isfinite, where
from minigrad.ops.elementwise import exp, log, maximum, minimum, sqrt
from minigrad.ops.shaping import expand_to, join, permute, pile, reshape_to

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]


def _shape(x, axis, keepdims):
    return reduced_shape(x.shape, axis, keepdims)


def _kept(g, x, axis, keepdims):
    """The gradient with the reduced axes of length 1 back in place, so that it broadcasts."""
    return g if keepdims else reshape_to(g, shape=reduced_shape(x.shape, axis, True))


def _sum(x, axis, keepdims):
    y = sums(x, axis)
    if y is None:
        return np.add.reduce(x, axis=axis, dtype=x.dtype, keepdims=keepdims)
    return y.reshape(reduced_shape(x.shape, axis, True)) if keepdims else y


reduce_sum = primitive(
    "reduce_sum",
    _sum,
    (lambda g, out, x, axis, keepdims: _kept(g, x, axis, keepdims),),
    promote=None,
    shape=_shape,
)


def _extreme_vjp(g, out, x, axis, keepdims):
    # Equal extremes share the gradient.
    chosen = x == _kept(out, x, axis, keepdims)
    count = reduce_sum(cast(chosen, out.dtype), axis=axis, keepdims=True)
    return where(chosen, _kept(g, x, axis, keepdims) / count, 0.0)


reduce_max = primitive(
    "reduce_max",
    lambda x, axis, keepdims: np.maximum.reduce(x, axis=axis, keepdims=keepdims),
    (_extreme_vjp,),
    promote=None,
    shape=_shape,
)
reduce_min = primitive(
    "reduce_min",
    lambda x, axis, keepdims: np.minimum.reduce(x, axis=axis, keepdims=keepdims),
    (_extreme_vjp,),
    promote=None,
    shape=_shape,
)


def _prod_vjp(g, out, x, axis, keepdims):
    others = _products_of_others(_axes_last(x, axis))
    return _kept(g, x, axis, keepdims) * _axes_back(others, axis, x.shape)


def _axes_last(x, axes):
    """`x` with `axes` moved to the end and made one."""
    rest = tuple(axis for axis in range(x.ndim) if axis not in axes)
    shape = tuple(x.shape[axis] for axis in rest)
    length = product(x.shape[axis] for axis in axes)
    return reshape_to(permute(x, axes=rest + axes), shape=(*shape, length))


def _axes_back(y, axes, shape):
    """What `_axes_last` did, undone."""
    rest = tuple(axis for axis in range(len(shape)) if axis not in axes)
    order = rest + axes
    y = reshape_to(y, shape=tuple(shape[axis] for axis in order))
    return permute(y, axes=tuple(order.index(axis) for axis in range(len(shape))))


def _products_of_others(x):
    """For each element the product of all the others along the last axis.

    Dividing the whole product by the element would fail at zeros. Instead neighbours are
    multiplied in pairs; the others of an element are its neighbour and the others of its pair.
    """
    length = x.shape[-1]
    if length <= 1:
        return x * 0 + 1
    if length % 2:
        x = join(x, x[..., :1] * 0 + 1, axis=x.ndim - 1)
    left, right = x[..., 0::2], x[..., 1::2]
    others = _products_of_others(left * right)
    pairs = pile(others * right, others * left, axis=x.ndim)
    return reshape_to(pairs, shape=x.shape)[..., :length]


reduce_prod = primitive(
    "reduce_prod",
    lambda x, axis, keepdims: np.multiply.reduce(x, axis=axis, dtype=x.dtype, keepdims=keepdims),
    (_prod_vjp,),
    promote=None,
    shape=_shape,
)


def _reduced(x, axis):
    """`x` as a tensor, and `axis` as a tuple."""
    x = as_tensor(x)
    return x, normalize_axes(axis, x.ndim)


@op
def sum(x, axis=None, keepdims=False):
    """The sum over `axis` (an int, several, or None for all).

    Whole numbers below 32 bits, and booleans, are summed in 32 bits. An empty sum is 0.

    >>> from minigrad import ops
    >>> ops.sum([[1.0, 2.0], [3.0, 4.0]], axis=0).numpy()
    array([4., 6.], dtype=float32)
    """
    x, axes = _reduced(x, axis)
    if x.dtype != "float32":
        x = cast(x, dtypes.sum_type(x.dtype))
    return apply(reduce_sum, x, axis=axes, keepdims=keepdims)


@op
def prod(x, axis=None, keepdims=False, dtype=None):
    """The product over `axis`, computed in `dtype`. An empty product is 1."""
    x, axes = _reduced(x, axis)
    return reduce_prod(cast(x, dtype or dtypes.sum_type(x.dtype)), axis=axes, keepdims=keepdims)


def _count(x, axes):
    """How many elements are reduced to one."""
    return product(x.shape[axis] for axis in axes)


def _mean(x, axis, keepdims):
    return _sum(x, axis, keepdims) / x.dtype.type(_count(x, axis))


reduce_mean = primitive(
    "reduce_mean",
    _mean,
    (lambda g, out, x, axis, keepdims: _kept(g, x, axis, keepdims) / float(_count(x, axis)),),
    promote=None,
    shape=_shape,
)


@op
def mean(x, axis=None, keepdims=False):
    """The mean over `axis`; of whole numbers, a float.

    >>> from minigrad import ops
    >>> float(ops.mean([1, 2, 4, 5]))
    3.0
    """
    x = as_floats(x)
    return apply(reduce_mean, x, axis=normalize_axes(axis, x.ndim), keepdims=keepdims)


def _variance(x, axis, keepdims):
    distance = x - _mean(x, axis, True)
    return _mean(distance * distance, axis, keepdims)


reduce_var = primitive(
    "reduce_var",
    _variance,
    (
        lambda g, out, x, axis, keepdims: (
            _kept(g, x, axis, keepdims)
            * (x - reduce_mean(x, axis=axis, keepdims=True))
            * (2.0 / (_count(x, axis) or 1))
        ),
    ),
    promote=None,
    shape=_shape,
)


@op
def var(x, axis=None, keepdims=False):
    """The mean squared distance from the mean, over `axis`."""
    x = as_floats(x)
    return reduce_var(x, axis=normalize_axes(axis, x.ndim), keepdims=keepdims)


@op
def std(x, axis=None, keepdims=False):
    """The standard deviation over `axis`: the root of `var`."""
    return sqrt(var(x, axis=axis, keepdims=keepdims))


def _extreme(name, x, axis, keepdims, initial, reduce, either):
    x, axes = _reduced(x, axis)
    if initial is None and 0 in [x.shape[one] for one in axes]:
        raise ValueError(
            f"{name}: there is no {name} of nothing. Pass `initial`, the result for an empty "
            f"axis. Received: x.shape={x.shape}, axis={axis}"
        )
    if 0 in [x.shape[one] for one in axes]:
        return expand_to(cast(initial, x.dtype), shape=reduced_shape(x.shape, axes, keepdims))
    result = reduce(x, axis=axes, keepdims=keepdims)
    return result if initial is None else either(result, cast(initial, x.dtype))


@op
def max(x, axis=None, keepdims=False, initial=None):
    """The greatest element over `axis`, at least `initial`; equal ones share the gradient.

    >>> from minigrad import ops
    >>> ops.max([[1, 5], [7, 2]], axis=1).numpy()
    array([5, 7], dtype=int32)
    """
    return _extreme("max", x, axis, keepdims, initial, reduce_max, maximum)


@op
def min(x, axis=None, keepdims=False, initial=None):
    """The smallest element over `axis`, at most `initial`; equal ones share the gradient."""
    return _extreme("min", x, axis, keepdims, initial, reduce_min, minimum)


@op
def amax(x, axis=None, keepdims=False):
    """The greatest element over `axis`: NumPy's other name of `max`."""
    return max(x, axis=axis, keepdims=keepdims)


@op
def amin(x, axis=None, keepdims=False):
    """The smallest element over `axis`: NumPy's other name of `min`."""
    return min(x, axis=axis, keepdims=keepdims)


@op
def logsumexp(x, axis=None, keepdims=False):
    """log(Σ eˣ) over `axis`, without overflow: the greatest x is taken out first."""
    x, axes = _reduced(as_floats(x), axis)
    if 0 in [x.shape[one] for one in axes]:
        return log(reduce_sum(x, axis=axes, keepdims=keepdims))  # log 0
    # What is taken out is put back, so it needs no gradient; where it is infinite, nothing is.
    top = stop_gradient(reduce_max(x, axis=axes, keepdims=True))
    top = where(isfinite(top), top, 0.0)
    total = log(reduce_sum(exp(x - top), axis=axes, keepdims=True)) + top
    return total if keepdims else reshape_to(total, shape=reduced_shape(x.shape, axes, False))


def _logical(name, kernel):
    return primitive(name, kernel, promote=None, shape=_shape, dtype="bool")


reduce_all = _logical(
    "reduce_all", lambda x, axis, keepdims: np.logical_and.reduce(x, axis=axis, keepdims=keepdims)
)
reduce_any = _logical(
    "reduce_any", lambda x, axis, keepdims: np.logical_or.reduce(x, axis=axis, keepdims=keepdims)
)


@op
def all(x, axis=None, keepdims=False):
    """Whether all elements over `axis` are true (not 0)."""
    x, axes = _reduced(x, axis)
    return reduce_all(x, axis=axes, keepdims=keepdims)


@op
def any(x, axis=None, keepdims=False):
    """Whether one element over `axis` is true (not 0)."""
    x, axes = _reduced(x, axis)
    return reduce_any(x, axis=axes, keepdims=keepdims)


def _arg(name, kernel):
    return primitive(
        name,
        lambda x, axis, keepdims: kernel(x, axis=axis, keepdims=keepdims).astype(np.int32),
        promote=None,
        shape=lambda x, axis, keepdims: reduced_shape(x.shape, (axis,), keepdims),
        dtype="int32",
    )


arg_max = _arg("arg_max", np.argmax)
arg_min = _arg("arg_min", np.argmin)


def _position(name, x, axis, keepdims, where_extreme):
    x, axes = _reduced(x, axis)
    if 0 in [x.shape[one] for one in axes]:
        raise ValueError(
            f"{name}: an empty axis has no index to return. Choose another axis, or look first "
            f"whether there is anything. Received: x.shape={x.shape}, axis={axis}"
        )
    if axis is not None:
        return where_extreme(x, axis=normalize_axis(axis, x.ndim), keepdims=keepdims)
    shape = (1,) * x.ndim
    flat = reshape_to(x, shape=(size_of(x.shape),))
    found = where_extreme(flat, axis=0, keepdims=False)
    return reshape_to(found, shape=shape) if keepdims else found


@op
def argmax(x, axis=None, keepdims=False):
    """The index of the greatest element along `axis`, the first of several; flat if None."""
    return _position("argmax", x, axis, keepdims, arg_max)


@op
def argmin(x, axis=None, keepdims=False):
    """The index of the smallest element along `axis`, the first of several; flat if None."""
    return _position("argmin", x, axis, keepdims, arg_min)
