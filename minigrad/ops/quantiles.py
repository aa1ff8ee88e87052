"""Medians and quantiles: what lies at a given share of the sorted elements."""

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axes, reduced_shape, size_of
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import isnan, logical_not, where
from minigrad.ops.elementwise import ceil, clip, floor, maximum
from minigrad.ops.indexing import take, take_along_axis
from minigrad.ops.reduction import reduce_sum
from minigrad.ops.shaping import permute, reshape_to
from minigrad.ops.sorting import sorted_along

__all__ = [
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(x, q, axis, method, keepdims, skip_nan, whole=1):
    x = as_floats(x)
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}. Received: method={method!r}")
    # Places are counted in float32 at least: float16 ends at 2048 without gaps.
    place_dtype = dtypes.result_type(getattr(q, "dtype", x.dtype), "float32")
    q = as_tensor(q, place_dtype) / whole
    if q.ndim > 1:
        raise ValueError(f"`q` must be a number or a vector. Received: q.shape={q.shape}")
    axes = normalize_axes(axis, x.ndim)
    kept = reduced_shape(x.shape, axes, keepdims)
    ordered = sorted_along(_axes_first(x, axes), axis=0)
    length = ordered.shape[0] if ordered.shape[0] is not None else 1  # only the shape matters
    if not length:
        raise ValueError(
            f"quantile: there is no quantile of nothing. Received: x.shape={x.shape}, axis={axis}"
        )
    if skip_nan:
        valid = reduce_sum(cast(logical_not(isnan(ordered)), q.dtype), axis=(0,), keepdims=False)
        place = reshape_to(q, shape=(*q.shape, *(1,) * valid.ndim)) * (valid - 1)
        place = maximum(place, 0.0)
    else:
        place = q * (length - 1.0)
    place = clip(place, 0, length - 1)
    known = where(isnan(place), 0.0, place)
    low, high = floor(known), ceil(known)
    share = place - low  # NaN where q is
    if skip_nan:
        low, high = _pick_each(ordered, low), _pick_each(ordered, high)
    else:
        low, high = (
            take(ordered, cast(low, "int32"), axis=0),
            take(ordered, cast(high, "int32"), axis=0),
        )
        share = reshape_to(share, shape=(*q.shape, *(1,) * (ordered.ndim - 1)))
    result = _between(low, high, cast(share, x.dtype), method)
    if not skip_nan:  # NaN are sorted to the end
        last = ordered[-1]
        result = where(isnan(last), last, result)
    shape = (*q.shape, *kept)
    return result if result.shape == shape else reshape_to(result, shape=shape)


def _axes_first(x, axes):
    """`x` with `axes` as one, in front."""
    rest = tuple(axis for axis in range(x.ndim) if axis not in axes)
    x = permute(x, axes=(*axes, *rest)) if rest and axes != (0,) else x
    if len(axes) == 1:
        return x
    return reshape_to(x, shape=(size_of(x.shape[: len(axes)]), *x.shape[len(axes) :]))


def _pick_each(ordered, places):
    """For each column of `ordered`, the element at its own place; `places` may have an axis more,
    in front, for several places."""
    places = cast(places, "int32")
    if places.ndim == ordered.ndim:
        return take_along_axis(ordered, places, axis=0)
    found = take_along_axis(ordered, reshape_to(places, shape=(1, *places.shape)), axis=0)
    return found[0]


def _between(low, high, share, method):
    if method == "linear":
        return low * (1 - share) + high * share
    if method == "midpoint":
        return (low + high) / 2
    if method == "nearest":
        return where(share <= 0.5, low, high)
    return low if method == "lower" else high


@op
def quantile(x, q, axis=None, method="linear", keepdims=False):
    """What the share `q` of the elements over `axis` is below of.

    Args:
        q: From 0 to 1, a number or a vector; a vector's axis is the first of the result.
        method: Between two elements: "linear" interpolation, the "lower", the "higher", the
            "midpoint", or the "nearest".

    >>> from minigrad import ops
    >>> ops.quantile([1.0, 2.0, 3.0, 5.0], [0.0, 0.5]).numpy()
    array([1. , 2.5], dtype=float32)
    """
    return _quantile(x, q, axis, method, keepdims, skip_nan=False)


@op
def percentile(x, q, axis=None, method="linear", keepdims=False):
    """`quantile` for q from 0 to 100."""
    return _quantile(x, q, axis, method, keepdims, skip_nan=False, whole=100)


@op
def nanquantile(x, q, axis=None, method="linear", keepdims=False):
    """`quantile` of the elements that are not NaN."""
    return _quantile(x, q, axis, method, keepdims, skip_nan=True)


@op
def nanpercentile(x, q, axis=None, method="linear", keepdims=False):
    """`percentile` of the elements that are not NaN."""
    return _quantile(x, q, axis, method, keepdims, skip_nan=True, whole=100)


@op
def median(x, axis=None, keepdims=False):
    """The middle of the sorted elements over `axis`; of an even number, the mean of the middle two.

    >>> from minigrad import ops
    >>> float(ops.median([7, 1, 2, 4]))
    3.0
    """
    return _quantile(x, 0.5, axis, "midpoint", keepdims, skip_nan=False)


@op
def nanmedian(x, axis=None, keepdims=False):
    """The median of the elements that are not NaN."""
    return _quantile(x, 0.5, axis, "midpoint", keepdims, skip_nan=True)
