"""LSTM and GRU over whole sequences, as one operation each.

The layers use them where gates are sigmoids and states go through tanh; step by step, in the ops
of a cell, the same takes a dozen operations for each timestep. The recurrent weights' gradient is
one product over all timesteps.
"""

from minigrad.autograd.primitive import primitive
from minigrad.kernels import recurrent as kernels
from minigrad.ops.activation import sigmoid
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import tanh
from minigrad.ops.joining import split
from minigrad.ops.products import matmul
from minigrad.ops.reduction import reduce_sum
from minigrad.ops.second_order import second_order
from minigrad.ops.shaping import broadcast_to, join, reshape_to, stack

__all__ = []


def _order(steps, backwards):
    return range(steps - 1, -1, -1) if backwards else range(steps)


def _before(states, first, backwards):
    """The state that each timestep begins with."""
    first = first[:, None]
    if backwards:
        return join(states[:, 1:], first, axis=1)
    return join(first, states[:, :-1], axis=1)


def _by_weights(before, by_products):
    """The gradient by u, from those by the products before · u of all timesteps."""
    n, wide = before.shape[-1], by_products.shape[-1]
    return matmul(reshape_to(before, shape=(-1, n)).T, reshape_to(by_products, shape=(-1, wide)))


def _stacked(states, backwards):
    return stack(states[::-1] if backwards else states, axis=1)


def _chosen(counts, t, new, old):
    return new if counts is None else where(counts[:, t, None], new, old)


# LSTM


def lstm_by_ops(x, h0, c0, u, counts=None, backwards=False):
    """h and c of each timestep, in ops: for derivatives of any order, and to compare with."""
    h, c, hs, cs = h0, c0, [], []
    for t in _order(x.shape[1], backwards):
        i, f, g, o = split(x[:, t] + matmul(h, u), 4, axis=1)
        new_c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        new_h = sigmoid(o) * tanh(new_c)
        h, c = _chosen(counts, t, new_h, h), _chosen(counts, t, new_c, c)
        hs.append(h)
        cs.append(c)
    return _stacked(hs, backwards), _stacked(cs, backwards)


def _lstm_vjp(g, out, x, h0, c0, u, counts, backwards):
    hs, cs, gates = out
    dx, dh0, dc0 = lstm_slope(g[0], g[1], hs, cs, gates, x, h0, c0, u, counts, backwards=backwards)
    return dx, dh0, dc0, _by_weights(_before(hs, h0, backwards), dx), None


lstm_walk = primitive(
    "lstm_walk",
    kernels.lstm,
    _lstm_vjp,
    promote=None,
    inputs="x h0 c0 u counts",
    shape=lambda x, h0, c0, u, counts, backwards: [
        *[(*x.shape[:2], u.shape[0])] * 2,
        (*x.shape[:2], 4, u.shape[0]),
    ],
    dtype=lambda x, *_, **__: [x.dtype] * 3,
    doc="""h, c and the gates of each timestep.

    Args:
        x: (batch, timesteps, 4 units): products of the inputs and the kernel, biases added.
        h0, c0: (batch, units).
        u: (units, 4 units), the recurrent kernel.
        counts: (batch, timesteps): False where the states stay; None if they never do.
        backwards: Whether the walk begins at the last timestep.
    """,
)


def _lstm_slope_vjp(us, out, dhs, dcs, hs, cs, gates, x, h0, c0, u, counts, backwards):
    def by_ops(x, h0, c0, u):
        return lstm_by_ops(x, h0, c0, u, counts, backwards)

    by_dhs, by_dcs, *by_xs = second_order(by_ops, us, (dhs, dcs), (x, h0, c0, u))
    return by_dhs, by_dcs, None, None, None, *by_xs, None


lstm_slope = primitive(
    "lstm_slope",
    lambda dhs, dcs, hs, cs, gates, x, h0, c0, u, counts, backwards: kernels.lstm_slope(
        dhs, dcs, cs, gates, c0, u, counts, backwards=backwards
    ),
    _lstm_slope_vjp,
    promote=None,
    inputs="dhs dcs hs cs gates x h0 c0 u counts",
    shape=lambda dhs, dcs, hs, cs, gates, x, h0, c0, u, counts, backwards: [
        x.shape,
        h0.shape,
        c0.shape,
    ],
    dtype=lambda dhs, *_, **__: [dhs.dtype] * 3,
)


# GRU


def gru_by_ops(x, h0, u, bias, counts=None, backwards=False):
    """h of each timestep, in ops; `bias` may differ from step to step: (batch, timesteps, …)."""
    h, hs = h0, []
    for t in _order(x.shape[1], backwards):
        x_z, x_r, x_g = split(x[:, t], 3, axis=1)
        v = matmul(h, u) + (bias if bias.ndim == 1 else bias[:, t])
        v_z, v_r, v_g = split(v, 3, axis=1)
        z, r = sigmoid(x_z + v_z), sigmoid(x_r + v_r)
        g = tanh(x_g + r * v_g)
        h = _chosen(counts, t, z * h + (1 - z) * g, h)
        hs.append(h)
    return _stacked(hs, backwards)


def _gru_vjp(g, out, x, h0, u, bias, counts, backwards):
    hs, gates = out
    dx, dv, dh0 = gru_slope(g[0], hs, gates, x, h0, u, bias, counts, backwards=backwards)
    by_bias = reduce_sum(dv, axis=(0, 1), keepdims=False)
    return dx, dh0, _by_weights(_before(hs, h0, backwards), dv), by_bias, None


gru_walk = primitive(
    "gru_walk",
    kernels.gru,
    _gru_vjp,
    promote=None,
    inputs="x h0 u bias counts",
    shape=lambda x, h0, u, bias, counts, backwards: [
        (*x.shape[:2], u.shape[0]),
        (*x.shape[:2], 4, u.shape[0]),
    ],
    dtype=lambda x, *_, **__: [x.dtype] * 2,
    doc="""h and the gates of each timestep.

    Args:
        x: (batch, timesteps, 3 units): products of the inputs and the kernel, biases added.
        h0: (batch, units).
        u: (units, 3 units), the recurrent kernel.
        bias: (3 units,), added to h · u.
        counts: (batch, timesteps): False where the state stays; None if it never does.
        backwards: Whether the walk begins at the last timestep.
    """,
)


def _gru_slope_vjp(us, out, dhs, hs, gates, x, h0, u, bias, counts, backwards):
    by_x, by_v, by_h0 = us

    def by_ops(x, biases, h0, u):
        return (gru_by_ops(x, h0, u, biases, counts, backwards),)

    # The gradient by the products is that by a bias of their own for each.
    biases = broadcast_to(bias, x.shape)
    found = second_order(by_ops, (by_x, by_v, by_h0), (dhs,), (x, biases, h0, u))
    by_dhs, by_x, by_biases, by_h0, by_u = found
    by_bias = reduce_sum(by_biases, axis=(0, 1), keepdims=False)
    return by_dhs, None, None, by_x, by_h0, by_u, by_bias, None


gru_slope = primitive(
    "gru_slope",
    lambda dhs, hs, gates, x, h0, u, bias, counts, backwards: kernels.gru_slope(
        dhs, hs, gates, h0, u, counts, backwards=backwards
    ),
    _gru_slope_vjp,
    promote=None,
    inputs="dhs hs gates x h0 u bias counts",
    shape=lambda dhs, hs, gates, x, h0, u, bias, counts, backwards: [x.shape, x.shape, h0.shape],
    dtype=lambda dhs, *_, **__: [dhs.dtype] * 3,
)
