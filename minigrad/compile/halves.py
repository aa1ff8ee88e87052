"""Halves: float16 and bfloat16 in a program: 16 bits in memory, computed in float32.

They need one rule: an equation reads halves as float32, and rounds its result once if its output is
a half. Loops do that in registers. Three things are left for this stage. `in_float32` splits what
no loop does in one (sums, products, calls) into the same on float32 and a rounding, which then
fuses with what follows; `casts_at_loops` sees to that. `stored_wide` finds the halves that a
product or a call needs as float32 in memory, and writes that conversion as an equation of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.autograd.primitive import PRIMITIVES, Primitive
from minigrad.autograd.promotion import HALVES
from minigrad.compile import expressions
from minigrad.compile.launches import is_in_loop, swaps_last_two
from minigrad.compile.program import Equation, Operand, Program, Var, check, first_free, rewritten
from minigrad.kernels.halves import converted

FLOAT32 = np.dtype("float32")

WIDEN = Primitive(
    "widen",
    lambda x, late: converted(x, FLOAT32),
    dtype=lambda x, late: "float32",
    promote=None,
    moves=True,
)
"""A half as float32 in memory; `late`: made where it is needed, not where the half is."""

ROUNDED = Primitive(
    "rounded_to",
    lambda x, half: converted(converted(x, np.dtype(half)), FLOAT32),
    dtype=lambda x, half: "float32",
    promote=None,
    moves=True,
)
"""A float32 that has been a half: as cheap to compute again as to read."""

_FAR = 24
"""After so many equations a float32 copy of an activation is rather made again than kept."""


def has_halves(program: Program) -> bool:
    """Whether there is anything to do here."""
    return any(x.dtype in HALVES for one in program.equations for x in (*one.vars, *one.outputs))


class _Writer:
    """Writes equations with new Vars."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.equations: list[Equation] = []
        self.next = first_free(program)

    def var(self, shape: tuple[int, ...], dtype: Any = FLOAT32) -> Var:
        """A Var that nobody has yet."""
        self.next += 1
        return Var(self.next - 1, shape, dtype)

    def write(self, primitive: Primitive, x: Var, out: Var, where: str = "", **params: Any) -> Var:
        """Append `out = primitive(x)`."""
        self.equations.append(Equation(primitive, (x,), params, (out,), where))
        return out


def in_float32(program: Program) -> Program:
    """The program with the results of sums, products and calls in float32, rounded afterwards."""
    write = _Writer(program)
    for one in program.equations:
        params = one.params
        drawn = one.primitive.name == "dropout_mask"
        if not any(out.dtype in HALVES for out in one.outputs) or (
            not drawn and (one.primitive.moves or expressions.is_elementwise(one))
        ):
            write.equations.append(one)
            continue
        if drawn:
            params = {**params, "dtype": "float32"}
        outputs = tuple(write.var(out.shape) if out.dtype in HALVES else out for out in one.outputs)
        write.equations.append(Equation(one.primitive, one.inputs, params, outputs, one.where))
        for wide, out in zip(outputs, one.outputs, strict=True):
            if wide is not out:
                write.write(PRIMITIVES["cast"], wide, out, one.where, dtype=out.dtype.name)
    return check(rewritten(program, write.equations, lambda var: var))


def casts_at_loops(program: Program) -> Program:
    """The program with casts moved past reshapes, to where there is a loop that can do them.

    A reshape costs nothing, but it stands between loops. A rounding is done where the number is
    made, if that is in a loop; else, as a widening, where the number is used.
    """
    return check(_Moving(program).run())


class _Moving(_Writer):
    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.instead: dict[int, list[Equation]] = {}  # of equations, by their id
        self.users: dict[Var, list[Equation]] = {}
        self.made_by: dict[Var, Equation] = {}
        for one in program.equations:
            for x in one.vars:
                self.users.setdefault(x, []).append(one)
            for out in one.outputs:
                self.made_by[out] = one

    def run(self) -> Program:
        casts = [one for one in self.program.equations if self._is_cast(one)]
        for one in casts:
            if one.outputs[0].dtype in HALVES:
                self._to_maker(one)
        outputs = set(self.program.outputs())
        for one in reversed(casts):
            if id(one) not in self.instead and one.outputs[0] not in outputs:
                self._to_user(one)
        waiting = self.program.equations[::-1]
        while waiting:
            one = waiting.pop()
            instead = self.instead.get(id(one))
            if instead is None:
                self.equations.append(one)
            else:
                waiting += reversed(instead)
        return rewritten(self.program, self.equations, lambda var: var)

    def _is_cast(self, one: Equation) -> bool:
        kinds = {x.dtype for x in (*one.vars, *one.outputs)}
        return one.primitive.name == "cast" and FLOAT32 in kinds and bool(kinds & HALVES)

    def _to_maker(self, cast: Equation) -> None:
        """cast(reshape(x)) is reshape(cast(x)), if a loop makes x."""
        (x,), (out,) = cast.vars, cast.outputs
        reshape = self.made_by.get(x)
        if reshape is None or reshape.primitive.name != "reshape_to":
            return
        (base,) = reshape.vars
        if not self._is_made_in_loop(base):
            return
        half = self.var(base.shape, out.dtype)
        self.instead[id(cast)] = [
            Equation(cast.primitive, (base,), cast.params, (half,), cast.where),
            Equation(reshape.primitive, (half,), {"shape": out.shape}, (out,), cast.where),
        ]

    def _to_user(self, cast: Equation) -> None:
        """reshape(cast(x)) is cast(reshape(x)), if that is what the cast is for."""
        (x,), (out,) = cast.vars, cast.outputs
        users = self.users.get(out, [])
        if len(users) != 1 or users[0].primitive.name != "reshape_to":
            return
        if out.dtype in HALVES and self._is_made_in_loop(x):
            return
        (reshape,) = users
        (last,) = reshape.outputs
        wide = self.var(last.shape, x.dtype)
        moved = Equation(reshape.primitive, (x,), reshape.params, (wide,), reshape.where)
        self.instead[id(cast)] = []
        self.instead[id(reshape)] = [
            moved,
            Equation(cast.primitive, (wide,), cast.params, (last,), cast.where),
        ]
        self.users[x] = [moved if one is cast else one for one in self.users[x]]

    def _is_made_in_loop(self, x: Var) -> bool:
        maker = self.made_by.get(x)
        return maker is not None and maker.primitive.name != "reshape_to" and is_in_loop(maker)


def stored_wide(program: Program) -> Program:
    """The program with conversions to float32 for the operands of products and calls.

    Weights are converted once in a step. Activations that the walk back needs again are converted
    again, so that in between only their 16 bits are kept.
    """
    return check(_Storing(program).run())


class _Storing(_Writer):
    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.made_by: dict[Var, Equation] = {}
        self.copies: dict[Var, tuple[Var, int]] = {}  # of halves: the float32 one, and since when
        self.moved: dict[tuple[Var, Var], Var] = {}  # of halves and copies: reshaped as the half is
        self.sources = set(program.sources())
        self.passing = _only_passing(program)

    def run(self) -> Program:
        for position, one in enumerate(self.program.equations):
            inputs = one.inputs
            if one.primitive.name == "cast" and inputs[0] in self.passing:
                (half,) = one.vars
                inputs = self.made_by[half].inputs
                one = Equation(ROUNDED, inputs, {"half": half.dtype.name}, one.outputs, one.where)
            if not (is_in_loop(one) or one.primitive.moves):
                inputs = tuple(self._wide(x, position, one.where) for x in inputs)
                one = one.with_inputs(inputs)
            for out in one.outputs:
                self.made_by[out] = one
            self.equations.append(one)
        return rewritten(self.program, self.equations, lambda var: var)

    def _wide(self, x: Operand, position: int, where: str) -> Operand:
        """What stands in for an operand: float32 in memory."""
        if type(x) is not Var or x.dtype not in HALVES:
            return x
        # The copy is of what a reshape or a transposition is of: these cost nothing.
        steps = []
        base = x
        while (maker := self.made_by.get(base)) is not None and _costs_nothing(maker):
            steps.append(maker)
            base = maker.vars[0]
        copy, since = self.copies.get(base, (None, 0))
        if copy is None or (position - since > _FAR and not self._is_weight(base)):
            late = copy is not None
            copy = self.write(WIDEN, base, self.var(base.shape), where, late=late)
        self.copies[base] = copy, position
        for step in reversed(steps):
            (half,) = step.outputs
            moved = self.moved.get((half, copy))
            if moved is None:
                moved = self.var(half.shape)
                self.write(step.primitive, copy, moved, step.where, **step.params)
                self.moved[half, copy] = moved
            copy = moved
        return copy

    def _is_weight(self, half: Var) -> bool:
        """Whether a half is what the step began with, or a cast of that."""
        maker = self.made_by.get(half)
        if maker is None:
            return True
        return maker.primitive.name == "cast" and all(x in self.sources for x in maker.vars)


def _only_passing(program: Program) -> set[Var]:
    """The halves that are made of float32 only to become float32 again."""
    outputs = set(program.outputs())
    found: set[Var] = set()
    for one in program.equations:
        if one.primitive.name == "cast" and one.vars[0].dtype == FLOAT32:
            found.update(out for out in one.outputs if out.dtype in HALVES and out not in outputs)
    for one in program.equations:
        if one.primitive.name != "cast" or one.outputs[0].dtype != FLOAT32:
            found.difference_update(one.vars)
    return found


def _costs_nothing(equation: Equation) -> bool:
    name = equation.primitive.name
    return name == "reshape_to" or (name == "permute" and swaps_last_two(equation.params["axes"]))
