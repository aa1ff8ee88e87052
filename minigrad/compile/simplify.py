"""Simplify: a program that computes the same with fewer equations.

In one pass from the top: an equation whose inputs are known is computed now; one that only passes
its input on is dropped; one that was there already is not repeated. Then, from the bottom, what
nobody needs is removed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.autograd.primitive import PRIMITIVES
from minigrad.compile.program import Equation, Operand, Program, Var, check, rewritten

_PASS_ON = frozenset({"alias", "stop_gradient", "copy_of"})
_LARGEST_CONSTANT = 1 << 16
_BY_SHAPE_ALONE = {"zeros_of": 0, "ones_of": 1}


def simplify(program: Program) -> Program:
    """The program without what is constant, repeated, or of no use."""
    return check(_without_unused(_Simplifier(program).run()))


class _Simplifier:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.constants = dict(program.constants)
        self.stand_in: dict[Var, Var] = {}
        self.known: dict[Any, tuple[Var, ...]] = {}
        self.made_by: dict[Var, Equation] = {}
        self.equations: list[Equation] = []
        first: dict[Any, Var] = {}
        for var, value in self.constants.items():
            if value.size <= 64:
                same = first.setdefault((value.dtype, value.shape, value.tobytes()), var)
                if same is not var:
                    self.stand_in[var] = same

    def run(self) -> Program:
        for equation in self.program.equations:
            self._take(equation)
        return rewritten(self.program, self.equations, self._replace, self.constants)

    def _replace(self, var: Var) -> Var:
        return self.stand_in.get(var, var)

    def _take(self, equation: Equation) -> None:
        equation = equation.with_inputs(tuple(self._operand(x) for x in equation.inputs))
        if self._is_constant(equation) or self._is_passed_on(equation):
            return
        key = _key(equation)
        if key is not None:
            before = self.known.get(key)
            if before is not None:
                self.stand_in.update(zip(equation.outputs, before, strict=True))
                return
            self.known[key] = equation.outputs
        for out in equation.outputs:
            self.made_by[out] = equation
        self.equations.append(equation)

    def _operand(self, x: Operand) -> Operand:
        return self._replace(x) if type(x) is Var else x

    def _is_constant(self, equation: Equation) -> bool:
        name = equation.primitive.name
        if name in _BY_SHAPE_ALONE:
            (out,) = equation.outputs
            one = np.asarray(_BY_SHAPE_ALONE[name], out.dtype)
            self.constants[out] = np.broadcast_to(one, out.shape)
            return True
        values = [self.constants.get(x) if type(x) is Var else x for x in equation.inputs]
        if any(value is None for value in values) or any(
            out.size > _LARGEST_CONSTANT for out in equation.outputs
        ):
            return False
        with np.errstate(all="ignore"):
            made = equation.evaluate(values)
        for out, value in zip(equation.outputs, made, strict=True):
            self.constants[out] = np.asarray(value)
        return True

    def _is_passed_on(self, equation: Equation) -> bool:
        """Whether the output is the first input, or something that was computed before."""
        name = equation.primitive.name
        x = equation.inputs[0]
        if type(x) is not Var or len(equation.outputs) != 1:
            return False
        (out,) = equation.outputs
        same = x.shape == out.shape and x.dtype == out.dtype
        if same and (
            name in _PASS_ON
            or name in ("cast", "expand_to", "reshape_to")
            or (name == "permute" and equation.params["axes"] == tuple(range(len(x.shape))))
            or (name == "reduce_sum" and equation.params["axis"] == ())
            or (name in ("multiply", "true_divide") and self._is_one(equation.inputs[1]))
        ):
            self.stand_in[out] = x
            return True
        if (
            name in ("reduce_sum", "reduce_max", "reduce_min")
            and x.dtype == out.dtype
            and all(x.shape[axis] == 1 for axis in equation.params["axis"])  # of one number each
        ):
            reshape = PRIMITIVES["reshape_to"]
            self._take(Equation(reshape, (x,), {"shape": out.shape}, (out,), equation.where))
            return True
        other = equation.inputs[1] if len(equation.inputs) > 1 else None
        if name == "multiply" and self._is_one(x) and type(other) is Var and _alike(other, out):
            self.stand_in[out] = other
            return True
        inner = self.made_by.get(x)
        if name in ("permute", "reshape_to") and inner and inner.primitive.name == name:
            # Two permutations are one, and of two reshapes the second.
            params = dict(equation.params)
            if name == "permute":
                axes = inner.params["axes"]
                params["axes"] = tuple(axes[axis] for axis in equation.params["axes"])
            again = Equation(equation.primitive, inner.inputs, params, (out,), equation.where)
            self._take(again)
            return True
        return False

    def _is_one(self, x: Operand) -> bool:
        if type(x) is Var:
            value = self.constants.get(x)
            return value is not None and value.size <= 4096 and bool((value == 1).all())
        return x == 1


def _alike(a: Var, b: Var) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype


def _key(equation: Equation) -> Any:
    """Equal for equations that compute the same; None where that cannot be told."""
    try:
        params = tuple((name, type(value), value) for name, value in equation.params.items())
        # 0.0 and -0.0 are equal, but not the same.
        inputs = tuple(x if type(x) is Var else (type(x), repr(x)) for x in equation.inputs)
        # A half and a float32 may be the same up to the last rounding.
        dtypes = tuple(out.dtype for out in equation.outputs)
        key = (id(equation.primitive), inputs, params, dtypes)
        hash(key)
    except TypeError:
        return None
    return key


def _without_unused(program: Program) -> Program:
    needed = set(program.outputs())
    kept = []
    for equation in reversed(program.equations):
        if any(out in needed for out in equation.outputs):
            kept.append(equation)
            needed.update(equation.vars)
    kept.reverse()
    constants = {var: value for var, value in program.constants.items() if var in needed}
    result = rewritten(program, kept, lambda var: var, constants)
    result.states = [(cell, var) for cell, var in program.states if var in needed]
    return result
