"""LSTM over a whole sequence, forward and backward; the way of it is told in `recurrence`."""

import numpy as np

from minigrad.kernels.jit import inline
from minigrad.kernels.recurrence import (
    ROWS,
    add,
    copy,
    counted,
    filled,
    is_counted,
    order,
    pack,
    sigmoid,
    tanh,
    times,
)
from minigrad.kernels.tiles import PANEL


def forward_twin(x, h0, c0, u, counts, backwards, hs, cs, gates):
    """The forward in NumPy."""
    h, c = h0, c0
    for t in order(x.shape[1], backwards):
        z = (h @ u + x[:, t]).reshape(gates[:, t].shape)
        gates[:, t] = sigmoid(z)
        gates[:, t, 2] = np.tanh(z[:, 2])
        i, f, g, o = (gates[:, t, k] for k in range(4))
        count = counted(counts, t)
        c = np.where(count, f * c + i * g, c)
        h = np.where(count, o * np.tanh(c), h)
        hs[:, t], cs[:, t] = h, c


@inline
def _row(x, z, h, c, hs, cs, gates):
    """One timestep of one example: h and c change, and are noted in hs and cs."""
    n = h.size
    xi, xf, xg, xo = x[:n], x[n : 2 * n], x[2 * n : 3 * n], x[3 * n :]
    zi, zf, zg, zo = z[:n], z[n : 2 * n], z[2 * n : 3 * n], z[3 * n : 4 * n]
    for j in range(n):
        i = sigmoid(xi[j] + zi[j])
        f = sigmoid(xf[j] + zf[j])
        g = tanh(xg[j] + zg[j])
        o = sigmoid(xo[j] + zo[j])
        new = f * c[j] + i * g
        out = o * tanh(new)
        gates[0, j] = i
        gates[1, j] = f
        gates[2, j] = g
        gates[3, j] = o
        c[j] = new
        cs[j] = new
        h[j] = out
        hs[j] = out


@inline
def lstm_block(block, x, h0, c0, u, counts, backwards, hs, cs, gates):
    """The forward of one block of examples."""
    batch, steps, n = hs.shape
    start, rows = block * ROWS, min(ROWS, batch - block * ROWS)
    item = hs.itemsize
    wide = filled(4 * n, hs)
    weights = np.zeros((wide * item // PANEL, n, PANEL // item), hs.dtype)
    pack(u, False, weights)
    h, c = h0[start : start + rows].copy(), c0[start : start + rows].copy()
    z = np.empty((rows, wide), hs.dtype)
    for step in range(steps):
        t = steps - 1 - step if backwards else step
        times(h, h.ctypes.data, n * item, n, weights, rows, z)
        for row in range(rows):
            b = start + row
            if is_counted(counts, b, t):
                _row(x[b, t], z[row], h[row], c[row], hs[b, t], cs[b, t], gates[b, t])
            else:
                copy(h[row], hs[b, t])
                copy(c[row], cs[b, t])
                gates[b, t] = hs.dtype.type(0)


def slope_twin(dhs, dcs, cs, gates, c0, u, counts, backwards, dx, dh0, dc0):
    """The backward in NumPy."""
    steps = cs.shape[1]
    dh, dc = np.zeros_like(c0), np.zeros_like(c0)
    for t in reversed(order(steps, backwards)):
        dh = dh + dhs[:, t]
        dc = dc + dcs[:, t]
        first = t == (steps - 1 if backwards else 0)
        before = c0 if first else cs[:, t + 1 if backwards else t - 1]
        i, f, g, o = (gates[:, t, k] for k in range(4))
        s = np.tanh(cs[:, t])
        by_c = dc + dh * o * (1 - s * s)
        dz = by_c * g * i * (1 - i), by_c * before * f * (1 - f), by_c * i * (1 - g * g)
        count = counted(counts, t)
        dx[:, t] = np.where(count, np.concatenate([*dz, dh * s * o * (1 - o)], axis=1), 0)
        dc = np.where(count, by_c * f, dc)
        dh = np.where(count, 0, dh) + dx[:, t] @ u.T
    dh0[:], dc0[:] = dh, dc


@inline
def _slope_row(dhs, dcs, dh, dc, kept, c, before, gates, dx):
    one, zero, n = c.dtype.type(1), c.dtype.type(0), c.size
    di, df, dg, do = dx[:n], dx[n : 2 * n], dx[2 * n : 3 * n], dx[3 * n :]
    for j in range(n):
        i, f, g, o = gates[0, j], gates[1, j], gates[2, j], gates[3, j]
        s = tanh(c[j])
        by_h = dh[j] + kept[j] + dhs[j]
        by_c = dc[j] + dcs[j] + by_h * o * (one - s * s)
        di[j] = by_c * g * i * (one - i)
        df[j] = by_c * before[j] * f * (one - f)
        dg[j] = by_c * i * (one - g * g)
        do[j] = by_h * s * o * (one - o)
        dc[j] = by_c * f
        kept[j] = zero


@inline
def lstm_slope_block(block, dhs, dcs, cs, gates, c0, u, counts, backwards, dx, dh0, dc0):
    """The backward of one block of examples."""
    batch, steps, n = cs.shape
    start, rows = block * ROWS, min(ROWS, batch - block * ROWS)
    item = cs.itemsize
    wide = filled(n, cs)
    weights = np.zeros((wide * item // PANEL, 4 * n, PANEL // item), cs.dtype)
    pack(u, True, weights)
    dh = np.zeros((rows, wide), cs.dtype)  # by the state, through the next step's gates
    kept = np.zeros((rows, n), cs.dtype)  # and past the steps that do not count
    dc = np.zeros((rows, n), cs.dtype)
    for step in range(steps):
        t = step if backwards else steps - 1 - step
        earlier = min(max(t + 1 if backwards else t - 1, 0), steps - 1)
        for row in range(rows):
            b = start + row
            if is_counted(counts, b, t):
                before = c0[b] if step == steps - 1 else cs[b, earlier]
                _slope_row(
                    *(dhs[b, t], dcs[b, t], dh[row, :n], dc[row], kept[row], cs[b, t]),
                    *(before, gates[b, t], dx[b, t]),
                )
            else:
                add(kept[row], dh[row, :n], kept[row])
                add(kept[row], dhs[b, t], kept[row])
                add(dc[row], dcs[b, t], dc[row])
                dx[b, t] = cs.dtype.type(0)
        place = dx.ctypes.data + (start * steps + t) * 4 * n * item
        times(dx, place, steps * 4 * n * item, 4 * n, weights, rows, dh)
    for row in range(rows):
        add(dh[row, :n], kept[row], dh0[start + row])
        copy(dc[row], dc0[start + row])
