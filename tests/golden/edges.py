"""Edge cases of a call, derived from its row in `every_op.py`: the arguments changed.

For both the generator, which asks Keras on JAX what comes out, and the tests. Neither framework is
imported here.
"""

import inspect
import itertools

import ml_dtypes  # noqa: F401  (makes "bfloat16" a name of a dtype)
import numpy as np

from tests.golden.every_op import ROWS

DTYPES = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 bfloat16 float16 float32 float64"
).split()
WIDE = ("uint64", "int64", "float64")
AXES = "axis axes source destination axis1 axis2".split()
# What is to equal the plain call: no golden numbers are needed.
SAME_AS_PLAIN = ("negative axis", "not contiguous")
SHAPES = ("empty", "empty at the end", "0-d", "size 1", "broadcast", "broadcast a rank")


def keys():
    """{key: row}, a key being the name and which of its rows it is."""
    found, counts = {}, {}
    for one in ROWS:
        number = counts[one.name] = counts.get(one.name, 0) + 1
        found[one.name if number == 1 else f"{one.name} {number}"] = one
    return found


def mapped(x, change):
    """Nested arguments with every array changed."""
    if isinstance(x, np.ndarray):
        return change(x)
    if isinstance(x, (list, tuple)):
        return type(x)(mapped(one, change) for one in x)
    if isinstance(x, dict):
        return {key: mapped(one, change) for key, one in x.items()}
    return x


def arrays_of(x):
    """The arrays among nested arguments, in order."""
    found = []
    mapped(x, lambda array: found.append(array) or array)
    return found


def is_data(array, row):
    return array.dtype.kind == "f" or (row.whole and array.dtype.kind in "iu")


def _strided(x):
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1], 2)[: x.ndim + 1], x.dtype)
    view = np.moveaxis(wide, -1, 0)[0][..., ::-2]
    view[...] = x
    return view


def not_contiguous(x):
    return _strided(x) if x.ndim else x


def with_dtype(x, dtype):
    """`x` in any dtype; whole numbers are cut off first, so that every machine agrees."""
    if x.dtype.kind == "f" and dtype.startswith(("int", "uint")):
        return (np.abs(np.rint(x)) if dtype[0] == "u" else np.rint(x)).astype(dtype)
    return x.astype(dtype)


def _special(x):
    x = x.copy()
    x.flat[: min(x.size, 4)] = [np.nan, np.inf, -np.inf, 0.0][: x.size]
    return x


def _second(change):
    """Change the second array of an op of several."""

    def once(row):
        seen = []

        def change_second(x):
            seen.append(x)
            return change(x) if len(seen) == 2 and x.ndim else x

        return change_second

    return once


def _each(change):
    return lambda row: change


def _data(change):
    return lambda row: lambda x: change(x) if is_data(x, row) else x


CHANGES = {
    "plain": _each(lambda x: x),
    "empty": _each(lambda x: x[:0] if x.ndim else x),
    "empty at the end": _each(lambda x: x[..., :0] if x.ndim else x),
    "0-d": _each(lambda x: x[(0,) * x.ndim][()].reshape(())),
    "size 1": _each(lambda x: x[(slice(0, 1),) * x.ndim]),
    "broadcast": _second(lambda x: x[:1]),
    "broadcast a rank": _second(lambda x: np.asarray(x[0])),
    "NaN and infinity": _data(lambda x: _special(x) if x.dtype.kind == "f" else x),
    "not contiguous": _each(not_contiguous),
}


def _from_the_end(row):
    first = next(iter(arrays_of((row.args, row.kwargs))), None)
    rank = row.rank or (first.ndim if first is not None else 0)

    def turned(axis):
        return tuple(map(turned, axis)) if isinstance(axis, tuple) else axis - rank

    return {k: turned(v) if k in AXES else v for k, v in row.kwargs.items()}


def edges(row):
    """{name of the edge: (args, kwargs)}, the plain call among them."""
    given = row.args, row.kwargs
    arrays = arrays_of(given)
    found = {}
    for name, change in CHANGES.items():
        if name != "plain" and not arrays:
            continue
        if name.startswith("broadcast") and len(arrays) < 2:
            continue
        if name.startswith("NaN") and not any(is_data(x, row) for x in arrays):
            continue
        found[name] = mapped(given, change(row))
    if any(name in row.kwargs for name in AXES):
        found["negative axis"] = row.args, _from_the_end(row)
    if any(is_data(x, row) for x in arrays):
        for dtype in DTYPES:
            cast = _data(lambda x, dtype=dtype: with_dtype(x, dtype))
            found[dtype] = mapped(given, cast(row))
    return found


def takes_an_axis(function):
    """Which parameters of `function` name axes."""
    return [name for name in inspect.signature(function).parameters if name in AXES]


def first(shape):
    return (None, *shape[1:]) if shape else shape


# Which axes are of unknown length: functions of which array it is, and its shape.
OPEN = {
    "the first": lambda place, shape: first(shape),
    "the last": lambda place, shape: (*shape[:-1], None) if shape else shape,
    "all": lambda place, shape: (None,) * len(shape),
    "the first of the first": lambda place, shape: shape if place else first(shape),
    "the first but its last": lambda place, shape: (
        shape if place or not shape else (None,) * (len(shape) - 1) + shape[-1:]
    ),
}


def opened(given, which, make):
    """Nested arguments with arrays made symbolic, by `make(shape, dtype)`."""
    places = itertools.count()
    return mapped(given, lambda x: make(OPEN[which](next(places), x.shape), str(x.dtype)))
