"""Tiles: small matrix products whose sums stay in registers, for kernels that need them in a loop.

A call of BLAS takes a microsecond, and packs its operands each time. A kernel that goes through a
sequence step by step, or computes a few rows of scores to use them at once, multiplies matrices of
a few thousand elements. `multiply` is a loop over tiles of `ROWS` rows and one panel of columns,
written in LLVM's vector code, since no compiler keeps such a block of sums in registers by itself.

A panel is 64 bytes wide: 16 columns in float32, 8 in float64.
"""

import inspect
import sys
from contextlib import contextmanager
from typing import Any

from minigrad.kernels.inlining import INLINES, emits

PANEL = 64  # bytes: one register with AVX-512, two with AVX2
ROWS = 4  # eight registers of sums with AVX2: as many as multiply-adds are under way


def multiply(like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add):
    """c[i, :] = Σ a[i, k] · b[k, :], or more by that if `add`; exists in compiled code only.

    All is given by addresses and distances in bytes, so that operands are read transposed, or
    with gaps, where they lie.

    Args:
        like: A number of the dtype, float32 or float64.
        rows, panels, depth: i < rows, k < depth; there are whole panels of columns. depth > 0.
        a, a_row, a_step: a[i, k] is at a + i a_row + k a_step.
        b, b_step, b_panel: Panel p of b[k, :] is at b + k b_step + p b_panel.
        c, c_row: Panel p of c[i, :] is at c + i c_row + 64 p.
    """
    raise RuntimeError("tiles.multiply: only compiled kernels can call it.")


def pack(like, panels, depth, b, b_step, to, to_step, to_panel):
    """Copy whole panels of b, such that each lies in one piece; exists in compiled code only.

    Args:
        like: A number of the dtype, float32 or float64.
        panels, depth: There are so many panels, of so many rows.
        b, b_step: Panel p of b[k, :] is at b + k b_step + 64 p.
        to, to_step, to_panel: It goes to `to` + k to_step + p to_panel.
    """
    raise RuntimeError("tiles.pack: only compiled kernels can call it.")


INLINES[multiply] = {"": multiply}
INLINES[pack] = {"": pack}


@emits(multiply, pack, told=lambda: inspect.getsource(sys.modules[__name__]))
def _register(numba: Any) -> None:
    from llvmlite import ir

    types = numba.types
    word = ir.IntType(64)

    @numba.extending.intrinsic
    def emit(
        context, like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add
    ):
        def generate(context, builder, signature, args):
            item = context.get_value_type(signature.args[0])
            builder.call(written(builder.module, item, "multiply", 12), args[1:])
            return context.get_dummy_value()

        return types.void(like, *[types.int64] * 12), generate

    @numba.extending.overload(multiply)
    def _multiply(like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add):
        if like not in (types.float32, types.float64):
            return None

        def call(like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add):
            emit(like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add)

        return call

    @numba.extending.intrinsic
    def emit_pack(context, like, panels, depth, b, b_step, to, to_step, to_panel):
        def generate(context, builder, signature, args):
            item = context.get_value_type(signature.args[0])
            builder.call(written(builder.module, item, "pack", 7), args[1:])
            return context.get_dummy_value()

        return types.void(like, *[types.int64] * 7), generate

    @numba.extending.overload(pack)
    def _pack(like, panels, depth, b, b_step, to, to_step, to_panel):
        if like not in (types.float32, types.float64):
            return None

        def call(like, panels, depth, b, b_step, to, to_step, to_panel):
            emit_pack(like, panels, depth, b, b_step, to, to_step, to_panel)

        return call

    def written(module: Any, item: Any, what: str, arguments: int) -> Any:
        """A function in LLVM's code, written into a module once."""
        name = f"minigrad_{what}_{'f64' if isinstance(item, ir.DoubleType) else 'f32'}"
        if name in module.globals:
            return module.globals[name]
        kind = ir.FunctionType(ir.VoidType(), [word] * arguments)
        function = ir.Function(module, kind, name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        getattr(_Code(module, builder, item), what)(*function.args)
        builder.ret_void()
        return function


class _Code:
    """Writes the code of a function."""

    def __init__(self, module: Any, builder: Any, item: Any) -> None:
        from llvmlite import ir

        self.ir, self.module, self.builder, self.item = ir, module, builder, item
        self.word = ir.IntType(64)
        self.size = 8 if isinstance(item, ir.DoubleType) else 4
        self.vector = ir.VectorType(item, PANEL // self.size)

    def const(self, value: int) -> Any:
        return self.ir.Constant(self.word, value)

    @contextmanager
    def loop(self, rounds: Any, *stepped: tuple) -> Any:
        """A loop, of any number of rounds; yields phi nodes: numbers that grow by a step, and
        vectors, which are given new values by what was yielded as a list."""
        builder = self.builder
        head = builder.append_basic_block("head")
        body = builder.append_basic_block("body")
        after = builder.append_basic_block("after")
        before = builder.block
        builder.branch(head)
        builder.position_at_end(head)
        counter = builder.phi(self.word)
        values = [builder.phi(start.type) for start, _ in stepped]
        builder.cbranch(builder.icmp_signed("<", counter, rounds), body, after)
        builder.position_at_end(body)
        new: list[Any] = [None] * len(values)
        yield values, new
        counter.add_incoming(self.const(0), before)
        counter.add_incoming(builder.add(counter, self.const(1)), builder.block)
        for i, (value, (start, step)) in enumerate(zip(values, stepped, strict=True)):
            grown = builder.add(value, step) if new[i] is None else new[i]
            value.add_incoming(start, before)
            value.add_incoming(grown, builder.block)
        builder.branch(head)
        builder.position_at_end(after)

    def pack(self, panels: Any, depth: Any, *places: Any) -> None:
        """For each k, for each panel."""
        b, b_step, to, to_step, to_panel = places
        with (
            self.loop(depth, (b, b_step), (to, to_step)) as (row, _),
            self.loop(panels, (row[0], self.const(PANEL)), (row[1], to_panel)) as (panel, _),
        ):
            self.store(self.load(panel[0], self.vector), panel[1])

    def multiply(self, rows: Any, panels: Any, depth: Any, *places: Any) -> None:
        """For each panel, for each block of rows, for each k."""
        a, a_row, a_step, b, b_step, b_panel, c, c_row, add = places
        self.depth, self.a_row, self.a_step, self.b_step = depth, a_row, a_step, b_step
        self.c_row, self.add = c_row, add
        builder, tall = self.builder, self.const(ROWS)
        blocks, rest = builder.sdiv(rows, tall), builder.srem(rows, tall)
        with self.loop(panels, (b, b_panel), (c, self.const(PANEL))) as ((b, c), _):
            steps = (a, builder.mul(a_row, tall)), (c, builder.mul(c_row, tall))
            with self.loop(blocks, *steps) as (after, _):
                self.tile(after[0], b, after[1], ROWS)
            with self.loop(rest, (after[0], a_row), (after[1], c_row)) as ((one, to), _):
                self.tile(one, b, to, 1)

    def load(self, address: Any, kind: Any) -> Any:
        value = self.builder.load(self.builder.inttoptr(address, kind.as_pointer()))
        value.align = self.size
        return value

    def store(self, value: Any, address: Any) -> None:
        place = self.builder.inttoptr(address, value.type.as_pointer())
        self.builder.store(value, place).align = self.size

    def tile(self, a: Any, b: Any, c: Any, rows: int) -> None:
        ir, builder, vector = self.ir, self.builder, self.vector
        lanes = PANEL // self.size
        fma = self.module.globals.get(f"llvm.fma.v{lanes}f{8 * self.size}")
        if fma is None:
            kind = ir.FunctionType(vector, [vector] * 3)
            fma = ir.Function(self.module, kind, f"llvm.fma.v{lanes}f{8 * self.size}")
        zeros = ir.Constant(vector, [0.0] * lanes)
        undefined = ir.Constant(vector, ir.Undefined)
        index = ir.IntType(32)
        spread = ir.Constant(ir.VectorType(index, lanes), [0] * lanes)
        offsets = [builder.mul(self.a_row, self.const(i)) for i in range(rows)]
        start = (a, self.a_step), (b, self.b_step)
        sums = [(zeros, None)] * rows
        with self.loop(self.depth, *start, *sums) as ((a_here, b_here, *totals), new):
            factor = self.load(b_here, vector)
            for i in range(rows):
                one = self.load(builder.add(a_here, offsets[i]), self.item)
                one = builder.insert_element(undefined, one, ir.Constant(index, 0))
                one = builder.shuffle_vector(one, undefined, spread)
                new[2 + i] = builder.call(fma, [one, factor, totals[i]])
        adds = builder.icmp_signed("!=", self.add, self.const(0))
        for i in range(rows):
            place = builder.add(c, builder.mul(self.c_row, self.const(i)))
            with builder.if_else(adds) as (then, otherwise):
                with then:
                    self.store(builder.fadd(self.load(place, vector), totals[i]), place)
                with otherwise:
                    self.store(totals[i], place)
