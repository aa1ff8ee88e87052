"""Step: a function that records itself when it is called, and from then on replays the recording.

A recording holds for arguments of the same structure, shapes and dtypes, for the same values of
arguments that are no arrays, and for Variables that are trainable as they were. Anything else is
recorded anew.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from minigrad import dtypes, settings, tree
from minigrad.autograd.record import THREAD
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor, array_of, wrap
from minigrad.compile.listing import module_source
from minigrad.compile.program import Program
from minigrad.compile.replay import Guards, Replay, replay_of, tell
from minigrad.compile.trace import Tracer, explain_refusal, trace

_MOST_RETRIES = 3
_MOST_RECORDINGS = 256  # as many as there are lengths of texts in some loops
_MOST_BYTES = 1 << 30  # of memory, if there are more recordings
_KEPT_ANYHOW = 16  # than these

_log = logging.getLogger("minigrad")


def compile(
    function: Callable | None = None, *, fallback: bool = False, borrowed: bool = False
) -> Any:
    """A function that computes what `function` does, recorded once and replayed as machine code.

    The first call with arguments of new shapes runs the function as always, and writes down what it
    computes: operations, gradients, Variables that are read and assigned. Later calls run a program
    made of that. What is not an operation (printing, appending to a list) happens only while
    recording, and Python numbers that the function finds somewhere else stay what they were.

    Args:
        function: A function of Tensors, or structures of them; arrays count as Tensors. It may read
            and assign Variables.
        fallback: Run a function that cannot be compiled as it is, with one message that says why.
            Otherwise that is an error.
        borrowed: The arguments are views of arrays that may change later: where the function itself
            runs, which may keep them, it gets copies. A replay has no need of these.

    Raises:
        RuntimeError: the function looks at a value (`float(t)`, `if t:`, `t.numpy()`), or draws
            numbers from `np.random` or `random`; the message names the line.

    >>> import minigrad
    >>> from minigrad import ops
    >>> f = minigrad.compile(lambda x: ops.sum(ops.tanh(2.0 * x + 1.0) * x))
    >>> x = minigrad.Tensor([1.0, 2.0])
    >>> [round(float(f(x)), 4) for _ in range(2)]  # recorded, then replayed
    [2.9949, 2.9949]
    """
    if function is None:
        return lambda f: compile(f, fallback=fallback, borrowed=borrowed)
    return Compiled(function, fallback, borrowed)


class Compiled:
    """What `minigrad.compile` returns: call it like the function.

    Attributes:
        function: The function as it was.
        refusal: Why it cannot be compiled, if it cannot.
        goes_on: Set by who knows that more calls like the next one will follow: that is recorded
            without being computed, and replayed like them.
    """

    def __init__(self, function: Callable, fallback: bool = False, borrowed: bool = False) -> None:
        self.function = function
        self.refusal: str | None = None
        self.goes_on = False
        self._fallback = fallback
        self._borrowed = borrowed
        self._recordings: dict[tuple, list[_Recording]] = {}
        self._retries = 0
        self._replayed_at_once: frozenset[str] | None = frozenset()  # None: all
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mode = THREAD.mode
        tracer = mode.tracer
        recorded = tracer is not None and not tracer.watches
        if self.refusal is not None or recorded or mode.bare or mode.tapes:
            return self._run(args, kwargs)
        arrays: list[np.ndarray] = []
        key = _signature((args, kwargs), arrays, mode)
        if key is None:
            return self._run(args, kwargs)
        for recording in self._recordings.get(key, ()):
            if recording.guards.hold():
                if tracer is not None:
                    return tracer.replayed(self, recording, arrays, args, kwargs)
                return recording(arrays)
        return self._record(key, args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def _run(self, args: tuple, kwargs: dict) -> Any:
        if self._borrowed:
            args, kwargs = owned((args, kwargs))
        return self.function(*args, **kwargs)

    def _record(self, key: tuple, args: tuple, kwargs: dict) -> Any:
        if self._borrowed:
            args, kwargs = owned((args, kwargs))
        args, kwargs = tree.map_structure(_as_input, (args, kwargs), none_is_leaf=True)
        strict = not self._fallback and self._retries < _MOST_RETRIES
        with _garbage_left():
            result, tracer, program = trace(self.function, args, kwargs, strict, self.goes_on)
        if program is None:
            self._refused(tracer)
            return result
        self.goes_on = False  # the next recording is of another shape, maybe that of the last batch
        self._make_room()
        made = _Recording(result, tracer, program)
        self._recordings.setdefault(key, []).append(made)
        at_once = self._replayed_at_once
        if tracer.postponed or at_once is None or str(key) in at_once:
            tracer.undo()
            return made(_arrays_of((args, kwargs), THREAD.mode))
        return made.first

    def _make_room(self) -> None:
        """Forget the oldest recordings, where they are many or large."""
        kept = [one for all in self._recordings.values() for one in all]
        nbytes = sum(one.nbytes for one in kept)
        most = _MOST_RECORDINGS if nbytes <= _MOST_BYTES else _KEPT_ANYHOW
        if len(kept) >= most:
            del self._recordings[next(iter(self._recordings))]

    def _refused(self, tracer: Tracer) -> None:
        refusal = tracer.refusal
        if refusal is None or (refusal.retry and self._retries < _MOST_RETRIES):
            self._retries += 1
            return
        self.refusal = str(refusal)
        if not self._fallback:
            raise RuntimeError(explain_refusal(refusal))
        name = getattr(self.function, "__qualname__", repr(self.function))
        _log.warning("%s runs uncompiled. %s", name, explain_refusal(refusal))

    @property
    def signatures(self) -> list[str]:
        """For which arguments there are recordings, or were in a process before this one."""
        return sorted({*map(str, self._recordings), *(self._replayed_at_once or ())})

    def replay_at_once(self, signatures: Iterable[str] | None = None) -> None:
        """Replay also the first call with arguments of these `signatures`; by default of all.

        A replay equals the function to rounding; a process that goes on with the work of another
        must round as that one did.
        """
        self._replayed_at_once = None if signatures is None else frozenset(signatures)
        if self._replayed_at_once:  # of the recordings to come none is the first of the training
            self.goes_on = False

    @property
    def programs(self) -> list[Program]:
        """The programs recorded so far."""
        return [one.program for all in self._recordings.values() for one in all]

    @property
    def replays(self) -> list[Any]:
        """What runs these programs; None for those that have not run yet."""
        return [one.replay for all in self._recordings.values() for one in all]

    def explain(self, title: str = "step") -> Any:
        """An `Explanation` of the program that was recorded last.

        Raises RuntimeError if there is none yet, or no compiler.
        """
        from minigrad.compile.explain import Explanation

        recordings = [one for all in self._recordings.values() for one in all]
        if not recordings:
            reason = f" {self.refusal}." if self.refusal else " Call the function first."
            raise RuntimeError(f"explain: nothing has been compiled yet.{reason}")
        last = recordings[-1]
        last.prepare()
        if not isinstance(last.replay, Replay):
            raise RuntimeError("explain: there is no compiler here; `minigrad info` says why.")
        return Explanation(last.program, last.replay, title)

    def __repr__(self) -> str:
        return f"<compiled {getattr(self.function, '__qualname__', self.function)!s}>"


@contextlib.contextmanager
def _garbage_left() -> Iterator[None]:
    """Python collects no garbage in the block, which makes thousands of objects and drops few.

    Looking through them all again and again takes a quarter of the time of a recording.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Recording:
    """A program, and how its results become what the function returns."""

    def __init__(self, result: Any, tracer: Tracer, program: Program) -> None:
        numbers = iter(range(len(program.results)))
        self.first = tree.map_structure(_detached, result, none_is_leaf=True)
        # The traced tensors hold the whole tape; only their places are kept.
        self.template = tree.map_structure(
            lambda x: _Place(next(numbers)) if type(x) is Tensor else x, result, none_is_leaf=True
        )
        self.is_tensor = type(result) is Tensor
        self.is_logs = type(result) is dict and all(type(x) is Tensor for x in result.values())
        self.program = program
        self.guards = Guards(tracer)
        self.replay: Any = None

    @property
    def nbytes(self) -> int:
        """The memory that it takes, more or less."""
        return self.replay.arena.nbytes if isinstance(self.replay, Replay) else 0

    def prepare(self) -> None:
        """Compile the program, if that has not been done."""
        if self.replay is None:
            with _garbage_left():
                self.replay = replay_of(self.program)
            if settings.debugs("compile") and isinstance(self.replay, Replay):
                tell(True, "source", module_source(self.replay))

    def __call__(self, arrays: list[np.ndarray]) -> Any:
        self.prepare()
        results = self.replay(arrays)
        if self.is_tensor:
            return wrap(results[0])
        if self.is_logs:  # what a step of training returns
            return {name: wrap(results[x.number]) for name, x in self.template.items()}
        return tree.map_structure(
            lambda x: wrap(results[x.number]) if type(x) is _Place else x,
            self.template,
            none_is_leaf=True,
        )


def _arrays_of(structure: Any, mode: Any) -> list[np.ndarray]:
    arrays: list[np.ndarray] = []
    _signature(structure, arrays, mode)
    return arrays


class _Place:
    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def _detached(x: Any) -> Any:
    return wrap(x._value) if type(x) is Tensor else x


def owned(structure: Any) -> Any:
    """A structure with copies in place of arrays and Tensors that are views of others."""
    return tree.map_structure(_owned, structure, none_is_leaf=True)


def _owned(x: Any) -> Any:
    if type(x) is Tensor and x._value.base is not None:
        return wrap(x._value.copy())
    return x.copy() if type(x) is np.ndarray and x.base is not None else x


def _as_input(x: Any) -> Any:
    """Arrays become Tensors: they are inputs too."""
    return wrap(array_of(x)) if isinstance(x, (np.ndarray, np.generic)) else x


def _signature(structure: Any, arrays: list, mode: Any) -> tuple | None:
    """What a recording depends on besides the values in arrays; these are added to `arrays`.

    None if the function should rather run as it is: a symbolic argument, or one whose gradient
    somebody may ask for.
    """
    key: list = [
        settings.floatx(),
        settings.epsilon(),
        settings.image_data_format(),
        mode.recording,
    ]
    return tuple(key) if _describe(structure, key, arrays, mode.recording) else None


def _describe(x: Any, key: list, arrays: list, recording: bool) -> bool:
    kind = type(x)
    if kind is Tensor:
        if recording and x._record is not None:
            return False
        array = x._value
        key.append((array.shape, array.dtype))
        arrays.append(array)
    elif kind is tuple or kind is list:
        key.append((kind, len(x)))
        for one in x:  # plain loops: this runs at every step
            if not _describe(one, key, arrays, recording):
                return False
    elif kind is dict:
        names = sorted(x, key=str)
        key.append((dict, *names))
        for name in names:
            if not _describe(x[name], key, arrays, recording):
                return False
    elif isinstance(x, (np.ndarray, np.generic)):
        array = np.asarray(x)
        if array.dtype.name not in dtypes.ALLOWED_DTYPES or not array.dtype.isnative:
            return False
        key.append((array.shape, array.dtype))
        arrays.append(array)
    elif isinstance(x, KerasTensor):
        return False
    elif tree.is_nested(x) and x is not None:
        key.append(kind)
        return all(_describe(one, key, arrays, recording) for one in tree.flatten(x))
    else:
        try:
            hash(x)
        except TypeError:
            return False
        key.append((kind, x))
    return True
