"""Fourier transforms. Complex numbers go in and out as pairs: real parts, imaginary parts.

y_k = Σ_j x_j e^{-2πi jk/n}. The transform F is linear, so a gradient is pulled back by its adjoint,
Fᴴ, which is the inverse transform without its 1/n.
"""

from math import prod

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import KerasTensor, shape_equal
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import as_floats, cast, constant
from minigrad.ops.comparison import where
from minigrad.ops.moving import pad
from minigrad.ops.reduction import sum
from minigrad.ops.shaping import expand_to

__all__ = [
    "extract_sequences",
    "fft",
    "fft2",
    "ifft2",
    "irfft",
    "istft",
    "rfft",
    "stft",
]

# The transforms; `inverse` has e^{+2πi jk/n}, and no factor 1/n.


def _complex_kernel(re, im, axes, inverse):
    x = np.empty(np.shape(re), np.complex128 if re.dtype == np.float64 else np.complex64)
    x.real, x.imag = re, im
    if not x.size:
        return x.real.copy(), x.imag.copy()
    y = np.fft.ifftn(x, axes=axes, norm="forward") if inverse else np.fft.fftn(x, axes=axes)
    return np.ascontiguousarray(y.real), np.ascontiguousarray(y.imag)


transform = primitive(
    "fourier",
    _complex_kernel,
    lambda g, out, re, im, axes, inverse: transform(*g, axes=axes, inverse=not inverse),
    promote="float",
    inputs="re im",
    shape=lambda re, im, axes, inverse: [re.shape, re.shape],
)


def _real_kernel(x):
    y = np.fft.rfft(x)
    return np.ascontiguousarray(y.real), np.ascontiguousarray(y.imag)


# Of real x, y_{n-k} is the conjugate of y_k: the first n/2 + 1 say all.
real_transform = primitive(
    "real_fourier",
    _real_kernel,
    # Both directions count each pair y_k, y_{n-k} once, where the inverse counts it twice.
    lambda g, out, x: (
        x.shape[-1]
        * real_inverse(
            g[0] / _pairs(g[0], x.shape[-1]), g[1] / _pairs(g[1], x.shape[-1]), length=x.shape[-1]
        ),
    ),
    promote="float",
    shape=lambda x: [(*x.shape[:-1], None if x.shape[-1] is None else x.shape[-1] // 2 + 1)] * 2,
)
real_inverse = primitive(
    "real_inverse_fourier",
    lambda re, im, length: np.fft.irfft(re + 1j * im, length).astype(re.dtype, copy=False),
    lambda g, out, re, im, length: tuple(
        y * (_pairs(y, length) / length) for y in real_transform(g)
    ),
    promote="float",
    inputs="re im",
    shape=lambda re, im, length: (*re.shape[:-1], length),
)


def _pairs(y, length):
    """How often each of the n/2 + 1 frequencies counts: 2, but 1 for the one that has no twin."""
    count = np.full(length // 2 + 1, 2, dtypes.to_numpy_dtype(dtypes.standardize_dtype(y.dtype)))
    count[0] = 1
    if length % 2 == 0:
        count[-1] = 1
    return constant(count)


def _pair(x, name, rank=1):
    """The real and imaginary parts, checked."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            f"{name}: Input `x` should be a tuple of two tensors - real and imaginary. "
            f"Received: x={x}"
        )
    re, im = map(as_tensor, x)
    if not shape_equal(re.shape, im.shape):
        raise ValueError(
            f"{name}: Input `x` should be a tuple of two tensors - real and imaginary. Both the "
            "real and imaginary parts should have the same shape. "
            f"Received: x[0].shape={re.shape}, x[1].shape={im.shape}"
        )
    _check_rank(re, name, rank)
    if not (dtypes.is_float(re.dtype) and dtypes.is_float(im.dtype)):
        raise ValueError(
            f"{name}: At least one tensor in input `x` is not of type float. Cast it. "
            f"Received: dtypes {re.dtype} and {im.dtype}"
        )
    return re, im


def _check_rank(x, name, rank):
    if x.ndim < rank:
        raise ValueError(
            f"{name}: Input should have rank >= {rank}. Received: input.shape={x.shape}"
        )


@op
def fft(x):
    """The discrete Fourier transform along the last axis.

    Args:
        x: Pair of tensors of one shape, real and imaginary parts.

    Returns:
        Pair of tensors of that shape.

    >>> from minigrad import ops
    >>> re, im = ops.fft((ops.array([1.0, 0.0, -1.0, 0.0]), ops.zeros(4)))
    >>> re.numpy()
    array([0., 2., 0., 2.], dtype=float32)
    """
    re, im = _pair(x, "fft")
    if re.shape[-1] is None:
        raise ValueError(
            "fft: Input should have its last dimension fully-defined. "
            f"Received: input.shape={re.shape}"
        )
    return transform(re, im, axes=(re.ndim - 1,), inverse=False)


def _last_two(x, name):
    re, im = _pair(x, name, rank=2)
    if None in re.shape[-2:]:
        raise ValueError(
            f"{name}: Input should have its (-2, -1) axes fully-defined. "
            f"Received: input.shape={re.shape}"
        )
    return re, im, (re.ndim - 2, re.ndim - 1)


@op
def fft2(x):
    """The discrete Fourier transform along the last two axes, of a pair as in `fft`."""
    re, im, axes = _last_two(x, "fft2")
    return transform(re, im, axes=axes, inverse=False)


@op
def ifft2(x):
    """What `fft2` did, undone."""
    re, im, axes = _last_two(x, "ifft2")
    count = prod(re.shape[-2:])
    re, im = transform(re, im, axes=axes, inverse=True)
    return re / count, im / count


def _fit(x, length):
    """The last axis cut, or filled up with zeros, to `length`."""
    if x.shape[-1] == length:
        return x
    if x.shape[-1] is None:
        return KerasTensor((*x.shape[:-1], length), x.dtype)
    if x.shape[-1] > length:
        return x[..., :length]
    return pad(x, [(0, 0)] * (x.ndim - 1) + [(0, length - x.shape[-1])])


@op
def rfft(x, fft_length=None):
    """The discrete Fourier transform of real numbers along the last axis.

    Args:
        fft_length: To which length x is cut or filled up with zeros first.

    Returns:
        Real and imaginary parts of the frequencies 0 to length // 2; the others are conjugates.

    >>> from minigrad import ops
    >>> re, im = ops.rfft([1.0, 2.0, 3.0, 4.0])
    >>> re.numpy(), im.numpy()
    (array([10., -2., -2.], dtype=float32), array([0., 2., 0.], dtype=float32))
    """
    x = as_floats(x)
    _check_rank(x, "rfft", 1)
    if fft_length is not None:
        x = _fit(x, fft_length)
    return real_transform(x)


@op
def irfft(x, fft_length=None):
    """What `rfft` did, undone.

    Args:
        x: Pair of real and imaginary parts.
        fft_length: Length of the result; 2 (n - 1) for n frequencies if None.
    """
    re, im = _pair(x, "irfft")
    n = re.shape[-1]
    if fft_length is None:
        fft_length = None if n is None else 2 * (n - 1)
    if fft_length is not None:
        re, im = _fit(re, fft_length // 2 + 1), _fit(im, fft_length // 2 + 1)
    return real_inverse(re, im, length=fft_length)


# Pieces of a signal


def _cut(x, length, step):
    return np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)[..., ::step, :]


def _count(total, length, step):
    return None if total is None else 1 + (total - length) // step


pieces = primitive(
    "pieces",
    _cut,
    (lambda g, out, x, length, step: overlapped(g, step=step, total=x.shape[-1]),),
    promote=None,
    moves=True,
    shape=lambda x, length, step: (*x.shape[:-1], _count(x.shape[-1], length, step), length),
)


def _add_up(x, step, total):
    out = np.zeros((*x.shape[:-2], total), x.dtype)
    for k in range(x.shape[-2]):
        out[..., k * step : k * step + x.shape[-1]] += x[..., k, :]
    return out


overlapped = primitive(
    "overlapped",
    _add_up,
    (
        lambda g, out, x, step, total: pieces(g, length=x.shape[-1], step=step)[
            ..., : x.shape[-2], :
        ],
    ),
    promote=None,
    shape=lambda x, step, total: (*x.shape[:-2], total),
)


@op
def extract_sequences(x, sequence_length, sequence_stride):
    """Pieces of the last axis: the first `sequence_length` elements, those `sequence_stride` on, …

    Returns:
        Shape (..., number of whole pieces, sequence_length).

    >>> from minigrad import ops
    >>> ops.extract_sequences(ops.arange(6), 3, 2).numpy()
    array([[0, 1, 2],
           [2, 3, 4]], dtype=int32)
    """
    x = as_tensor(x)
    _check_rank(x, "extract_sequences", 1)
    if x.shape[-1] is not None and not 0 < sequence_length <= x.shape[-1]:
        raise ValueError(
            "extract_sequences: a piece must have at least 1 element and be no longer than the "
            f"signal. Received: sequence_length={sequence_length}, input.shape={x.shape}"
        )
    return pieces(x, length=sequence_length, step=sequence_stride)


def _window(window, length, total, dtype):
    """The weights of a piece, with zeros on both sides up to `total`."""
    if window is None:
        return constant(np.ones(total, dtypes.to_numpy_dtype(dtype)))
    before = (total - length) // 2
    margins = [(before, total - length - before)]
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ValueError(
                'If a string is passed to `window`, it must be one of `"hann"`, `"hamming"`. '
                f"Received: window={window}"
            )
        share = {"hann": 0.5, "hamming": 0.54}[window]
        angle = 2 * np.pi * np.arange(length) / length
        window = np.asarray(share - (1 - share) * np.cos(angle))
    window = cast(window, dtype)
    if window.shape != (length,):
        raise ValueError(
            "The shape of `window` must be equal to [sequence_length]. "
            f"Received: window.shape={window.shape}, sequence_length={length}"
        )
    return pad(window, margins)


def _check_stride(sequence_stride):
    if not isinstance(sequence_stride, int) or sequence_stride <= 0:
        raise ValueError(
            "`sequence_stride` must be a positive integer. "
            f"Received: sequence_stride={sequence_stride}"
        )


@op
def stft(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """The Fourier transforms of overlapping pieces of a signal (short-time Fourier transform).

    Args:
        x: The signal along the last axis, float32 or float64.
        sequence_length: Length of a piece.
        sequence_stride: From the start of a piece to that of the next.
        fft_length: To which length a piece is filled up with zeros.
        window: "hann", "hamming", a tensor of `sequence_length` weights, or None for equal ones.
        center: Whether the signal is first mirrored at both ends by fft_length // 2.

    Returns:
        Real and imaginary parts, of shape (..., number of pieces, fft_length // 2 + 1).

    >>> from minigrad import ops
    >>> re, im = ops.stft(ops.ones(32), 8, 4, 8)
    >>> re.shape
    (9, 5)
    """
    _check_stride(sequence_stride)
    x = as_tensor(x)
    if x.dtype not in ("float32", "float64"):
        raise TypeError(
            f"Invalid input type. Expected `float32` or `float64`. Received: input type={x.dtype}"
        )
    if fft_length < sequence_length:
        raise ValueError(
            "`fft_length` must equal or larger than `sequence_length`. "
            f"Received: sequence_length={sequence_length}, fft_length={fft_length}"
        )
    weights = _window(window, sequence_length, fft_length, x.dtype)
    if center:
        margin = fft_length // 2
        x = pad(x, [(0, 0)] * (x.ndim - 1) + [(margin, margin)], mode="reflect")
    return real_transform(extract_sequences(x, fft_length, sequence_stride) * weights)


@op
def istft(
    x,
    sequence_length,
    sequence_stride,
    fft_length,
    length=None,
    window="hann",
    center=True,
):
    """The signal whose `stft` is x: pieces transformed back, weighted and added where they overlap.

    Args:
        x: Pair of real and imaginary parts, of shape (..., pieces, fft_length // 2 + 1).
        length: Length of the signal; as far as the pieces reach if None.
        sequence_length, sequence_stride, fft_length, window, center: As they were for `stft`.
    """
    _check_stride(sequence_stride)
    re, im = _pair(x, "istft", rank=2)
    weights = _window(window, sequence_length, fft_length, re.dtype)
    count, margin = re.shape[-2], fft_length // 2 if center else 0
    if count is None:
        stop = None if length is None else length
        return KerasTensor((*re.shape[:-2], stop), re.dtype)
    total = fft_length + sequence_stride * (count - 1)
    parts = irfft((re, im), fft_length) * weights
    signal = overlapped(parts, step=sequence_stride, total=total)
    squares = expand_to(weights * weights, shape=(count, fft_length))
    norm = overlapped(squares, step=sequence_stride, total=total)
    signal = signal / where(norm > 1e-10, norm, 1.0)
    if window is None:  # equal weights: the overlapping pieces are added, not averaged
        signal = signal * (sum(weights) / sequence_stride)
    stop = total - margin if length is None else margin + length
    return signal[..., margin:stop]
