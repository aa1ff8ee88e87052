"""Trace: run a function once, as always, and write down what it computes as a Program.

A listener at the one door hears of every operation. The hooks of `Mode.tracer` tell the rest: which
Variables are read and assigned, and when somebody looks at a value (`float(t)`, `if t:`,
`t.numpy()`). A replay could not know such a value, so a step that does that is not compilable.
"""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.autograd.record import THREAD, Leaf
from minigrad.autograd.tensor import Tensor, wrap
from minigrad.autograd.user_code import described, user_line
from minigrad.compile.postponing import Postponing
from minigrad.compile.program import Equation, Program, Var, check


class VariableCell:
    """A Variable, as a place that a program reads and writes."""

    __slots__ = ("variable",)

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def __repr__(self) -> str:
        return str(self.variable.path)


class GradientCell:
    """The `grad` of a leaf, as a place that a program reads and writes."""

    __slots__ = ("_leaf", "present", "variable")

    def __init__(self, leaf: Leaf) -> None:
        self._leaf = weakref.ref(leaf)
        self.present = leaf.grad is not None

    @property
    def leaf(self) -> Leaf | None:
        return self._leaf()

    def __repr__(self) -> str:
        return f"gradient of {getattr(self.leaf, 'name', None) or 'a tensor'}"


class Refusal(RuntimeError):
    """Why a function cannot be compiled. `retry`: it may well be the next time."""

    def __init__(self, message: str, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class Tracer:
    """Listens to one run of a function and writes the Program.

    Arrays are known by their identity: the door gives every output an array object of its own while
    somebody listens, and all of them are kept until the end, so that no `id` is used twice.
    """

    watches = False  # it only records; what watches is told of compiled steps, see step.py

    def __init__(self, strict: bool, watch: Any = None, postpone: bool = False) -> None:
        self.strict = strict
        self.postponing = Postponing(self) if postpone else None
        self.watch = watch  # who else wants to hear of everything
        self.refusal: Refusal | None = None
        self.program = Program()
        self._vars: dict[int, Var] = {}
        self._alive: list[Any] = []
        self._constant: set[Var] = set()
        self._owners: set[int] = set()  # of the memory of arrays that are not constant
        self._variables: dict[int, VariableCell] = {}
        self._gradients: dict[int, GradientCell] = {}
        self._updates: dict[int, tuple[Any, Var | None]] = {}
        self.trainable: list[tuple[Any, bool]] = []
        self._before: list[tuple[Any, Tensor | None]] = []  # what Variables were, for `undo`
        self._places: dict[int, str] = {}  # of the arrays, by the layers that made them
        self._outside: tuple[str, ...] | None = None  # where we were when a walk back began

    # What the door tells

    def __call__(self, primitive: Any, inputs: tuple, params: dict, outputs: Any) -> None:
        if self.refusal is not None:
            return
        operands = tuple(self._var(x._value) if type(x) is Tensor else x for x in inputs)
        made = outputs if type(outputs) is tuple else (outputs,)
        if all(type(x) is not Var or x in self._constant for x in operands):
            for tensor in made:
                self._var(tensor._value)  # computed from constants: a constant itself
            return
        if _holds_arrays(params, self._vars):
            self.refuse(f"{primitive.name}: a computed value became a parameter of the operation")
            return
        results = tuple(self._add(tensor._value) for tensor in made)
        where = "/".join(THREAD.mode.where)
        if where:
            for tensor in made:
                self._places[id(tensor._value)] = where
        self.program.equations.append(Equation(primitive, operands, params, results, where))

    def _add(self, array: np.ndarray) -> Var:
        var = Var(len(self._vars), array.shape, array.dtype)
        self._vars[id(array)] = var
        self._alive.append(array)
        if array.base is not None:
            self._owners.add(id(array.base))
        return var

    def _var(self, array: Any) -> Var:
        """The Var of an array; one that nobody has seen yet is a constant."""
        var = self._vars.get(id(array))
        if var is None:
            if id(getattr(array, "base", None)) in self._owners:
                self.refuse("a value was computed without an operation of minigrad.ops")
            self._alive.append(array)  # if it is a NumPy scalar, its id must stay its own
            var = Var(len(self._vars), array.shape, array.dtype)
            self._vars[id(array)] = var
            self._constant.add(var)
            value = np.asarray(array)
            self.program.constants[var] = value if value is not array else value.view()
        return var

    # What is postponed

    @property
    def postponed(self) -> bool:
        """Whether nothing has been computed."""
        return self.postponing is not None and self.postponing.active

    def compute(self) -> None:
        """Compute what was postponed."""
        if self.postponing is not None:
            self.postponing.compute()

    def is_computed(self, value: Any) -> bool:
        """Whether a value depends on inputs or Variables."""
        var = self._vars.get(id(value))
        return var is not None and var not in self._constant

    def arrays(self) -> dict[Var, Any]:
        """The array of each Var."""
        return {self._vars[id(x)]: x for x in self._alive if id(x) in self._vars}

    def variables(self) -> list[Any]:
        """The Variables that were read or assigned."""
        return [cell.variable for cell in self._variables.values()]

    def walking(self, record: Any) -> None:
        """What comes now is the rule of this record, or, if None, the walk back is over."""
        if self.watch is not None:
            self.watch.walking(record)
        mode = THREAD.mode
        if self._outside is None:
            self._outside = mode.where
        if record is None:
            mode.where, self._outside = self._outside, None
            return
        output = record.output[0] if type(record.output) is tuple else record.output
        place = self._places.get(id(output))
        mode.where = self._outside if place is None else (f"{place} (gradient)",)

    # What Variables tell

    def variable_read(self, variable: Any) -> None:
        if self.refusal is not None or id(variable) in self._variables:
            return
        current = variable._current()
        if current is None:
            self.refuse(f"the variable {variable.path} got its first value", retry=True)
            return
        cell = self._touch(variable)
        value = np.asarray(current._value).view()  # its own object, though two Variables share one
        variable._value = wrap(value, variable._watch())
        self.program.states.append((cell, self._add(value)))

    def variable_written(self, variable: Any, tensor: Tensor) -> None:
        if self.watch is not None:
            self.watch.variable_written(variable, tensor)
        if self.refusal is not None:
            return
        if id(variable) not in self._variables:
            if variable._current() is None:
                self.refuse(f"the variable {variable.path} was made", retry=True)
                return
            self._touch(variable)
        self._updates[id(variable)] = self._variables[id(variable)], self._var(tensor._value)

    def _touch(self, variable: Any) -> VariableCell:
        cell = self._variables[id(variable)] = VariableCell(variable)
        self._before.append((variable, variable._current()))
        self.trainable.append((variable, variable.trainable))
        return cell

    # What leaves tell of their gradients

    def gradient_read(self, leaf: Leaf) -> None:
        if self.refusal is not None or id(leaf) in self._gradients:
            return
        cell = self._gradients[id(leaf)] = GradientCell(leaf)
        self._alive.append(leaf)
        if leaf.grad is not None:
            value = np.asarray(leaf.grad._value).view()
            leaf.grad = wrap(value)
            self.program.states.append((cell, self._add(value)))

    def gradient_written(self, leaf: Leaf, value: Tensor | None) -> None:
        if self.refusal is not None:
            return
        if id(leaf) not in self._gradients:
            self._gradients[id(leaf)] = GradientCell(leaf)
            self._alive.append(leaf)
        var = None if value is None else self._var(value._value)
        self._updates[id(leaf)] = self._gradients[id(leaf)], var

    # What cannot be

    def reveal(self, tensor: Tensor, how: str) -> None:
        """Somebody looks at the values of `tensor`."""
        if self.refusal is None and type(tensor) is Tensor:
            var = self._vars.get(id(tensor._value))
            if var is not None and var not in self._constant:
                self.refuse(f"{how} of a {tensor.dtype} tensor of shape {tensor.shape}")

    def refuse(self, what: str, retry: bool = False, line: str | None = None) -> None:
        """Give up: the function goes on as if nobody had watched it, or, if strict, fails here."""
        self.compute()
        if line is None:
            line = described(user_line())
        self.refusal = Refusal(what + (f" ({line})" if line else ""), retry)
        THREAD.mode.tracer = self.watch
        if self.strict and not retry:
            raise RuntimeError(explain_refusal(self.refusal))

    # The end

    def settle(self, result: Any) -> None:
        """Compute what was postponed if the Program cannot do it in place of the function."""
        if self.postponing is not None:
            if self._gradients:  # they may have been added up
                self.compute()
            self.postponing.settle(result)

    def undo(self) -> None:
        """Give Variables the values that they had before the function ran."""
        for variable, value in self._before:
            if value is not None:
                variable._set(value)

    def finish(self, results: list[Tensor]) -> Program:
        """The Program that returns `results`."""
        program = self.program
        program.results = [self._var(tensor._value) for tensor in results]
        self._alive.clear()  # leaves that were made inside are gone now
        program.updates = [
            (cell, var)
            for cell, var in self._updates.values()
            if not isinstance(cell, GradientCell) or cell.leaf is not None
        ]
        return check(program)

    def gradient_cells(self) -> list[GradientCell]:
        """The gradients that must be there, or absent, as they were."""
        return [cell for cell in self._gradients.values() if cell.leaf is not None]


def explain_refusal(refusal: Refusal) -> str:
    """Refusal, reason and remedy in one message."""
    return (
        f"This cannot be compiled: {refusal}. A compiled step is recorded once and replayed on "
        "other values, so it must not look at them. Compute with minigrad.ops instead (ops.where "
        "for `if`, minigrad.random for random numbers), do it outside of the step, or leave it "
        "uncompiled (jit_compile=False)."
    )


@contextmanager
def tracing(tracer: Tracer) -> Iterator[None]:
    """Let `tracer` hear of everything in a `with` block."""
    mode = THREAD.mode
    listeners, outer = mode.listeners, mode.tracer
    mode.listeners, mode.tracer, mode.postpone = (*listeners, tracer), tracer, tracer.postponing
    states = _global_random_states()
    try:
        yield
    except BaseException:
        tracer.compute()  # Variables may have been assigned
        raise
    finally:
        mode.listeners, mode.tracer, mode.postpone = listeners, outer, None
    if states != _global_random_states() and tracer.refusal is None:
        tracer.refuse("numbers were drawn from np.random or random", line="")


def trace(
    function: Callable, args: tuple, kwargs: dict, strict: bool = False, postpone: bool = False
) -> tuple[Any, Tracer, Program | None]:
    """Call `function(*args, **kwargs)` and write down what it computes.

    Args:
        args, kwargs: Structures whose Tensors are inputs of the program; all else is a constant.
        strict: Raise a RuntimeError, which names the line, where the function cannot be compiled.
        postpone: Compute nothing, if that is possible (`tracer.postponed`): what the function
            returned and assigned is to be computed by the Program.

    Returns:
        What the function returned, the tracer, and the Program; None if it cannot be compiled, and
        then `tracer.refusal` says why.
    """
    outer = THREAD.mode.tracer
    postpone = postpone and not THREAD.mode.listeners
    tracer = Tracer(strict, outer if outer is not None and outer.watches else None, postpone)
    with tracing(tracer):

        def enter(x: Any) -> Any:
            if type(x) is not Tensor:
                return x
            value = np.asarray(x._value).view()
            tracer.program.inputs.append(tracer._add(value))
            return wrap(value)

        args, kwargs = tree.map_structure(enter, (args, kwargs), none_is_leaf=True)
        result = function(*args, **kwargs)
        tracer.settle(result)
    if tracer.refusal is not None:
        return result, tracer, None
    return result, tracer, tracer.finish(tensors_of(result))


def tensors_of(result: Any) -> list[Tensor]:
    """The Tensors in a structure, in order."""
    return [x for x in tree.flatten(result) if type(x) is Tensor]


def _holds_arrays(params: dict, known: dict[int, Var]) -> bool:
    return any(
        isinstance(value, (Tensor, np.ndarray)) and _is_known(value, known)
        for value in params.values()
    )


def _is_known(value: Any, known: dict[int, Var]) -> bool:
    return id(value._value if isinstance(value, Tensor) else value) in known


def _global_random_states() -> tuple:
    state: Any = np.random.get_state()
    return state[1].tobytes(), state[2:], random.getstate()
