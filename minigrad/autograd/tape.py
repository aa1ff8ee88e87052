"""GradientTape: TensorFlow's way to ask for gradients."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.autograd import backward as _backward
from minigrad.autograd.operators import OPS
from minigrad.autograd.record import THREAD, Leaf, Record, next_number, no_grad
from minigrad.autograd.tensor import Tensor, as_tensor, wrap

_table_of: list[Callable] = []


def set_tape_table(table_of: Callable) -> None:
    """Set what makes the table of a tape: `table_of(records, asked)`, or of nothing, None."""
    _table_of[:] = [table_of]


class GradientTape:
    """Gradients of what is computed inside a `with` block.

    Args:
        persistent: Whether `gradient` may be called more than once.
        watch_accessed_variables: Whether trainable Variables are watched without being asked to.

    >>> import minigrad as mg
    >>> x = mg.Tensor(3.0)
    >>> with mg.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * x
    >>> float(tape.gradient(y, x))
    6.0

    What was computed can be printed, as long as its result is in use:

    >>> print(tape)
    #   op        inputs  shape  dtype    value  VJP             gradient
    ──  ────────  ──────  ─────  ───────  ─────  ──────────────  ────────
    x1  watched           ()     float32  3                      6
    1   multiply  x1, x1  ()     float32  9      g · x₂, g · x₁  1
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watch_variables = watch_accessed_variables
        self._intervals: list[tuple[int, float]] = []
        self._watched: dict[Leaf, Any] = {}
        self._entered: list[no_grad] = []
        self._used = False
        self._asked: list[int] = []  # numbers of the records that were differentiated last

    def __enter__(self) -> GradientTape:
        if self._entered:
            raise ValueError("This tape is already recording. Use a second GradientTape inside it.")
        self._start()
        switch = no_grad(recording=True)
        switch.__enter__()
        self._entered.append(switch)
        THREAD.mode.tapes += 1
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop()
        THREAD.mode.tapes -= 1
        self._entered.pop().__exit__(*exc)

    def _start(self) -> None:
        self._intervals.append((next_number(), float("inf")))

    def _stop(self) -> None:
        start, _ = self._intervals.pop()
        self._intervals.append((start, next_number()))

    def watch(self, tensor: Any) -> None:
        """Ask for gradients by `tensor` (or by each of a nested structure).

        A Variable that is not trainable is watched until it is assigned to.
        """
        for one in tree.flatten(tensor):
            if not (isinstance(one, Tensor) or hasattr(one, "__minigrad_tensor__")):
                raise TypeError(
                    "GradientTape.watch: only Tensors and Variables can be watched. Make a "
                    f"Tensor of it first, and compute with that. Received: {type(one).__name__}"
                )
            x = as_tensor(one)
            if x._record is None:
                if "float" not in x.dtype:
                    raise TypeError(
                        f"Only floating tensors can be watched. Received: dtype={x.dtype}"
                    )
                x._record = getattr(one, "_leaf", None) or Leaf()
            self._watched[x._record] = x  # type: ignore[index]

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """What is computed inside leaves no trace on this tape; others go on recording."""
        if not self._entered:
            raise ValueError(
                "GradientTape.stop_recording: this tape is not recording. Use it inside the "
                "`with` block of the tape."
            )
        mode = THREAD.mode
        self._stop()
        mode.tapes -= 1
        try:
            with no_grad(recording=mode.recording and mode.tapes > 0):
                yield
        finally:
            mode.tapes += 1
            self._start()

    def reset(self) -> None:
        """Forget what was recorded so far."""
        self._intervals.clear()
        self._used = False
        self._asked = []
        if self._entered:
            self._start()

    def watched_variables(self) -> tuple:
        """What `watch` was called on."""
        return tuple(self._watched.values())

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = "none",
    ) -> Any:
        """The gradient of `target` by each of `sources`.

        Args:
            target: A Tensor, or a structure of them, of which the sum is differentiated.
            sources: A Tensor or Variable, or a structure of them.
            output_gradients: Upstream gradients, in the structure of `target`; ones if None.
            unconnected_gradients: "none" or "zero": what a source on which `target` does not
                depend gets.

        Returns:
            Gradients in the structure of `sources`.
        """
        if unconnected_gradients not in ("none", "zero"):
            raise ValueError(
                "unconnected_gradients must be 'none' or 'zero'. "
                f"Received: unconnected_gradients={unconnected_gradients!r}"
            )
        self._use()
        results = [as_tensor(one) for one in tree.flatten(target)]
        if output_gradients is None:
            upstream = [wrap(np.ones_like(result._value)) for result in results]
        else:
            given = flatten_like(target, output_gradients)
            upstream = [
                _backward.upstream_of(result, one)
                for result, one in zip(results, given, strict=True)
            ]
        return self._pull_back(results, upstream, sources, unconnected_gradients)

    def _use(self) -> None:
        if self._used and not self._persistent:
            raise RuntimeError(
                "A GradientTape gives its gradients once. Make it with "
                "GradientTape(persistent=True) to ask again, or ask for all sources at once."
            )
        self._used = True

    def _pull_back(self, results: list, upstream: list, sources: Any, unconnected: str) -> Any:
        self._asked = [one._record.number for one in results if isinstance(one._record, Record)]
        inputs = [as_tensor(one) for one in tree.flatten(sources)]
        records = [x._record if self._is_watched(x) else None for x in inputs]
        found = _backward.walk(
            results,
            upstream,
            [record for record in records if record is not None],
            # While a tape records, its gradients may be asked for gradients.
            create_graph=THREAD.mode.tapes > 0,
            between=self._intervals,
        )
        gradients = []
        for x, record in zip(inputs, records, strict=True):
            gradient = found.get(record)
            if isinstance(gradient, list):
                gradient = gradient[x._index]
            if gradient is None and unconnected == "zero":
                gradient = wrap(np.zeros_like(x._value))
            gradients.append(gradient)
        return tree.pack_sequence_as(sources, gradients)

    def show(self, limit: int | None = 60, **filters: Any) -> None:
        """Print what was recorded, a line each, and its gradients once they were asked for.

        Args:
            limit: How many lines are shown at most; None shows all.
            filters: `op`, `layer`, `first`, `last`, `where`, as in `inspect.Tape.select`.

        >>> import minigrad as mg
        >>> x = mg.Tensor(3.0)
        >>> with mg.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = mg.ops.sin(x * x)
        >>> tape.show(op="sin")
        #  op   inputs  shape  dtype    value   VJP
        ─  ───  ──────  ─────  ───────  ──────  ──────────
        2  sin  #1      ()     float32  0.4121  g · cos(x)
        (no gradient yet: call backward() on the result)
        (2 lines left out)
        """
        table = self._table()
        if table is None:
            print(self)
        else:
            table.show(limit, **filters)

    def __str__(self) -> str:
        table = self._table()
        return repr(self) + ": no result of it is in use" if table is None else str(table)

    def _repr_html_(self) -> str | None:
        table = self._table()
        return None if table is None else table._repr_html_()

    def _table(self) -> Any:
        """The table of the records that are still in use; a tape itself holds none of them."""
        spans = self._intervals
        records = [
            one
            for one in gc.get_objects()  # `isinstance` would ask objects that lie about their class
            if issubclass(type(one), Record) and any(a < one.number < b for a, b in spans)
        ]
        return _table_of[0](records, self._asked) if records and _table_of else None

    def _is_watched(self, x: Tensor) -> bool:
        return (
            self._watch_variables or not isinstance(x._record, Leaf) or x._record in self._watched
        )

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: str = "none",
    ) -> Any:
        """The derivative of every element of `target` by every element of each source.

        Returns:
            Tensors of shape `target.shape + source.shape`, in the structure of `sources`.
        """
        self._use()
        target = as_tensor(target)
        rows = [
            self._pull_back([target], [unit], sources, unconnected_gradients)
            for unit in unit_vectors(target)
        ]
        return stack_rows(rows, target.shape, sources)


def flatten_like(results: Any, upstream: Any) -> list:
    """The upstream gradients of a structure of results, one per tensor in it.

    >>> flatten_like((1.0, [2.0]), (0.5, [[1.0, 2.0]]))
    [0.5, [1.0, 2.0]]
    """
    found: list = []
    try:
        tree.map_structure_up_to(results, lambda _, g: found.append(g), results, upstream)
    except (ValueError, TypeError) as error:
        raise ValueError(
            "Upstream gradients must have the structure of the result that they belong to, a "
            f"tensor for a tensor. {error}"
        ) from None
    return found


def unit_vectors(y: Tensor) -> Iterator[Tensor]:
    """One tensor of the shape of `y` per element: 1 there, 0 elsewhere."""
    for index in range(y.size):
        unit = np.zeros(y.size, y._value.dtype)
        unit[index] = 1
        yield wrap(unit.reshape(y.shape))


def stack_rows(rows: list, shape: tuple[int, ...], inputs: Any) -> Any:
    """Rows of a Jacobian, one per element of a result of `shape`, as one tensor per input."""
    if not rows:  # of a result without elements

        def nothing(x: Any) -> Tensor:
            value = as_tensor(x)._value
            return wrap(np.zeros(shape + value.shape, value.dtype))

        return tree.map_structure(nothing, inputs)

    def stack(*one_input: Any) -> Any:
        if one_input[0] is None:
            return None
        return OPS["reshape"](OPS["stack"](one_input), shape + one_input[0].shape)

    return tree.map_structure(stack, *rows, none_is_leaf=True)
