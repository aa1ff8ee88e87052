"""Postponing: record operations without computing them, from the shapes of their results.

The first step of a training that goes on will be replayed like all others, so what eager mode would
compute of it is not needed. While it is recorded, results are arrays of zeros. If somebody looks at
one, or an operation cannot tell the shape of its result, all of them are computed after all, where
they are, and the function goes on as if nothing had been postponed.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.autograd.primitive import PRIMITIVES, Primitive, symbolic_spec
from minigrad.autograd.record import THREAD
from minigrad.autograd.tensor import Tensor
from minigrad.compile.program import Var


class Postponing:
    """Stands in for the kernels while a tracer records, until it has to `compute`.

    Attributes:
        active: Whether results are still zeros.
    """

    def __init__(self, tracer: Any) -> None:
        self.tracer = tracer
        self.active = True

    def __call__(self, primitive: Primitive, inputs: list, values: list, params: dict) -> Any:
        """Arrays of zeros for the results of an operation; None if it has to be computed."""
        if not any(self.tracer.is_computed(value) for value in values):
            return None  # a constant
        try:
            if PRIMITIVES.get(primitive.name) is primitive:
                spec = symbolic_spec(primitive, tuple(inputs), params)
                if isinstance(spec, list):
                    return tuple(_zeros(*one) for one in spec)
                return _zeros(*spec)
        except Exception:
            pass  # the kernel knows, or says what is wrong
        self.compute()
        return None

    def compute(self) -> None:
        """Give all results their values; from now on nothing is postponed."""
        if self.active:
            self.active = False
            THREAD.mode.postpone = None
            THREAD.mode.quiet(self._fill)

    def _fill(self) -> None:
        arrays = self.tracer.arrays()
        for equation in self.tracer.program.equations:
            taken = [arrays[x] if type(x) is Var else x for x in equation.inputs]
            for out, made in zip(equation.outputs, equation.evaluate(taken), strict=True):
                np.copyto(arrays[out], made)

    def settle(self, result: Any) -> None:
        """Compute if anybody but the `result` and Variables holds on to something at the end."""
        if not self.active:
            return
        arrays = self.tracer.arrays()
        made = [out for equation in self.tracer.program.equations for out in equation.outputs]
        tensors = [x for x in tree.flatten(result) if type(x) is Tensor]
        tensors += [variable._current() for variable in self.tracer.variables()]
        expected = Counter(id(x._value) for x in {id(x): x for x in tensors}.values())
        for out in made:
            if sys.getrefcount(arrays[out]) > _HELD_BY_TWO + expected[id(arrays[out])]:
                self.compute()
                return


def _zeros(shape: Any, dtype: Any) -> np.ndarray:
    if any(length is None or length < 0 for length in shape):
        raise ValueError("The shape depends on values.")
    return np.zeros(shape, np.dtype(dtype))


def _references() -> int:
    """What Python counts for an array that only the tracer and `arrays` in `settle` hold."""
    out, tracer = 0, [np.zeros(1)]
    arrays = {out: tracer[0]}
    return sys.getrefcount(arrays[out])  # how it counts its own depends on its version


_HELD_BY_TWO = _references()
