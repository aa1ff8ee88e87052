"""Products: native kernels for matrix products, in strips that threads share.

They call the BLAS, but where one side is long, our own tiles do it faster. A product
may be fed into another kernel, strip by strip, as long as each is in the cache.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import numpy as np

from minigrad.kernels import native, openblas
from minigrad.kernels.inlining import with_global
from minigrad.kernels.jit import inline, processor_has
from minigrad.kernels.native import AT, call, product32, product64
from minigrad.kernels.tiles import PANEL, multiply, pack

int64_at, float32_at = AT["int64"], AT["float32"]

TURNED, STRAIGHT = 112, 111
"""How the BLAS is told whether the axes of an operand are exchanged."""

_COLUMNS = PANEL // 4
_ROWS = 64  # as many rows as with a panel of columns fit into the nearest cache
_MANY_ROWS = 256
_SMALL_MATRIX = 1 << 14
_DEPTH = 128  # with so many rows a panel of each operand fits into the nearest cache

WORDS = 20
"""What a product is told: function, how operands are turned, m, n, k, three addresses with the
lengths of rows, three distances between matrices; how many strips, their height and width, how far
apart they are in what is cut, and in the result."""

FED = WORDS + 5
"""And if it is fed: kernel, block, words in that, which of them is the product, shares."""

WORTH_A_THREAD = 1 << 17
"""So many multiplications take two microseconds: less is not cut."""


def strips_of(m: int, n: int, k: int, fed: bool = False) -> tuple[int, int, int]:
    """Into how many strips a matrix product is cut for threads, and their height and width.

    As many as the machine has processors, however many threads there are in the end: results must
    not depend on that. The longer side is cut, so that each thread packs little anew. A product
    that feeds an update is cut into rows, few enough that a strip is still in the cache when it is
    used.
    """
    library = openblas.blas()
    if library is None or library._set is None:  # it has threads of its own
        return 1, m, n
    count = max(1, min(os.cpu_count() or 1, m * n * k // WORTH_A_THREAD))
    if fed:
        count = max(count, m * n >> 16)
    side = m if fed else max(m, n)
    part = -(-side // (16 * count)) * 16  # whole blocks of the BLAS
    count = -(-side // part) if side else 1
    return (count, part, n) if fed or m >= n else (count, m, part)


def tiled_kernel(m: int, n: int, k: int, turned: tuple[bool, bool]) -> Callable | None:
    """What does a product in float32 by tiles; None where the BLAS is as fast.

    Tiles gain where one side is long: many rows to a strip times a matrix that is small, since it
    is packed for each strip, and sums of many rows; measured with AVX2.
    """
    library = openblas.blas()
    if library is None or library._set is None:  # it has threads of its own
        return None
    if not processor_has("fma") or processor_has("avx512f"):
        return None
    _, height, width = strips_of(m, n, k)
    if turned == (True, False):
        narrow = min(height, width) >= _COLUMNS and height * width <= _SMALL_MATRIX
        return _tiled_sums if narrow and k >= _MANY_ROWS else None
    small = not n % _COLUMNS and 0 < n * k <= _SMALL_MATRIX
    return _tiled_rows if small and not turned[0] and height >= _MANY_ROWS else None


def fed_shares(strips: int) -> int:
    """Into how many shares the strips are cut that feed an update: a few for each processor."""
    return min(strips, 2 * (os.cpu_count() or 1))


@inline
def _unit_of(w, unit):
    """Addresses of the operands and the result, rows and columns of the result."""
    strips, height, width = w[15], w[16], w[17]
    i, strip = unit // strips, unit % strips
    a, b, c = w[6] + i * w[12], w[8] + i * w[13], w[10] + i * w[14]
    m, n = w[3], w[4]
    if height < m:
        a += strip * w[18]
        c += strip * w[19]
        m = min(height, m - strip * height)
    elif width < n:
        b += strip * w[18]
        c += strip * w[19]
        n = min(width, n - strip * width)
    return a, b, c, m, n


@inline(apart=True)
def _pack(rows, columns, panels):
    """Copy so many columns, panel by panel."""
    whole, (depth, step) = columns // _COLUMNS, rows.shape
    to, panel = panels.ctypes.data, panels.shape[1] * PANEL
    pack(np.float32(0), whole, depth, rows.ctypes.data, step * 4, to, PANEL, panel)
    for q in range(depth):
        for j in range(whole * _COLUMNS, columns):
            panels[whole, q, j - whole * _COLUMNS] = rows[q, j]


# Two kernels are written once for both dtypes: `address` puts in what differs.
product, item = product32, 4


def _matrix_products(block, start, stop):
    w = int64_at(block, WORDS)
    for unit in range(start, stop):
        a, b, c, m, n = _unit_of(w, unit)
        product(w[0], w[1], w[2], m, n, w[5], a, w[7], b, w[9], c, w[11])


def _tiled_rows(block, start, stop):
    w = int64_at(block, WORDS)
    k = w[5]
    panels = np.empty((w[4] // _COLUMNS, k, _COLUMNS), np.float32)
    for unit in range(start, stop):
        a, b, c, m, n = _unit_of(w, unit)
        rows = float32_at(b, (n if w[2] == TURNED else k, w[9]))
        for p in range(n // _COLUMNS):
            for q in range(k):
                for j in range(_COLUMNS):
                    at = p * _COLUMNS + j
                    panels[p, q, j] = rows[at, q] if w[2] == TURNED else rows[q, at]
        for i in range(0, m, _ROWS):
            multiply(
                *(np.float32(0), min(_ROWS, m - i), n // _COLUMNS, k),
                *(a + i * w[7] * 4, w[7] * 4, 4),
                *(panels.ctypes.data, _COLUMNS * 4, k * _COLUMNS * 4),
                *(c + i * w[11] * 4, w[11] * 4, 0),
            )


def _tiled_sums(block, start, stop):
    # aᵀ b, of many short rows: some of them at a time, copied so that panels lie close together.
    w = int64_at(block, WORDS)
    k, panel = w[5], _DEPTH * _COLUMNS * 4
    for unit in range(start, stop):
        a, b, c, m, n = _unit_of(w, unit)
        tall, wide = (m + _COLUMNS - 1) // _COLUMNS, (n + _COLUMNS - 1) // _COLUMNS
        left = np.zeros((tall, _DEPTH, _COLUMNS), np.float32)
        right = np.zeros((wide, _DEPTH, _COLUMNS), np.float32)
        sums = np.zeros((tall * _COLUMNS, wide * _COLUMNS), np.float32)
        for first in range(0, k, _DEPTH):
            depth = min(_DEPTH, k - first)
            _pack(float32_at(a + first * w[7] * 4, (depth, w[7])), m, left)
            _pack(float32_at(b + first * w[9] * 4, (depth, w[9])), n, right)
            for i in range(tall):
                multiply(
                    *(np.float32(0), _COLUMNS, wide, depth),
                    *(left.ctypes.data + i * panel, 4, PANEL),
                    *(right.ctypes.data, PANEL, panel),
                    *(sums.ctypes.data + i * wide * _COLUMNS * PANEL, wide * PANEL, 1),
                )
        out = float32_at(c, (m, w[11]))
        for i in range(m):
            for j in range(n):
                out[i, j] = sums[i, j]


# A strip that is fed to an update lies in a buffer of its share, over and over, so that it stays in
# the cache. The update is told an address at which the whole product would have that strip.


def _fed_products(block, start, stop):
    w = int64_at(block, FED)
    height, n = w[16], w[4]
    given = int64_at(w[21], w[22])
    told = given.copy()
    buffer = w[10] + (start * w[24] + w[15] - 1) // w[15] * height * n * item
    for strip in range(start, stop):
        first, last = strip * height, min((strip + 1) * height, w[3])
        a = w[6] + strip * w[18]
        product(w[0], w[1], w[2], last - first, n, w[5], a, w[7], w[8], w[9], buffer, w[11])
        told[w[23]] = buffer - first * n * item
        call(w[20], told.ctypes.data, first * n, last * n)


@functools.cache
def address(name: str, fed: bool = False) -> int:
    """The address of the native kernel for matrix products in float32 or float64 by the BLAS.

    Args:
        fed: Of the kernel that hands each strip of rows to another kernel when it is done.
    """
    kernel = _fed_products if fed else _matrix_products
    product, item = (product32, 4) if name == "float32" else (product64, 8)
    typed = with_global(with_global(kernel, "product", product), "item", item)
    # Both may be loaded from the disk into one process: by name they must differ.
    typed.__name__ = typed.__qualname__ = f"{kernel.__name__}_{name}"
    return native.address(typed)


@functools.cache
def tiled_address(kernel: Callable) -> int:
    """The address of a native kernel that `tiled_kernel` found."""
    return native.address(kernel)
