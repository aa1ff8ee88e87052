"""GRU over a whole sequence, forward and backward; the way of it is told in `recurrence`."""

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


def forward_twin(x, h0, u, bias, counts, backwards, hs, gates):
    """The forward in NumPy."""
    h = h0
    for t in order(x.shape[1], backwards):
        v_z, v_r, w = np.split(h @ u + bias, 3, axis=1)
        x_z, x_r, x_g = np.split(x[:, t], 3, axis=1)
        z, r = sigmoid(x_z + v_z), sigmoid(x_r + v_r)
        g = np.tanh(x_g + r * w)
        gates[:, t] = np.stack([z, r, g, w], axis=1)
        h = np.where(counted(counts, t), z * h + (1 - z) * g, h)
        hs[:, t] = h


@inline
def _row(x, v, bias, h, hs, gates):
    """One timestep of one example: h changes, and is noted in hs."""
    one, n = h.dtype.type(1), h.size
    xz, xr, xg = x[:n], x[n : 2 * n], x[2 * n :]
    vz, vr, vg = v[:n], v[n : 2 * n], v[2 * n : 3 * n]
    bz, br, bg = bias[:n], bias[n : 2 * n], bias[2 * n :]
    for j in range(n):
        z = sigmoid(xz[j] + (vz[j] + bz[j]))
        r = sigmoid(xr[j] + (vr[j] + br[j]))
        w = vg[j] + bg[j]
        g = tanh(xg[j] + r * w)
        new = z * h[j] + (one - z) * g
        gates[0, j] = z
        gates[1, j] = r
        gates[2, j] = g
        gates[3, j] = w
        h[j] = new
        hs[j] = new


@inline
def gru_block(block, x, h0, u, bias, counts, backwards, hs, gates):
    """The forward of one block of examples."""
    batch, steps, n = hs.shape
    start, rows = block * ROWS, min(ROWS, batch - block * ROWS)
    item = hs.itemsize
    wide = filled(3 * n, hs)
    weights = np.zeros((wide * item // PANEL, n, PANEL // item), hs.dtype)
    pack(u, False, weights)
    h = h0[start : start + rows].copy()
    v = np.empty((rows, wide), hs.dtype)
    for step in range(steps):
        t = steps - 1 - step if backwards else step
        times(h, h.ctypes.data, n * item, n, weights, rows, v)
        for row in range(rows):
            b = start + row
            if is_counted(counts, b, t):
                _row(x[b, t], v[row], bias, h[row], hs[b, t], gates[b, t])
            else:
                copy(h[row], hs[b, t])
                gates[b, t] = hs.dtype.type(0)


def slope_twin(dhs, hs, gates, h0, u, counts, backwards, dx, dv, dh0):
    """The backward in NumPy."""
    steps = hs.shape[1]
    dh = np.zeros_like(h0)
    for t in reversed(order(steps, backwards)):
        dh = dh + dhs[:, t]
        first = t == (steps - 1 if backwards else 0)
        before = h0 if first else hs[:, t + 1 if backwards else t - 1]
        z, r, g, w = (gates[:, t, k] for k in range(4))
        count = counted(counts, t)
        by_g = dh * (1 - z) * (1 - g * g)
        by_z, by_r = dh * (before - g) * z * (1 - z), by_g * w * r * (1 - r)
        dx[:, t] = np.where(count, np.concatenate([by_z, by_r, by_g], axis=1), 0)
        dv[:, t] = np.where(count, np.concatenate([by_z, by_r, by_g * r], axis=1), 0)
        dh = np.where(count, dh * z, dh) + dv[:, t] @ u.T
    dh0[:] = dh


@inline
def _slope_row(dhs, dh, kept, before, gates, dx, dv):
    one, n = dh.dtype.type(1), dh.size
    dxz, dxr, dxg = dx[:n], dx[n : 2 * n], dx[2 * n :]
    dvz, dvr, dvg = dv[:n], dv[n : 2 * n], dv[2 * n :]
    for j in range(n):
        z, r, g, w = gates[0, j], gates[1, j], gates[2, j], gates[3, j]
        by_h = dh[j] + kept[j] + dhs[j]
        by_g = by_h * (one - z) * (one - g * g)
        by_z = by_h * (before[j] - g) * z * (one - z)
        by_r = by_g * w * r * (one - r)
        dxz[j] = by_z
        dxr[j] = by_r
        dxg[j] = by_g
        dvz[j] = by_z
        dvr[j] = by_r
        dvg[j] = by_g * r
        kept[j] = by_h * z


@inline
def gru_slope_block(block, dhs, hs, gates, h0, u, counts, backwards, dx, dv, dh0):
    """The backward of one block of examples."""
    batch, steps, n = hs.shape
    start, rows = block * ROWS, min(ROWS, batch - block * ROWS)
    item = hs.itemsize
    wide = filled(n, hs)
    weights = np.zeros((wide * item // PANEL, 3 * n, PANEL // item), hs.dtype)
    pack(u, True, weights)
    dh = np.zeros((rows, wide), hs.dtype)  # by the state, through the next step's product
    kept = np.zeros((rows, n), hs.dtype)  # and past it
    for step in range(steps):
        t = step if backwards else steps - 1 - step
        earlier = min(max(t + 1 if backwards else t - 1, 0), steps - 1)
        for row in range(rows):
            b = start + row
            if is_counted(counts, b, t):
                before = h0[b] if step == steps - 1 else hs[b, earlier]
                _slope_row(
                    *(dhs[b, t], dh[row, :n], kept[row], before),
                    *(gates[b, t], dx[b, t], dv[b, t]),
                )
            else:
                add(kept[row], dh[row, :n], kept[row])
                add(kept[row], dhs[b, t], kept[row])
                dx[b, t] = hs.dtype.type(0)
                dv[b, t] = hs.dtype.type(0)
        place = dv.ctypes.data + (start * steps + t) * 3 * n * item
        times(dv, place, steps * 3 * n * item, 3 * n, weights, rows, dh)
    for row in range(rows):
        add(dh[row, :n], kept[row], dh0[start + row])
