"""Storing: what a group must store because others read it, and what these rather compute again."""

from __future__ import annotations

from collections import defaultdict

from minigrad.compile import expressions
from minigrad.compile.launches import Fused, Group, Launch
from minigrad.compile.program import Equation, Var


def settle(fused: Fused) -> None:
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


def recompute(fused: Fused) -> bool:
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
