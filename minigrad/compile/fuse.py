"""Fuse: from equations to launches (see `launches`), as few and as large as can be.

A value that only the group itself needs is never stored. A reshape is no launch: it is another name
of the same memory. What each group stores in the end is decided by `storing`.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

from minigrad.compile import expressions
from minigrad.compile.launches import (
    REDUCTIONS,
    Call,
    Fused,
    Group,
    Launch,
    Product,
    is_reduction,
    swaps_last_two,
)
from minigrad.compile.program import Equation, Program, Var
from minigrad.compile.storing import recompute, settle

_MOST_ARRAYS = 24


def fuse(program: Program) -> Fused:
    """Group the equations of a program into launches."""
    return _Fuser(program).run()


class _Fuser:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.launches: list[Launch] = []
        self.ancestors: list[int] = []  # of each launch, as a set of bits
        self.made_by: dict[Var, Launch] = {}
        self.alias: dict[Var, Var] = {}
        self.fused = Fused(program, self.launches, self.alias)
        self.root = self.fused.root
        self.readers: dict[Var, list[Group]] = defaultdict(list)
        self.transposed: dict[Var, Var] = {}
        self.scalar_groups: list[Group] = []

    def run(self) -> Fused:
        for equation in self.program.equations:
            self._take(equation)
        fused = self.fused
        self._materialize_transposes(fused)
        settle(fused)
        while recompute(fused):
            settle(fused)
        fused.launches = _in_order(fused)
        return fused

    def _take(self, equation: Equation) -> None:
        name = equation.primitive.name
        if name == "reshape_to":
            (x,), (out,) = equation.vars, equation.outputs
            self.alias[out] = x
            group = self.made_by.get(x)
            if isinstance(group, Group) and x in group.cells and group.fits_a_row(out.shape):
                group.cells[out] = group.cells[x]
                self.made_by[out] = group
        elif name == "permute" and swaps_last_two(equation.params["axes"]):
            # For a product nothing needs to be moved.
            self.transposed[equation.outputs[0]] = equation.vars[0]
            self._new(_Transpose(len(self.launches), equation))
        elif name == "matmul" and (product := self._product(equation)):
            self._new(product)
        elif name in REDUCTIONS and is_reduction(equation):
            self._into_group(equation, equation.vars[0].shape)
        elif expressions.is_elementwise(equation):
            self._into_group(equation, equation.outputs[0].shape)
        else:
            self._new(Call(len(self.launches), equation))

    def _new(self, launch: Launch) -> None:
        self.launches.append(launch)
        self.ancestors.append(self._before(launch.reads))
        for equation in launch.equations:
            for out in equation.outputs:
                self.made_by[out] = launch

    def _before(self, reads: list[Var]) -> int:
        bits = 0
        for var in reads:
            maker = self.made_by.get(self.root(var))
            if maker is not None:
                bits |= self.ancestors[maker.number] | 1 << maker.number
        return bits

    def _product(self, equation: Equation) -> Product | None:
        (out,) = equation.outputs
        if out.dtype.name not in ("float32", "float64") or out.size == 0:
            return None
        found, turned = [], []
        for x in equation.inputs:
            if type(x) is not Var or x.size == 0 or x.dtype != out.dtype:
                return None
            inner = self.transposed.get(x)
            found.append(x if inner is None else inner)
            turned.append(inner is not None)
        batches = {x.shape[:-2] for x in (*found, out)}
        if len(batches) > 1:
            return None
        return Product(len(self.launches), equation, found[0], found[1], tuple(turned))

    # Groups

    def _into_group(self, equation: Equation, shape: tuple[int, ...]) -> None:
        if 0 in shape or 0 in equation.outputs[0].shape:
            self._new(Call(len(self.launches), equation))
            return
        late = equation.params.get("late", False)  # else it would be made where its input is
        for group in () if late else self._candidates(equation, shape):
            if self._join(group, equation, shape):
                break
        else:
            group = Group(len(self.launches), shape)
            self.launches.append(group)
            self.ancestors.append(self._before(equation.vars))
            if not shape:
                self.scalar_groups.append(group)
        group.add(equation)
        self.made_by[equation.outputs[0]] = group
        for var in equation.vars:
            self.readers[var].append(group)

    def _candidates(self, equation: Equation, shape: tuple[int, ...]) -> list[Group]:
        """The groups that the equation might join: those that make, and that read, its inputs."""
        found: dict[Group, None] = {}
        for var in equation.vars:
            maker = self.made_by.get(var)
            if isinstance(maker, Group) and (
                maker.shape == shape
                or (
                    var in maker.cells
                    and maker.fits_a_row(shape)
                    and equation.primitive.name not in REDUCTIONS
                )
            ):
                found[maker] = None
        for var in equation.vars:
            if var.shape == shape:
                readers = reversed(self.readers[var][-8:])
                found.update(dict.fromkeys(one for one in readers if one.shape == shape))
        if not shape:
            found.update(dict.fromkeys(reversed(self.scalar_groups[-8:])))
        # What a small group makes may well be computed again in the larger one.
        return sorted(found, key=lambda group: -len(group.equations))

    def _join(self, group: Group, equation: Equation, shape: tuple[int, ...]) -> bool:
        outside = []
        by_row = shape != group.shape
        for var in equation.vars:
            maker = self.made_by.get(self.root(var))
            if maker is not group:
                # Shapes of rows without the last axis do not broadcast as those of the loop do.
                if by_row and var.shape not in ((), shape):
                    return False
                if by_row and var.shape == group.shape[:-1] and shape[-1] == group.shape[-1]:
                    return False  # it might be meant for the last axis as well as for the rows
                outside.append(var)
            elif var in group.cells:
                if not by_row and var.shape != (*shape[:-1], 1):
                    return False
            elif by_row or var not in group.elements:
                return False  # a sum over rows is known only after the loop
        bit = 1 << group.number
        before = self._before(outside)
        if before & bit:
            return False
        if len(_arrays(group)) + len(set(outside)) > _MOST_ARRAYS:
            return False
        new = before & ~self.ancestors[group.number]
        if new:
            for number, ancestors in enumerate(self.ancestors):
                if ancestors & bit:
                    self.ancestors[number] |= new
            self.ancestors[group.number] |= new
        return True

    def _materialize_transposes(self, fused: Fused) -> None:
        """Products read transposed operands in place; what others read becomes a call."""
        needed = set(map(self.root, self.program.outputs()))
        for launch in self.launches:
            if isinstance(launch, Group):
                needed.update(x for one in launch.equations for x in map(self.root, one.vars))
            else:
                needed.update(map(self.root, launch.reads))
        fused.launches = [
            Call(one.number, one.equations[0]) if isinstance(one, _Transpose) else one
            for one in self.launches
            if not isinstance(one, _Transpose) or one.equations[0].outputs[0] in needed
        ]


class _Transpose(Launch):
    """The last two axes exchanged; whether anything must be done shows at the end."""

    __slots__ = ()

    def __init__(self, number: int, equation: Equation) -> None:
        super().__init__(number, [equation])
        self.reads = equation.vars


def _arrays(group: Group) -> set[Var]:
    return {var for one in group.equations for var in one.vars if var not in group.elements}


def _in_order(fused: Fused) -> list[Launch]:
    """The launches, each after those that it needs; otherwise in the order of the program."""
    position = {id(equation): number for number, equation in enumerate(fused.program.equations)}
    maker = {var: one for one in fused.launches for var in one.writes}
    waiting: dict[Launch, int] = {}
    followers: dict[Launch, list[Launch]] = defaultdict(list)
    for launch in fused.launches:
        before = {maker[root] for var in launch.reads if (root := fused.root(var)) in maker}
        before.discard(launch)
        waiting[launch] = len(before)
        for one in before:
            followers[one].append(launch)

    def key(launch: Launch) -> tuple:
        return max(position.get(id(one), 0) for one in launch.equations), launch.number

    ready = [(*key(one), one) for one in fused.launches if not waiting[one]]
    heapq.heapify(ready)
    ordered = []
    while ready:
        launch = heapq.heappop(ready)[-1]
        ordered.append(launch)
        for one in followers[launch]:
            waiting[one] -= 1
            if not waiting[one]:
                heapq.heappush(ready, (*key(one), one))
    if len(ordered) < len(fused.launches):
        raise RuntimeError("fuse: launches wait for each other in a circle")
    return ordered
