"""Replay: run a recorded program on new arrays, and put what it assigns where it belongs."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.autograd.tensor import wrap
from minigrad.compile.program import Program
from minigrad.compile.trace import GradientCell, Tracer


class Replay:
    """A program that runs equation by equation, with the guards that say when it holds."""

    def __init__(self, program: Program, tracer: Tracer) -> None:
        self.program = program
        self.trainable = tracer.trainable
        self.gradients = tracer.gradient_cells()

    def holds(self) -> bool:
        """Whether everything outside is as it was when the program was recorded."""
        return all(variable.trainable is was for variable, was in self.trainable) and all(
            cell.leaf is not None and (cell.leaf.grad is not None) is cell.present
            for cell in self.gradients
        )

    def __call__(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        program = self.program
        states = [_read(cell) for cell, _ in program.states]
        results, updates = program.evaluate(arrays, states)
        for (cell, _), value in zip(program.updates, updates, strict=True):
            _write(cell, value)
        return [np.array(value) for value in results]


def _read(cell: Any) -> np.ndarray:
    if isinstance(cell, GradientCell):
        return cell.leaf.grad._value  # type: ignore[union-attr]
    return cell.variable._current()._value


def _write(cell: Any, value: Any) -> None:
    tensor = None if value is None else wrap(np.array(value))
    if isinstance(cell, GradientCell):
        if cell.leaf is not None:
            cell.leaf.grad = tensor
    else:
        cell.variable._set(tensor)
