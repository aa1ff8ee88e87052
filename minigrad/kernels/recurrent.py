"""LSTM and GRU over whole sequences, forward and backward: one call for all timesteps.

The products with the inputs are done before, for all timesteps at once; what has to wait for the
state of the step before is done here: a product with the recurrent weights, by BLAS, and a loop
over the gates. The gradient by the recurrent weights is not: after the walk it is one product.

Axes are (batch, timesteps, gates, units). `counts` (batch, timesteps) says which steps count; at
the others the state stays as it was. With `backwards` the walk begins at the last timestep.

The batch is cut into blocks of rows, which threads may share, small enough for OpenBLAS to do the
product of one on the thread that asks for it.
"""

import numpy as np

from minigrad.kernels import native
from minigrad.kernels.jit import inline, jit, prange
from minigrad.kernels.native import product32, product64
from minigrad.kernels.transcendental import sigmoid32, sigmoid64, tanh32, tanh64

_FLOATS = ("float32", "float64")
_PARALLEL_ABOVE = 1 << 16
_ONE_THREAD = 1 << 18  # products of fewer multiplications are not shared among OpenBLAS's threads


@inline(by_dtype={"float32": tanh32, "float64": tanh64})
def tanh(x):
    """Return tanh x."""
    return np.tanh(x)


@inline(by_dtype={"float32": sigmoid32, "float64": sigmoid64})
def sigmoid(x):
    """Return 1 / (1 + e**-x)."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def _product_32(like, blas, turn, m, n, k, a, lda, b, ldb, c, ldc):
    product32(blas, 111, turn, m, n, k, a, lda, b, ldb, c, ldc)


def _product_64(like, blas, turn, m, n, k, a, lda, b, ldb, c, ldc):
    product64(blas, 111, turn, m, n, k, a, lda, b, ldb, c, ldc)


@inline(by_dtype={"float32": _product_32, "float64": _product_64})
def _product(like, blas, turn, m, n, k, a, lda, b, ldb, c, ldc):
    """c = a @ b, with b transposed if `turn` is 112; of the dtype of `like`, by addresses."""
    raise RuntimeError("_product: exists in compiled code only.")


@inline
def _blocks(batch, products):
    """Into how many blocks the rows are cut, with so many multiplications for each row."""
    rows = _ONE_THREAD // max(products, 1)
    return max(1, (batch + rows - 1) // rows) if rows >= 8 else 1


def _order(steps, backwards):
    return range(steps - 1, -1, -1) if backwards else range(steps)


# --- LSTM -----------------------------------------------------------------------------------------


def _lstm_twin(x, h0, c0, u, counts, backwards, blas, hs, cs, gates):
    h, c = h0, c0
    for t in _order(x.shape[1], backwards):
        z = (h @ u).reshape(gates[:, t].shape) + x[:, t]
        gates[:, t] = sigmoid(z)
        gates[:, t, 2] = np.tanh(z[:, 2])
        i, f, g, o = (gates[:, t, k] for k in range(4))
        c = np.where(counts[:, t, None], f * c + i * g, c)
        h = np.where(counts[:, t, None], o * np.tanh(c), h)
        hs[:, t], cs[:, t] = h, c


@inline
def _lstm_row(x, z, h, c, hs, cs, gates):
    """One timestep of one example: h and c change, and are noted in hs and cs."""
    for j in range(h.size):
        i = sigmoid(x[0, j] + z[0, j])
        f = sigmoid(x[1, j] + z[1, j])
        g = tanh(x[2, j] + z[2, j])
        o = sigmoid(x[3, j] + z[3, j])
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
def _skipped_row(h, hs):
    for j in range(h.size):
        hs[j] = h[j]


@jit(
    *("T[:,:,:,:]", "T[:,:]", "T[:,:]", "T[:,:]", "bool[:,:]", "int64", "int64"),
    *("out T[:,:,:]", "out T[:,:,:]", "out T[:,:,:,:]"),
    twin=_lstm_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _lstm(x, h0, c0, u, counts, backwards, blas, hs, cs, gates):
    zero = x.dtype.type(0)
    batch, steps, _, n = x.shape
    blocks = _blocks(batch, 4 * n * n)
    for block in prange(blocks):
        start, stop = block * batch // blocks, (block + 1) * batch // blocks
        rows = stop - start
        h, c = h0[start:stop].copy(), c0[start:stop].copy()
        z = np.empty((rows, 4, n), x.dtype)
        for step in range(steps):
            t = steps - 1 - step if backwards else step
            _product(
                *(zero, blas, 111, rows, 4 * n, n),
                *(h.ctypes.data, n, u.ctypes.data, 4 * n, z.ctypes.data, 4 * n),
            )
            for row in range(rows):
                b = start + row
                if counts[b, t]:
                    _lstm_row(x[b, t], z[row], h[row], c[row], hs[b, t], cs[b, t], gates[b, t])
                else:
                    _skipped_row(h[row], hs[b, t])
                    _skipped_row(c[row], cs[b, t])
                    gates[b, t] = zero


def _lstm_slope_twin(dhs, dcs, cs, gates, c0, u, counts, backwards, blas, dx, dh0, dc0):
    dh, dc = np.zeros_like(c0), np.zeros_like(c0)
    for t in reversed(_order(cs.shape[1], backwards)):
        dh = dh + dhs[:, t]
        dc = dc + dcs[:, t]
        first = t == (cs.shape[1] - 1 if backwards else 0)
        before = c0 if first else cs[:, t + 1 if backwards else t - 1]
        i, f, g, o = (gates[:, t, k] for k in range(4))
        s = np.tanh(cs[:, t])
        by_c = dc + dh * o * (1 - s * s)
        count = counts[:, t, None]
        dx[:, t, 0] = np.where(count, by_c * g * i * (1 - i), 0)
        dx[:, t, 1] = np.where(count, by_c * before * f * (1 - f), 0)
        dx[:, t, 2] = np.where(count, by_c * i * (1 - g * g), 0)
        dx[:, t, 3] = np.where(count, dh * s * o * (1 - o), 0)
        dc = np.where(count, by_c * f, dc)
        dh = np.where(count, 0, dh) + dx[:, t].reshape(len(dh), -1) @ u.T
    dh0[:], dc0[:] = dh, dc


@inline
def _lstm_slope_row(dhs, dcs, dh, dc, kept, c, before, gates, dx):
    one, zero = c.dtype.type(1), c.dtype.type(0)
    for j in range(c.size):
        i, f, g, o = gates[0, j], gates[1, j], gates[2, j], gates[3, j]
        s = tanh(c[j])
        by_h = dh[j] + kept[j] + dhs[j]
        by_c = dc[j] + dcs[j] + by_h * o * (one - s * s)
        dx[0, j] = by_c * g * i * (one - i)
        dx[1, j] = by_c * before[j] * f * (one - f)
        dx[2, j] = by_c * i * (one - g * g)
        dx[3, j] = by_h * s * o * (one - o)
        dc[j] = by_c * f
        kept[j] = zero


@inline
def _skipped_slope_row(dhs, dh, kept):
    for j in range(dh.size):
        kept[j] = kept[j] + dh[j] + dhs[j]


@inline
def _add_rows(a, b, out):
    for j in range(out.size):
        out[j] = a[j] + b[j]


@jit(
    *("T[:,:,:]", "T[:,:,:]", "T[:,:,:]", "T[:,:,:,:]", "T[:,:]", "T[:,:]", "bool[:,:]"),
    *("int64", "int64", "out T[:,:,:,:]", "out T[:,:]", "out T[:,:]"),
    twin=_lstm_slope_twin,
    parallel_above=_PARALLEL_ABOVE >> 2,
    T=_FLOATS,
)
def _lstm_slope(dhs, dcs, cs, gates, c0, u, counts, backwards, blas, dx, dh0, dc0):
    zero = dhs.dtype.type(0)
    batch, steps, n = dhs.shape
    blocks = _blocks(batch, 4 * n * n)
    for block in prange(blocks):
        start, stop = block * batch // blocks, (block + 1) * batch // blocks
        rows = stop - start
        dh = np.zeros((rows, n), dhs.dtype)  # by the state, through the next step's gates
        kept = np.zeros((rows, n), dhs.dtype)  # and past the steps that do not count
        dc = np.zeros((rows, n), dhs.dtype)
        for step in range(steps):
            t = step if backwards else steps - 1 - step
            for row in range(rows):
                b = start + row
                if not counts[b, t]:
                    _skipped_slope_row(dhs[b, t], dh[row], kept[row])
                    _add_rows(dc[row], dcs[b, t], dc[row])
                    dx[b, t] = zero
                elif step == steps - 1:
                    _lstm_slope_row(
                        *(dhs[b, t], dcs[b, t], dh[row], dc[row], kept[row], cs[b, t]),
                        *(c0[b], gates[b, t], dx[b, t]),
                    )
                else:
                    before = t + 1 if backwards else t - 1
                    _lstm_slope_row(
                        *(dhs[b, t], dcs[b, t], dh[row], dc[row], kept[row], cs[b, t]),
                        *(cs[b, before], gates[b, t], dx[b, t]),
                    )
            _product(
                *(zero, blas, 112, rows, n, 4 * n),
                *(dx[start, t].ctypes.data, steps * 4 * n),
                *(u.ctypes.data, 4 * n, dh.ctypes.data, n),
            )
        for row in range(rows):
            _add_rows(dh[row], kept[row], dh0[start + row])
            _skipped_row(dc[row], dc0[start + row])


# --- GRU ------------------------------------------------------------------------------------------


def _gru_twin(x, h0, u, bias, counts, backwards, blas, hs, gates):
    h = h0
    for t in _order(x.shape[1], backwards):
        v = (h @ u).reshape(x[:, t].shape) + bias
        z, r = sigmoid(x[:, t, 0] + v[:, 0]), sigmoid(x[:, t, 1] + v[:, 1])
        g = np.tanh(x[:, t, 2] + r * v[:, 2])
        gates[:, t] = np.stack([z, r, g, v[:, 2]], axis=1)
        h = np.where(counts[:, t, None], z * h + (1 - z) * g, h)
        hs[:, t] = h


@inline
def _gru_row(x, v, bias, h, hs, gates):
    """One timestep of one example: h changes, and is noted in hs."""
    one = h.dtype.type(1)
    for j in range(h.size):
        z = sigmoid(x[0, j] + (v[0, j] + bias[0, j]))
        r = sigmoid(x[1, j] + (v[1, j] + bias[1, j]))
        w = v[2, j] + bias[2, j]
        g = tanh(x[2, j] + r * w)
        new = z * h[j] + (one - z) * g
        gates[0, j] = z
        gates[1, j] = r
        gates[2, j] = g
        gates[3, j] = w
        h[j] = new
        hs[j] = new


@jit(
    *("T[:,:,:,:]", "T[:,:]", "T[:,:]", "T[:,:]", "bool[:,:]", "int64", "int64"),
    *("out T[:,:,:]", "out T[:,:,:,:]"),
    twin=_gru_twin,
    parallel_above=_PARALLEL_ABOVE,
    T=_FLOATS,
)
def _gru(x, h0, u, bias, counts, backwards, blas, hs, gates):
    zero = x.dtype.type(0)
    batch, steps, _, n = x.shape
    blocks = _blocks(batch, 3 * n * n)
    for block in prange(blocks):
        start, stop = block * batch // blocks, (block + 1) * batch // blocks
        rows = stop - start
        h = h0[start:stop].copy()
        v = np.empty((rows, 3, n), x.dtype)
        for step in range(steps):
            t = steps - 1 - step if backwards else step
            _product(
                *(zero, blas, 111, rows, 3 * n, n),
                *(h.ctypes.data, n, u.ctypes.data, 3 * n, v.ctypes.data, 3 * n),
            )
            for row in range(rows):
                b = start + row
                if counts[b, t]:
                    _gru_row(x[b, t], v[row], bias, h[row], hs[b, t], gates[b, t])
                else:
                    _skipped_row(h[row], hs[b, t])
                    gates[b, t] = zero


def _gru_slope_twin(dhs, hs, gates, h0, u, counts, backwards, blas, dx, dv, dh0):
    dh = np.zeros_like(h0)
    for t in reversed(_order(hs.shape[1], backwards)):
        dh = dh + dhs[:, t]
        first = t == (hs.shape[1] - 1 if backwards else 0)
        before = h0 if first else hs[:, t + 1 if backwards else t - 1]
        z, r, g, w = (gates[:, t, k] for k in range(4))
        count = counts[:, t, None]
        by_g = dh * (1 - z) * (1 - g * g)
        dx[:, t, 0] = np.where(count, dh * (before - g) * z * (1 - z), 0)
        dx[:, t, 1] = np.where(count, by_g * w * r * (1 - r), 0)
        dx[:, t, 2] = np.where(count, by_g, 0)
        dv[:, t] = dx[:, t]
        dv[:, t, 2] *= r
        dh = np.where(count, dh * z, dh) + dv[:, t].reshape(len(dh), -1) @ u.T
    dh0[:] = dh


@inline
def _gru_slope_row(dhs, dh, kept, before, gates, dx, dv):
    one = dh.dtype.type(1)
    for j in range(dh.size):
        z, r, g, w = gates[0, j], gates[1, j], gates[2, j], gates[3, j]
        by_h = dh[j] + kept[j] + dhs[j]
        by_g = by_h * (one - z) * (one - g * g)
        by_z = by_h * (before[j] - g) * z * (one - z)
        by_r = by_g * w * r * (one - r)
        dx[0, j] = by_z
        dx[1, j] = by_r
        dx[2, j] = by_g
        dv[0, j] = by_z
        dv[1, j] = by_r
        dv[2, j] = by_g * r
        kept[j] = by_h * z


@jit(
    *("T[:,:,:]", "T[:,:,:]", "T[:,:,:,:]", "T[:,:]", "T[:,:]", "bool[:,:]"),
    *("int64", "int64", "out T[:,:,:,:]", "out T[:,:,:,:]", "out T[:,:]"),
    twin=_gru_slope_twin,
    parallel_above=_PARALLEL_ABOVE >> 2,
    T=_FLOATS,
)
def _gru_slope(dhs, hs, gates, h0, u, counts, backwards, blas, dx, dv, dh0):
    zero = dhs.dtype.type(0)
    batch, steps, n = dhs.shape
    blocks = _blocks(batch, 3 * n * n)
    for block in prange(blocks):
        start, stop = block * batch // blocks, (block + 1) * batch // blocks
        rows = stop - start
        dh = np.zeros((rows, n), dhs.dtype)  # by the state, through the next step's product
        kept = np.zeros((rows, n), dhs.dtype)  # and past it
        for step in range(steps):
            t = step if backwards else steps - 1 - step
            for row in range(rows):
                b = start + row
                if not counts[b, t]:
                    _skipped_slope_row(dhs[b, t], dh[row], kept[row])
                    dx[b, t] = zero
                    dv[b, t] = zero
                elif step == steps - 1:
                    _gru_slope_row(
                        *(dhs[b, t], dh[row], kept[row], h0[b]),
                        *(gates[b, t], dx[b, t], dv[b, t]),
                    )
                else:
                    before = t + 1 if backwards else t - 1
                    _gru_slope_row(
                        *(dhs[b, t], dh[row], kept[row], hs[b, before]),
                        *(gates[b, t], dx[b, t], dv[b, t]),
                    )
            _product(
                *(zero, blas, 112, rows, n, 3 * n),
                *(dv[start, t].ctypes.data, steps * 3 * n),
                *(u.ctypes.data, 3 * n, dh.ctypes.data, n),
            )
        for row in range(rows):
            _add_rows(dh[row], kept[row], dh0[start + row])


# --- what ops call --------------------------------------------------------------------------------


def _run(kernel, *arrays, counts, backwards, out):
    """Call a kernel, or its twin where there is no compiler or no BLAS to be called from it."""
    arrays = [np.ascontiguousarray(x) for x in arrays]
    dtype = arrays[0].dtype.name
    batch, steps = arrays[0].shape[:2]
    if counts is None:
        counts = np.ones((batch, steps), bool)
    counts = np.ascontiguousarray(counts)
    fast = dtype in _FLOATS and batch and native.ready() and native.blas() is not None
    address = getattr(native.blas(), dtype) if fast else 0
    (kernel if fast else kernel.twin)(*arrays, counts, int(backwards), address, *out)
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
    n = wide // 4
    x = x.reshape(batch, steps, 4, n)
    out = [np.empty((batch, steps, n), x.dtype), np.empty((batch, steps, n), x.dtype)]
    gates = np.empty((batch, steps, 4, n), x.dtype)
    out.append(gates)
    return _run(_lstm, x, h0, c0, u, counts=counts, backwards=backwards, out=out)


def lstm_slope(dhs, dcs, cs, gates, c0, u, counts=None, *, backwards=False):
    """Return the gradients by x, h0 and c0, from `dhs` and `dcs`, those by h and c of each step."""
    batch, steps, n = cs.shape
    dx = np.empty((batch, steps, 4, n), cs.dtype)
    out = [dx, np.empty((batch, n), cs.dtype), np.empty((batch, n), cs.dtype)]
    _run(
        *(_lstm_slope, dhs, dcs, cs, gates, c0, u),
        counts=counts,
        backwards=backwards,
        out=out,
    )
    return dx.reshape(batch, steps, 4 * n), *out[1:]


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
    x, bias = x.reshape(batch, steps, 3, n), bias.reshape(3, n)
    return _run(_gru, x, h0, u, bias, counts=counts, backwards=backwards, out=out)


def gru_slope(dhs, hs, gates, h0, u, counts=None, *, backwards=False):
    """Return the gradients by x, by the products h · u + bias, and by h0."""
    batch, steps, n = hs.shape
    dx, dv = (np.empty((batch, steps, 3, n), hs.dtype) for _ in range(2))
    out = [dx, dv, np.empty((batch, n), hs.dtype)]
    _run(*(_gru_slope, dhs, hs, gates, h0, u), counts=counts, backwards=backwards, out=out)
    return dx.reshape(batch, steps, 3 * n), dv.reshape(batch, steps, 3 * n), out[2]
