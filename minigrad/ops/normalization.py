"""Means and variances, and what is made of them: batch, layer and RMS normalization."""

import functools
import math
import warnings

import numpy as np

from minigrad import dtypes, settings
from minigrad.autograd.primitive import apply, op, primitive, unwatched
from minigrad.autograd.symbolic import KerasTensor, shape_equal
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import normalization as kernels
from minigrad.ops.axes import normalize_axes, normalize_axis, size_of
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import absolute, clip, log10, maximum, power, rsqrt, square
from minigrad.ops.reduction import max as greatest
from minigrad.ops.reduction import mean, reduce_sum, var
from minigrad.ops.shaping import broadcast_to, reshape_to

__all__ = [
    "batch_normalization",
    "layer_normalization",
    "moments",
    "normalize",
    "psnr",
    "rms_normalization",
]

_LARGEST_HALF = 65504.0


@op
def moments(x, axes, keepdims=False, synchronized=False):
    """The mean and the variance over `axes`; of halves, computed in float32.

    >>> from minigrad import ops
    >>> [float(one) for one in ops.moments([1.0, 2.0, 3.0, 6.0], axes=0)]
    [3.0, 3.5]
    """
    if synchronized:
        raise ValueError(
            "moments: minigrad runs on one device, there is nothing to synchronize. "
            f"Received: synchronized={synchronized}"
        )
    x = as_tensor(x)
    axes = normalize_axes(axis=axes, ndim=x.ndim)
    if x.dtype not in ("float16", "bfloat16"):
        return mean(x, axes, keepdims), var(x, axes, keepdims)
    wide = cast(x, "float32")
    both = mean(wide, axes, keepdims), var(wide, axes, keepdims)
    return tuple(cast(clip(one, -_LARGEST_HALF, _LARGEST_HALF), x.dtype) for one in both)


@op
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """(x - mean) / √(variance + epsilon) · scale + offset, with one number each per channel.

    Args:
        x: Any shape, channels along `axis`.
        mean, variance, offset, scale: Vectors as long as there are channels; the last two may be
            None.

    Source: Ioffe and Szegedy, "Batch normalization", arXiv:1502.03167.
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, x.ndim)
    shape = (1,) * axis + (x.shape[axis],) + (1,) * (x.ndim - axis - 1)

    def channels(name, vector):
        vector = as_tensor(vector)
        if not shape_equal(vector.shape, x.shape[axis : axis + 1]):
            raise ValueError(
                f"Arguments `{name}` must be a vector of length `x.shape[axis]`. "
                f"Expected: `{(x.shape[axis],)}`. Received: `{vector.shape}`."
            )
        return vector if axis == x.ndim - 1 else reshape_to(vector, shape=shape)

    slope = rsqrt(channels("variance", variance) + epsilon)
    if scale is not None:
        slope = slope * channels("scale", scale)
    shift = -channels("mean", mean) * slope
    if offset is not None:
        shift = shift + channels("offset", offset)
    return x * slope + shift


# Layer normalization as one primitive, on rows. With n numbers in a row, x̂ = (x - mean) · r,
# r = 1 / √(variance + ε): dx̂/dx is r · P, where P = 1 - 11ᵀ/n - x̂ x̂ᵀ/n is symmetric.


def _row_mean(x):
    return reduce_sum(x, axis=(1,), keepdims=True) / x.shape[1]


def _project(u, xhat):
    """P u."""
    return u - _row_mean(u) - xhat * _row_mean(u * xhat)


def _layer_norm_vjp(g, out, x, gamma, beta, epsilon):
    _, centre, r = out
    return layer_norm_slope(g[0], x, gamma, centre, r)


def _layer_norm_slope_vjp(g, out, dy, x, gamma, centre, r):
    u, v, w = g
    xhat = (x - centre) * r
    dxhat = dy * gamma
    by_xhat = _project(u, xhat) * r  # r P u
    n = x.shape[1]
    mean_u, mean_d = _row_mean(u * xhat), _row_mean(dxhat * xhat)
    # L = u · r P dx̂ + Σ v dy x̂ + Σ w dy depends on x by r and by x̂.
    total = reduce_sum(u * _project(dxhat, xhat), axis=(1,), keepdims=True)
    by_x = r * _project(v * dy - r * (u * mean_d + dxhat * mean_u), xhat)
    by_x = by_x - total * r * r * xhat / n
    by_gamma = reduce_sum(dy * by_xhat, axis=(0,), keepdims=False)
    # `centre` and `r` are functions of x, whose gradient is complete without them.
    return gamma * by_xhat + v * xhat + w, by_x, by_gamma, None, None


layer_norm = primitive(
    "layer_norm",
    kernels.layer_norm,
    _layer_norm_vjp,
    inputs="x gamma beta",
    shape=lambda x, gamma, beta, epsilon: [x.shape, (x.shape[0], 1), (x.shape[0], 1)],
)
layer_norm_alone = primitive(
    "layer_norm_alone",
    kernels.layer_norm_alone,
    inputs="x gamma beta",
    shape=lambda x, gamma, beta, epsilon: x.shape,
)
layer_norm_slope = primitive(
    "layer_norm_slope",
    kernels.layer_norm_slope,
    _layer_norm_slope_vjp,
    inputs="dy x gamma centre r",
    shape=lambda dy, x, gamma, centre, r: [x.shape, gamma.shape, gamma.shape],
)


@op
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """(x - mean) / √(variance + epsilon) · gamma + beta, mean and variance over `axis`.

    Args:
        x: Any shape; halves are computed in float32.
        gamma, beta: Scale and offset, of the lengths of x along `axis`; may be None.
        axis: An int or several.
        epsilon: `config.epsilon()` by default.

    Source: Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450.
    """
    if kwargs and kwargs.pop("rms_scaling", False):
        warnings.warn(
            "You passed `rms_scaling=True`, which is deprecated: it divides by the standard "
            "deviation, not by the root mean square. Use ops.rms_normalization.",
            stacklevel=2,
        )
        return _scaled_by_deviation(x, gamma, axis, epsilon)
    epsilon = settings.epsilon() if epsilon is None else epsilon
    x = as_tensor(x)
    dtype = x.dtype
    axes = normalize_axes(axis, x.ndim)
    wide = dtype
    if dtype != "float32":
        wide = dtypes.result_type(dtype, "float32")
        x = cast(x, wide)
    gamma = None if gamma is None else as_tensor(gamma, wide)
    beta = None if beta is None else as_tensor(beta, wide)
    lengths, matrix = _layout(x.shape, axes)
    if (
        matrix is not None
        and (gamma is None or gamma.shape == lengths)
        and (beta is None or beta.shape == lengths)
    ):
        y = _by_rows(x, gamma, beta, lengths, matrix, epsilon)
        return y if wide == dtype else cast(y, dtype)
    if None not in lengths:
        gamma, beta = _spread(gamma, lengths), _spread(beta, lengths)
    shape = tuple(length if one in axes else 1 for one, length in enumerate(x.shape))
    centre, spread = mean(x, axes, keepdims=True), var(x, axes, keepdims=True)
    y = (x - centre) * rsqrt(spread + epsilon)
    if gamma is not None:
        y = y * (reshape_to(gamma, shape=shape) if gamma.ndim != x.ndim else gamma)
    if beta is not None:
        y = y + (reshape_to(beta, shape=shape) if beta.ndim != x.ndim else beta)
    return cast(y, dtype)


def _spread(vector, lengths):
    """One number is for all places."""
    single = vector is not None and vector.shape in ((), (1,))
    return broadcast_to(vector, lengths) if single and vector.shape != lengths else vector


def _scaled_by_deviation(x, gamma, axis, epsilon):
    x = as_tensor(x)
    epsilon = settings.epsilon() if epsilon is None else epsilon
    wide = cast(x, dtypes.result_type(x.dtype, "float32"))
    y = wide * rsqrt(var(wide, normalize_axes(axis, x.ndim), keepdims=True) + epsilon)
    return cast(y if gamma is None else y * as_tensor(gamma, y.dtype), x.dtype)


@functools.lru_cache(maxsize=4096)
def _layout(shape, axes):
    """The lengths of `axes`, and the shape of a matrix whose rows they go over.

    The latter is None for other axes than the last, and unknown lengths.
    """
    lengths = tuple(shape[axis] for axis in axes)
    first = len(shape) - len(axes)
    if axes != tuple(range(first, len(shape))) or None in lengths:
        return lengths, None
    return lengths, (size_of(shape[:first]), math.prod(lengths))


def _by_rows(x, gamma, beta, lengths, matrix, epsilon):
    """Layer normalization of the rows of a matrix that `x` becomes, and back."""
    shape, row = x.shape, matrix[1:]
    if gamma is None:
        gamma = as_tensor(np.ones(row, x.dtype))
    elif lengths != row:
        gamma = reshape_to(gamma, shape=row)
    if beta is None:
        beta = as_tensor(np.zeros(row, x.dtype))
    elif lengths != row:
        beta = reshape_to(beta, shape=row)
    if shape != matrix:
        x = reshape_to(x, shape=matrix)
    if unwatched(x, gamma, beta):
        y = apply(layer_norm_alone, x, gamma, beta, epsilon=epsilon)
    else:
        y = apply(layer_norm, x, gamma, beta, epsilon=epsilon)[0]
    return y if shape == matrix else reshape_to(y, shape=shape)


@op
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """x / √(mean(x²) + epsilon) · scale, the mean over `axis` (an int or several).

    Source: Zhang and Sennrich, "Root mean square layer normalization", arXiv:1910.07467.
    """
    epsilon = settings.epsilon() if epsilon is None else epsilon
    x = as_tensor(x)
    dtype = x.dtype
    x = cast(x, dtypes.result_type(dtype, "float32"))
    if not x.ndim:
        x = reshape_to(x, shape=(1,))
    y = x * rsqrt(mean(square(x), axis=axis, keepdims=True) + epsilon)
    if scale is not None:
        y = y * as_tensor(scale, y.dtype)
    return cast(y, dtype)


@op
def normalize(x, axis=-1, order=2, epsilon=None):
    """x divided by its norm over `axis`: Σ|x|^order becomes 1. A norm below epsilon counts as that.

    >>> from minigrad import ops
    >>> ops.normalize([3.0, 4.0]).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"Argument `order` must be an int >= 1. Received: order={order}")
    epsilon = settings.epsilon() if epsilon is None else epsilon
    x = as_tensor(x)
    dtype = dtypes.as_float(x.dtype)
    x = cast(x, dtypes.result_type(dtype, "float32"))
    if not x.ndim:
        x = reshape_to(x, shape=(1,))
    axes = normalize_axes(axis, x.ndim)
    # The limit goes inside the root, whose slope at 0 is infinite.
    if order == 1:
        norm = maximum(reduce_sum(absolute(x), axis=axes, keepdims=True), epsilon)
        return cast(x / norm, dtype)
    if order == 2:
        total = reduce_sum(square(x), axis=axes, keepdims=True)
        return cast(x * rsqrt(maximum(total, epsilon**2)), dtype)
    # Powers of large and of small numbers leave the range of floats: the greatest is taken out.
    top = maximum(greatest(absolute(x), axis=axes, keepdims=True, initial=0.0), epsilon)
    total = reduce_sum(power(absolute(x) / top, order), axis=axes, keepdims=True)
    safe = where(total > 0, total, 1.0)
    norm = maximum(top * power(safe, 1.0 / order), epsilon)
    return cast(x / norm, dtype)


@op
def psnr(x1, x2, max_val):
    """20 log10(max_val) - 10 log10(mean((x1 - x2)²)): peak signal-to-noise ratio, in decibels.

    Args:
        max_val: The greatest value that a pixel can have: 255, or 1.
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if isinstance(x1, KerasTensor) or isinstance(x2, KerasTensor):
        if x1.ndim != x2.ndim:
            raise ValueError(
                "Inputs must have the same rank. "
                f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
            )
        return KerasTensor((), dtypes.as_float(x2.dtype))
    if x1.shape != x2.shape:
        raise ValueError(
            f"Input shapes {x1.shape} and {x2.shape} must match for PSNR calculation. "
            f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    error = mean(square(x1 - x2))
    return 20 * log10(cast(max_val, error.dtype)) - 10 * log10(error)
