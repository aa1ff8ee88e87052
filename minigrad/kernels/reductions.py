"""Sums along axes that follow each other: an array is (outer, n, inner), and n is summed away.

Rows (inner is 1) are summed in four vectors of one width, so that the order, and with it the
rounding, does not depend on the processor's; long ones in pieces, whose sums are added up in pairs.
Else lines are added to lines, four at a time. Threads share what is outside: no sum depends on
their number.
"""

import functools
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from minigrad.kernels.blocks import VECTOR_BYTES
from minigrad.kernels.jit import inline, jit, prange

_FLOATS = ("float32", "float64")
_PARALLEL_ABOVE = 1 << 16
_SMALL = 1 << 13  # elements from which a kernel is called
_TINY = 1 << 8  # elements from which it is, if NumPy would go through them in short loops
_LOOPS = 64  # so many of them
_PIECE = 1 << 12
_WIDTH = 1 << 11  # columns that stay in the first cache
_PATIENCE = (
    1 << 24
)  # elements that NumPy adds up in a hundredth of the time that Numba takes to load


def _emitted_sum_of_row(numba: Any) -> Callable:
    from llvmlite import ir

    def generate(context, builder, signature, args):
        cgutils = numba.core.cgutils
        array, start, length = args
        data = context.make_array(signature.args[0])(context, builder, array).data
        item, word, index = data.type.pointee, start.type, ir.IntType(32)
        size = context.get_abi_sizeof(item)
        lanes = VECTOR_BYTES // size
        vector = ir.VectorType(item, lanes)
        zeros = ir.Constant(vector, [0.0] * lanes)
        sums = [cgutils.alloca_once(builder, vector) for _ in range(4)]  # LLVM's registers
        for one in sums:
            builder.store(zeros, one)
        first = builder.gep(data, [start])

        def add(sum_, place):
            here = builder.bitcast(builder.gep(first, [place]), vector.as_pointer())
            loaded = builder.load(here)
            loaded.align = size
            builder.store(builder.fadd(builder.load(sum_), loaded), sum_)

        vectors = builder.udiv(length, word(lanes))
        fours = builder.udiv(vectors, word(4))
        with cgutils.for_range(builder, fours) as loop:
            place = builder.mul(loop.index, word(4 * lanes))
            for i, one in enumerate(sums):
                add(one, builder.add(place, word(i * lanes)))
        with cgutils.for_range(builder, vectors, builder.mul(fours, word(4))) as loop:
            add(sums[0], builder.mul(loop.index, word(lanes)))
        a, b, c, d = (builder.load(one) for one in sums)
        total = builder.fadd(builder.fadd(a, b), builder.fadd(c, d))
        while lanes > 1:  # the upper half to the lower
            lanes //= 2
            lower, upper = (
                builder.shuffle_vector(
                    total, total, ir.Constant(ir.VectorType(index, lanes), list(places))
                )
                for places in (range(lanes), range(lanes, 2 * lanes))
            )
            total = builder.fadd(lower, upper)
        rest = cgutils.alloca_once(builder, item)
        builder.store(builder.extract_element(total, index(0)), rest)
        done = builder.mul(vectors, word(VECTOR_BYTES // size))
        with cgutils.for_range(builder, length, done) as loop:
            one = builder.load(builder.gep(first, [loop.index]))
            builder.store(builder.fadd(builder.load(rest), one), rest)
        return builder.load(rest)

    @numba.extending.intrinsic
    def emit(typing_context, flat, start, length):
        return flat.dtype(flat, numba.types.int64, numba.types.int64), generate

    return lambda flat, start, length: emit(flat, start, length)


@inline(emitted=_emitted_sum_of_row)
def sum_of_row(flat, start, length):
    """Return the sum of `length` elements from `start` on."""
    return np.add.reduce(flat[start : start + length])


@inline
def sum_of_pieces(values):
    """Return the sum of a vector, piece by piece: rounding errors of long ones stay small."""
    total, size = values.dtype.type(0), values.size
    for start in range(0, size, _PIECE):
        total += sum_of_row(values, start, min(_PIECE, size - start))
    return total


def _row_sums_twin(x, out):
    np.add.reduce(x, axis=1, out=out)


@jit(
    *("T[:,:]", "out T[:]"),
    twin=_row_sums_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _row_sums(x, out):
    rows, length = x.shape
    flat = x.reshape(-1)
    for row in prange(rows):
        out[row] = sum_of_row(flat, np.int64(row) * length, length)


def _line_sums_twin(x, out, shares):
    np.add.reduce(x, axis=1, out=out)


@jit(
    *("T[:,:,:]", "out T[:,:]", "int64"),
    twin=_line_sums_twin,
    parallel_above=_PARALLEL_ABOVE,
    patience=_PATIENCE,
    T=_FLOATS,
)
def _line_sums(x, out, shares):
    outer, n, inner = x.shape
    flat, sums = x.reshape(-1), out.reshape(-1)
    zero = x.dtype.type(0)
    fours = n // 4 * 4
    step = np.uint64(inner)
    for unit in prange(outer * shares):
        line, share = np.int64(unit) // shares, np.int64(unit) % shares
        start = np.uint64(share * inner // shares)
        stop = np.uint64((share + 1) * inner // shares)
        to, of = np.uint64(line * inner), np.uint64(line * n * inner)
        for j in range(start, stop):
            sums[to + j] = zero
        for _ in range(0, fours, 4):
            b, c, d = of + step, of + step + step, of + step + step + step
            for j in range(start, stop):
                sums[to + j] += (flat[of + j] + flat[b + j]) + (flat[c + j] + flat[d + j])
            of = d + step
        for _ in range(fours, n):
            for j in range(start, stop):
                sums[to + j] += flat[of + j]
            of += step


@functools.lru_cache(maxsize=4096)
def _layout(shape, axes):
    """(outer, n, inner) and the shape of the sums; None where NumPy is as good."""
    if not axes or axes[-1] - axes[0] != len(axes) - 1:
        return None
    before, after = shape[: axes[0]], shape[axes[-1] + 1 :]
    outer, n, inner = prod(before), prod(shape[axes[0] : axes[-1] + 1]), prod(after)
    loops = outer if inner == 1 else outer * n
    if prod(shape) < _SMALL and (loops < _LOOPS or prod(shape) < _TINY):
        return None
    return outer, n, inner, before + after


def sums(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray | None:
    """Return the sums over axes that follow each other; None where NumPy is as good.

    Args:
        axes: Sorted.

    Example:
        >>> sums(np.ones((100, 3, 4)), (1, 2))[:2]
        array([12., 12.])
    """
    layout = _layout(x.shape, axes)
    if layout is None or x.dtype.char not in "fd" or not x.flags.c_contiguous:
        return None
    outer, n, inner, shape = layout
    if inner == 1 and n > _PIECE:
        return _sums_of_long_rows(x.reshape(outer, n)).reshape(shape)
    out = np.empty(shape, x.dtype)
    if inner == 1:
        _row_sums(x.reshape(outer, n), out.reshape(outer))
    elif out.size:
        # Several shares of the columns even for many lines: a share stays in the first cache.
        _line_sums(x.reshape(outer, n, inner), out.reshape(outer, inner), -(-inner // _WIDTH))
    return out


def _sums_of_long_rows(x):
    rows, length = x.shape
    if rows == 1:
        whole = length // _PIECE * _PIECE
        pieces = np.empty(whole // _PIECE, x.dtype)
        _row_sums(x[0, :whole].reshape(-1, _PIECE), pieces)
        rest = np.add.reduce(x[:, whole:], axis=1)
        return np.add.reduce(pieces[None], axis=1) + rest  # NumPy adds in pairs
    if rows < 16:  # for all threads, and for the rounding
        return np.concatenate([_sums_of_long_rows(row[None]) for row in x])
    out = np.empty(rows, x.dtype)
    _row_sums(x, out)
    return out
