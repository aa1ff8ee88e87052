"""Codegen: the source of a kernel for each fused group (see `loops` for what it looks like)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.compile import expressions
from minigrad.compile.fragments import Fragment, Number, shares
from minigrad.compile.launches import REDUCTIONS, Group
from minigrad.compile.loops import Loops
from minigrad.compile.program import Equation, Var, name_of

IN_SOURCE = frozenset({0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 4.0, 0.25})
"""Numbers that are part of a kernel; others are passed to it, as a batch size would be."""

_CHUNK = 1 << 11


def generate(
    group: Group,
    constants: dict[Var, np.ndarray],
    memory: Callable[[Var], Any] = lambda var: var,
) -> Fragment:
    """The code of a group.

    Args:
        group: What to compute.
        constants: Values of Vars that never change.
        memory: What stands for the memory of a Var; two Vars of the same memory are one array.
    """
    return _Writer(group, constants, memory).write()


class _Writer:
    """Writes the kernel of one group."""

    def __init__(self, group: Group, constants: dict, memory: Callable) -> None:
        self.group = group
        self.constants = constants
        self.memory = memory
        self.loops = Loops(group)
        self.axes, self.flags = self.loops.axes, self.loops.flags
        self.block: list[Any] = []
        self.before: list[str] = []  # lines before all loops
        self.per_row: list[str] = []  # lines before the loops over a row
        self.loads: list[str] = []
        self.body: list[str] = []
        self.stores: list[str] = []
        self.after: list[str] = []  # lines after one loop over a row
        self.names: dict[Any, str] = {}  # of values that stay, by Var
        self.in_loop: dict[Var, str] = {}  # of values in the loop that is being written
        self.arrays: dict[tuple, str] = {}
        self.numbers: dict[tuple, str] = {}
        self.count = 0
        self.uses_index = False

    # Operands

    def _new(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count - 1}"

    def _word(self, what: Any) -> str:
        for place, one in enumerate(self.block):
            if one is what or (
                isinstance(one, Var)
                and isinstance(what, Var)
                and self.memory(one) is self.memory(what)
            ):
                return f"w[{place}]"
        self.block.append(what)
        return f"w[{len(self.block) - 1}]"

    def _offset(self, flags: tuple[bool, ...]) -> str | None:
        """Which row of an array belongs to the row of the loop: None if always the first."""
        outer = flags[:-1]
        if not any(outer):
            return None
        if all(outer):
            return "r"
        self.uses_index = True
        terms = ""
        for axis, extends in enumerate(outer):
            if extends:
                terms = f"({terms}) * n{axis} + i{axis}" if terms else f"i{axis}"
        return f"({terms})"

    def _array(self, var: Var) -> str:
        """The name of an array: of a row of it inside the loop."""
        flags = self.flags[var]
        key = (self.memory(var), flags, var.dtype)
        name = self.arrays.get(key)
        if name is None:
            name = self.arrays[key] = f"a{len(self.arrays)}"
            word = self._word(var)
            item = var.dtype.itemsize
            at = f"{name_of(var.dtype)}_at"
            if self.loops.flat or self.loops.chunked:
                if not flags[-1]:
                    self.before.append(f"{name} = {at}({word}, 1)")
                elif self.loops.flat:
                    self.before.append(f"{name} = {at}({word} + start * {item}, n)")
                else:
                    self.per_row.append(f"{name} = {at}({word} + r * {_CHUNK * item}, m)")
            else:
                offset = self._offset(flags)
                length = "n" if flags[-1] else "1"
                step = f"{offset} * {length}" if length == "n" else offset
                place = word if offset is None else f"{word} + {step} * {item}"
                if self.loops.columnwise and flags[-1]:
                    step = f"start * {item}" if offset is None else f"(r * width + start) * {item}"
                    place = f"{word} + {step}"
                lines = self.before if offset is None else self.per_row
                lines.append(f"{name} = {at}({place}, {length})")
        return name

    def _number(self, value: Any, dtype: np.dtype) -> str:
        if dtype.kind == "b" or value in IN_SOURCE or value != value:
            return expressions.number(value, name_of(dtype))
        key = (repr(value), dtype)
        name = self.numbers.get(key)
        if name is None:
            name = self.numbers[key] = f"s{len(self.numbers)}"
            word = self._word(Number(value, dtype))
            self.before.append(f"{name} = {name_of(dtype)}_at({word}, 1)[0]")
        return name

    def _value(self, var: Var) -> str:
        """The code for one element of an operand."""
        name = self.names.get(self.group.cells.get(var, var)) or self.in_loop.get(var)
        if name is not None:
            return name
        constant = self.constants.get(var)
        if constant is not None and constant.size:
            first = constant.flat[0]
            if constant.size <= 1 << 16 and bool((constant == first).all()):
                computed = expressions.computed(var.dtype)
                return self._number(first.astype(computed).item(), computed)
        name = self._new("x")
        array = self._array(var)
        if self.flags[var][-1]:
            self.in_loop[var] = name
            self.loads.append(f"{name} = {self._read(f'{array}[j]', var)}")
        else:
            self.names[var] = name
            lines = self.before if self._offset(self.flags[var]) is None else self.per_row
            lines.append(f"{name} = {self._read(f'{array}[0]', var)}")
        return name

    def _read(self, text: str, var: Var) -> str:
        return (
            expressions.widened(text, var.dtype) if name_of(var.dtype) in expressions.HALF else text
        )

    def _made(self, equation: Equation, lines: list[str], letter: str) -> tuple[str, str]:
        """Write the value of an equation; return its name, and that of what is stored of it."""
        (out,) = equation.outputs
        text = expressions.code(equation, self._operands(equation))
        if name_of(out.dtype) not in expressions.HALF:
            name = self._new(letter)
            lines.append(f"{name} = {text}")
            return name, name
        bits, name = self._new("h"), self._new(letter)
        lines.append(f"{bits} = {expressions.rounded(text, out.dtype)}")
        lines.append(f"{name} = {expressions.widened(bits, out.dtype)}")
        return name, bits

    def _operands(self, equation: Equation) -> list[str]:
        dtype = expressions.computed_in(equation)
        return [
            self._value(x) if type(x) is Var else self._number(_as(x, dtype), dtype)
            for x in equation.inputs
        ]

    # Writing

    def write(self) -> Fragment:
        if self.loops.flat:
            self.before.append("n = stop - start")
        elif self.loops.columnwise:
            self.block += [("width", self.axes[1]), ("rows", self.axes[0])]
            self.before += ["n = stop - start", "width = w[0]"]
        else:
            self.block.append(("n", self.axes[-1]))
            self.before.append("n = w[0]")
            for axis in range(1, len(self.axes) - 1):
                self.block.append((f"n{axis}", self.axes[axis]))
                self.before.append(f"n{axis} = w[{axis}]")
        if self.loops.chunked:
            self.per_row.append(f"m = min(n - r * {_CHUNK}, {_CHUNK})")
        rows: list[str] = []
        for number in range(self.loops.count):
            self._write_loop(number)
            rows.append(f"for j in range({'m' if self.loops.chunked else 'n'}):")
            rows += [f"    {line}" for line in (*self.loads, *self.body, *self.stores)]
            rows += self.after
            self.in_loop = {}
            self.loads, self.body, self.stores, self.after = [], [], [], []
        return self._assemble(rows)

    def _write_loop(self, number: int) -> None:
        group = self.group
        for equation in group.equations:
            (out,) = equation.outputs
            if self.loops.sum_in.get(out) == number:
                self._reduce(equation, self._operands(equation)[0], out)
            elif number in self.loops.computed_in.get(out, ()):
                self.in_loop[out], stored = self._made(equation, self.body, "t")
                if self.loops.kept_in.get(out) == number:
                    self.stores.append(f"{self._array(out)}[j] = {stored}")
            elif out in group.cells and self.loops.known_after.get(out) == number + 1:
                self.names[out], stored = self._made(equation, self.after, "c")
                if out in group.writes:
                    self.after.append(f"{self._array(out)}[0] = {stored}")

    def _reduce(self, equation: Equation, value: str, out: Var) -> None:
        kind = REDUCTIONS[equation.primitive.name]
        flags = self.flags[out]
        scalar = expressions.type_name(out.dtype)
        is_cell = out in self.group.cells
        over_outer = self.loops.chunked or not all(flags[:-1])

        def combined(a: str, b: str) -> str:
            text = f"{kind}({a}, {b})"
            return text if out.dtype.kind == "f" else f"{scalar}({text})"

        first = self._first_visit(flags)
        if flags[-1] and not self.loops.chunked and (len(self.axes) > 1):
            # Over rows: one sum for each element of a row, in the order of the rows, as NumPy sums.
            array = self._array(out)
            if first is None:
                self.stores.append(f"{array}[j] = {value}")
            else:
                text = f"{array}[j] + {value}" if kind == "plus" else f"{kind}({array}[j], {value})"
                if out.dtype.kind != "f":
                    text = f"{scalar}({text})"
                self.stores.append(f"{array}[j] = select({first}, {value}, {text})")
            return
        total = self._new("sum")
        self.per_row.append(f"{total} = {_start(kind, out.dtype)}")
        self.body.append(f"{total} = {combined(total, value)}")
        if is_cell:
            self.names[out] = total
            if out in self.group.writes:
                self.after.append(f"{self._array(out)}[0] = {total}")
            return
        array = self._array(out)
        if not over_outer:
            self.after.append(f"{array}[0] = {total}")
        else:
            text = f"select({first}, {total}, {combined(f'{array}[0]', total)})"
            self.after.append(f"{array}[0] = {text if first else total}")

    def _first_visit(self, flags: tuple[bool, ...]) -> str | None:
        """The condition that a row is the first that is summed into its place."""
        outer = flags[:-1]
        if self.loops.chunked or (outer and not any(outer)):
            return "r == 0"
        if all(outer):
            return None
        self.uses_index = True
        return " and ".join(f"i{axis} == 0" for axis, kept in enumerate(outer) if not kept)

    def _assemble(self, inner: list[str]) -> Fragment:
        group = self.group
        lines = [f"w = int64_at(block, {len(self.block)})", *self.before]
        rows = functools.reduce(lambda a, b: a * b, self.axes[:-1], 1)
        if self.loops.flat:
            lines += inner
            rows = self.axes[0]
        else:
            span = "w[1]" if self.loops.columnwise else "start, stop"
            lines.append(f"for r in range({span}):")
            if self.uses_index:
                lines.append("    q = r")
                for axis in range(len(self.axes) - 2, 0, -1):
                    lines += [f"    i{axis} = q % n{axis}", f"    q = q // n{axis}"]
                lines.append("    i0 = q")
            lines += [f"    {line}" for line in (*self.per_row, *inner)]
            if self.loops.chunked:
                rows = -(-self.axes[0] // _CHUNK)
        title = _name([one.primitive.name for one in group.equations])
        source = f"def {title}(block, start, stop):\n"
        source += "".join(f"    {line}\n" for line in lines)
        fragment = Fragment(group, title, source, self.block, rows)
        fragment.flat = self.loops.flat
        size = functools.reduce(lambda a, b: a * b, self.axes, 1)
        size *= 1 + sum(map(expressions.weight, group.equations))
        fragment.work = size
        if self.loops.columnwise:
            fragment.rows = self.axes[1]
            fragment.shares = max(1, min(fragment.rows // 64, shares(size)))
            return fragment
        apart = all(out in group.cells or all(self.flags[out][:-1]) for out in self.loops.sum_in)
        if apart and rows > 1 and not self.loops.chunked:
            fragment.shares = min(rows, shares(size))
        return fragment


def _as(x: Any, dtype: np.dtype) -> Any:
    return int(x) if type(x) is bool and dtype.kind != "b" else x


def _start(kind: str, dtype: np.dtype) -> str:
    """What a sum, a maximum or a minimum begins with."""
    if kind == "plus":
        return expressions.number(0, name_of(dtype))
    if dtype.kind == "f":
        return expressions.number(-np.inf if kind == "maximum" else np.inf, name_of(dtype))
    limits = np.iinfo(dtype)
    return expressions.number(limits.min if kind == "maximum" else limits.max, name_of(dtype))


def _name(primitives: list[str]) -> str:
    words: list[str] = []
    for name in primitives:
        short = {"reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min"}.get(name, name)
        if not words or words[-1] != short:
            words.append(short)
    text = re.sub(r"\W", "", "_".join(words[:5]))
    # Not the bare name of an op, which may be that of a function that the kernel calls.
    return text + ("_etc" if len(words) > 5 else "_kernel" if len(words) == 1 else "")
