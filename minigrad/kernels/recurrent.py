"""LSTM and GRU over whole sequences, forward and backward: what ops call."""

import numpy as np

from minigrad.kernels import gru as gru_kernels
from minigrad.kernels import jit, native, units
from minigrad.kernels import lstm as lstm_kernels
from minigrad.kernels.recurrence import blocks_of

_FLOATS = ("float32", "float64")
_SHARE = 1 << 18  # multiplications that are worth a thread's attention
_patience = 1 << 27  # so many take NumPy about as long as it takes to import Numba


def _run(block, twin, arrays, counts, backwards, out):
    """Do all blocks, or their twin where there is no compiler, or it is not worth loading yet."""
    global _patience
    arrays = [np.ascontiguousarray(x) for x in arrays]
    batch, steps = arrays[0].shape[:2]
    counts = np.empty((0, 0), bool) if counts is None else np.ascontiguousarray(counts)
    arguments = [*arrays, counts, int(backwards), *out]
    work = arrays[-1].size and batch * steps * max(x.size for x in arrays if x.ndim == 2)
    if not jit.in_use() and _patience > 0:
        _patience -= work
        twin(*arguments)
    elif arrays[0].dtype.name in _FLOATS and work and native.ready():
        count = blocks_of(batch)
        units.run(block, arguments, count, min(count, work // _SHARE + 1))
    else:
        twin(*arguments)
    return tuple(out)


def lstm(x, h0, c0, u, counts=None, *, backwards=False):
    """Return h and c of every timestep, and the gates, which the backward needs.

    Args:
        x: (batch, timesteps, 4 units): the products with the inputs, biases added.
        h0, c0: (batch, units), the states before the walk.
        u: (units, 4 units), the recurrent weights.
        counts: (batch, timesteps), None if all timesteps count.
    """
    batch, steps, wide = x.shape
    shape = batch, steps, wide // 4
    out = [np.empty(shape, x.dtype), np.empty(shape, x.dtype)]
    out.append(np.empty((batch, steps, 4, wide // 4), x.dtype))
    kernels = lstm_kernels.lstm_block, lstm_kernels.forward_twin
    return _run(*kernels, (x, h0, c0, u), counts, backwards, out)


def lstm_slope(dhs, dcs, cs, gates, c0, u, counts=None, *, backwards=False):
    """Return the gradients by x, h0 and c0, from `dhs` and `dcs`, those by h and c of each step."""
    batch, steps, n = cs.shape
    out = [np.empty(shape, cs.dtype) for shape in ((batch, steps, 4 * n), (batch, n), (batch, n))]
    kernels = lstm_kernels.lstm_slope_block, lstm_kernels.slope_twin
    _run(*kernels, (dhs, dcs, cs, gates, c0, u), counts, backwards, out)
    return tuple(out)


def gru(x, h0, u, bias, counts=None, *, backwards=False):
    """Return h of every timestep, and the gates, which the backward needs.

    Args:
        x: (batch, timesteps, 3 units): the products with the inputs, biases added.
        h0: (batch, units), the state before the walk.
        u: (units, 3 units), the recurrent weights.
        bias: (3 units,), added to the products with them.
        counts: (batch, timesteps), None if all timesteps count.
    """
    batch, steps, wide = x.shape
    n = wide // 3
    out = [np.empty((batch, steps, n), x.dtype), np.empty((batch, steps, 4, n), x.dtype)]
    kernels = gru_kernels.gru_block, gru_kernels.forward_twin
    return _run(*kernels, (x, h0, u, bias), counts, backwards, out)


def gru_slope(dhs, hs, gates, h0, u, counts=None, *, backwards=False):
    """Return the gradients by x, by the products h · u + bias, and by h0."""
    batch, steps, n = hs.shape
    out = [np.empty((batch, steps, 3 * n), hs.dtype) for _ in range(2)]
    out.append(np.empty((batch, n), hs.dtype))
    kernels = gru_kernels.gru_slope_block, gru_kernels.slope_twin
    return _run(*kernels, (dhs, hs, gates, h0, u), counts, backwards, out)
