"""Blocks of sums of products that stay in registers: what convolutions are made of.

A compiler vectorises an innermost loop; to keep a whole block of sums in registers through all of a
reduction is beyond it, and more than twice as fast. So LLVM's vector code is written here, for

    outer   out[i, :] = Σ a[i, k] · b[k, :]       a matrix product
    lanes   out[i, :] = Σ a[i, k, :] · b[k, :]    each column by itself
    inner   out[i]    = Σ a[i, k, :] · b[k, :]    a single column

Where things lie is given by tables of offsets, so that windows of images need no copying: at tap
t, element k of row i is a[a_rows[i] + a_taps[t] + k · a_step], and row k of b begins at
b[b_taps[t] + k · b_step]. There is at least one tap, and one k. Tables of rows are filled up to
whole blocks: what is too much is computed like the rest, but not stored.
"""

import functools
import inspect
import sys
import types
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad.kernels import jit
from minigrad.kernels.inlining import inline

VECTOR_BYTES = 64  # what AVX-512 has; elsewhere several registers make one vector


@functools.cache
def shapes(form: str, dtype: str) -> tuple[tuple[int, int], ...]:
    """Return (width, rows) of the blocks that fit into the registers here, the widest first."""
    from llvmlite import binding

    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    wide = binding.get_host_cpu_features().get("avx512f")
    if form == "inner":
        return ((1, 14 if wide else 6),)
    if wide:  # 32 registers: 24 sums or fewer, and what they are made of
        return (4 * lanes, 6), (2 * lanes, 12), (lanes, 14)
    return ((lanes, 6),)


def block(
    a,
    a_start,
    b,
    b_start,
    out,
    out_start,
    plan,
    a_rows,
    out_rows,
    a_taps,
    b_taps,
    taps,
    depth,
    a_step,
    b_step,
    count,
    columns,
    more,
):
    """Compute one block; exists in compiled code only.

    Args:
        a, b, out: Arrays; `…_start` is added to all offsets.
        plan: An array of int64, in which tables begin at `a_rows`, `out_rows`, `a_taps`, `b_taps`.
        taps, depth, a_step, b_step: What there is to be summed up.
        count, columns: How many rows and columns are stored.
        more: Whether to add to what is in `out`.
    """
    raise RuntimeError("blocks.block: only compiled kernels can call it.")


def declared(form: str, shape: tuple[int, int]) -> Callable:
    """A copy of `block` that kernels can call, made for one form and shape."""
    name = f"{form}_{shape[0]}_{shape[1]}"
    copy = types.FunctionType(block.__code__, block.__globals__, f"block_{name}")
    # The disk cache goes by the source of what a kernel calls; what is emitted belongs to it.
    source = inspect.getsource(sys.modules[__name__])
    copy.__minigrad_source__ = source + name  # type: ignore
    return inline(copy, emitted=lambda numba: _emitted(numba, name, form, shape), apart=True)


def _emitted(numba: Any, name: str, form: str, shape: tuple[int, int]) -> Callable:
    names = block.__code__.co_varnames[: block.__code__.co_argcount]

    def typing(typing_context, *arguments):
        def generate(context, builder, signature, args):
            values = []
            for kind, value in zip(signature.args, args, strict=True):
                if isinstance(kind, numba.types.Array):
                    value = context.make_array(kind)(context, builder, value).data
                values.append(value)
            function = _function(builder.module, [one.type for one in values])
            builder.call(function, values)
            return context.get_dummy_value()

        return numba.types.void(*arguments), generate

    def _function(module: Any, types: list[Any]) -> Any:
        """The function in LLVM's code, written into a module once."""
        from llvmlite import ir

        if f"minigrad_{name}" in module.globals:
            return module.globals[f"minigrad_{name}"]
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), types), f"minigrad_{name}")
        # Within the loops that call it LLVM would run out of registers.
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        given = dict(zip(names, function.args, strict=True))
        _Block(builder, given, form, *shape).write()
        builder.ret_void()
        return function

    # Numba goes by names and signatures, so both are written out.
    listed = ", ".join(names)
    source = (
        f"def emit_{name}(typing_context, {listed}):\n"
        f"    return typing(typing_context, {listed})\n"
        f"def block_{name}({listed}):\n"
        f"    return emit({listed})\n"
    )
    scope: dict[str, Any] = {"typing": typing}
    exec(source, scope)
    scope["emit"] = numba.extending.intrinsic(scope[f"emit_{name}"])
    return scope[f"block_{name}"]


class _Block:
    """Writes the code of a block: loops over taps and depth, all sums in registers."""

    def __init__(
        self, builder: Any, given: dict[str, Any], form: str, width: int, rows: int
    ) -> None:
        from llvmlite import ir

        self.ir, self.builder, self.given = ir, builder, given
        self.form, self.rows, self.width = form, rows, width
        self.word = ir.IntType(64)
        self.item = given["a"].type.pointee
        self.size = 8 if isinstance(self.item, ir.DoubleType) else 4
        self.lanes = VECTOR_BYTES // self.size
        self.vector = ir.VectorType(self.item, self.lanes)
        self.columns = range(max(width // self.lanes, 1))  # vectors in a row of the block

    def const(self, value: int) -> Any:
        return self.ir.Constant(self.word, value)

    def element(self, table: str, index: Any) -> Any:
        """An element of a table in the plan."""
        place = self.builder.add(self.given[table], index)
        return self.builder.load(self.builder.gep(self.given["plan"], [place]))

    def loaded(self, address: Any, v: int = 0) -> Any:
        """Vector number v at an address."""
        address = self.builder.gep(address, [self.const(v * self.lanes)])
        value = self.builder.load(self.builder.bitcast(address, self.vector.as_pointer()))
        value.align = self.size
        return value

    def spread(self, address: Any) -> Any:
        """The number at an address in all lanes of a vector."""
        ir, builder = self.ir, self.builder
        index = ir.IntType(32)
        undefined = ir.Constant(self.vector, ir.Undefined)
        one = builder.insert_element(undefined, builder.load(address), ir.Constant(index, 0))
        first = ir.Constant(ir.VectorType(index, self.lanes), [0] * self.lanes)
        return builder.shuffle_vector(one, undefined, first)

    def write(self) -> None:
        ir, builder, given = self.ir, self.builder, self.given
        cgutils = jit.load_numba().core.cgutils
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fma.v{self.lanes}f{8 * self.size}"
        fma = cgutils.get_or_insert_function(builder.module, kind, name)
        zeros = ir.Constant(self.vector, [0.0] * self.lanes)
        # LLVM turns these places on the stack into registers.
        total = [
            [cgutils.alloca_once(builder, self.vector) for _ in self.columns]
            for _ in range(self.rows)
        ]
        for slot in (slot for line in total for slot in line):
            builder.store(zeros, slot)
        starts = [
            builder.gep(
                self.given["a"],
                [builder.add(given["a_start"], self.element("a_rows", self.const(i)))],
            )
            for i in range(self.rows)
        ]
        b_start = builder.gep(self.given["b"], [given["b_start"]])
        # Loops of at least one round, and addresses that are stepped: few rounds must cost little.
        with self.loop(given["taps"]) as (tap, _):
            a_tap, b_tap = self.element("a_taps", tap), self.element("b_taps", tap)
            lines = [builder.gep(start, [a_tap]) for start in starts]
            b_line = builder.gep(b_start, [b_tap])
            steps = (self.const(0), given["a_step"]), (b_line, given["b_step"])
            with self.loop(given["depth"], *steps) as (_, (a_offset, b_here)):
                factors = [self.loaded(b_here, v) for v in self.columns]
                for line, slots in zip(lines, total, strict=True):
                    here = builder.gep(line, [a_offset])
                    one = self.spread(here) if self.form == "outer" else None
                    for v, slot in enumerate(slots):
                        x = self.loaded(here, v) if one is None else one
                        made = builder.call(fma, [x, factors[v], builder.load(slot)])
                        builder.store(made, slot)
        self.store(total)

    def store(self, total: list[list[Any]]) -> None:
        """Write the sums to where they belong, or add them to what is there."""
        builder = self.builder
        tile = jit.load_numba().core.cgutils.alloca_once(builder, self.item, self.lanes)
        adds = builder.icmp_signed("!=", self.given["more"], self.const(0))
        full = builder.icmp_signed(">=", self.given["columns"], self.const(self.width))
        for i, slots in enumerate(total):
            with builder.if_then(builder.icmp_signed("<", self.const(i), self.given["count"])):
                index = self.element("out_rows", self.const(i))
                index = builder.add(self.given["out_start"], index)
                line = builder.gep(self.given["out"], [index])
                if self.form == "inner":
                    value = self.sum_of_lanes(builder.load(slots[0]))
                    self.put(value, line, adds, self.size)
                    continue
                with builder.if_else(full) as (then, otherwise):
                    with then:
                        for v, slot in enumerate(slots):
                            place = builder.gep(line, [self.const(v * self.lanes)])
                            place = builder.bitcast(place, self.vector.as_pointer())
                            self.put(builder.load(slot), place, adds, self.size)
                    with otherwise:
                        self.store_some(slots, line, tile, adds)

    def store_some(self, slots: list[Any], line: Any, tile: Any, adds: Any) -> None:
        """Write the first columns of a row, by way of memory."""
        builder = self.builder
        for v, slot in enumerate(slots):
            first = self.const(v * self.lanes)
            count = builder.sub(self.given["columns"], first)
            with builder.if_then(builder.icmp_signed(">", count, self.const(0))):
                whole = builder.icmp_signed("<", count, self.const(self.lanes))
                count = builder.select(whole, count, self.const(self.lanes))
                place = builder.store(
                    builder.load(slot), builder.bitcast(tile, self.vector.as_pointer())
                )
                place.align = self.size
                with self.loop(count) as (j, _):
                    value = builder.load(builder.gep(tile, [j]))
                    self.put(value, builder.gep(line, [builder.add(first, j)]), adds, self.size)

    def put(self, value: Any, place: Any, adds: Any, align: int) -> None:
        builder = self.builder
        with builder.if_else(adds) as (then, otherwise):
            with then:
                old = builder.load(place)
                old.align = align
                builder.store(builder.fadd(value, old), place).align = align
            with otherwise:
                builder.store(value, place).align = align

    def sum_of_lanes(self, value: Any) -> Any:
        """Halves of a vector are added, until it is a number."""
        ir, builder, lanes = self.ir, self.builder, self.lanes
        index = ir.IntType(32)
        while lanes > 1:
            lanes //= 2
            kind = ir.VectorType(index, lanes)
            low, high = (
                ir.Constant(kind, [*range(lanes)]),
                ir.Constant(kind, [*range(lanes, 2 * lanes)]),
            )
            value = builder.fadd(
                builder.shuffle_vector(value, value, low),
                builder.shuffle_vector(value, value, high),
            )
        return builder.extract_element(value, ir.Constant(index, 0))

    @contextmanager
    def loop(self, rounds: Any, *stepped: tuple) -> Any:
        """A loop of one round or more; yields its counter, and values that grow by a step."""
        builder = self.builder
        before, body, after = (
            builder.block,
            builder.append_basic_block("body"),
            builder.append_basic_block("after"),
        )
        builder.branch(body)
        builder.position_at_end(body)
        starts = [(self.const(0), self.const(1)), *stepped]
        values = [builder.phi(start.type) for start, _ in starts]
        yield values[0], values[1:]
        for value, (start, step) in zip(values, starts, strict=True):
            is_address = value.type.is_pointer
            grown = builder.gep(value, [step]) if is_address else builder.add(value, step)
            value.add_incoming(start, before)
            value.add_incoming(grown, builder.block)
            if value is values[0]:
                counter = grown
        builder.cbranch(builder.icmp_signed("<", counter, rounds), body, after)
        builder.position_at_end(after)
