"""Blocks of sums of products that stay in registers: what convolutions are made of.

A compiler vectorises an innermost loop; to keep a whole block of sums in registers through all of a
reduction is beyond it, and more than twice as fast. So LLVM's vector code is written here, for

    outer   out[i, :] = Σ a[i, k] · b[k, :]       a matrix product
    lanes   out[i, :] = Σ a[i, k, :] · b[k, :]    each column by itself

Where things lie is given by tables of offsets, so that windows of images need no copying: at tap
t, element k of row i is a[a_rows[i] + a_taps[t] + k · a_step], and row k of b begins at
b[b_taps[t] + k · b_step]. There is at least one tap, and one k. Tables of rows are filled up to
whole blocks: what is too much is computed like the rest, but not stored.
"""

import functools
import inspect
import types
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad.kernels import jit
from minigrad.kernels.inlining import with_global
from minigrad.kernels.jit import prange

VECTOR_BYTES = 64  # what AVX-512 has; elsewhere several registers make one vector


@functools.cache
def shapes(dtype: str) -> tuple[tuple[int, int], ...]:
    """Return (width, rows) of the blocks that fit into the registers here, the widest first."""
    from llvmlite import binding

    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    if binding.get_host_cpu_features().get("avx512f"):
        # 32 registers: 24 sums or fewer, and what they are made of.
        return (4 * lanes, 6), (2 * lanes, 12), (lanes, 14)
    return ((lanes, 6),)


@functools.cache
def ready() -> bool:
    """Return whether blocks can be compiled here."""
    if jit.load_numba() is None:
        return False
    try:
        sums(shapes("float32")[-1], False).compile("float32")
    except Exception:  # another version of numba or llvmlite: NumPy remains
        return False
    return True


@functools.cache
def sums(shape: tuple[int, int], lanewise: bool) -> Any:
    """Return the kernel for blocks of this shape (see `_all_blocks` for its arguments)."""
    # All these kernels may be loaded from the disk into one process: by name they must differ.
    name = f"{'lanes' if lanewise else 'outer'}_{shape[0]}_{shape[1]}"
    function = with_global(_all_blocks, "block", _declare(name, *shape, lanewise))
    function.__name__ = function.__qualname__ = name
    # The disk cache goes by the source; what is emitted belongs to it.
    parts = [inspect.getsource(one) for one in (_all_blocks, _emit, _loop)]
    function.__minigrad_source__ = "\n".join([*parts, repr((shape, lanewise, VECTOR_BYTES))])
    table = "int64[:]"
    return jit.jit(
        *("T[:]", table, table, "T[:]", table, table, "out T[:]", table),
        parallel_above=1 << 17,
        T=("float32", "float64"),
    )(function)


NUMBERS = (
    "rows depth a_step b_step images a_image b_image out_image total strips add chunk panels width"
).split()
"""What `numbers` of a kernel holds: the shape of a block and of its reduction; how many images
there are, and the distances of two; whether their sums go to one result (`total`); into how many
strips the rows are cut, for threads; whether to add to what is in `out`; how many taps are summed
up at a time, for all blocks, before the next ones; how many panels of so many columns there are
(more than one only for lanes)."""


def _all_blocks(a, a_rows, a_taps, b, b_taps, numbers, out, out_rows):
    rows, depth, a_step, b_step = numbers[0], numbers[1], numbers[2], numbers[3]
    images, a_image, b_image, out_image = numbers[4], numbers[5], numbers[6], numbers[7]
    total, strips, add = numbers[8], numbers[9], numbers[10]
    chunk, panels, width = numbers[11], numbers[12], numbers[13]
    count = out_rows.size
    blocks = (count + rows - 1) // rows
    units = strips if total else images * strips  # a choice inside `prange(…)` hides the loop
    for unit in prange(units):
        strip = unit % strips
        first = 0 if total else unit // strips
        last = images if total else first + 1
        for n in range(first, last):
            for tap in range(0, a_taps.size, chunk):
                more = 1 if add or tap > 0 or (total and n > 0) else 0
                taps = min(chunk, a_taps.size - tap)
                for k in range(strip * blocks // strips, (strip + 1) * blocks // strips):
                    row = k * rows
                    for panel in range(0, panels * width, width):
                        block(
                            a,
                            n * a_image + panel,
                            a_rows,
                            row,
                            a_taps,
                            tap,
                            taps,
                            b,
                            n * b_image + panel,
                            b_taps,
                            depth,
                            a_step,
                            b_step,
                            out,
                            n * out_image + panel,
                            out_rows,
                            min(rows, count - row),
                            more,
                        )


def block(
    a,
    a_start,
    a_rows,
    row,
    a_taps,
    tap,
    taps,
    b,
    b_start,
    b_taps,
    depth,
    a_step,
    b_step,
    out,
    out_start,
    out_rows,
    count,
    more,
):
    """Compute one block; exists in compiled code only."""
    raise RuntimeError("blocks.block: only compiled kernels can call it.")


def _declare(name: str, width: int, rows: int, lanewise: bool) -> Callable:
    """Return a copy of `block` that kernels can call, made for one shape."""
    numba = jit.load_numba()
    copy = types.FunctionType(block.__code__, block.__globals__, f"block_{name}")
    extending, void = numba.extending, numba.types.void
    names = block.__code__.co_varnames[: block.__code__.co_argcount]

    def typing(typing_context, *arguments):
        def generate(context, builder, signature, args):
            given = dict(zip(names, zip(signature.args, args, strict=True), strict=True))
            _emit(context, builder, given, width, rows, lanewise)
            return context.get_dummy_value()

        return void(*arguments), generate

    # Numba goes by names and signatures, so both are written out.
    listed = ", ".join(names)
    source = (
        f"def emit_{name}(typing_context, {listed}):\n"
        f"    return typing(typing_context, {listed})\n"
        f"def choose_{name}({listed}):\n"
        f"    def block_{name}({listed}):\n"
        f"        return emit({listed})\n"
        f"    return block_{name}\n"
    )
    scope: dict[str, Any] = {"typing": typing}
    exec(source, scope)
    scope["emit"] = extending.intrinsic(scope[f"emit_{name}"])
    extending.overload(copy)(scope[f"choose_{name}"])
    return copy


def _emit(context, builder, given, width, rows, lanewise):
    """Write the code of a block: loops over taps and depth, all sums in registers."""
    from llvmlite import ir

    cgutils = jit.load_numba().core.cgutils

    def pointer(name):
        kind, value = given[name]
        return context.make_array(kind)(context, builder, value).data

    def number(name):
        return given[name][1]

    word = ir.IntType(64)

    def const(value):
        return ir.Constant(word, value)

    def element(table, index):
        return builder.load(builder.gep(pointer(table), [index]))

    item = pointer("a").type.pointee
    size = 8 if isinstance(item, ir.DoubleType) else 4
    lanes = VECTOR_BYTES // size
    vector = ir.VectorType(item, lanes)
    zeros = ir.Constant(vector, [0.0] * lanes)
    undefined = ir.Constant(vector, ir.Undefined)
    first_lane = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    fma = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(vector, [vector] * 3),
        f"llvm.fma.v{lanes}f{8 * size}",
    )
    columns = range(width // lanes)

    def loaded(address):
        value = builder.load(builder.bitcast(address, vector.as_pointer()))
        value.align = size
        return value

    def spread(address):
        one = builder.insert_element(
            undefined, builder.load(address), ir.Constant(ir.IntType(32), 0)
        )
        return builder.shuffle_vector(one, undefined, first_lane)

    # LLVM turns these places on the stack into registers.
    total = [[cgutils.alloca_once(builder, vector) for _ in columns] for _ in range(rows)]
    table = [builder.add(number("row"), const(i)) for i in range(rows)]
    starts = [
        builder.gep(pointer("a"), [builder.add(number("a_start"), element("a_rows", one))])
        for one in table
    ]
    b_start = builder.gep(pointer("b"), [number("b_start")])
    for line in total:
        for slot in line:
            builder.store(zeros, slot)
    # Loops of at least one round, and addresses that are stepped: few rounds must cost little too.
    with _loop(builder, number("taps")) as (tap, _):
        tap = builder.add(tap, number("tap"))
        a_tap, b_tap = element("a_taps", tap), element("b_taps", tap)
        lines = [builder.gep(start, [a_tap]) for start in starts]
        b_line = builder.gep(b_start, [b_tap])
        steps = (const(0), number("a_step")), (b_line, number("b_step"))
        with _loop(builder, number("depth"), *steps) as (_, (a_offset, b_here)):
            factors = [loaded(builder.gep(b_here, [const(v * lanes)])) for v in columns]
            for i in range(rows):
                here = builder.gep(lines[i], [a_offset])
                one = None if lanewise else spread(here)
                for v in columns:
                    x = loaded(builder.gep(here, [const(v * lanes)])) if lanewise else one
                    slot = total[i][v]
                    builder.store(builder.call(fma, [x, factors[v], builder.load(slot)]), slot)

    def store(i, line, add):
        for v in columns:
            place = builder.gep(line, [const(v * lanes)])
            value = builder.load(total[i][v])
            if add:
                value = builder.fadd(value, loaded(place))
            builder.store(value, builder.bitcast(place, vector.as_pointer())).align = size

    adds = builder.icmp_signed("!=", number("more"), const(0))
    for i in range(rows):
        with builder.if_then(builder.icmp_signed("<", const(i), number("count"))):
            index = builder.add(number("out_start"), element("out_rows", table[i]))
            line = builder.gep(pointer("out"), [index])
            with builder.if_else(adds) as (then, otherwise):
                with then:
                    store(i, line, True)
                with otherwise:
                    store(i, line, False)


@contextmanager
def _loop(builder, rounds, *stepped):
    """Write a loop of one round or more; yields its counter, and values that grow by a step."""
    from llvmlite import ir

    word = rounds.type
    before, body, after = (
        builder.block,
        builder.append_basic_block("body"),
        builder.append_basic_block("after"),
    )
    builder.branch(body)
    builder.position_at_end(body)
    starts = [(ir.Constant(word, 0), ir.Constant(word, 1)), *stepped]
    values = [builder.phi(start.type) for start, _ in starts]
    yield values[0], values[1:]
    for value, (start, step) in zip(values, starts, strict=True):
        grown = builder.gep(value, [step]) if value.type.is_pointer else builder.add(value, step)
        value.add_incoming(start, before)
        value.add_incoming(grown, builder.block)
        if value is values[0]:
            counter = grown
    builder.cbranch(builder.icmp_signed("<", counter, rounds), body, after)
    builder.position_at_end(after)
