"""The walks back through time of LSTM and GRU in NumPy: what `lstm_slope`, `gru_slope` stand for.

From the inputs alone; the primitives are given states and gates of the walk forwards besides.
"""

import numpy as np

LSTM_SLOPE = (
    "From the last step to the first: dc += dh · o · (1 − tanh²c); by the products of i, f, g, o: "
    "dc · g · i (1 − i), dc · c₋₁ · f (1 − f), dc · i · (1 − g²), dh · tanh(c) · o (1 − o); "
    "then dh is these @ uᵀ, and dc is dc · f."
)
GRU_SLOPE = (
    "From the last step to the first: by the products of g: n = dh · (1 − z) · (1 − g²), of z: "
    "dh · (h₋₁ − g) · z (1 − z), of r: n · v · r (1 − r), where v is the part of h₋₁ @ u + bias "
    "for g, whose own is n · r; then dh is dh · z and these @ uᵀ."
)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _steps(x, backwards):
    return range(x.shape[1])[:: -1 if backwards else 1]


def _moving(counts, t, like):
    """Which rows move on at a step."""
    return np.ones((len(like), 1), bool) if counts is None else np.asarray(counts)[:, t, None]


def lstm_slope(dhs, dcs, x, h0, c0, u, counts, backwards):
    """The gradients by x, h0 and c0 from those by all h and c."""
    h, c, steps = h0, c0, []
    for t in _steps(x, backwards):
        i, f, g, o = np.split(x[:, t] + h @ u, 4, axis=1)
        i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
        now, moves = f * c + i * g, _moving(counts, t, x)
        steps.append((t, moves, c, now, i, f, g, o))
        h, c = np.where(moves, o * np.tanh(now), h), np.where(moves, now, c)
    dx, dh, dc = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(c0)
    for t, moves, before, now, i, f, g, o in reversed(steps):
        dh, dc = dh + dhs[:, t], dc + dcs[:, t]
        by_h = np.where(moves, dh, 0)
        by_c = np.where(moves, dc, 0) + by_h * o * (1 - np.tanh(now) ** 2)
        gates = (
            by_c * g * i * (1 - i),
            by_c * before * f * (1 - f),
            by_c * i * (1 - g**2),
            by_h * np.tanh(now) * o * (1 - o),
        )
        dx[:, t] = np.concatenate(gates, axis=1)
        dh = np.where(moves, 0, dh) + dx[:, t] @ u.T
        dc = np.where(moves, 0, dc) + by_c * f
    return dx, dh, dc


def gru_slope(dhs, x, h0, u, bias, counts, backwards):
    """The gradients by x, by the products of states and u, and by h0, from those by all h."""
    h, steps = h0, []
    for t in _steps(x, backwards):
        x_z, x_r, x_g = np.split(x[:, t], 3, axis=1)
        v_z, v_r, v = np.split(h @ u + bias, 3, axis=1)
        z, r = _sigmoid(x_z + v_z), _sigmoid(x_r + v_r)
        g, moves = np.tanh(x_g + r * v), _moving(counts, t, x)
        steps.append((t, moves, h, z, r, g, v))
        h = np.where(moves, z * h + (1 - z) * g, h)
    dx, dv, dh = np.zeros_like(x), np.zeros_like(x), np.zeros_like(h0)
    for t, moves, before, z, r, g, v in reversed(steps):
        dh = dh + dhs[:, t]
        by_h = np.where(moves, dh, 0)
        by_z = by_h * (before - g) * z * (1 - z)
        by_g = by_h * (1 - z) * (1 - g**2)
        by_r = by_g * v * r * (1 - r)
        dx[:, t] = np.concatenate((by_z, by_r, by_g), axis=1)
        dv[:, t] = np.concatenate((by_z, by_r, by_g * r), axis=1)
        dh = np.where(moves, 0, dh) + by_h * z + dv[:, t] @ u.T
    return dx, dv, dh
