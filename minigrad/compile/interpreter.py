"""Interpreter: programs, and parts of them, equation by equation, by the primitives' own kernels.

It is what runs where there is no compiler, and within a compiled step what no kernel does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.autograd.record import THREAD
from minigrad.autograd.tensor import wrap
from minigrad.compile.launches import Launch
from minigrad.compile.program import Equation, Program, Var, evaluate_all
from minigrad.compile.trace import GradientCell


class Interpreter:
    """Runs a program equation by equation: where there is no compiler, and to compare with."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __call__(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        program = self.program
        states = [read(cell) for cell, _ in program.states]
        results, updates = program.evaluate(arrays, states)
        for (cell, _), value in zip(program.updates, updates, strict=True):
            write(cell, value)
        return [np.array(value) for value in results]


def read(cell: Any) -> np.ndarray:
    if isinstance(cell, GradientCell):
        return cell.leaf.grad._value  # type: ignore[union-attr]
    return cell.variable._current()._value


def write(cell: Any, value: Any) -> None:
    tensor = None if value is None else wrap(np.array(value))
    if isinstance(cell, GradientCell):
        if cell.leaf is not None:
            cell.leaf.grad = tensor
    else:
        cell.variable._set(tensor)


def call_of_group(launch: Launch, view: Callable[[Var], np.ndarray]) -> Callable[[], None]:
    """A group equation by equation."""
    made = {out for one in launch.equations for out in one.outputs}
    sources = {x: view(x) for one in launch.equations for x in one.vars if x not in made}
    places = [(out, view(out)) for out in launch.writes]
    quiet = THREAD.mode.quiet

    def run() -> None:
        values: dict[Any, Any] = dict(sources)
        quiet(evaluate_all, launch.equations, values)
        for out, place in places:
            np.copyto(place, values[out])

    return run


def call_of(equation: Equation, inputs: list, outputs: list[np.ndarray]) -> Callable[[], None]:
    # A kernel may tell a number from an array of no axes, as NumPy does; give it what it got.
    for x in inputs:
        if isinstance(x, np.ndarray):
            x.flags.writeable = True
    quiet = THREAD.mode.quiet
    evaluate = equation.evaluate

    def run() -> None:
        for place, made in zip(outputs, quiet(evaluate, inputs), strict=True):
            np.copyto(place, made)

    return run
