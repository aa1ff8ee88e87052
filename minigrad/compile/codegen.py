"""Codegen: the source of a kernel for each fused group.

A kernel is a loop over rows (all axes but the last, as one), and in it a loop over the last axis.
Axes that all arrays treat alike are one axis, so that most groups are one flat loop. Sizes,
addresses and numbers come in when the kernel runs: groups of the same structure have the same
source, whatever their sizes, and share one kernel.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.compile import expressions
from minigrad.compile.fuse import REDUCTIONS, Group
from minigrad.compile.program import Var
from minigrad.kernels import jit, native

IN_SOURCE = frozenset({0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 4.0, 0.25})
"""Numbers that are part of a kernel; others are passed to it, as a batch size would be."""

_PARALLEL_ABOVE = 1 << 17
_SHARE = 1 << 15
_CHUNK = 1 << 11


class Number:
    """A number that is passed to a kernel."""

    __slots__ = ("dtype", "value")

    def __init__(self, value: Any, dtype: np.dtype) -> None:
        self.value = value
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"{self.value!r}"


class Fragment:
    """A group as code, and what its kernel has to be told.

    Attributes:
        source: Of the kernel; `name` is its name.
        block: What the kernel's block holds: sizes, then Vars and Numbers, for their addresses.
        rows: How many rows there are to do.
        shares: In how many parts they may be done at the same time.
        flat: Whether the kernel does element by element of arrays that all have one size.
    """

    __slots__ = ("block", "flat", "group", "name", "namespace", "rows", "shares", "source")

    def __init__(self, group: Group, name: str, source: str, block: list, rows: int) -> None:
        self.group = group
        self.name = name
        self.source = source
        self.block = block
        self.rows = rows
        self.shares = 1
        self.flat = False
        self.namespace: dict[str, Any] = {}  # what the source uses besides the usual


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
    def __init__(self, group: Group, constants: dict, memory: Callable) -> None:
        self.group = group
        self.constants = constants
        self.memory = memory
        self.block: list[Any] = []
        self.sizes = 0
        self.before: list[str] = []  # lines before all loops
        self.per_row: list[str] = []
        self.loads: list[str] = []
        self.body: list[str] = []
        self.stores: list[str] = []
        self.after_row: list[str] = []
        self.after: list[str] = []
        self.names: dict[Any, str] = {}  # of values, by Var
        self.arrays: dict[tuple, str] = {}
        self.numbers: dict[tuple, str] = {}
        self.uses_index = self.flat = self.chunked = False
        self.flags = self._collapse()

    # The shape of the loops

    def _flags_of(self, shape: tuple[int, ...]) -> tuple[bool, ...]:
        whole = self.group.shape
        padded = (1,) * (len(whole) - len(shape)) + tuple(shape)
        return tuple(length > 1 for length in padded)

    def _collapse(self) -> dict[Var, tuple[bool, ...]]:
        """For each array, along which of the loop's axes it extends; `self.axes` are their
        lengths."""
        group = self.group
        flags: dict[Var, tuple[bool, ...]] = {}
        for equation in group.equations:
            for var in equation.vars:
                flags[var] = self._flags_of(var.shape)
            (out,) = equation.outputs
            if equation.primitive.name in REDUCTIONS:
                over = equation.params["axis"]
                flags[out] = tuple(
                    length > 1 and axis not in over for axis, length in enumerate(group.shape)
                )
            else:
                flags[out] = self._flags_of(group.shape)
        patterns = list(flags)
        kept: list[list[int]] = []
        for axis, length in enumerate(group.shape):
            if length == 1:
                continue
            if kept and all(flags[var][axis] == flags[var][kept[-1][0]] for var in patterns):
                kept[-1].append(axis)
            else:
                kept.append([axis])
        self.axes = [
            functools.reduce(lambda n, axis: n * group.shape[axis], axes, 1) for axes in kept
        ]
        if not self.axes:
            self.axes = [1]
            return dict.fromkeys(patterns, (True,))
        return {var: tuple(flags[var][axes[0]] for axes in kept) for var in patterns}

    # Operands

    def _word(self, what: Any) -> str:
        for place, one in enumerate(self.block):
            if one is what:
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
            word = self._word_of(var)
            item = var.dtype.itemsize
            at = f"{var.dtype.name}_at"
            if self.flat or self.chunked:
                if not flags[-1]:
                    self.before.append(f"{name} = {at}({word}, 1)")
                elif self.flat:
                    self.before.append(f"{name} = {at}({word} + start * {item}, n)")
                else:
                    self.per_row.append(f"{name} = {at}({word} + r * {_CHUNK * item}, m)")
            else:
                offset = self._offset(flags)
                length = "n" if flags[-1] else "1"
                step = f"{offset} * {length}" if length == "n" else offset
                place = word if offset is None else f"{word} + {step} * {item}"
                lines = self.before if offset is None else self.per_row
                lines.append(f"{name} = {at}({place}, {length})")
        return name

    def _word_of(self, var: Var) -> str:
        memory = self.memory(var)
        for place, one in enumerate(self.block):
            if isinstance(one, Var) and self.memory(one) is memory:
                return f"w[{place}]"
        self.block.append(var)
        return f"w[{len(self.block) - 1}]"

    def _number(self, value: Any, dtype: np.dtype) -> str:
        if dtype.kind == "b" or value in IN_SOURCE or value != value:
            return expressions.number(value, dtype.name)
        key = (repr(value), dtype)
        name = self.numbers.get(key)
        if name is None:
            name = self.numbers[key] = f"s{len(self.numbers)}"
            word = self._word(Number(value, dtype))
            self.before.append(f"{name} = {dtype.name}_at({word}, 1)[0]")
        return name

    def _value(self, var: Var) -> str:
        """The code for one element of an operand."""
        name = self.names.get(var)
        if name is not None:
            return name
        constant = self.constants.get(var)
        if constant is not None and constant.size:
            first = constant.flat[0]
            if constant.size <= 1 << 16 and bool((constant == first).all()):
                return self._number(first.item(), var.dtype)
        name = self.names[var] = f"x{len(self.names)}"
        array = self._array(var)
        flags = self.flags[var]
        if flags[-1]:
            self.loads.append(f"{name} = {array}[j]")
        else:
            lines = self.before if self._offset(flags) is None else self.per_row
            lines.append(f"{name} = {array}[0]")
        return name

    # Writing

    def write(self) -> Fragment:
        group = self.group
        reductions = [one for one in group.equations if one.primitive.name in REDUCTIONS]
        self.flat = len(self.axes) == 1 and not reductions
        self.chunked = len(self.axes) == 1 and bool(reductions)
        if self.flat:
            self.before.append("n = stop - start")
        elif self.chunked:  # sums of sums are more exact
            self._word(("n", self.axes[0]))
            self.before.append("n = w[0]")
            self.per_row.append(f"m = min(n - r * {_CHUNK}, {_CHUNK})")
        else:
            self._word(("n", self.axes[-1]))
            self.before.append("n = w[0]")
            for axis in range(1, len(self.axes) - 1):
                word = self._word((f"n{axis}", self.axes[axis]))
                self.before.append(f"n{axis} = {word}")
        for equation in group.equations:
            operands = [
                self._value(x)
                if type(x) is Var
                else self._number(
                    int(x)
                    if type(x) is bool and expressions.computed_in(equation).kind != "b"
                    else x,
                    expressions.computed_in(equation),
                )
                for x in equation.inputs
            ]
            (out,) = equation.outputs
            if equation.primitive.name in REDUCTIONS:
                self._reduce(equation, operands[0], out)
                continue
            name = f"t{len(self.names)}"
            self.body.append(f"{name} = {expressions.code(equation, operands)}")
            self.names[out] = name
            if out in group.writes:
                self.stores.append(f"{self._array(out)}[j] = {name}")
        return self._assemble(bool(reductions))

    def _reduce(self, equation: Any, value: str, out: Var) -> None:
        kind = REDUCTIONS[equation.primitive.name]
        flags = self.flags[out]
        scalar = expressions.type_name(out.dtype)
        array = self._array(out)
        over_outer = self.chunked or not all(flags[:-1])

        def combined(a: str, b: str) -> str:
            text = f"{kind}({a}, {b})"
            return text if out.dtype.kind == "f" else f"{scalar}({text})"

        first = self._first_visit(flags)
        if flags[-1]:  # over rows: one sum for each element of a row
            if first is None:
                self.stores.append(f"{array}[j] = {value}")
            else:
                # In the order of the rows, as NumPy sums.
                text = f"{array}[j] + {value}" if kind == "plus" else f"{kind}({array}[j], {value})"
                if out.dtype.kind != "f":
                    text = f"{scalar}({text})"
                self.stores.append(f"{array}[j] = select({first}, {value}, {text})")
            return
        total = f"sum{len(self.names)}"
        self.names[total] = total
        start = {
            "plus": f"{scalar}(0)",
            "maximum": expressions.number(-np.inf, out.dtype.name)
            if out.dtype.kind == "f"
            else f"{scalar}({np.iinfo(out.dtype).min})",
            "minimum": expressions.number(np.inf, out.dtype.name)
            if out.dtype.kind == "f"
            else f"{scalar}({np.iinfo(out.dtype).max})",
        }[kind]
        self.per_row.append(f"{total} = {start}")
        self.body.append(f"{total} = {combined(total, value)}")
        if not over_outer:
            self.after_row.append(f"{array}[0] = {total}")
        else:
            text = f"select({first}, {total}, {combined(f'{array}[0]', total)})"
            self.after_row.append(f"{array}[0] = {text if first else total}")

    def _first_visit(self, flags: tuple[bool, ...]) -> str | None:
        """The condition that a row is the first that is summed into its place."""
        outer = flags[:-1]
        if self.chunked or (outer and not any(outer)):
            return "r == 0"
        if all(outer):
            return None
        self.uses_index = True
        return " and ".join(f"i{axis} == 0" for axis, kept in enumerate(outer) if not kept)

    def _assemble(self, reduces: bool) -> Fragment:
        group = self.group
        block_words = len(self.block)
        lines = [f"w = int64_at(block, {block_words})"]
        lines += self.before
        inner = [*self.loads, *self.body, *self.stores]
        rows = 1
        for length in self.axes[:-1]:
            rows *= length
        if self.flat:
            lines.append("for j in range(n):")
            lines += [f"    {line}" for line in inner]
            rows = self.axes[0]
        else:
            lines.append("for r in range(start, stop):")
            if self.uses_index:
                outer = len(self.axes) - 1
                lines.append("    q = r")
                for axis in range(outer - 1, 0, -1):
                    lines += [f"    i{axis} = q % n{axis}", f"    q = q // n{axis}"]
                lines.append("    i0 = q")
            lines += [f"    {line}" for line in self.per_row]
            lines.append(f"    for j in range({'m' if self.chunked else 'n'}):")
            lines += [f"        {line}" for line in inner]
            lines += [f"    {line}" for line in self.after_row]
            if self.chunked:
                rows = -(-self.axes[0] // _CHUNK)
        title = _name([one.primitive.name for one in group.equations])
        source = f"def {title}(block, start, stop):\n"
        source += "".join(f"    {line}\n" for line in lines if line)
        fragment = Fragment(group, title, source, self.block, rows)
        fragment.flat = self.flat
        size = functools.reduce(lambda a, b: a * b, self.axes, 1)
        apart = all(
            all(self.flags[one.outputs[0]][:-1])
            for one in group.equations
            if one.primitive.name in REDUCTIONS
        )
        if size >= _PARALLEL_ABOVE and apart and rows > 1 and not self.chunked:
            fragment.shares = min(rows, shares(size))
        return fragment


def shares(size: int) -> int:
    """In how many parts work on so many elements may be done at the same time."""
    return size // _SHARE if size >= _PARALLEL_ABOVE else 1


def _name(primitives: list[str]) -> str:
    words: list[str] = []
    for name in primitives:
        short = {"reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min"}.get(name, name)
        if not words or words[-1] != short:
            words.append(short)
    text = re.sub(r"\W", "", "_".join(words[:5]))
    # Not the bare name of an op, which may be that of a function that the kernel calls.
    return text + ("_etc" if len(words) > 5 else "_kernel" if len(words) == 1 else "")


_addresses: dict[str, int] = {}


def address(fragment: Fragment) -> int:
    """The address of a fragment's kernel, which is compiled if none of its kind has been yet."""
    found = _addresses.get(fragment.source)
    if found is None:
        found = _addresses[fragment.source] = native.address(function_of(fragment))
    return found


def function_of(fragment: Fragment) -> Callable[[int, int, int], None]:
    """A fragment's kernel as a Python function, which does the same at a snail's pace."""
    kernel = jit.compile_source(
        fragment.source,
        fragment.name,
        native.NATIVE,
        {**expressions.NAMESPACE, **fragment.namespace},
    )
    return kernel.function
