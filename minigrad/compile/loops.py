"""Loops: the shape of the loops of a group, and in which of them what is computed.

A kernel is a loop over rows (all axes but the last, as one), and in it a loop over the last axis.
Axes that all arrays treat alike are one axis, so that most groups are one flat loop. Where a sum
over the last axis is needed before the row can go on, there are several loops over a row, one after
the other. A value that is needed in more than one of them is computed again if that is cheap, else
kept in an array.
"""

from __future__ import annotations

import functools

from minigrad.compile import expressions
from minigrad.compile.launches import REDUCTIONS, Group
from minigrad.compile.program import Var


class Loops:
    """The loops of one group.

    Attributes:
        axes: Their lengths.
        flags: For each array, along which of these axes it extends.
        flat: Whether there is one axis, and no sum: element by element.
        chunked: Whether there is one axis that is summed, in chunks: sums of sums are more exact.
        columnwise: Whether all sums are over the rows, so that threads can share out the columns.
        count: How many loops there are over a row.
        sum_in: In which of them a sum is taken.
        known_after: From which of them on a value of a row may be used.
        computed_in: In which of them a value is computed.
        kept_in: In which of them it is stored.
    """

    def __init__(self, group: Group) -> None:
        self.group = group
        self.flags = self._collapse()
        reduces = any(one.primitive.name in REDUCTIONS for one in group.equations)
        self.flat = len(self.axes) == 1 and not reduces
        self.chunked = len(self.axes) == 1 and reduces
        self.count = self._schedule()
        self.columnwise = self._is_columnwise()

    # Their shape

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
            (out,) = equation.outputs
            is_sum = equation.primitive.name in REDUCTIONS
            of_row = not is_sum and out in group.cells
            for var in equation.vars:
                shape = var.shape
                if of_row and shape and shape == group.shape[:-1]:
                    shape = (*shape, 1)
                flags.setdefault(var, self._flags_of(shape))
            if is_sum:
                over = equation.params["axis"]
                flags[out] = tuple(
                    length > 1 and axis not in over for axis, length in enumerate(group.shape)
                )
            elif of_row:
                flags[out] = self._flags_of((*group.shape[:-1], 1))
            else:
                flags[out] = self._flags_of(group.shape)
        for var in flags:
            if var in group.cells:
                flags[var] = self._flags_of((*group.shape[:-1], 1))
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

    # What is computed in which

    def _schedule(self) -> int:
        """Decide it, and return how many loops there are."""
        group = self.group
        earliest: dict[Var, int] = {}
        known_after: dict[Var, int] = {}  # number of the first loop that may use a value of a row
        self.sum_in: dict[Var, int] = {}
        for equation in group.equations:
            (out,) = equation.outputs
            first = max(
                known_after.get(group.cells.get(x, x), earliest.get(x, 0)) for x in equation.vars
            )
            if equation.primitive.name in REDUCTIONS:
                self.sum_in[out] = first
                known_after[out] = first + 1
            elif out in group.cells:
                known_after[out] = first
            else:
                earliest[out] = first
        self.known_after = known_after
        wanted: dict[Var, set[int]] = {var: set() for var in earliest}
        self.computed_in: dict[Var, set[int]] = {}
        self.kept_in: dict[Var, int] = {}
        for equation in reversed(group.equations):
            (out,) = equation.outputs
            if out in self.sum_in:
                loops = {self.sum_in[out]}
            elif out in earliest:
                loops = wanted[out]
                if out in group.writes:
                    loops = loops or {earliest[out]}
                    self.kept_in[out] = min(loops)
                elif len(loops) > 1 and expressions.is_costly(equation):
                    group.writes.append(out)
                    self.kept_in[out] = min(loops)
                if out in self.kept_in:
                    loops = {self.kept_in[out]}
                self.computed_in[out] = loops
            else:
                continue
            for x in equation.vars:
                if x in wanted:
                    wanted[x] |= loops
        last = [*self.sum_in.values(), *(n for loops in self.computed_in.values() for n in loops)]
        return 1 + max(last, default=0)

    def _is_columnwise(self) -> bool:
        """Whether all sums are over the rows, so that threads can share out the columns."""
        sums = [
            self.flags[one.outputs[0]]
            for one in self.group.equations
            if one.primitive.name in REDUCTIONS
        ]
        return (
            len(self.axes) == 2
            and bool(sums)
            and all(flags == (False, True) for flags in sums)
            and not any(one.primitive is expressions.IS_CLASS for one in self.group.equations)
            and not self.group.cells
            and self.count == 1
        )
