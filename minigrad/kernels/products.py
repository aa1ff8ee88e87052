"""Products: native kernels that call the BLAS for matrix products, in strips that threads share.

A product may be fed into another kernel, strip by strip, as long as each is in the cache.
"""

from __future__ import annotations

import functools
import os

from minigrad.kernels import native, openblas
from minigrad.kernels.native import AT, call, product32, product64

int64_at = AT["int64"]


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
    count = max(1, min(os.cpu_count() or 1, m * n * k >> 20))
    if fed:
        count = max(count, m * n >> 16)
    side = m if fed else max(m, n)
    part = -(-side // (16 * count)) * 16  # whole blocks of the BLAS
    count = -(-side // part) if side else 1
    return (count, part, n) if fed or m >= n else (count, m, part)


def _matrix_products32(block, start, stop):
    w = int64_at(block, 20)
    strips, height, width = w[15], w[16], w[17]
    for unit in range(start, stop):
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
        product32(w[0], w[1], w[2], m, n, w[5], a, w[7], b, w[9], c, w[11])


def _matrix_products64(block, start, stop):
    w = int64_at(block, 20)
    strips, height, width = w[15], w[16], w[17]
    for unit in range(start, stop):
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
        product64(w[0], w[1], w[2], m, n, w[5], a, w[7], b, w[9], c, w[11])


def _fed_products32(block, start, stop):
    w = int64_at(block, 22)
    height, n = w[16], w[4]
    for strip in range(start, stop):
        first, last = strip * height, min((strip + 1) * height, w[3])
        a, c = w[6] + strip * w[18], w[10] + strip * w[19]
        product32(w[0], w[1], w[2], last - first, n, w[5], a, w[7], w[8], w[9], c, w[11])
        call(w[20], w[21], first * n, last * n)


def _fed_products64(block, start, stop):
    w = int64_at(block, 22)
    height, n = w[16], w[4]
    for strip in range(start, stop):
        first, last = strip * height, min((strip + 1) * height, w[3])
        a, c = w[6] + strip * w[18], w[10] + strip * w[19]
        product64(w[0], w[1], w[2], last - first, n, w[5], a, w[7], w[8], w[9], c, w[11])
        call(w[20], w[21], first * n, last * n)


@functools.cache
def address(name: str, fed: bool = False) -> int:
    """The address of the native kernel for matrix products in float32 or float64.

    Args:
        fed: Of the kernel that hands each strip of rows to another kernel when it is done.
    """
    if fed:
        return native.address(_fed_products32 if name == "float32" else _fed_products64)
    return native.address(_matrix_products32 if name == "float32" else _matrix_products64)
