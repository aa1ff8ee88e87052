"""Fuse: from equations to launches.

A `Group` is a loop over one shape that computes many equations at once: elementwise ones, and sums
and extremes of what it computes. A value that only the group itself needs is never stored. A
`Product` is one call of BLAS, which reads its operands transposed where they are. A `Call` runs a
primitive's own kernel. A reshape is none of these: it is another name of the same memory.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

from minigrad.compile import expressions
from minigrad.compile.program import Equation, Program, Var

REDUCTIONS = {"reduce_sum": "plus", "reduce_max": "maximum", "reduce_min": "minimum"}
_MOST_ARRAYS = 24


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
        self.readers: dict[Var, list[Group]] = defaultdict(list)
        self.transposed: dict[Var, Var] = {}
        self.scalar_groups: list[Group] = []

    def run(self) -> Fused:
        for equation in self.program.equations:
            self._take(equation)
        fused = Fused(self.program, self.launches, self.alias)
        self._materialize_transposes(fused)
        _settle(fused)
        while _recompute(fused):
            _settle(fused)
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
        elif name in REDUCTIONS and _is_reduction(equation):
            self._into_group(equation, equation.vars[0].shape)
        elif expressions.is_elementwise(equation):
            self._into_group(equation, equation.outputs[0].shape)
        else:
            self._new(Call(len(self.launches), equation))

    def _root(self, var: Var) -> Var:
        while var in self.alias:
            var = self.alias[var]
        return var

    def _new(self, launch: Launch) -> None:
        self.launches.append(launch)
        self.ancestors.append(self._before(launch.reads))
        for equation in launch.equations:
            for out in equation.outputs:
                self.made_by[out] = launch

    def _before(self, reads: list[Var]) -> int:
        bits = 0
        for var in reads:
            maker = self.made_by.get(self._root(var))
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
            maker = self.made_by.get(self._root(var))
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
        needed = set(map(self._root, self.program.outputs()))
        for launch in self.launches:
            if isinstance(launch, Group):
                needed.update(x for one in launch.equations for x in map(self._root, one.vars))
            else:
                needed.update(map(self._root, launch.reads))
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


def swaps_last_two(axes: tuple[int, ...]) -> bool:
    """Whether a permutation is one that products do by themselves."""
    n = len(axes)
    return n >= 2 and axes == (*range(n - 2), n - 1, n - 2)


def is_in_loop(equation: Equation) -> bool:
    """Whether an equation becomes part of a loop, or costs nothing at all."""
    name = equation.primitive.name
    return (
        name == "reshape_to"
        or (name in REDUCTIONS and _is_reduction(equation))
        or expressions.is_elementwise(equation)
    )


def _is_reduction(equation: Equation) -> bool:
    """Whether a kernel can do it: not over axes on both sides of one that is kept."""
    (x,), (out,) = equation.vars, equation.outputs
    read = expressions.computed(x.dtype)
    if read.name not in ("float32", "float64", "int32", "int64") or read != out.dtype:
        return False
    return bool(equation.params["axis"])


# --- what is stored, and what is computed again ---------------------------------------------------


def _settle(fused: Fused) -> None:
    """Find out what each group reads, and what it must store because others read it."""
    wanted: dict[Var, set[Launch | None]] = defaultdict(set)
    for var in fused.program.outputs():
        wanted[fused.root(var)].add(None)
    for launch in fused.launches:
        if isinstance(launch, Group):
            for equation in launch.equations:
                for var in equation.vars:
                    root = fused.root(var)
                    # A reshape of what the group itself makes comes from memory.
                    if var not in launch.cells and (root is not var or var not in launch.elements):
                        wanted[root].add(launch)
        else:
            for var in launch.reads:
                wanted[fused.root(var)].add(launch)
    for launch in fused.launches:
        if isinstance(launch, Group):
            launch.equations = _used(launch, wanted)
            made = {out for one in launch.equations for out in one.outputs}
            reads = (
                x
                for one in launch.equations
                for x in one.vars
                if x not in made and launch.cells.get(x) not in made
            )
            launch.reads = list(dict.fromkeys(reads))
            launch.writes = [
                out for one in launch.equations for out in one.outputs if wanted.get(out)
            ]
    fused.launches = [one for one in fused.launches if one.equations]


def _used(group: Group, wanted: dict) -> list[Equation]:
    kept: list[Equation] = []
    needed: set[Var] = set()
    for equation in reversed(group.equations):
        (out,) = equation.outputs
        if out in needed or wanted.get(out):
            kept.append(equation)
            needed.update(group.cells.get(x, x) for x in equation.vars)
    return kept[::-1]


def _recompute(fused: Fused) -> bool:
    """Compute again in another group what is cheap, rather than store it and read it back.

    Only where all that it is computed from is in memory anyway.
    """
    stored = {var for one in fused.launches for var in one.writes} | set(fused.program.sources())
    outputs = {fused.root(var) for var in fused.program.outputs()}
    readers: dict[Var, list[Launch]] = defaultdict(list)
    for launch in fused.launches:
        for var in launch.reads:
            readers[fused.root(var)].append(launch)
    for group in reversed(fused.launches):
        if not isinstance(group, Group):
            continue
        for equation in reversed(group.equations):
            (out,) = equation.outputs
            users = readers.get(out, [])
            if out in outputs or out not in group.writes or out not in group.elements or not users:
                continue
            if not all(
                isinstance(user, Group) and user.shape == group.shape and out in user.reads
                for user in users
            ):
                continue
            arrays = [x for x in equation.vars if x.shape == group.shape]
            if not all(fused.root(x) in stored for x in equation.vars) or expressions.is_costly(
                equation
            ):
                continue
            if any(sum(x not in user.reads for x in arrays) > 1 for user in users):
                continue
            if sum(x.nbytes for x in arrays) > 4 * out.nbytes and len(arrays) > 1:
                continue
            if any(x.nbytes > out.nbytes for x in arrays):
                continue
            for user in users:
                user.equations.insert(0, equation)
                user.elements.add(out)  # type: ignore[attr-defined]
            return True
    return False


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
