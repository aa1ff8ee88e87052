"""Writing to places given by index: `scatter` and `scatter_update`.

The indices are inputs, not parameters: they may come out of a computation themselves. `indices`
of shape (..., k) name elements, or rows, of a tensor by their first k coordinates; negative ones
count from the end.
"""

import operator
from math import prod

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels.indexing import scatter_add as add_rows
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.shaping import broadcast_to, flip_axes, join, reshape_to

__all__ = [
    "scatter",
    "scatter_update",
]


def _numbers(indices, shape):
    """The coordinates in the last axis of `indices` as numbers of rows, counted through."""
    number = np.zeros(indices.shape[:-1], np.int64)
    for axis, length in enumerate(shape[: indices.shape[-1]]):
        coordinate = indices[..., axis].astype(np.int64)
        wrong = (coordinate < -length) | (coordinate >= length)
        if wrong.any():
            raise IndexError(
                f"The index {coordinate[wrong][0]} is out of range for axis {axis}, of length "
                f"{length}. Received: a tensor of shape {tuple(shape)}"
            )
        number = number * length + np.where(coordinate < 0, coordinate + length, coordinate)
    return number


def _rows(x, depth):
    """`x` with its first `depth` axes made one."""
    return x.reshape(prod(x.shape[:depth]), *x.shape[depth:])


def _gathered_shape(x, indices):
    return (*indices.shape[:-1], *x.shape[indices.shape[-1] :])


def _gather(x, indices):
    return _rows(x, indices.shape[-1])[_numbers(indices, x.shape)]


gather_rows = primitive(
    "gather_rows",
    _gather,
    (lambda g, out, x, indices: scatter_new(indices, g, shape=x.shape), None),
    promote=None,
    moves=True,
    shape=_gathered_shape,
    dtype=lambda x, indices: x.dtype,
)


def _scatter_new(indices, updates, shape):
    out = np.zeros(shape, updates.dtype)
    add_rows(_numbers(indices, shape), updates, _rows(out, indices.shape[-1]))
    return out


scatter_new = primitive(
    "scatter",
    _scatter_new,
    (None, lambda g, out, indices, updates, shape: gather_rows(g, indices)),
    promote=None,
    shape=lambda indices, updates, shape: shape,
    dtype=lambda indices, updates, shape: updates.dtype,
)


def _written(write):
    """A kernel that copies x and writes the updates into the copy."""

    def kernel(x, indices, updates):
        out = np.array(x, order="C")
        write(_rows(out, indices.shape[-1]), _numbers(indices, x.shape), updates)
        return out

    return kernel


def _writes(name, write, vjp, **rules):
    return primitive(
        name,
        _written(write),
        vjp,
        promote=None,
        shape=lambda x, indices, updates: x.shape,
        dtype=lambda x, indices, updates: x.dtype,
        **rules,
    )


scatter_add = _writes(
    "scatter_add",
    lambda rows, numbers, updates: add_rows(numbers, updates, rows),
    (
        lambda g, out, x, indices, updates: g,
        None,
        lambda g, out, x, indices, updates: gather_rows(g, indices),
    ),
)
# Of several updates to one place the last one stays, and it alone has a gradient.
scatter_set = _writes(
    "scatter_set",
    operator.setitem,
    (
        lambda g, out, x, indices, updates: scatter_set(g, indices, 0 * updates),
        None,
        lambda g, out, x, indices, updates: where(
            _like_rows(stays(indices, shape=x.shape), updates), gather_rows(g, indices), 0 * updates
        ),
    ),
    moves=True,
)


def _stays(indices, shape):
    numbers = _numbers(indices, shape)
    order = np.arange(numbers.size).reshape(numbers.shape)
    last = np.zeros(prod(shape[: indices.shape[-1]]), np.int64)
    last[numbers] = order
    return last[numbers] == order


stays = primitive(
    "stays",
    _stays,
    promote=None,
    shape=lambda indices, shape: indices.shape[:-1],
    dtype="bool",
)


def _like_rows(x, updates):
    """`x`, one value per index, with axes of length 1 for those of a row."""
    return reshape_to(x, shape=(*x.shape, *(1,) * (updates.ndim - x.ndim)))


def _extreme_vjp(g, out, x, indices, updates):
    # All that equal the extreme share the gradient, x among them.
    from_x = x == out
    from_updates = updates == gather_rows(out, indices)
    count = scatter_add(cast(from_x, g.dtype), indices, cast(from_updates, g.dtype))
    share = g / count
    return (
        where(from_x, share, 0 * g),
        None,
        where(from_updates, gather_rows(share, indices), 0 * updates),
    )


def _combined(ufunc):
    """Write by combining what is there with all updates to it, by `ufunc`."""

    def write(rows, numbers, updates):
        # NumPy does this twenty times as fast for single elements as for rows.
        width = prod(rows.shape[1:])
        places = numbers[..., None] * width + np.arange(width)
        ufunc.at(rows.reshape(-1), places.reshape(-1), updates.reshape(-1))

    return write


scatter_max = _writes("scatter_max", _combined(np.maximum), _extreme_vjp)
scatter_min = _writes("scatter_min", _combined(np.minimum), _extreme_vjp)


def _product_vjp(g, out, x, indices, updates):
    others = _products_of_others(row_numbers(indices, shape=x.shape), updates)
    factor = scatter_mul(0 * x + 1, indices, updates)
    return g * factor, None, gather_rows(g * x, indices) * others


scatter_mul = _writes("scatter_mul", _combined(np.multiply), _product_vjp)
row_numbers = primitive(
    "row_numbers",
    lambda indices, shape: _numbers(indices, shape),
    promote=None,
    shape=lambda indices, shape: indices.shape[:-1],
    dtype="int64",
)
stable_order = primitive(
    "stable_order",
    lambda x: np.argsort(x, kind="stable"),
    promote=None,
    dtype="int64",
)


def _products_of_others(numbers, x):
    """For each x[i] the product of all x[j] of the same number.

    Sorted by number, those of a kind stand together; the product of the others is that of all
    before times that of all behind. Dividing by x[i] instead would fail at 0.
    """
    shape = x.shape
    count = prod(numbers.shape)
    x = reshape_to(x, shape=(count, *shape[len(numbers.shape) :]))
    order = stable_order(reshape_to(numbers, shape=(count,)))
    places = reshape_to(order, shape=(count, 1))
    back = reshape_to(stable_order(order), shape=(count, 1))
    x = gather_rows(x, places)
    numbers = gather_rows(reshape_to(numbers, shape=(count,)), places)
    behind = _products_before(flip_axes(numbers, axes=(0,)), flip_axes(x, axes=(0,)))
    others = _products_before(numbers, x) * flip_axes(behind, axes=(0,))
    return reshape_to(gather_rows(others, back), shape=shape)


def _products_before(numbers, x):
    """Products of all before each element that have its number, over spans that double."""
    result, span = _from_before(numbers, x, 1), 1
    while span < len(x):
        result = result * _from_before(numbers, result, span)
        span *= 2
    return result


def _from_before(numbers, x, distance):
    """The element `distance` places before, 1 where that has another number."""
    one = 0 * x[:distance] + 1
    same = _like_rows(numbers[distance:] == numbers[:-distance], x)
    return join(one, where(same, x[:-distance], 1 + 0 * x[:-distance]), axis=0)


REDUCTIONS = {
    None: scatter_set,
    "add": scatter_add,
    "max": scatter_max,
    "min": scatter_min,
    "mul": scatter_mul,
}


def _index_tensor(indices):
    indices = as_tensor(indices)
    if not indices.ndim or "int" not in str(indices.dtype):
        indices = cast(indices, "int32")
    return indices


@op
def scatter(indices, values, shape):
    """Zeros of `shape`, with `values` added at the places that `indices` name.

    Args:
        indices: Shape (..., k): the first k coordinates of each place.
        values: Shape indices.shape[:-1] + shape[k:], or what broadcasts to it.
        shape: Of the result.

    >>> from minigrad import ops
    >>> ops.scatter([[0], [2], [2]], [1.0, 2.0, 3.0], (4,)).numpy()
    array([1., 0., 5., 0.], dtype=float32)
    """
    indices, values = _index_tensor(indices), as_tensor(values)
    shape = tuple(operator.index(length) for length in shape)
    depth = indices.shape[-1]
    if depth is not None:
        values = _spread(values, (*indices.shape[:-1], *shape[depth:]))
    return scatter_new(indices, values, shape=shape)


@op
def scatter_update(inputs, indices, updates, reduction=None):
    """`inputs` with `updates` at the places that `indices` name.

    Args:
        inputs: A tensor.
        indices: Shape (n, k): the first k coordinates of each place.
        updates: Shape (n,) + inputs.shape[k:], or what broadcasts to it.
        reduction: How an update meets what is there: None replaces it (of several updates to one
            place the last stays), or "add", "max", "min", "mul".

    >>> from minigrad import ops
    >>> ops.scatter_update(ops.zeros(4), [[1], [3]], [5.0, 6.0]).numpy()
    array([0., 5., 0., 6.], dtype=float32)
    """
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"Unsupported reduction: {reduction}. Expected one of {list(REDUCTIONS)}. "
            f"Received: reduction={reduction!r}"
        )
    inputs, indices, updates = as_tensor(inputs), _index_tensor(indices), as_tensor(updates)
    if indices.shape[-1] is not None and indices.shape[-1] > inputs.ndim:
        raise ValueError(
            "scatter_update: the last axis of `indices` counts coordinates, and there are no more "
            f"than `inputs` has axes. Received: inputs.shape={inputs.shape}, "
            f"indices.shape={indices.shape}"
        )
    updates = _spread(cast(updates, inputs.dtype), _gathered_shape(inputs, indices))
    return REDUCTIONS[reduction](inputs, indices, updates)


def _spread(updates, shape):
    if None in shape or tuple(updates.shape) == shape:
        return updates
    return broadcast_to(updates, shape)
