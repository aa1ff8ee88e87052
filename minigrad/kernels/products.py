"""Products: native kernels for matrix products, in strips that threads share.

They call the BLAS, but for many rows times a small matrix, which our own tiles do faster. A product
may be fed into another kernel, strip by strip, as long as each is in the cache.
"""

from __future__ import annotations

import functools
import os

import numpy as np

from minigrad.kernels import native, openblas
from minigrad.kernels.inlining import with_global
from minigrad.kernels.jit import inline, processor_has
from minigrad.kernels.native import AT, call, product32, product64
from minigrad.kernels.tiles import PANEL, multiply

int64_at, float32_at = AT["int64"], AT["float32"]

TURNED, STRAIGHT = 112, 111
"""How the BLAS is told whether the axes of an operand are exchanged."""

_COLUMNS = PANEL // 4
_ROWS = 64  # as many rows as with a panel of columns fit into the nearest cache
_MANY_ROWS = 256
_SMALL_MATRIX = 1 << 14

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


def are_tiled(m: int, n: int, k: int, turned: tuple[bool, bool]) -> bool:
    """Whether a product in float32 is done by tiles, a tenth faster than by the BLAS.

    So it is with many rows to a strip, none of them scattered, times a matrix that is small, since
    it is packed for each strip; measured with AVX2.
    """
    if turned[0] or n % _COLUMNS or not 0 < n * k <= _SMALL_MATRIX:
        return False
    library = openblas.blas()
    if library is None or library._set is None:  # it has threads of its own
        return False
    _, height, _ = strips_of(m, n, k)
    return height >= _MANY_ROWS and processor_has("fma") and not processor_has("avx512f")


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


# Two kernels are written once for both dtypes: `address` puts in what differs.
product, item = product32, 4


def _matrix_products(block, start, stop):
    w = int64_at(block, WORDS)
    for unit in range(start, stop):
        a, b, c, m, n = _unit_of(w, unit)
        product(w[0], w[1], w[2], m, n, w[5], a, w[7], b, w[9], c, w[11])


def _tiled_products(block, start, stop):
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
def address(name: str, fed: bool = False, tiled: bool = False) -> int:
    """The address of the native kernel for matrix products in float32 or float64.

    Args:
        fed: Of the kernel that hands each strip of rows to another kernel when it is done.
        tiled: Of the kernel that does without the BLAS, see `are_tiled`.
    """
    if tiled:
        return native.address(_tiled_products)
    kernel = _fed_products if fed else _matrix_products
    product, item = (product32, 4) if name == "float32" else (product64, 8)
    typed = with_global(with_global(kernel, "product", product), "item", item)
    # Both may be loaded from the disk into one process: by name they must differ.
    typed.__name__ = typed.__qualname__ = f"{kernel.__name__}_{name}"
    return native.address(typed)
