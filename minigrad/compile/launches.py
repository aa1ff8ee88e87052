"""Launches: what a program becomes, each of them one call of a kernel.

A `Group` is a loop over one shape that computes many equations at once: elementwise ones, and sums
and extremes of what it computes. A `Product` is one call of BLAS, which reads its operands
transposed where they are. A `Call` runs a primitive's own kernel.
"""

from __future__ import annotations

from minigrad.compile import expressions
from minigrad.compile.program import Equation, Program, Var

REDUCTIONS = {"reduce_sum": "plus", "reduce_max": "maximum", "reduce_min": "minimum"}


class Launch:
    """One step of a plan: reads Vars, writes Vars."""

    __slots__ = ("equations", "number", "reads", "writes")

    def __init__(self, number: int, equations: list[Equation]) -> None:
        self.number = number
        self.equations = equations
        self.reads: list[Var] = []
        self.writes: list[Var] = []

    @property
    def title(self) -> str:
        """What it computes, for comments and pictures."""
        names = [one.primitive.name for one in self.equations]
        shown = " ".join(names[:8]) + (" …" if len(names) > 8 else "")
        places = list(dict.fromkeys(one.where for one in self.equations if one.where))
        return f"{', '.join(places[:3])}: {shown}" if places else shown


class Group(Launch):
    """Equations computed in one loop over `shape`."""

    __slots__ = ("cells", "elements", "shape")

    def __init__(self, number: int, shape: tuple[int, ...]) -> None:
        super().__init__(number, [])
        self.shape = shape
        self.elements: set[Var] = set()  # what has one value for each element of the loop
        # What has one value for each row, known when the loop over the row is done: sums over the
        # last axis, what is computed of them, and reshapes of them. By the Var that it is.
        self.cells: dict[Var, Var] = {}

    @property
    def has_rows(self) -> bool:
        """Whether there are rows that can be done one after the other."""
        return len(self.shape) > 1 and self.shape[-1] > 1 and any(n > 1 for n in self.shape[:-1])

    def fits_a_row(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of this shape has one value for each row."""
        return shape in (self.shape[:-1], (*self.shape[:-1], 1))

    def add(self, equation: Equation) -> None:
        self.equations.append(equation)
        (out,) = equation.outputs
        if equation.primitive.name in REDUCTIONS:
            if self.has_rows and equation.params["axis"] == (len(self.shape) - 1,):
                self.cells[out] = out
        elif any(x in self.cells for x in equation.vars) and out.shape != self.shape:
            self.cells[out] = out
        else:
            self.elements.add(out)


class Product(Launch):
    """`out = a @ b`, with the last two axes of an operand exchanged where `turned` says so."""

    __slots__ = ("a", "b", "out", "turned")

    def __init__(self, number: int, equation: Equation, a: Var, b: Var, turned: tuple) -> None:
        super().__init__(number, [equation])
        self.a, self.b = a, b
        self.turned = turned
        (self.out,) = equation.outputs
        self.reads, self.writes = [a, b], [self.out]

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rows and columns of the result, and how many products are summed for each number."""
        m, n = self.out.shape[-2:]
        return m, n, self.a.shape[-2 if self.turned[0] else -1]


class Call(Launch):
    """A primitive that runs by its own kernel."""

    __slots__ = ()

    def __init__(self, number: int, equation: Equation) -> None:
        super().__init__(number, [equation])
        self.reads = list(dict.fromkeys(equation.vars))
        self.writes = list(equation.outputs)


class Fused:
    """A program as launches in order.

    Attributes:
        launches: What to do.
        alias: For every Var that is a reshape, the Var whose memory it names.
    """

    def __init__(self, program: Program, launches: list[Launch], alias: dict[Var, Var]) -> None:
        self.program = program
        self.launches = launches
        self.alias = alias

    def root(self, var: Var) -> Var:
        """The Var whose memory `var` is."""
        while var in self.alias:
            var = self.alias[var]
        return var

    def __str__(self) -> str:
        lines = []
        for one in self.launches:
            made = ", ".join(var.describe() for var in one.writes)
            taken = ", ".join(map(str, one.reads))
            lines.append(f"{type(one).__name__.lower():8}{made} <- {taken}    # {one.title}")
        lines += [f"alias   {var} is {self.root(var)}" for var in self.alias]
        return "\n".join(lines)


# Which equations become part of a loop


def swaps_last_two(axes: tuple[int, ...]) -> bool:
    """Whether a permutation is one that products do by themselves."""
    n = len(axes)
    return n >= 2 and axes == (*range(n - 2), n - 1, n - 2)


def is_in_loop(equation: Equation) -> bool:
    """Whether an equation becomes part of a loop, or costs nothing at all."""
    name = equation.primitive.name
    return (
        name == "reshape_to"
        or (name in REDUCTIONS and is_reduction(equation))
        or expressions.is_elementwise(equation)
    )


def is_reduction(equation: Equation) -> bool:
    """Whether a kernel can do it: not over axes on both sides of one that is kept."""
    (x,), (out,) = equation.vars, equation.outputs
    read = expressions.computed(x.dtype)
    if read.name not in ("float32", "float64", "int32", "int64") or read != out.dtype:
        return False
    return bool(equation.params["axis"])
