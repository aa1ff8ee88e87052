"""Random numbers that depend only on a key, a counter and a place: Philox4x32-10.

Element i of a draw is a function of (key, counter, i) alone, so that a draw is the same whatever
the number of threads, and the same from NumPy (small draws, before Numba is loaded) as from the
kernel, bit for bit. The state of a generator is then just its key and how many counts it has used
up; `counts` says how many a draw takes, and the next draw starts there.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
"""

import math

import numpy as np

from minigrad.kernels.jit import inline, jit, prange, select
from minigrad.kernels.sine import cos_polynomial32, sin_polynomial32
from minigrad.kernels.transcendental import log32, log64

_U = np.uint64
_M0, _M1 = _U(0xD2511F53), _U(0xCD9E8D57)  # the multipliers of the two halves
_W0, _W1 = _U(0x9E3779B9), _U(0xBB67AE85)  # what is added to the key each round
_LOW, _32 = _U(0xFFFFFFFF), _U(32)


@inline
def philox_round(c0, c1, c2, c3, k0, k1):
    """Return one round of Philox; all words are below 2**32, kept in uint64."""
    p0, p1 = c0 * _M0, c2 * _M1
    return (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW


@inline
def philox_words(c0, c1, c2, c3, k0, k1):
    """Return Philox4x32-10 of a 128-bit counter under a 64-bit key, as four words."""
    for _ in range(9):
        c0, c1, c2, c3 = philox_round(c0, c1, c2, c3, k0, k1)
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return philox_round(c0, c1, c2, c3, k0, k1)


@inline
def philox(count, k0, k1):
    """Return the four words of one count, a uint64 that fills the low half of the counter."""
    zero = count ^ count
    return philox_words(count & _LOW, count >> _32, zero, zero, k0, k1)


# --- from words to numbers ------------------------------------------------------------------------

_F, _D, _I = np.float32, np.float64, np.int32
_8, _11 = _U(8), _U(11)
_ULP32, _ULP64 = _F(2.0**-24), _D(2.0**-53)


@inline
def uniform32_of(word):
    """Return a float32 in [0, 1): the top 24 bits."""
    return _F(_I(word >> _8)) * _ULP32


@inline
def uniform64_of(high, low):
    """Return a float64 in [0, 1): the top 53 of 64 bits."""
    return _D(_as_int64(((high << _32) | low) >> _11)) * _ULP64


def _as_int64_scalar(x):
    return np.int64(x)


@inline(jitted=_as_int64_scalar)
def _as_int64(x):
    return np.asarray(x).astype(np.int64)


_2_31, _2_32 = _F(2.0**-31), _F(2.0**-32)
_MINUS_TWO32, _MINUS_TWO64 = _F(-2), _D(-2)
_TURN32 = _F(2 * math.pi / 2**32)
_TURN64 = _D(2 * math.pi / 2**64)


@inline
def normals32_of(a, b):
    """Return two independent standard normal float32, by Box and Muller's (1958) transform.

    a gives the radius sqrt(-2 log u), u in (0, 1]; b the angle, as a fraction of a turn: split into
    a quadrant and a rest within an eighth of a turn.
    """
    radius = np.sqrt(_MINUS_TWO32 * log32(_F(_I(a >> _U(1))) * _2_31 + _2_32))
    turn = _as_int64(b)
    quadrant = (turn + 0x20000000) >> 30
    rest = _F(_I(turn - (quadrant << 30))) * _TURN32
    sine, cosine = sin_polynomial32(rest), cos_polynomial32(rest)
    x, y = _quadrant(sine, cosine, quadrant)
    return radius * x, radius * y


@inline
def _quadrant(sine, cosine, quadrant):
    """Return (cos, sin) of an angle that lies so many quadrants further."""
    odd = (quadrant & 1) == 1
    x, y = select(odd, -sine, cosine), select(odd, cosine, sine)
    half = (quadrant & 2) == 2
    return select(half, -x, x), select(half, -y, y)


_S0, _S1, _S2 = _D(-0.16666666666666632), _D(0.008333333333322368), _D(-0.00019841269829770316)
_S3, _S4, _S5 = _D(2.7557313678381748e-06), _D(-2.5050755918734066e-08), _D(1.5896664158142762e-10)
_C0, _C1, _C2 = _D(0.0416666666666666), _D(-0.0013888888888874023), _D(2.4801587289417197e-05)
_C3, _C4, _C5 = _D(-2.755731433306658e-07), _D(2.0875720599590667e-09), _D(-1.1359507006229142e-11)
_ONE64, _HALF64 = _D(1), _D(0.5)


@inline
def normals64_of(a, b, c, d):
    """Return two independent standard normal float64 from 128 bits, like `normals32_of`."""
    u = (_D(_as_int64(((a << _32) | b) >> _11)) + _ONE64) * _ULP64
    radius = np.sqrt(_MINUS_TWO64 * log64(u))
    turn = (c << _32) | d
    quadrant = (turn + _U(1 << 61)) >> _U(62)  # of a turn, rounded; 4 wraps to 0
    rest = _D(_signed(turn - (quadrant << _U(62)))) * _TURN64
    z = rest * rest
    sine = rest + rest * z * (_S0 + z * (_S1 + z * (_S2 + z * (_S3 + z * (_S4 + z * _S5)))))
    cosine = z * z * (_C0 + z * (_C1 + z * (_C2 + z * (_C3 + z * (_C4 + z * _C5)))))
    cosine = _ONE64 - (_HALF64 * z - cosine)
    x, y = _quadrant(sine, cosine, _as_int64(quadrant))
    return radius * x, radius * y


def _signed_scalar(x):
    return np.uint64(x).view(np.int64)


@inline(jitted=_signed_scalar)
def _signed(x):
    return np.asarray(x, np.uint64).view(np.int64)


# --- whole draws ----------------------------------------------------------------------------------

# A draw's array has room for whole counts; what is too much is cut off. The twins do for all counts
# at once what the kernels do for one after the other. Indices are unsigned: a signed one might
# count from the end, and with that to check, loops over several threads' shares are not vectorised.

_1, _2, _3, _4 = _U(1), _U(2), _U(3), _U(4)
_PATIENCE = 1 << 23  # about as many elements take NumPy as long as importing Numba takes
_OPTIONS = {"parallel_above": 1 << 18, "exact": True, "patience": _PATIENCE}


def _words_twin(out, count, k0, k1):
    return philox(np.arange(out.size >> 2, dtype=np.uint64) + _U(count), _U(k0), _U(k1))


def _bits_twin(out, count, k0, k1):
    out.reshape(-1, 4).T[:] = _words_twin(out, count, k0, k1)


@jit(
    *("out uint32[:]", "uint64", "uint64", "uint64"),
    twin=_bits_twin,
    **_OPTIONS,
)
def _bits(out, count, k0, k1):
    for i in prange(out.size >> 2):
        a, b, c, d = philox(count + np.uint64(i), k0, k1)
        j = _4 * np.uint64(i)
        out[j], out[j + _1] = np.uint32(a), np.uint32(b)
        out[j + _2], out[j + _3] = np.uint32(c), np.uint32(d)


def _uniform32_twin(out, count, k0, k1):
    out.reshape(-1, 4).T[:] = [uniform32_of(word) for word in _words_twin(out, count, k0, k1)]


@jit(
    *("out float32[:]", "uint64", "uint64", "uint64"),
    twin=_uniform32_twin,
    **_OPTIONS,
)
def _uniform32(out, count, k0, k1):
    for i in prange(out.size >> 2):
        a, b, c, d = philox(count + np.uint64(i), k0, k1)
        j = _4 * np.uint64(i)
        out[j], out[j + _1] = uniform32_of(a), uniform32_of(b)
        out[j + _2], out[j + _3] = uniform32_of(c), uniform32_of(d)


def _normal32_twin(out, count, k0, k1):
    a, b, c, d = _words_twin(out, count, k0, k1)
    out.reshape(-1, 4).T[:] = [*normals32_of(a, b), *normals32_of(c, d)]


@jit(
    *("out float32[:]", "uint64", "uint64", "uint64"),
    twin=_normal32_twin,
    **_OPTIONS,
)
def _normal32(out, count, k0, k1):
    for i in prange(out.size >> 2):
        a, b, c, d = philox(count + np.uint64(i), k0, k1)
        j = _4 * np.uint64(i)
        out[j], out[j + _1] = normals32_of(a, b)
        out[j + _2], out[j + _3] = normals32_of(c, d)


def _words64_twin(out, count, k0, k1):
    return philox(np.arange(out.size >> 1, dtype=np.uint64) + _U(count), _U(k0), _U(k1))


def _uniform64_twin(out, count, k0, k1):
    a, b, c, d = _words64_twin(out, count, k0, k1)
    out.reshape(-1, 2).T[:] = [uniform64_of(a, b), uniform64_of(c, d)]


@jit(
    *("out float64[:]", "uint64", "uint64", "uint64"),
    twin=_uniform64_twin,
    **_OPTIONS,
)
def _uniform64(out, count, k0, k1):
    for i in prange(out.size >> 1):
        a, b, c, d = philox(count + np.uint64(i), k0, k1)
        j = _2 * np.uint64(i)
        out[j], out[j + _1] = uniform64_of(a, b), uniform64_of(c, d)


def _normal64_twin(out, count, k0, k1):
    out.reshape(-1, 2).T[:] = normals64_of(*_words64_twin(out, count, k0, k1))


@jit(
    *("out float64[:]", "uint64", "uint64", "uint64"),
    twin=_normal64_twin,
    **_OPTIONS,
)
def _normal64(out, count, k0, k1):
    for i in prange(out.size >> 1):
        a, b, c, d = philox(count + np.uint64(i), k0, k1)
        j = _2 * np.uint64(i)
        out[j], out[j + _1] = normals64_of(a, b, c, d)


def _mask_twin(out, count, k0, k1, threshold, value):
    keep = [word >= threshold for word in _words_twin(out, count, k0, k1)]
    out.reshape(-1, 4).T[:] = np.where(keep, value, out.dtype.type(0))


@jit(
    *("out T[:]", "uint64", "uint64", "uint64", "uint64", "T"),
    twin=_mask_twin,
    **_OPTIONS,
    T=("float32", "float64"),
)
def _mask(out, count, k0, k1, threshold, value):
    zero = out.dtype.type(0)
    for i in prange(out.size >> 2):
        a, b, c, d = philox(count + np.uint64(i), k0, k1)
        j = _4 * np.uint64(i)
        out[j] = select(a >= threshold, value, zero)
        out[j + _1] = select(b >= threshold, value, zero)
        out[j + _2] = select(c >= threshold, value, zero)
        out[j + _3] = select(d >= threshold, value, zero)


def counts(size: int, dtype: str) -> int:
    """Return how many counts a draw uses up: each gives four numbers, or two float64."""
    per_count = 2 if dtype == "float64" else 4
    return -(-size // per_count)


def random_bits(key, counter: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return random uint32, all 32 bits of each; `key` is two 32-bit integers.

    Example:
        >>> random_bits((1, 2), 0, (2,))
        array([...], dtype=uint32)
    """
    return _draw(_bits, key, counter, shape, "uint32")


def uniform(key, counter: int, shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    """Return floats uniform in [0, 1), in steps of 2**-24 (float32) or 2**-53 (float64)."""
    return _draw(_uniform64 if dtype == "float64" else _uniform32, key, counter, shape, dtype)


def normal(key, counter: int, shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    """Return floats of the standard normal distribution, up to 6.6 (float32) or 8.5 (float64)."""
    return _draw(_normal64 if dtype == "float64" else _normal32, key, counter, shape, dtype)


def dropout_mask(key, counter: int, shape, rate: float, dtype: str = "float32") -> np.ndarray:
    """Return 0 with probability `rate`, else 1 / (1 - rate); uses `counts(size, "float32")`."""
    scale = np.dtype(dtype).type(1 / (1 - rate) if rate < 1 else 0.0)
    # A word is below rate * 2**32 with probability `rate`; at rate 1 all are.
    threshold = min(max(round(rate * 2**32), 0), 2**32)
    return _draw(_mask, key, counter, shape, dtype, threshold, scale)


def _draw(kernel, key, counter, shape, dtype, *parameters):
    size = math.prod(shape)
    per_count = 2 if dtype == "float64" and kernel is not _mask else 4
    room = -(-size // per_count) * per_count
    out = np.empty(room, dtype)
    k0, k1 = key
    kernel(out, counter, k0, k1, *parameters)
    return (out if size == room else out[:size]).reshape(shape)
