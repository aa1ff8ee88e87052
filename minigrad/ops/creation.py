"""New tensors: filled, counted, spaced, and like others."""

import operator

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis
from minigrad.ops.casting import cast, constant
from minigrad.ops.elementwise import floor, log10, power
from minigrad.ops.shaping import broadcast_to, expand_dims, moveaxis, reshape_to

__all__ = [
    "arange",
    "array",
    "copy",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "geomspace",
    "identity",
    "linspace",
    "logspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tri",
    "vander",
    "zeros",
    "zeros_like",
]


def _lengths(shape):
    """A shape given as an int, a list, or a tensor of ints, as a tuple."""
    try:
        return (operator.index(shape),)
    except TypeError:
        return tuple(operator.index(length) for length in shape)


def _numpy_dtype(dtype):
    return dtypes.to_numpy_dtype(dtypes.standardize_dtype(dtype))


# Filled


@op
def zeros(shape, dtype=None):
    """A tensor of zeros; `dtype` is `floatx()` if None."""
    return constant(np.zeros(_lengths(shape), _numpy_dtype(dtype)))


@op
def ones(shape, dtype=None):
    """A tensor of ones; `dtype` is `floatx()` if None."""
    return constant(np.ones(_lengths(shape), _numpy_dtype(dtype)))


@op
def empty(shape, dtype=None):
    """A tensor with nothing in particular in it: here zeros, so that all runs are equal."""
    return zeros(shape, dtype)


@op
def full(shape, fill_value, dtype=None):
    """A tensor in which every element is `fill_value` (which may be of any shape that broadcasts).

    >>> from minigrad import ops
    >>> ops.full((2, 2), 7.0).numpy()
    array([[7., 7.],
           [7., 7.]], dtype=float32)
    """
    return broadcast_to(cast(fill_value, dtypes.standardize_dtype(dtype)), _lengths(shape))


fill_like = primitive(
    "fill_like",
    lambda x, value: np.broadcast_to(value, x.shape),
    (None, lambda g, out, x, value: g),
    promote=None,
    moves=True,
    shape=lambda x, value: x.shape,
    dtype=lambda x, value: value.dtype,
    inputs="x value",
)


@op
def full_like(x, fill_value, dtype=None):
    """A tensor of the shape of `x`, and of its dtype if None, filled with `fill_value`."""
    x = as_tensor(x)
    return fill_like(x, cast(fill_value, dtype or x.dtype))


zeros_of = primitive(
    "zeros_of",
    lambda x, dtype: np.zeros(x.shape, dtypes.to_numpy_dtype(dtype)),
    promote=None,
    moves=True,
    shape=lambda x, dtype: x.shape,
    dtype=lambda x, dtype: dtype,
)
ones_of = primitive(
    "ones_of",
    lambda x, dtype: np.ones(x.shape, dtypes.to_numpy_dtype(dtype)),
    promote=None,
    moves=True,
    shape=lambda x, dtype: x.shape,
    dtype=lambda x, dtype: dtype,
)


@op
def zeros_like(x, dtype=None):
    """Zeros in the shape of `x`, and in its dtype if None."""
    x = as_tensor(x)
    return zeros_of(x, dtype=dtypes.standardize_dtype(dtype or x.dtype))


@op
def ones_like(x, dtype=None):
    """Ones in the shape of `x`, and in its dtype if None."""
    x = as_tensor(x)
    return ones_of(x, dtype=dtypes.standardize_dtype(dtype or x.dtype))


@op
def empty_like(x, dtype=None):
    """A tensor shaped like `x` with nothing in particular in it: zeros."""
    return zeros_like(x, dtype)


# Given


@op
def array(x, dtype=None):
    """`x` (a number, nested lists, an array, a tensor) as a tensor of `dtype`."""
    x = as_tensor(x)
    return x if dtype is None else cast(x, dtype)


copy_of = primitive(
    "copy_of",
    lambda x: np.array(x),
    (lambda g, out, x: g,),
    promote=None,
    moves=True,
    fuse="{0}",
)


@op
def copy(x):
    """The same values in memory of their own."""
    return copy_of(x)


# Counted and spaced


def _range_type(x):
    if hasattr(x, "dtype"):
        return dtypes.standardize_dtype(x.dtype)
    return type(x)


@op
def arange(start, stop=None, step=None, dtype=None):
    """The numbers from `start` up to, not including, `stop`, at distances of `step`.

    With one argument: from 0 up to it. Whole numbers are int32, floats are `floatx()`.

    >>> from minigrad import ops
    >>> ops.arange(2, 10, 3).numpy()
    array([2, 5, 8], dtype=int32)
    """
    given = [one for one in (start, stop, step) if one is not None]
    if dtype is None:
        dtype = dtypes.result_type(*map(_range_type, given))
    dtype = _numpy_dtype(dtype)
    given = [one.item() if hasattr(one, "item") else one for one in given]
    if step is not None and stop is None:
        given = [0, given[0], given[1]]
    if dtype.kind == "V" or dtype == np.bool_:  # bfloat16: NumPy does not count in it
        return constant(np.arange(*given).astype(dtype))
    return constant(np.arange(*given, dtype=dtype))


@op
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """`num` numbers at equal distances from `start` to `stop`, along a new axis.

    Args:
        start: Where to start; may be a tensor, and so may `stop`.
        endpoint: Whether the last one is `stop`; otherwise it is one step short of it.
        retstep: Whether to return (numbers, distance).
        axis: Place of the new axis in the result.

    >>> from minigrad import ops
    >>> ops.linspace(0.0, 1.0, 5).numpy()
    array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"linspace: `num` must not be negative. Received: num={num}")
    dtype = dtypes.standardize_dtype(dtype) if dtype else _spaced_type(start, stop)
    computed = dtypes.as_float(dtype)
    start, stop = cast(start, computed), cast(stop, computed)
    intervals = num - 1 if endpoint else num
    shape = (num,) + (1,) * max(len(start.shape), len(stop.shape))
    share = np.arange(num, dtype="float64") / max(intervals, 1)
    share = constant(share.reshape(shape).astype(dtypes.to_numpy_dtype(computed)))
    numbers = start * (1 - share) + stop * share
    if dtypes.is_int(dtype):
        numbers = floor(numbers)
    numbers = cast(_along(numbers, axis), dtype)
    if not retstep:
        return numbers
    return numbers, (stop - start) / intervals if intervals > 0 else (stop - start) * np.nan


def _spaced_type(start, stop):
    return dtypes.result_type(_range_type(start), _range_type(stop), float)


def _along(numbers, axis):
    """The first axis moved to where it was asked for."""
    axis = normalize_axis(axis, len(numbers.shape))
    return moveaxis(numbers, 0, axis) if axis else numbers


@op
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """`base` to the powers linspace(start, stop, num)."""
    dtype = dtypes.standardize_dtype(dtype) if dtype else _spaced_type(start, stop)
    powers = linspace(start, stop, num, endpoint, dtype=dtypes.as_float(dtype), axis=axis)
    return cast(power(cast(base, powers.dtype), powers), dtype)


@op
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """`num` numbers from `start` to `stop`, each the same multiple of the one before.

    Start and stop must have the same sign, and not be 0.

    >>> from minigrad import ops
    >>> ops.geomspace(1.0, 8.0, 4).numpy().round(4)
    array([1., 2., 4., 8.], dtype=float32)
    """
    dtype = dtypes.standardize_dtype(dtype) if dtype else _spaced_type(start, stop)
    computed = dtypes.as_float(dtype)
    start, stop = cast(start, computed), cast(stop, computed)
    # start · (stop / start)^(k / (num - 1))
    ratio = log10(stop / start)
    powers = logspace(0 * ratio, ratio, num, endpoint, axis=axis)
    return (
        cast(expand_dims(start, axis) * powers, dtype)
        if start.shape
        else cast(start * powers, dtype)
    )


@op
def meshgrid(*x, indexing="xy"):
    """A grid from its coordinates: for each axis, the coordinate at every point.

    Args:
        x: One-dimensional tensors (or scalars).
        indexing: "ij": the axes of the results in the order of `x`; "xy": the first two swapped,
            as for pictures, whose rows are y.

    Returns:
        A list of tensors, one per coordinate.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(
            "meshgrid: indexing parameter must be either 'xy' or 'ij'. "
            f"Received: indexing={indexing!r}"
        )
    xs = [as_tensor(one) for one in x]
    swap = indexing == "xy" and len(xs) > 1
    places = [1, 0, *range(2, len(xs))] if swap else list(range(len(xs)))
    lengths = [None] * len(xs)
    flat = []
    for one, place in zip(xs, places, strict=True):
        size = 1
        for length in one.shape:
            size = None if None in (size, length) else size * length
        lengths[place] = size
        shape = [1] * len(xs)
        shape[place] = size
        flat.append(reshape_to(one, shape=tuple(shape)))
    return [broadcast_to(one, tuple(lengths)) for one in flat]


# Matrices


@op
def eye(N, M=None, k=0, dtype=None):
    """N × M, with ones on diagonal number k (above the main one if k > 0) and zeros elsewhere."""
    rows, columns = _whole("N", N), _whole("M", N if M is None else M)
    return constant(np.eye(rows, columns, operator.index(k), _numpy_dtype(dtype)))


@op
def identity(n, dtype=None):
    """The n × n matrix that changes nothing."""
    return eye(n, dtype=dtype)


@op
def tri(N, M=None, k=0, dtype=None):
    """N × M, with ones on and below diagonal number k."""
    rows, columns = _whole("N", N), _whole("M", N if M is None else M)
    return constant(np.tri(rows, columns, operator.index(k), _numpy_dtype(dtype)))


def _whole(name, value):
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(
            f"Argument `{name}` must be an integer. Received: {name}={value!r} of type "
            f"{type(value)}"
        ) from None


@op
def vander(x, N=None, increasing=False):
    """The Vandermonde matrix: each row has the powers of one element of the vector `x`.

    Args:
        N: The number of columns; as many as elements if None.
        increasing: Whether the powers go up from 0 or down to it.
    """
    x = as_tensor(x)
    if x.ndim != 1:
        raise ValueError(f"Input must be one-dimensional. Received: x.shape={x.shape}")
    columns = x.shape[0] if N is None else _whole("N", N)
    if columns is None:
        return power(expand_dims(x, 1), zeros_like(expand_dims(x, 0)))
    if columns < 0:
        raise ValueError(f"N must be nonnegative. Received: N={N}")
    exponents = np.arange(columns) if increasing else np.arange(columns)[::-1]
    dtype = dtypes.to_numpy_dtype(dtypes.standardize_dtype(x.dtype))
    return power(expand_dims(x, 1), constant(exponents.astype(dtype)))
