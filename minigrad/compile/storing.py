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
    """Compute one value again in the groups that read it, if that is better; whether there was one.

    Then all must be settled anew: what it is computed from is read by others now.
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
            users = [one for one in readers.get(out, ()) if isinstance(one, Group)]
            if (
                out in group.writes
                and out in group.elements
                and out not in outputs
                and 0 < len(users) == len(readers[out])
                and all(fused.root(x) in stored for x in equation.vars)
                and _is_cheaper(equation, group, users)
            ):
                for user in users:
                    user.equations.insert(0, equation)
                    user.elements.add(out)
                return True
    return False


def _is_cheaper(equation: Equation, group: Group, users: list[Group]) -> bool:
    """Whether users do better to compute an equation of a group than to read what it makes.

    It must be quick, and may have each user read one more array at most, and no larger ones.
    """
    (out,) = equation.outputs
    arrays = [x for x in equation.vars if x.shape == group.shape]
    nbytes = [x.nbytes for x in arrays]
    return (
        not expressions.is_costly(equation)
        and all(user.shape == group.shape and out in user.reads for user in users)
        and all(sum(x not in user.reads for x in arrays) <= 1 for user in users)
        and max(nbytes, default=0) <= out.nbytes
        and (len(arrays) <= 1 or sum(nbytes) <= 4 * out.nbytes)
    )
