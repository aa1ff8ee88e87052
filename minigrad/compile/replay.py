"""Replay: run a recorded program on new arrays, and put what it assigns where it belongs."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad import settings
from minigrad.autograd.record import CHANGES
from minigrad.autograd.tensor import wrap
from minigrad.compile import memory
from minigrad.compile.expand import expand
from minigrad.compile.fragments import Fragment
from minigrad.compile.fuse import fuse
from minigrad.compile.halves import casts_at_loops, has_halves, in_float32, stored_wide
from minigrad.compile.interpreter import Interpreter, call_of, call_of_group, read
from minigrad.compile.launches import Product
from minigrad.compile.plan import Bundle, Fed, Plan, launches_of
from minigrad.compile.program import Program, Var
from minigrad.compile.rows import Rows
from minigrad.compile.simplify import simplify
from minigrad.compile.trace import GradientCell, Tracer, VariableCell
from minigrad.kernels import launching, native, openblas

_LENT_FROM = 1 << 15
"""From so many bytes on, an input is read where it is; less is copied in no time."""

_NOTHING = contextlib.nullcontext()
_SHARES_WORTH_THREADS = 8
"""Waking another thread takes some microseconds: from so many shares on, it saves more."""


class Guards:
    """What must be outside as it was when a program was recorded."""

    def __init__(self, tracer: Tracer) -> None:
        self.trainable = tracer.trainable
        self.gradients = tracer.gradient_cells()
        self._checked = -1

    def hold(self) -> bool:
        """Whether the program still computes what the function would."""
        if self._checked != CHANGES[0]:  # switching `trainable` counts as a change
            if any(variable.trainable is not was for variable, was in self.trainable):
                return False
            self._checked = CHANGES[0]
        return all(
            cell.leaf is not None and (cell.leaf.grad is not None) is cell.present
            for cell in self.gradients
        )


def replay_of(program: Program) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """The fastest way to run a program here."""
    told = settings.debugs("compile")
    tell(told, "recorded", program)
    program = simplify(program)
    tell(told, "simplified", program)
    halved = has_halves(program)
    if halved:
        program = in_float32(program)
    program = simplify(expand(program))
    tell(told, "expanded", program)
    if not native.ready():
        return Interpreter(program)
    if halved:
        program = simplify(stored_wide(simplify(casts_at_loops(program))))
        tell(told, "halves", program)
    plan = Plan(fuse(program))
    tell(told, "fused", plan.fused)
    return Replay(plan)


def tell(told: bool, stage: str, what: object) -> None:
    """Print a stage, if `told`."""
    if told:
        print(f"--- {stage} ---\n{what}\n", file=sys.stderr, flush=True)


class Replay:
    """A planned program, bound to memory: tables of native launches, with calls in between."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.program = program = plan.program
        self.variables = list(
            {
                id(cell.variable): cell.variable
                for cell, _ in (*program.states, *program.updates)
                if isinstance(cell, VariableCell)
            }.values()
        )
        memory.settle(plan.homes())
        self.arena = memory.empty(plan.arena.nbytes)
        self._constants: dict[Any, np.ndarray] = {}
        self._whole: dict[Any, np.ndarray] = {}
        self._bound = self._changes = -1
        self._lock = threading.RLock()  # the arena is for one thread at a time
        self._bind()

    def __call__(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        with self._lock:
            if len(self._stores) == 1:  # most often; an ExitStack takes microseconds
                with self._stores[0].lock:
                    return self._run(arrays)
            with contextlib.ExitStack() as stack:
                for store in self._stores:
                    stack.enter_context(store.lock)
                return self._run(arrays)

    def _run(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        if self._bound != memory.MOVES[0]:
            self._bind()
        if self._changes != CHANGES[0]:
            self._changes = CHANGES[0]
            for variable in self.variables:
                variable._home.refresh(variable)
        for place, array, uses in zip(self._inputs, arrays, self._uses, strict=True):
            if uses is None:
                np.copyto(place, array)
            else:
                self._lend(place, array, uses)
        for place, cell in self._gradients_in:
            np.copyto(place, read(cell))
        # One thread too: the BLAS rounds otherwise where it has threads of its own.
        with openblas.alone() if self._parallel else _NOTHING:
            for run in self._runs:
                run()
        results = [place.copy() for place in self._results]
        for found, cell in self._gradients_out:
            if cell.leaf is not None:
                cell.leaf.grad = None if found is None else wrap(found.copy())
        if self._late:
            values = [place.copy() for _, place in self._late]
            for (variable, _), value in zip(self._late, values, strict=True):
                np.copyto(variable._home.array, value)
        for store in self._stores:
            if store.copied:
                store.forget_copies()
        return results

    def _lend(self, place: np.ndarray, array: np.ndarray, uses: list) -> None:
        """Let launches read an array where it is, without a copy, if they can."""
        if not (array.flags.c_contiguous and array.flags.aligned):
            np.copyto(place, array)
            array = place
        address = array.__array_interface__["data"][0]
        for block, word in uses:
            block[word] = address

    # For explanations

    def runner(self, step: Any) -> Callable[[], Any]:
        """What runs a single step of the plan."""
        row = self.rows.of(step)
        if row is None:
            return self._call(step)
        run = launching.runner([row], self._parallel)
        if not self._parallel:
            return run

        def run_alone() -> None:
            with openblas.alone():
                run()

        return run_alone

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Steps may run in the block; then all memory is as it was."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._lock)
            for store in self._stores:
                stack.enter_context(store.lock)
            arrays = [self.arena, *(variable._home.array for variable in self.variables)]
            before = [array.copy() for array in arrays]
            try:
                yield
            finally:
                for array, old in zip(arrays, before, strict=True):
                    np.copyto(array, old)

    # Binding to addresses

    def _bind(self) -> None:
        self._bound = memory.MOVES[0]
        program = self.program
        stores = {id(v._home.store): v._home.store for v in self.variables}
        self._stores = [stores[key] for key in sorted(stores)]  # in one order for all threads
        self._inputs = [self.view(var) for var in program.inputs]
        self._results = [self.view(var) for var in program.results]
        self._gradients_in = [
            (self.view(var), cell) for cell, var in program.states if isinstance(cell, GradientCell)
        ]
        self._gradients_out = [
            (None if var is None else self.view(var), cell)
            for cell, var in program.updates
            if isinstance(cell, GradientCell)
        ]
        self._late = [(cell.variable, self.view(var)) for cell, var in self.plan.late]
        self.rows = Rows(self.plan, self.view, self.arena)
        called: list[Any] = []
        tables: list[Any] = [[]]  # rows of launches, and calls of Python between them
        progress = _Progress(len(self.plan.steps))
        for step in self.plan.steps:
            row = self.rows.of(step)
            progress.advance()
            if row is None:
                tables += [self._call(step), []]
                called.append(step)
            else:
                tables[-1].append(row)
        progress.close()
        self._parallel = self.rows.shareable >= _SHARES_WORTH_THREADS and launching.is_shared()
        self._runs = [
            launching.runner(one, self._parallel) if isinstance(one, list) else one
            for one in tables
            if one
        ]
        self._uses = self._find_uses(called)

    def _find_uses(self, called: list[Any]) -> list[list | None]:
        """For each input the words in blocks that are its address; None where it is copied.

        Large arrays are read where they are, if compiled launches alone read them.
        """
        memory = self.plan.memory
        copied = {memory(var) for step in called for one in launches_of(step) for var in one.reads}
        copied |= {memory(var) for var in self.program.outputs()}
        return [
            None if var.nbytes < _LENT_FROM or var in copied else self.rows.places[var]
            for var in self.program.inputs
        ]

    def view(self, var: Var) -> np.ndarray:
        """The array of a Var."""
        key = self.plan.memory(var)
        if not isinstance(key, Var):
            array = key._home.array
        elif key in self.plan.fed:  # there are only strips of it; who wants it whole is no launch
            array = self._whole.setdefault(key, np.empty(key.shape, key.dtype))
        elif key in self.program.constants:
            array = self._constants.get(key)
            if array is None:
                value = self.program.constants[key]
                array = memory.empty(value.nbytes).view(value.dtype).reshape(value.shape)
                np.copyto(array, value)
                self._constants[key] = array
        else:
            start = self.plan.arena.places[key]
            array = self.arena[start : start + key.nbytes].view(key.dtype)
        return array.reshape(var.shape)

    def _call(self, step: Any) -> Callable[[], None]:
        """A launch that Python does: the primitive's own kernel, its results copied into place."""
        if isinstance(step, (Fragment, Bundle, Fed)):
            parts = [
                self._call(one) if isinstance(one, Product) else call_of_group(one, self.view)
                for one in launches_of(step)
            ]

            def run_all() -> None:
                for run in parts:
                    run()

            return run_all
        if isinstance(step, Product):
            a, b = (
                np.swapaxes(self.view(var), -1, -2) if turned else self.view(var)
                for var, turned in zip((step.a, step.b), step.turned, strict=True)
            )
            out = self.view(step.out)

            def multiply() -> None:
                np.matmul(a, b, out=out)

            return multiply
        (equation,) = step.equations
        return call_of(
            equation,
            [self.view(x) if type(x) is Var else x for x in equation.inputs],
            [self.view(out) for out in equation.outputs],
        )


class _Progress:
    """A line on the terminal, once compiling takes more than a second."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.start = time.perf_counter()
        self.shown = False

    def advance(self) -> None:
        self.done += 1
        if time.perf_counter() - self.start > 1 and sys.stderr.isatty():
            self.shown = True
            line = f"\rminigrad compiles kernels: {self.done} of {self.total}"
            print(line, end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.shown:
            print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
