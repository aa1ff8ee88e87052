"""Program: what a step computes, as one flat list of equations.

Three small records: a `Var` stands for one array, an `Equation` says which primitive makes which
Vars from which, and a `Program` has the equations in order, with what goes in and what comes out.
A Program has no loops, no branches and no Python in it, so that it can be checked, printed,
evaluated, and rewritten by the stages that follow.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigrad.autograd.primitive import Primitive
from minigrad.autograd.promotion import FLOAT32, HALVES
from minigrad.autograd.record import THREAD
from minigrad.kernels.halves import converted


@functools.cache
def name_of(dtype: np.dtype) -> str:
    """`dtype.name`, which NumPy puts together anew each time, within microseconds."""
    return dtype.name


class Var:
    """One array of a program: its shape and dtype; its values are known when the program runs."""

    __slots__ = ("dtype", "number", "shape")

    def __init__(self, number: int, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.number = number
        self.shape = shape
        self.dtype = dtype

    @property
    def size(self) -> int:
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def __repr__(self) -> str:
        return f"v{self.number}"

    def describe(self) -> str:
        """Name, dtype and shape: `v3:float32[32,10]`."""
        return f"{self}:{self.dtype}[{','.join(map(str, self.shape))}]"


Operand = Var | float | int | bool | None
"""What goes into an equation: a Var, a Python number (which is weakly typed), or nothing."""


@dataclass(slots=True, eq=False)
class Equation:
    """`outputs = primitive(*inputs, **params)`; `where` names the layer that asked for it."""

    primitive: Primitive
    inputs: tuple[Operand, ...]
    params: dict[str, Any]
    outputs: tuple[Var, ...]
    where: str = ""
    vars: list[Var] = field(init=False, repr=False)
    """The Vars among the inputs."""

    def __post_init__(self) -> None:
        self.vars = [x for x in self.inputs if type(x) is Var]

    def with_inputs(self, inputs: tuple[Operand, ...]) -> Equation:
        """The same of other inputs."""
        return Equation(self.primitive, inputs, self.params, self.outputs, self.where)

    def evaluate(self, values: Sequence[Any]) -> tuple:
        """The outputs for these inputs, by the primitive's own kernel.

        Halves are read as float32, and results are rounded where the output is a half.
        """
        if not self.primitive.moves:
            values = [
                converted(x, FLOAT32) if getattr(x, "dtype", None) in HALVES else x for x in values
            ]
        outputs = self.primitive.run(*values, **self.params)
        if type(outputs) is not tuple:
            outputs = (outputs,)
        return tuple(
            converted(made, out.dtype) if out.dtype in HALVES and made.dtype != out.dtype else made
            for made, out in zip(outputs, self.outputs, strict=True)
        )

    def __str__(self) -> str:
        made = ", ".join(out.describe() for out in self.outputs)
        params = "".join(f" {key}={value}" for key, value in self.params.items())
        taken = " ".join(map(str, self.inputs))
        comment = f"    # {self.where}" if self.where else ""
        return f"{made} = {self.primitive.name}{params} {taken}{comment}"


@dataclass(slots=True, eq=False)
class Program:
    """A flat program.

    Attributes:
        inputs: The arrays that a caller passes.
        states: Cells (Variables, gradients) that are read, with the Var of their value at the
            start.
        constants: Values that are always the same.
        equations: In an order in which each finds its inputs computed.
        results: What the caller gets back.
        updates: Cells that are written, with their value at the end (None: no value).
    """

    inputs: list[Var] = field(default_factory=list)
    states: list[tuple[Any, Var]] = field(default_factory=list)
    constants: dict[Var, np.ndarray] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    results: list[Var] = field(default_factory=list)
    updates: list[tuple[Any, Var | None]] = field(default_factory=list)

    def outputs(self) -> list[Var]:
        """All Vars that must have been computed at the end."""
        return [*self.results, *(var for _, var in self.updates if var is not None)]

    def sources(self) -> list[Var]:
        """All Vars that are there at the start."""
        return [*self.inputs, *(var for _, var in self.states), *self.constants]

    def evaluate(self, inputs: Iterable[Any], states: Iterable[Any]) -> tuple[list, list]:
        """Run the program equation by equation: the slow way that all others must agree with.

        Returns:
            The values of the results and of the updates.
        """
        values: dict[Any, Any] = dict(self.constants)
        values.update(zip(self.inputs, inputs, strict=True))
        values.update(zip((var for _, var in self.states), states, strict=True))
        THREAD.mode.quiet(evaluate_all, self.equations, values)
        return (
            [values[var] for var in self.results],
            [None if var is None else values[var] for _, var in self.updates],
        )

    def __str__(self) -> str:
        lines = ["program"]
        lines += [f"  input    {var.describe()}" for var in self.inputs]
        lines += [f"  state    {var.describe()} of {cell}" for cell, var in self.states]
        for var, value in self.constants.items():
            text = np.array2string(value, threshold=4, edgeitems=2, separator=",")
            lines.append(f"  constant {var.describe()} = {' '.join(text.split())}")
        lines += [f"    {equation}" for equation in self.equations]
        lines.append(f"  return {', '.join(map(str, self.results)) or 'nothing'}")
        lines += [f"  assign   {cell} <- {var}" for cell, var in self.updates]
        return "\n".join(lines)


def first_free(program: Program) -> int:
    """A number from which on no Var has one."""
    made = (out for one in program.equations for out in one.outputs)
    return 1 + max((var.number for var in (*program.sources(), *made)), default=0)


def evaluate_all(equations: list[Equation], values: dict[Any, Any]) -> None:
    """Compute the equations one after the other, from and into `values`."""
    for equation in equations:
        taken = [values[x] if type(x) is Var else x for x in equation.inputs]
        values.update(zip(equation.outputs, equation.evaluate(taken), strict=True))


def check(program: Program) -> Program:
    """Raise ValueError where a program makes no sense; return it.

    Every Var is made once, before it is used, and everything that is to come out is made.
    """
    made: set[Var] = set()

    def make(var: Var, by: object) -> None:
        if var in made:
            raise ValueError(f"program: {var} is made twice, the second time by: {by}")
        made.add(var)

    def use(var: Var, by: object) -> None:
        if var not in made:
            raise ValueError(f"program: {var} is used before it is made, by: {by}")

    for var in program.sources():
        make(var, "the inputs, states and constants")
    for var, value in program.constants.items():
        if value.shape != var.shape or value.dtype != var.dtype:
            raise ValueError(
                f"program: the constant {var.describe()} has a value of another kind. "
                f"Received: shape={value.shape}, dtype={value.dtype}"
            )
    for equation in program.equations:
        for var in equation.vars:
            use(var, equation)
        for var in equation.outputs:
            make(var, equation)
    for var in program.outputs():
        use(var, "the results and updates")
    return program


def rewritten(
    program: Program,
    equations: list[Equation],
    replace: Callable[[Var], Var],
    constants: dict[Var, np.ndarray] | None = None,
) -> Program:
    """The program with other equations, in which `replace` says what stands for each output."""
    return Program(
        program.inputs,
        program.states,
        program.constants if constants is None else constants,
        equations,
        [replace(var) for var in program.results],
        [(cell, None if var is None else replace(var)) for cell, var in program.updates],
    )
