"""Tensors as such: what they are, their bits, and gradients of one's own making."""

import ml_dtypes
import numpy as np

from minigrad import dtypes, tree
from minigrad.autograd.functional import custom_gradient, stop_gradient, vjp
from minigrad.autograd.output_spec import compute_output_spec
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import is_symbolic
from minigrad.autograd.tensor import Tensor, as_tensor, wrap
from minigrad.ops.axes import normalize_axis
from minigrad.ops.casting import cast
from minigrad.ops.elementwise import clip
from minigrad.ops.indexing import getitem

__all__ = [
    "convert_to_numpy",
    "custom_gradient",
    "dtype",
    "is_tensor",
    "jvp",
    "saturate_cast",
    "stop_gradient",
    "unstack",
    "view",
]


def is_tensor(x):
    """Whether `x` is a Tensor: a Variable, a KerasTensor or a NumPy array is not.

    >>> from minigrad import ops
    >>> ops.is_tensor(ops.ones(2)), ops.is_tensor([1.0, 2.0])
    (True, False)
    """
    return isinstance(x, Tensor)


def convert_to_numpy(x):
    """The values of `x` as a NumPy array of its own."""
    return np.array(x if isinstance(x, np.ndarray) else as_tensor(x))


def dtype(x):
    """The name of the dtype of `x`.

    >>> from minigrad import ops
    >>> ops.dtype(ops.ones(2))
    'float32'
    """
    return dtypes.standardize_dtype(x.dtype)


def _limits(name):
    if name == "bool":
        return 0, 1
    info = ml_dtypes.finfo if dtypes.is_float(name) else ml_dtypes.iinfo
    numpy_dtype = dtypes.to_numpy_dtype(name)
    return info(numpy_dtype).min, info(numpy_dtype).max


def _limit_in(value, limit, source):
    """`limit` in the dtype `source`, rounded towards 0 if it must be rounded."""
    rounded = np.asarray(value).astype(source)
    if abs(float(rounded)) > abs(float(limit)):
        rounded = np.nextafter(rounded, source.type(0))
    return rounded


@op
def saturate_cast(x, dtype):
    """`x` in another dtype; what is out of its range becomes its nearest limit.

    >>> from minigrad import ops
    >>> ops.saturate_cast([-1.0, 7.0, 256.0], "uint8").numpy()
    array([  0,   7, 255], dtype=uint8)
    """
    x = as_tensor(x)
    dtype = dtypes.standardize_dtype(dtype)
    source = dtypes.to_numpy_dtype(x.dtype)
    (low, high), (lowest, highest) = _limits(x.dtype), _limits(dtype)
    low, high = max(low, lowest), min(high, highest)
    return cast(clip(x, _limit_in(low, low, source), _limit_in(high, high, source)), dtype)


def _view_shape(x, dtype):
    old, new = (dtypes.to_numpy_dtype(name).itemsize for name in (x.dtype, dtype))
    if old == new or not x.shape or x.shape[-1] is None:
        return x.shape
    return (*x.shape[:-1], x.shape[-1] * old // new)


view_as = primitive(
    "view",
    lambda x, dtype: np.ascontiguousarray(x).reshape(x.shape).view(dtypes.to_numpy_dtype(dtype)),
    promote=None,
    moves=True,
    shape=_view_shape,
    dtype=lambda x, dtype: dtype,
)


@op
def view(x, dtype=None):
    """The same bits, read as another dtype; the last axis grows or shrinks with its size.

    No gradient flows through it, unless the dtype stays the same.

    >>> from minigrad import ops
    >>> ops.view(ops.array([1.0]), "int32").numpy()
    array([1065353216], dtype=int32)
    """
    x = as_tensor(x)
    dtype = x.dtype if dtype is None else dtypes.standardize_dtype(dtype)
    if dtype == x.dtype:
        return x
    old, new = (dtypes.to_numpy_dtype(name).itemsize for name in (x.dtype, dtype))
    fits = x.ndim and (x.shape[-1] is None or x.shape[-1] * old % new == 0)
    if old != new and not fits:
        raise ValueError(
            f"view: the bytes of the last axis must be a multiple of {new}, the size of a {dtype}. "
            f"Received: x.shape={x.shape}, x.dtype={x.dtype}, dtype={dtype}"
        )
    return view_as(x, dtype=dtype)


@op
def unstack(x, num=None, axis=0):
    """The slices along `axis`, as a list.

    Args:
        num: How many there are, if the length of the axis is unknown.

    >>> from minigrad import ops
    >>> [one.numpy().tolist() for one in ops.unstack([[1, 2], [3, 4]], axis=1)]
    [[1, 3], [2, 4]]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, x.ndim)
    if num is None:
        num = x.shape[axis]
    if num is None:
        raise ValueError(
            f"Cannot infer argument `num` from shape {x.shape}. Either provide a tensor with a "
            "concrete shape in the `axis` dimension or explicitly pass the `num` argument. "
            f"Received: axis={axis}"
        )
    return [getitem(x, (slice(None),) * axis + (i,)) for i in range(num)]


@op
def jvp(fun, primals, tangents, has_aux=False):
    """The value of `fun(*primals)` and its change along `tangents`: forward derivatives.

    The pull back u ↦ J(x)ᵀu is linear in u, and its own pull back is v ↦ J(x)v.

    Args:
        fun: A function of tensors.
        primals: Its arguments, a tuple or list.
        tangents: Directions, one per argument, of the same shape.
        has_aux: Whether `fun` returns `(value, aux)`.

    Returns:
        `(value, change)`, with has_aux `(value, change, aux)`.

    >>> from minigrad import ops
    >>> value, change = ops.jvp(ops.square, (3.0,), (1.0,))
    >>> float(value), float(change)
    (9.0, 6.0)
    """
    if len(primals) != len(tangents):
        raise ValueError(
            "jvp: there must be one tangent per primal. "
            f"Received: {len(primals)} primals, {len(tangents)} tangents"
        )
    if is_symbolic((primals, tangents)):
        spec = compute_output_spec(fun, *primals)
        value, *aux = spec if has_aux else (spec,)
        return (value, value, *aux)
    found = {}

    def pulled(*upstream):
        value, pull, *aux = vjp(fun, *primals, has_aux=has_aux)
        found["value"], found["aux"] = value, aux
        return pull(tree.pack_sequence_as(value, upstream))

    outputs = fun(*primals)
    outputs = tree.flatten(outputs[0] if has_aux else outputs)
    zeros = [wrap(np.zeros_like(as_tensor(y)._value)) for y in outputs]
    _, push = vjp(pulled, *zeros)
    directions = [cast(t, as_tensor(x).dtype) for x, t in zip(primals, tangents, strict=True)]
    changes = push(tuple(directions))
    change = tree.pack_sequence_as(found["value"], changes)
    return (found["value"], change, *found["aux"])
