"""What LSTM and GRU over whole sequences have in common.

The products with the inputs are done before, for all timesteps at once; what has to wait for the
state of the step before is done in these kernels: a small product with the recurrent weights, which
lie packed in the cache all the while, and a loop over the gates. The gradient by the recurrent
weights is not: after the walk it is one product.

Axes are (batch, timesteps, gates, units). `counts` (batch, timesteps) says which steps count; at
the others the state stays as it was. It may be of size 0: all do. With `backwards` the walk begins
at the last timestep.

The batch is cut into blocks of rows, the units that threads share.
"""

import numpy as np

from minigrad.kernels.jit import inline
from minigrad.kernels.tiles import PANEL, multiply
from minigrad.kernels.transcendental import sigmoid32, sigmoid64, tanh32, tanh64

ROWS = 16
"""Rows of a block: enough for the tiles of products, few enough for two threads to share 32."""


@inline(by_dtype={"float32": tanh32, "float64": tanh64})
def tanh(x):
    """Return tanh x."""
    return np.tanh(x)


@inline(by_dtype={"float32": sigmoid32, "float64": sigmoid64})
def sigmoid(x):
    """Return 1 / (1 + e**-x)."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


@inline
def blocks_of(batch):
    """Into how many blocks the rows are cut."""
    return (batch + ROWS - 1) // ROWS


@inline
def filled(length, x):
    """A length filled up to whole panels."""
    lanes = PANEL // x.itemsize
    return (length + lanes - 1) // lanes * lanes


@inline
def pack(u, turn, out):
    """Copy weights, or their transpose, panel by panel: (panels, depth, a panel's numbers)."""
    panels, depth, lanes = out.shape
    columns = u.shape[0] if turn else u.shape[1]
    for p in range(panels):
        for k in range(depth):
            row = out[p, k]
            for j in range(min(lanes, columns - p * lanes)):
                row[j] = u[p * lanes + j, k] if turn else u[k, p * lanes + j]


@inline
def times(a, place, a_row, depth, packed, rows, c):
    """c = a · packed weights; row i of a is at `place` + i a_row."""
    item, panels = c.itemsize, packed.shape[0]
    multiply(
        *(c.dtype.type(0), rows, panels, depth, place, a_row, item),
        *(packed.ctypes.data, PANEL, depth * PANEL, c.ctypes.data, c.shape[1] * item, 0),
    )


@inline
def is_counted(counts, b, t):
    """Whether a timestep of an example counts."""
    return counts.size == 0 or counts[b, t]


@inline
def copy(row, out):
    """Copy a row."""
    for j in range(row.size):
        out[j] = row[j]


@inline
def add(a, b, out):
    """Add two rows."""
    for j in range(out.size):
        out[j] = a[j] + b[j]


def order(steps, backwards):
    """The timesteps in the order of the walk."""
    return range(steps - 1, -1, -1) if backwards else range(steps)


def counted(counts, t):
    """A column of which examples count at a timestep."""
    return counts[:, t, None] if counts.size else True
