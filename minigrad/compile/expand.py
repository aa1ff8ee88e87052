"""Expand: primitives that are fused by hand for eager use, taken apart again.

In eager mode a mean, a softmax or a layer normalization is one primitive, for it saves passes over
memory. Here they are written in the small primitives that loops are made of, so that they fuse with
what stands before and after them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.autograd.primitive import PRIMITIVES, Primitive, symbolic_spec
from minigrad.autograd.symbolic import KerasTensor
from minigrad.compile import expressions
from minigrad.compile.program import (
    Equation,
    Operand,
    Program,
    Var,
    check,
    first_free,
    name_of,
    rewritten,
)

Builder = Any
_MOST_CLASSES = 1024  # with more, a kernel of its own is faster
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
        self.place = ""
        self.next = first_free(program)

    def run(self) -> Program:
        for equation in self.program.equations:
            inputs = tuple(
                self.stand_in.get(x, x) if type(x) is Var else x for x in equation.inputs
            )
            expansion = EXPANSIONS.get(equation.primitive.name)
            if expansion is None or not _is_plain(equation):
                self.equations.append(equation.with_inputs(inputs))
                continue
            self.place = equation.where
            made = expansion(self, *inputs, **equation.params)
            made = made if isinstance(made, tuple) else (made,)
            self.stand_in.update(zip(equation.outputs, made, strict=True))
        return rewritten(self.program, self.equations, lambda var: self.stand_in.get(var, var))

    def __getattr__(self, name: str) -> Callable:
        return self.writer(PRIMITIVES[name])

    def writer(self, primitive: Primitive) -> Callable:
        """The function that writes equations with a primitive."""

        def write(*inputs: Operand, **params: Any) -> Var:
            symbols = tuple(
                # Halves are read as float32, and only the last result is rounded.
                KerasTensor(x.shape, name_of(expressions.computed(x.dtype)), name="operand")
                if type(x) is Var
                else x
                for x in inputs
            )
            shape, dtype = symbolic_spec(primitive, symbols, params)
            out = Var(self.next, tuple(shape), np.dtype(dtype))
            self.next += 1
            self.equations.append(Equation(primitive, inputs, params, (out,), self.place))
            return out

        return write


def _is_plain(equation: Equation) -> bool:
    """Whether all are floats of one kind that kernels know, but for labels, and none is empty."""
    read = {name_of(expressions.computed(x.dtype)) for x in equation.vars}
    if equation.primitive.name in ("reduce_all", "reduce_any"):
        return read == {"bool"} and equation.vars[0].size > 0
    kinds = (read | {name_of(x.dtype) for x in equation.outputs}) - {"int32"}
    if kinds not in ({"float32"}, {"float64"}) or not all(x.size for x in equation.vars):
        return False
    if "crossentropy" in equation.primitive.name:
        rows, classes = equation.vars[0].shape
        return rows > 1 and 1 < classes <= _MOST_CLASSES and equation.inputs[0] is not None
    return True


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
def _reduce_all(write: Builder, x: Var, axis: tuple, keepdims: bool) -> Var:
    least = write.reduce_min(write.cast(x, dtype="int32"), axis=axis, keepdims=keepdims)
    return write.greater(least, 0)


@_expansion
def _reduce_any(write: Builder, x: Var, axis: tuple, keepdims: bool) -> Var:
    greatest = write.reduce_max(write.cast(x, dtype="int32"), axis=axis, keepdims=keepdims)
    return write.greater(greatest, 0)


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


@_expansion
def _gelu_erf_slope(write: Builder, g: Var, x: Var) -> Var:
    """The slope without g can be computed in the forward, which has most of it anyway."""
    return write.multiply(g, write.gelu_erf_slope(1.0, x))


# Cross-entropy of rows of logits: loss = Σ target · (log Σ exp(x - top) - (x - top)). What the
# forward keeps for the backward is computed once, since equal equations become one.


def _parts(write: Builder, logits: Var) -> tuple[Var, Var, Var]:
    """x - top, exp of that, and the sum of these for each row."""
    shifted = write.subtract(logits, write.reduce_max(logits, axis=(1,), keepdims=True))
    e = write.exp(shifted)
    return shifted, e, write.reduce_sum(e, axis=(1,), keepdims=True)


def _state(write: Builder, logits: Var, total: Var) -> Var:
    top = write.reduce_max(logits, axis=(1,), keepdims=True)
    return write.join(top, write.true_divide(1.0, total), axis=1)


@_expansion
def _sparse_crossentropy(write: Builder, logits: Var, label: Var) -> tuple:
    shifted, _, total = _parts(write, logits)
    chosen = _is_class(write, logits, label)
    picked = write.reduce_sum(write.where(chosen, shifted, 0.0), axis=(1,), keepdims=True)
    # A label that is no class counts nothing.
    loss = write.where(
        _has_class(write, logits, label), write.subtract(write.log(total), picked), 0.0
    )
    return write.reshape_to(loss, shape=label.shape), _state(write, logits, total)


@_expansion
def _sparse_crossentropy_slope(
    write: Builder, logits: Var, label: Var, state: Var, upstream: Var
) -> Var:
    _, e, total = _parts(write, logits)
    weight = write.reshape_to(upstream, shape=(logits.shape[0], 1))
    weight = write.where(_has_class(write, logits, label), weight, 0.0)
    scaled = write.multiply(e, write.true_divide(weight, total))
    return write.where(_is_class(write, logits, label), write.subtract(scaled, weight), scaled)


@_expansion
def _dense_crossentropy(write: Builder, logits: Var, target: Var) -> tuple:
    shifted, _, total = _parts(write, logits)
    terms = write.multiply(target, write.subtract(write.log(total), shifted))
    loss = write.reduce_sum(terms, axis=(1,), keepdims=False)
    return loss, _state(write, logits, total)


@_expansion
def _dense_crossentropy_slope(
    write: Builder, logits: Var, target: Var, state: Var, upstream: Var
) -> Var:
    _, e, total = _parts(write, logits)
    weight = write.reshape_to(upstream, shape=(logits.shape[0], 1))
    whole = write.reduce_sum(target, axis=(1,), keepdims=True)
    scaled = write.multiply(e, write.true_divide(whole, total))
    return write.multiply(write.subtract(scaled, target), weight)


def _is_class(write: Builder, logits: Var, label: Var) -> Var:
    """Where in each row the class is."""
    column = write.reshape_to(label, shape=(logits.shape[0], 1))
    return write.writer(expressions.IS_CLASS)(column, classes=logits.shape[1])


def _has_class(write: Builder, logits: Var, label: Var) -> Var:
    """Which rows have a class."""
    column = write.reshape_to(label, shape=(logits.shape[0], 1))
    return write.logical_and(write.greater_equal(column, 0), write.less(column, logits.shape[1]))
