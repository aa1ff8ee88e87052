"""Expand: primitives that are fused by hand for eager use, taken apart again.

In eager mode a mean, a softmax or a layer normalization is one primitive, for it saves passes over
memory. Here they are written in the small primitives that loops are made of, so that they fuse with
what stands before and after them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.autograd.primitive import PRIMITIVES, symbolic_spec
from minigrad.autograd.symbolic import KerasTensor
from minigrad.compile.program import Equation, Operand, Program, Var, check, rewritten

Builder = Any
EXPANSIONS: dict[str, Callable] = {}


def expand(program: Program) -> Program:
    """The program in small primitives."""
    return check(_Expander(program).run())


class _Expander:
    """Writes equations: `write.add(x, y)` is one with the primitive `add`, and gives its Var."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.equations: list[Equation] = []
        self.stand_in: dict[Var, Var] = {}
        self.where = ""
        self.next = 1 + max(
            (var.number for var in _all_vars(program)),
            default=0,
        )

    def run(self) -> Program:
        for equation in self.program.equations:
            inputs = tuple(
                self.stand_in.get(x, x) if type(x) is Var else x for x in equation.inputs
            )
            expansion = EXPANSIONS.get(equation.primitive.name)
            if expansion is None or not _is_plain(equation):
                self.equations.append(
                    Equation(
                        equation.primitive,
                        inputs,
                        equation.params,
                        equation.outputs,
                        equation.where,
                    )
                )
                continue
            self.where = equation.where
            made = expansion(self, *inputs, **equation.params)
            made = made if isinstance(made, tuple) else (made,)
            self.stand_in.update(zip(equation.outputs, made, strict=True))
        return rewritten(self.program, self.equations, lambda var: self.stand_in.get(var, var))

    def __getattr__(self, name: str) -> Callable:
        primitive = PRIMITIVES[name]

        def write(*inputs: Operand, **params: Any) -> Var:
            symbols = tuple(
                KerasTensor(x.shape, x.dtype.name, name="operand") if type(x) is Var else x
                for x in inputs
            )
            shape, dtype = symbolic_spec(primitive, symbols, params)
            out = Var(self.next, tuple(shape), np.dtype(dtype))
            self.next += 1
            self.equations.append(Equation(primitive, inputs, params, (out,), self.where))
            return out

        return write


def _all_vars(program: Program) -> list[Var]:
    return [*program.sources(), *(out for one in program.equations for out in one.outputs)]


def _is_plain(equation: Equation) -> bool:
    """Floats of one kind that kernels know, and at least one of them."""
    kinds = {x.dtype.name for x in (*equation.vars, *equation.outputs)}
    return kinds in ({"float32"}, {"float64"}) and all(x.size for x in equation.vars)


def _expansion(function: Callable) -> Callable:
    EXPANSIONS[function.__name__.lstrip("_")] = function
    return function


def _count(x: Var, axes: Any) -> int:
    n = 1
    for axis in axes:
        n *= x.shape[axis]
    return n


@_expansion
def _reduce_mean(write: Builder, x: Var, axis: tuple, keepdims: bool) -> Var:
    total = write.reduce_sum(x, axis=axis, keepdims=keepdims)
    return write.true_divide(total, float(_count(x, axis)))


@_expansion
def _reduce_var(write: Builder, x: Var, axis: tuple, keepdims: bool) -> Var:
    distance = write.subtract(x, _reduce_mean(write, x, axis, True))
    return _reduce_mean(write, write.multiply(distance, distance), axis, keepdims)


@_expansion
def _softmax(write: Builder, x: Var, axes: tuple) -> Var:
    top = write.reduce_max(x, axis=axes, keepdims=True)
    e = write.exp(write.subtract(x, top))
    return write.true_divide(e, write.reduce_sum(e, axis=axes, keepdims=True))


@_expansion
def _log_softmax(write: Builder, x: Var, axes: tuple) -> Var:
    y = write.subtract(x, write.reduce_max(x, axis=axes, keepdims=True))
    total = write.reduce_sum(write.exp(y), axis=axes, keepdims=True)
    return write.subtract(y, write.log(total))


@_expansion
def _layer_norm(write: Builder, x: Var, gamma: Var, beta: Var, epsilon: float) -> tuple:
    centre = _reduce_mean(write, x, (1,), True)
    y = write.subtract(x, centre)
    spread = _reduce_mean(write, write.multiply(y, y), (1,), True)
    r = write.true_divide(1.0, write.sqrt(write.add(spread, epsilon)))
    scaled = write.multiply(write.multiply(y, r), gamma)
    return write.add(scaled, beta), centre, r


@_expansion
def _layer_norm_slope(write: Builder, dy: Var, x: Var, gamma: Var, centre: Var, r: Var) -> tuple:
    xhat = write.multiply(write.subtract(x, centre), r)
    by_gamma = write.reduce_sum(write.multiply(dy, xhat), axis=(0,), keepdims=False)
    by_beta = write.reduce_sum(dy, axis=(0,), keepdims=False)
    dxhat = write.multiply(dy, gamma)
    inner = _reduce_mean(write, write.multiply(dxhat, xhat), (1,), True)
    mean = _reduce_mean(write, dxhat, (1,), True)
    dx = write.subtract(write.subtract(dxhat, mean), write.multiply(xhat, inner))
    return write.multiply(dx, r), by_gamma, by_beta
