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


INLINES[multiply] = {"": multiply}


@emits(multiply, told=lambda: inspect.getsource(sys.modules[__name__]))
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
            function = _product(builder.module, item)
            builder.call(function, args[1:])
            return context.get_dummy_value()

        return types.void(like, *[types.int64] * 12), generate

    @numba.extending.overload(multiply)
    def _multiply(like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add):
        if like not in (types.float32, types.float64):
            return None

        def call(like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add):
            emit(like, rows, panels, depth, a, a_row, a_step, b, b_step, b_panel, c, c_row, add)

        return call

    def _product(module: Any, item: Any) -> Any:
        """The function in LLVM's code, written into a module once."""
        name = f"minigrad_tiles_{'f64' if isinstance(item, ir.DoubleType) else 'f32'}"
        if name in module.globals:
            return module.globals[name]
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [word] * 12), name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        _Product(module, builder, item, function.args).write()
        builder.ret_void()
        return function


class _Product:
    """Writes the code: for each panel, for each block of rows, for each k."""

    def __init__(self, module: Any, builder: Any, item: Any, args: Any) -> None:
        from llvmlite import ir

        self.ir, self.module, self.builder, self.item = ir, module, builder, item
        self.word = ir.IntType(64)
        self.size = 8 if isinstance(item, ir.DoubleType) else 4
        self.vector = ir.VectorType(item, PANEL // self.size)
        (self.rows, self.panels, self.depth, self.a, self.a_row, self.a_step) = args[:6]
        (self.b, self.b_step, self.b_panel, self.c, self.c_row, self.add) = args[6:]

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

    def write(self) -> None:
        builder, rows = self.builder, self.const(ROWS)
        blocks = builder.sdiv(self.rows, rows)
        rest = builder.srem(self.rows, rows)
        panel = (self.b, self.b_panel), (self.c, self.const(PANEL))
        with self.loop(self.panels, *panel) as ((b, c), _):
            steps = (
                (self.a, builder.mul(self.a_row, rows)),
                (c, builder.mul(self.c_row, rows)),
            )
            with self.loop(blocks, *steps) as (places, _):
                self.tile(places[0], b, places[1], ROWS)
            single = (places[0], self.a_row), (places[1], self.c_row)
            with self.loop(rest, *single) as ((a, c), _):
                self.tile(a, b, c, 1)

    def load(self, address: Any, kind: Any) -> Any:
        value = self.builder.load(self.builder.inttoptr(address, kind.as_pointer()))
        value.align = self.size
        return value

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
            place = builder.inttoptr(
                builder.add(c, builder.mul(self.c_row, self.const(i))), vector.as_pointer()
            )
            with builder.if_else(adds) as (then, otherwise):
                with then:
                    old = builder.load(place)
                    old.align = self.size
                    builder.store(builder.fadd(old, totals[i]), place).align = self.size
                with otherwise:
                    builder.store(totals[i], place).align = self.size
