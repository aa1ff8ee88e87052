"""Dot-product attention, forward and backward, a few queries at a time.

    weights = softmax(query · keyᵀ · scale)        result = weights · value

For each example and head, a block of queries at a time meets all keys that it may see; its weights
live in the cache, and never as a whole matrix of queries × keys (as in Dao et al.,
arXiv:2205.14135). The backward computes them again, from the largest score of each query and 1 / Σ
e^(score - largest), which the forward keeps as `level`. Where queries see no later keys, most of
what is never seen is not computed.

Axes are (batch, timesteps, heads, depth), as projections write them: nothing is permuted. Halves
are read as they are, computed in float32, and rounded when the results are written.
"""

import ml_dtypes
import numpy as np

from minigrad.kernels import jit, native, units
from minigrad.kernels.bits import of_ordered, ordered
from minigrad.kernels.halves import bfloat_of, converted, float_of_bfloat, float_of_half, half_of
from minigrad.kernels.jit import inline, select
from minigrad.kernels.native import plus
from minigrad.kernels.tiles import PANEL, multiply, pack
from minigrad.kernels.transcendental import exp_below

_SHARE = 1 << 18  # multiplications that are worth a thread's attention
_patience = 1 << 26  # so many take NumPy about as long as it takes to import Numba
_BLOCK = 16  # queries
_RUN = 16  # loops over keys go to the next multiple: vector code, without a rest
_LOWEST32 = np.float32(-0.7 * float(np.finfo(np.float32).max))
_LOWEST64 = np.float64(-0.7 * float(np.finfo(np.float64).max))


@inline(by_dtype={"float32": lambda like: _LOWEST32, "float64": lambda like: _LOWEST64})
def lowest_of(like):
    """The score of what must not be seen."""
    return -0.7 * np.finfo(like.dtype).max


def _of_half(x):
    return float_of_half(x)


def _of_bfloat(x):
    return float_of_bfloat(x)


@inline(by_dtype={"": lambda x: x, "uint16": _of_half, "int16": _of_bfloat})
def _wide(x):
    """What was read, as a number to compute with; see `units` for how kernels see halves."""
    return x


def _to_half(like, x):
    return half_of(x)


def _to_bfloat(like, x):
    return bfloat_of(x)


@inline(by_dtype={"": lambda like, x: x, "uint16": _to_half, "int16": _to_bfloat})
def _narrow(like, x):
    """A number as what an array of such elements holds."""
    return x


@inline
def _filled(length):
    """A length filled up to whole runs, and so to whole panels."""
    return (length + _RUN - 1) // _RUN * _RUN


def _widen_each(like, rows, out):
    for t in range(rows.shape[0]):
        for d in range(rows.shape[1]):
            out[t, d] = _wide(rows[t, d])


def _narrow_each(like, rows, out):
    for t in range(out.shape[0]):
        for d in range(out.shape[1]):
            out[t, d] = _narrow(like, rows[t, d])


def _copy(like, rows, out):
    count, columns = min(rows.shape[0], out.shape[0]), min(rows.shape[1], out.shape[1])
    lanes = PANEL // out.itemsize
    whole = columns // lanes
    pack(
        *(like, whole, count, rows.ctypes.data, rows.strides[0]),
        *(out.ctypes.data, out.strides[0], PANEL),
    )
    for t in range(count):
        for d in range(whole * lanes, columns):
            out[t, d] = rows[t, d]


@inline(by_dtype={"": _widen_each, "float32": _copy, "float64": _copy}, apart=True)
def _widen(like, rows, out):
    """Copy rows to compute with into the beginning of wider and longer ones."""


@inline(by_dtype={"": _narrow_each, "float32": _copy, "float64": _copy}, apart=True)
def _round(like, rows, out):
    """Write the beginning of rows where they belong."""


@inline(apart=True)
def _turn(x, b, h, factor, out):
    """Copy all rows of one example and head, transposed, times a factor."""
    for d in range(x.shape[3]):
        to = out[d]
        for t in range(x.shape[1]):
            to[t] = _wide(x[b, t, h, d]) * factor


@inline(apart=True)
def _times(a, rows, turn, depth, b, c, columns, add):
    """c = a · b for so many rows and columns, or aᵀ · b; adds to c if `add`."""
    item = a.itemsize
    a_row, a_step = a.shape[1] * item, item
    if turn:
        a_row, a_step = a_step, a_row
    multiply(
        *(a.dtype.type(0), rows, (columns * item + PANEL - 1) // PANEL, depth),
        *(a.ctypes.data, a_row, a_step, b.ctypes.data, b.shape[1] * item, PANEL),
        *(c.ctypes.data, c.shape[1] * item, add),
    )


@inline
def _mask(allowed, b, h, query, value, row):
    """Put `value` where a query must not look."""
    if allowed.size:
        mask = allowed[min(b, allowed.shape[0] - 1), min(h, allowed.shape[1] - 1), query]
        for j in range(mask.size):
            row[j] = select(mask[j], row[j], value)


@inline
def _later(keys):
    """Whether a key is later: from the k-th on, all but the first `wide` - k are."""
    wide = _filled(keys)
    later = np.zeros(2 * wide, np.bool_)
    later[wide:] = True
    return later


@inline
def attend_unit(unit, q, k, v, allowed, scale, causal, out, level):
    """One example and head of the forward; `unit` says which."""
    heads, queries, keys = q.shape[2], q.shape[1], k.shape[1]
    depth, width = q.shape[3], v.shape[3]
    b, h = unit // heads, unit % heads
    kind, like = level.dtype, q.dtype.type(0)
    one, zero, low = kind.type(1), kind.type(0), kind.type(-np.inf)
    lowest, later, wide = lowest_of(one), _later(keys), _filled(keys)
    block = np.empty((_BLOCK, _filled(depth)), kind)
    turned = np.empty((depth, _filled(keys)), kind)
    values = np.empty((keys, _filled(width)), kind)
    scores = np.empty((_BLOCK, _filled(keys)), kind)
    found = np.empty((_BLOCK, _filled(width)), kind)
    _turn(k, b, h, scale, turned)
    _widen(like, v[b, :, h], values)
    for start in range(0, queries, _BLOCK):
        rows = min(_BLOCK, queries - start)
        seen = min(keys, start + rows) if causal else keys
        run = _filled(seen)
        _widen(like, q[b, start : start + rows, h], block)
        _times(block, rows, False, depth, turned, scores, seen, 0)
        for i in range(rows):
            n = min(seen, start + i + 1) if causal else seen
            row, hidden = scores[i, :run], later[wide - n : wide - n + run]
            _mask(allowed, b, h, start + i, lowest, scores[i])
            key, total = ordered(low), zero
            for j in range(run):
                key = max(key, ordered(select(hidden[j], low, row[j])))
            top = of_ordered(key)
            for j in range(run):
                weight = exp_below(select(hidden[j], low, row[j]) - top)
                row[j] = weight
                total = plus(total, weight)
            level[b, h, start + i, 0] = top
            level[b, h, start + i, 1] = one / total
        _times(scores, rows, False, seen, values, found, width, 0)
        for i in range(rows):
            to, row, share = out[b, start + i, h], found[i], level[b, h, start + i, 1]
            for e in range(width):
                to[e] = _narrow(like, row[e] * share)


@inline
def slope_unit(unit, g, q, k, v, allowed, scale, causal, out, level, dq, dk, dv):
    """One example and head of the backward; `unit` says which."""
    heads, queries, keys = q.shape[2], q.shape[1], k.shape[1]
    depth, width = q.shape[3], v.shape[3]
    b, h = unit // heads, unit % heads
    kind, like = level.dtype, q.dtype.type(0)
    one, zero, low = kind.type(1), kind.type(0), kind.type(-np.inf)
    lowest, later, wide = lowest_of(one), _later(keys), _filled(keys)
    turned_k = np.empty((depth, _filled(keys)), kind)
    turned_v = np.empty((width, _filled(keys)), kind)
    key_rows = np.empty((keys, _filled(depth)), kind)
    by_keys = np.zeros((keys, _filled(depth)), kind)
    by_values = np.zeros((keys, _filled(width)), kind)
    block_q = np.empty((_BLOCK, _filled(depth)), kind)
    block_g = np.empty((_BLOCK, _filled(width)), kind)
    found = np.empty((_BLOCK, _filled(depth)), kind)
    weights = np.empty((_BLOCK, _filled(keys)), kind)
    slopes = np.empty((_BLOCK, _filled(keys)), kind)
    _turn(k, b, h, scale, turned_k)
    _turn(v, b, h, one, turned_v)
    _widen(like, k[b, :, h], key_rows)
    for start in range(0, queries, _BLOCK):
        rows = min(_BLOCK, queries - start)
        seen = min(keys, start + rows) if causal else keys
        run = _filled(seen)
        _widen(like, q[b, start : start + rows, h], block_q)
        _widen(like, g[b, start : start + rows, h], block_g)
        _times(block_q, rows, False, depth, turned_k, weights, seen, 0)
        _times(block_g, rows, False, width, turned_v, slopes, seen, 0)
        for i in range(rows):
            n = min(seen, start + i + 1) if causal else seen
            _mask(allowed, b, h, start + i, lowest, weights[i])
            row, slope, hidden = weights[i, :run], slopes[i, :run], later[wide - n : wide - n + run]
            top, share = level[b, h, start + i, 0], level[b, h, start + i, 1]
            mean, upstream, made = zero, block_g[i], out[b, start + i, h]
            for e in range(width):
                mean = plus(mean, upstream[e] * _wide(made[e]))
            for j in range(run):
                weight = exp_below(select(hidden[j], low, row[j]) - top) * share
                row[j] = weight
                slope[j] = weight * (slope[j] - mean) * scale
            _mask(allowed, b, h, start + i, zero, slopes[i])
        _times(slopes, rows, False, seen, key_rows, found, depth, 0)
        _round(like, found, dq[b, start : start + rows, h])
        _times(weights, seen, True, rows, block_g, by_values, width, 1)
        _times(slopes, seen, True, rows, block_q, by_keys, depth, 1)
    _round(like, by_keys, dk[b, :, h])
    _round(like, by_values, dv[b, :, h])


# --- what ops call --------------------------------------------------------------------------------


def _scores_twin(q, k, allowed, scale, causal):
    scores = np.einsum("bqhd,bkhd->bhqk", q, k, optimize=True) * q.dtype.type(scale)
    seen = np.ones(scores.shape[2:], bool)
    if causal:
        seen = np.tril(seen)
    if allowed.size:
        scores = np.where(allowed, scores, lowest_of(scores))
    return np.where(seen, scores, -np.inf).astype(q.dtype), seen


def _wide_array(x):
    return converted(x, np.dtype("float32")) if x.dtype in _HALVES else x


def _attend_twin(q, k, v, allowed, scale, causal, out, level):
    q, k, v = map(_wide_array, (q, k, v))
    scores, _ = _scores_twin(q, k, allowed, scale, causal)
    top = scores.max(axis=3, keepdims=True)
    weights = np.exp(scores - top)
    total = weights.sum(axis=3, keepdims=True)
    level[:] = np.concatenate([top, 1 / total], axis=3)
    out[:] = np.einsum("bhqk,bkhe->bqhe", weights / total, v, optimize=True)


def _slope_twin(g, q, k, v, allowed, scale, causal, out, level, dq, dk, dv):
    g, q, k, v, out = map(_wide_array, (g, q, k, v, out))
    scores, seen = _scores_twin(q, k, allowed, scale, causal)
    weights = np.exp(scores - level[..., :1]) * level[..., 1:]
    slopes = np.einsum("bqhe,bkhe->bhqk", g, v, optimize=True)
    mean = np.einsum("bqhe,bqhe->bhq", g, out)[..., None]
    slopes = np.where(seen, weights * (slopes - mean) * q.dtype.type(scale), 0)
    if allowed.size:
        slopes = np.where(allowed, slopes, 0)
    dq[:] = np.einsum("bhqk,bkhd->bqhd", slopes, k, optimize=True)
    dk[:] = np.einsum("bhqk,bqhd->bkhd", slopes, q, optimize=True)
    dv[:] = np.einsum("bhqk,bqhe->bkhe", weights, g, optimize=True)


def _run(unit, twin, q, k, arguments):
    """Do the units, or their twin where there is no compiler, or it is not worth loading yet."""
    global _patience
    count, work = q.shape[0] * q.shape[2], q.size * k.shape[1]
    if not jit.in_use() and _patience > 0:
        _patience -= work
        twin(*arguments)
    elif count and work and native.ready():
        units.run(unit, arguments, count, min(count, work // _SHARE + 1))
    else:
        twin(*arguments)


_NO_MASK = np.empty((0, 0, 0, 0), bool)
_HALVES = (np.dtype("float16"), np.dtype(ml_dtypes.bfloat16))


def _computed(dtype):
    return np.dtype("float32") if dtype in _HALVES else dtype


def attend(q, k, v, allowed=None, *, scale, causal=False):
    """Return what the queries find, and the level that the backward needs.

    Args:
        q: (batch, queries, heads, depth).
        k, v: (batch, keys, heads, depth) and (batch, keys, heads, width).
        allowed: (batch or 1, heads or 1, queries, keys), True where a query may look.
        scale: Of the scores.
        causal: Whether query i sees keys 0 … i only.

    Returns:
        (batch, queries, heads, width), and (batch, heads, queries, 2).
    """
    q, k, v = (np.ascontiguousarray(x) for x in (q, k, v))
    batch, queries, heads, _ = q.shape
    out = np.empty((batch, queries, heads, v.shape[3]), q.dtype)
    level = np.empty((batch, heads, queries, 2), _computed(q.dtype))
    allowed = _NO_MASK if allowed is None else np.ascontiguousarray(allowed)
    arguments = q, k, v, allowed, level.dtype.type(scale), int(causal), out, level
    _run(attend_unit, _attend_twin, q, k, arguments)
    return out, level


def attend_slope(g, q, k, v, out, level, allowed=None, *, scale, causal=False):
    """Return the gradients by q, k and v, from `g`, that by `out`; `out` and `level` as found."""
    g, q, k, v, out = (np.ascontiguousarray(x, q.dtype) for x in (g, q, k, v, out))
    level = np.ascontiguousarray(level)
    by = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    allowed = _NO_MASK if allowed is None else np.ascontiguousarray(allowed)
    arguments = g, q, k, v, allowed, level.dtype.type(scale), int(causal), out, level, *by
    _run(slope_unit, _slope_twin, q, k, arguments)
    return by
