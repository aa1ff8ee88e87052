"""Classes as vectors, and how far predicted probabilities are from the truth."""

import numpy as np

from minigrad import dtypes, settings
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import cross_entropy as kernels
from minigrad.ops.activation import sigmoid
from minigrad.ops.axes import normalize_axis, size_of
from minigrad.ops.casting import as_floats, cast
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import clip, log
from minigrad.ops.reduction import reduce_max, reduce_sum
from minigrad.ops.shaping import moveaxis, reshape_to
from minigrad.ops.softmax import log_softmax_over, softmax_over

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "multi_hot",
    "one_hot",
    "sparse_categorical_crossentropy",
]


# Classes as vectors


def _one_hot(x, num_classes, axis, dtype):
    x = np.asarray(x)
    classes = np.arange(num_classes).reshape((num_classes,) + (1,) * (x.ndim - axis))
    return (np.expand_dims(x, axis) == classes).astype(dtypes.to_numpy_dtype(dtype))


one_hot_of = primitive(
    "one_hot_of",
    _one_hot,
    promote=None,
    moves=True,
    shape=lambda x, num_classes, axis, dtype: (*x.shape[:axis], num_classes, *x.shape[axis:]),
    dtype=lambda x, num_classes, axis, dtype: dtype,
)


@op
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """Vectors of 0 with a 1 at the class; all 0 where `x` is not one of 0 … num_classes - 1.

    Args:
        x: Classes, whole numbers of any shape.
        axis: Where the new axis, of length `num_classes`, goes.

    >>> from minigrad import ops
    >>> ops.one_hot([2, 0], 3).numpy()
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    _dense_only(sparse)
    x = as_tensor(x)
    if not -x.ndim - 1 <= axis <= x.ndim:
        raise ValueError(
            f"one_hot: `axis` must be between {-x.ndim - 1} and {x.ndim}. Received: axis={axis}"
        )
    dtype = dtypes.standardize_dtype(dtype)
    return one_hot_of(x, num_classes=num_classes, axis=axis % (x.ndim + 1), dtype=dtype)


@op
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """One vector per sample, with a 1 at every class that occurs in it.

    Args:
        inputs: Classes of shape (samples, classes in a sample), or those of one sample.

    >>> from minigrad import ops
    >>> ops.multi_hot([[0, 2], [1, 1]], 4).numpy()
    array([[1., 0., 1., 0.],
           [0., 1., 0., 0.]], dtype=float32)
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if num_classes is None:
        raise ValueError("Argument `num_classes` must be specified. Received: num_classes=None")
    _dense_only(sparse)
    x = as_tensor(inputs)
    hot = one_hot(cast(x, "int32"), num_classes, axis=axis, dtype=dtype)
    return reduce_max(hot, axis=(1 if x.ndim > 1 else 0,), keepdims=False)


def _dense_only(sparse):
    if sparse:
        raise ValueError(f"minigrad has dense tensors only. Received: sparse={sparse}")


# Fused with softmax: the gradient by the logits is p - y, and nothing overflows.


def _dense_slope_vjp(g, out, logits, target, state, upstream):
    p = softmax_over(logits, axes=(1,))
    total = reduce_sum(target, axis=(1,), keepdims=True)
    scaled = g * upstream[:, None]
    weight = reduce_sum(scaled * p, axis=(1,), keepdims=True)
    by_upstream = reduce_sum(g * (p * total - target), axis=(1,), keepdims=False)
    # `state` is a function of the logits, whose gradient is complete without it.
    return p * (scaled - weight) * total, weight - scaled, None, by_upstream


dense_crossentropy = primitive(
    "dense_crossentropy",
    kernels.dense_forward,
    (
        lambda g, out, logits, target: dense_slope(logits, target, out[1], g[0]),
        lambda g, out, logits, target: -g[0][:, None] * log_softmax_over(logits, axes=(1,)),
    ),
    promote="float",
    inputs="logits target",
    shape=lambda logits, target: [(logits.shape[0],), (logits.shape[0], 2)],
)
dense_slope = primitive(
    "dense_crossentropy_slope",
    kernels.dense_backward,
    _dense_slope_vjp,
    promote="float",
    inputs="logits target state upstream",
    shape=lambda logits, *_: logits.shape,
)


def _sparse_slope_vjp(g, out, logits, label, state, upstream):
    p = softmax_over(logits, axes=(1,))
    y = one_hot_of(label, num_classes=logits.shape[1], axis=1, dtype="bool")
    known = reduce_max(y, axis=(1,), keepdims=True)
    scaled = where(known, g * upstream[:, None], 0.0)
    weight = reduce_sum(scaled * p, axis=(1,), keepdims=True)
    by_upstream = reduce_sum(where(known, g * (p - where(y, 1.0, 0 * p)), 0.0), (1,), False)
    return p * (scaled - weight), None, None, by_upstream


sparse_crossentropy = primitive(
    "sparse_crossentropy",
    lambda logits, label: kernels.sparse_forward(logits, label),
    (lambda g, out, logits, label: sparse_slope(logits, label, out[1], g[0]), None),
    promote=None,
    inputs="logits label",
    shape=lambda logits, label: [(logits.shape[0],), (logits.shape[0], 2)],
    dtype=lambda logits, label: [logits.dtype, logits.dtype],
)
sparse_slope = primitive(
    "sparse_crossentropy_slope",
    kernels.sparse_backward,
    _sparse_slope_vjp,
    promote=None,
    inputs="logits label state upstream",
    shape=lambda logits, *_: logits.shape,
    dtype=lambda logits, *_: logits.dtype,
)

# The probability of the class that was the right one; 1 where the label is no class.


def _pick(p, label):
    known = (label >= 0) & (label < p.shape[1])
    picked = np.take_along_axis(p, np.where(known, label, 0)[:, None], axis=1)[:, 0]
    return np.where(known, picked, p.dtype.type(1))


def _place(g, label, classes):
    out = np.zeros((len(label), classes), g.dtype)
    known = (label >= 0) & (label < classes)
    out[np.flatnonzero(known), label[known]] = g[known]
    return out


pick_class = primitive(
    "pick_class",
    _pick,
    (lambda g, out, p, label: place_class(g, label, classes=p.shape[1]), None),
    promote=None,
    moves=True,
    inputs="p label",
    shape=lambda p, label: label.shape,
)
place_class = primitive(
    "place_class",
    _place,
    (lambda g, out, x, label, classes: where_class(pick_class(g, label), label, classes), None),
    promote=None,
    moves=True,
    inputs="x label",
    shape=lambda x, label, classes: (*label.shape, classes),
)


def where_class(x, label, classes):
    """`x` where the label is a class, else 0."""
    return where((label >= 0) & (label < classes), x, 0.0)


@op
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-Σ target · log(output) over the classes, along `axis`.

    Args:
        target: The true distribution over the classes, often one-hot.
        output: Predicted probabilities (they are divided by their sum, and kept within
            [epsilon, 1 - epsilon]), or logits, of which softmax gives the probabilities.
        from_logits: Whether `output` is logits: more exact, and faster.

    Raises ValueError if the shapes differ.
    """
    target, output = as_tensor(target), as_floats(output)
    _same_shape("categorical_crossentropy", target, output)
    if not target.ndim:
        raise ValueError(
            "Arguments `target` and `output` must be at least rank 1. "
            f"Received: target.shape={target.shape}, output.shape={output.shape}"
        )
    axis = normalize_axis(axis, output.ndim)
    if from_logits:
        rows, shape = _rows(output, axis)
        loss, _ = dense_crossentropy(rows, _rows(target, axis)[0])
        return reshape_to(loss, shape=shape)
    p = output / reduce_sum(output, axis=(axis,), keepdims=True)
    return -reduce_sum(target * log(_inside(p)), axis=(axis,), keepdims=False)


@op
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-log of the probability that `output` gives to the true class.

    Args:
        target: Classes, whole numbers; a last axis of length 1 is dropped. One that is no class
            counts nothing.
        output: Predicted probabilities or logits, with the classes along `axis`; see
            `categorical_crossentropy`.

    >>> from minigrad import ops
    >>> ops.sparse_categorical_crossentropy([1], [[0.25, 0.5, 0.25]]).numpy()  # log 2
    array([0.6931472], dtype=float32)
    """
    target, output = as_tensor(target), as_floats(output)
    if not output.ndim:
        raise ValueError(
            f"Argument `output` must be at least rank 1. Received: output.shape={output.shape}"
        )
    axis = normalize_axis(axis, output.ndim)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = reshape_to(target, shape=target.shape[:-1])
    rows, shape = _rows(output, axis)
    if len(target.shape) != len(shape) or any(
        a != b and None not in (a, b) for a, b in zip(target.shape, shape, strict=True)
    ):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape up until the last "
            f"dimension: target.shape={target.shape}, output.shape={output.shape}"
        )
    label = reshape_to(cast(target, "int32"), shape=(size_of(target.shape),))
    if from_logits:
        loss, _ = sparse_crossentropy(cast(rows, dtypes.as_float(rows.dtype)), label)
    else:
        chosen = pick_class(rows, label)
        total = reduce_sum(rows, axis=(1,), keepdims=False)
        known = label >= 0
        if rows.shape[1] is not None:
            known = known & (label < rows.shape[1])
        loss = where(known, -log(_inside(chosen / total)), 0.0)
    return reshape_to(loss, shape=shape)


def _rows(x, axis):
    """`x` as a matrix with the classes along its rows, and the shape of what has no classes."""
    if axis != x.ndim - 1:
        x = moveaxis(x, axis, -1)
    shape = x.shape[:-1]
    if x.ndim != 2:
        x = reshape_to(x, shape=(size_of(shape), x.shape[-1]))
    return x, shape


def _inside(p):
    return clip(p, settings.epsilon(), 1.0 - settings.epsilon())


def _same_shape(name, target, output):
    if len(target.shape) != len(output.shape) or any(
        a != b and None not in (a, b) for a, b in zip(target.shape, output.shape, strict=True)
    ):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape. "
            f"Received: target.shape={target.shape}, output.shape={output.shape}"
        )


binary_of_logits = primitive(
    "binary_crossentropy_of_logits",
    lambda y, x: np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))),
    (lambda g, out, y, x: -g * x, lambda g, out, y, x: g * (sigmoid(x) - y)),
    promote="float",
    inputs="target output",
    fuse="softplus({1}) - {0} * {1}",
)


@op
def binary_crossentropy(target, output, from_logits=False):
    """-target · log(output) - (1 - target) · log(1 - output), element by element.

    Args:
        target: The truth, 0 or 1 (or between).
        output: Predicted probabilities, kept within [epsilon, 1 - epsilon], or logits, of which
            sigmoid gives the probabilities.
        from_logits: Whether `output` is logits: more exact, and faster.

    Raises ValueError if the shapes differ.
    """
    target, output = as_tensor(target), as_tensor(output)
    _same_shape("binary_crossentropy", target, output)
    if from_logits:
        return binary_of_logits(target, output)
    p = _inside(output)
    return -(target * log(p) + (1.0 - target) * log(1.0 - p))
