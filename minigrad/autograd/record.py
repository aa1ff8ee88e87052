"""What the tape is made of: a `Leaf` for every watched start, a `Record` for every result.

A Tensor points to its record, a record points to the Tensors it was computed from, and nothing
points back. So the graph of a result lives exactly as long as the result does, and vanishes by
reference counting alone.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_numbers = itertools.count(1)
next_number = _numbers.__next__
"""The number of the next record. Inputs always have smaller numbers than what is made of them,
so walking the records by falling number is a reverse topological order, without any sorting of a
graph."""
CHANGES = [0]
"""How many values Variables were given so far, other than by a compiled step: as long as it stays
the same, a compiled step need not look whether its buffers still hold them."""


class Leaf:
    """Where a gradient ends up: a Tensor made with `requires_grad=True`, or a Variable.

    A Variable keeps its leaf when a new value is assigned, so gradients still find it.
    """

    __slots__ = ("__weakref__", "grad", "name")

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.grad: Any = None


class Record:
    """One line of the tape: `outputs = primitive(*inputs, **params)`.

    `values` are the inputs as the kernel saw them (arrays and Python scalars), `output` is what
    the kernel returned. `kept` is None, or a list that collects the gradient of the output (the
    outputs) because somebody asked for it with `retain_grad`. `where` names the layers in whose
    call it was made, outermost first.
    """

    __slots__ = ("inputs", "kept", "number", "output", "params", "primitive", "values", "where")

    def __init__(
        self, primitive: Any, inputs: tuple, values: Any, params: dict, output: Any
    ) -> None:
        self.number = next_number()
        self.primitive = primitive
        self.inputs = inputs
        self.values = values
        self.params = params
        self.output = output
        self.kept: list | None = None
        self.where = THREAD.mode.where

    def __repr__(self) -> str:
        return f"<Record {self.number}: {self.primitive.name}>"


class TupleRecord(Record):
    """A record of a primitive with several outputs."""

    __slots__ = ()


def _call_directly(kernel: Callable, *args: Any, **kwargs: Any) -> Any:
    return kernel(*args, **kwargs)


class Mode:
    """How the door behaves in one thread."""

    __slots__ = (
        "bare",
        "call",
        "listeners",
        "postpone",
        "quiet",
        "recording",
        "tapes",
        "tracer",
        "where",
    )

    def __init__(self) -> None:
        self.recording = True
        # How many GradientTapes and calls of grad(f) are open: while one is, gradients are
        # recorded too, so that they can be differentiated again.
        self.tapes = 0
        # Inside a plain backward pass the rules run on NumPy arrays: no Tensor is made.
        self.bare = False
        # Called with (primitive, inputs, params, outputs) after every operation.
        self.listeners: tuple[Callable, ...] = ()
        # While there are listeners: called with (primitive, inputs, values, params), it may return
        # something in place of what the kernel would; see compile/postponing.py.
        self.postpone: Any = None
        # Hears of what is no operation: Variables read and assigned, values looked at. It is set
        # while `minigrad.compile` watches a step; see compile/trace.py.
        self.tracer: Any = None
        # The names of the layers whose call is under way, outermost first: for pictures of the tape
        # and for comments in compiled steps.
        self.where: tuple[str, ...] = ()
        # 1/0 and log(-1) are values here (inf, nan), not warnings. Running a kernel inside a
        # context of its own costs a tenth of `np.errstate`.
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        self.quiet = context.run
        self.call: Callable[..., Any] = self.quiet


class _ThreadState(threading.local):
    def __init__(self) -> None:
        self.mode = Mode()


THREAD = _ThreadState()


@contextmanager
def switched(**changes: Any) -> Iterator[None]:
    """Change attributes of this thread's `Mode` inside a `with` block."""
    mode = THREAD.mode
    before = {name: getattr(mode, name) for name in changes}
    for name, value in changes.items():
        setattr(mode, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(mode, name, value)


def run_bare(function: Callable, *args: Any) -> Any:
    """Run `function` with the door in bare mode: arrays in, arrays out, nothing recorded."""
    mode = THREAD.mode
    before = mode.bare, mode.call
    mode.bare, mode.call = True, _call_directly
    try:
        return function(*args) if before[0] else mode.quiet(function, *args)
    finally:
        mode.bare, mode.call = before


def run_recorded(function: Callable, *args: Any) -> Any:
    """Run `function` outside bare mode, for a rule that itself needs the tape."""
    mode = THREAD.mode
    if not mode.bare:
        return function(*args)
    # The kernels' context has been entered already, by `run_bare`, and can be entered only once.
    with switched(bare=False, quiet=_call_directly):
        return function(*args)


class no_grad:
    """Nothing is recorded inside the block, or inside the decorated function.

    A decorator is written `@no_grad` or `@no_grad()`.

    >>> import minigrad as mg
    >>> x = mg.Tensor(3.0, requires_grad=True)
    >>> with mg.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    def __new__(cls, recording: Any = False) -> Any:
        return cls()(recording) if callable(recording) else super().__new__(cls)

    def __init__(self, recording: bool = False) -> None:
        self._recording = recording
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(THREAD.mode.recording)
        THREAD.mode.recording = self._recording

    def __exit__(self, *exc: object) -> None:
        THREAD.mode.recording = self._before.pop()

    def __call__(self, function: Callable) -> Callable:
        if inspect.isgeneratorfunction(function):
            return self._stepping(function)

        @functools.wraps(function)
        def without_recording(*args: Any, **kwargs: Any) -> Any:
            with no_grad(self._recording):
                return function(*args, **kwargs)

        return without_recording

    def _stepping(self, function: Callable) -> Callable:
        """A generator's steps without recording; its caller records between them as before."""

        @functools.wraps(function)
        def without_recording(*args: Any, **kwargs: Any) -> Iterator:
            generator = function(*args, **kwargs)
            step, given = generator.send, None
            while True:
                try:
                    with no_grad(self._recording):
                        value = step(given)
                except StopIteration as end:
                    return end.value
                try:
                    step, given = generator.send, (yield value)
                except BaseException as error:  # thrown in by the caller, or closing
                    step, given = generator.throw, error

        return without_recording


@contextmanager
def listening(listener: Callable) -> Iterator[None]:
    """Call `listener(primitive, inputs, params, outputs)` after every operation in the block."""
    mode = THREAD.mode
    mode.listeners += (listener,)
    try:
        yield
    finally:
        mode.listeners = tuple(one for one in mode.listeners if one is not listener)


def announce(event: str) -> None:
    """Call the method `event` of those listeners that have one."""
    for listener in THREAD.mode.listeners:
        method = getattr(listener, event, None)
        if method is not None:
            method()
