"""The reverse walk: from a result back through its records, multiplying by local derivatives.

For `out = f(x, …)`, the chain rule gives dL/dx = VJP(dL/dout). A result that is used several times
receives the sum of what its uses send back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import numpy as np

from minigrad.autograd.operators import OPS
from minigrad.autograd.record import THREAD, Leaf, Record, TupleRecord, run_bare, switched
from minigrad.autograd.tensor import NAME_OF, Tensor, as_tensor, wrap

RECORDS = (Record, TupleRecord)
_number = attrgetter("number")


def backward(y: Any, gradient: Any = None, create_graph: bool = False) -> None:
    """Add dy/dx to `x.grad` of every watched x that `y` was computed from."""
    y = as_tensor(y)
    if y._record is None:
        raise RuntimeError(
            "backward: this tensor does not depend on anything that is watched. Make an input with "
            "Tensor(..., requires_grad=True) or use a trainable Variable, and stay outside of "
            f"no_grad. Received: {y!r}"
        )
    gradients = walk([y], [upstream_of(y, gradient)], create_graph=create_graph)
    tracer = THREAD.mode.tracer
    for target, found in gradients.items():
        if tracer is not None:
            tracer.gradient_read(target)
        total = found if target.grad is None else OPS["add"](target.grad, found)
        if tracer is not None:
            tracer.gradient_written(target, total)
        target.grad = total


def upstream_of(y: Tensor, gradient: Any) -> Tensor:
    """The gradient to start from: 1 for a scalar, else what the caller gave."""
    if gradient is None:
        if y.size != 1:
            raise ValueError(
                "Only a scalar has a gradient by itself. Reduce the result first, by "
                "ops.mean(y) or ops.sum(y), or pass the upstream gradient, an array of the same "
                f"shape as the result: y.backward(gradient). Received: shape={y.shape}"
            )
        return wrap(np.ones_like(y._value)[()])
    given = as_tensor(gradient, y.dtype)
    if given.shape != y.shape:
        raise ValueError(
            "The upstream gradient must have the shape of the result. "
            f"Received: gradient.shape={given.shape}, result.shape={y.shape}"
        )
    return given


def walk(
    results: Sequence[Tensor],
    upstream: Sequence[Tensor],
    targets: Iterable[Leaf | Record] | None = None,
    create_graph: bool = False,
    between: Sequence[tuple[int, float]] | None = None,
) -> dict[Any, Any]:
    """Gradients of `results` by every leaf they lead to, as {leaf: gradient}.

    Args:
        results: Where to start.
        upstream: The gradient of the final result by each of them.
        targets: Only the gradients by these leaves and records are wanted; the walk skips
            branches that lead to none of them. A record's gradient is a list, one per output.
        create_graph: Record the walk itself.
        between: Only records whose numbers lie in one of these intervals are walked.
    """
    starts = [(result._record, result._index) for result in results]
    wanted = None if targets is None else set(targets)
    inside = None
    if wanted is not None or between is not None:
        inside = _leading_to(reachable([record for record, _ in starts], between), wanted)
    # With a listener (a tracer, a profiler) the rules go through the door; otherwise they run
    # bare, on arrays, which is twice as fast and computes the same.
    bare = not create_graph and not THREAD.mode.listeners
    seeds = [g._value if bare else g for g in upstream]
    if bare:
        return run_bare(_walk, starts, seeds, wanted, inside, True)
    with switched(recording=create_graph):
        return _walk(starts, seeds, wanted, inside, False)


def reachable(
    starts: Iterable[Any], between: Sequence[tuple[int, float]] | None = None
) -> list[Record]:
    """The records that `starts` were made of, each behind those that it was made of."""
    seen: set[Any] = {
        record for record in starts if type(record) in RECORDS and _within(record, between)
    }
    todo = list(seen)
    while todo:
        for x in todo.pop().inputs:
            record = x._record if type(x) is Tensor else None
            if type(record) in RECORDS and record not in seen and _within(record, between):
                seen.add(record)
                todo.append(record)
    return sorted(seen, key=_number)


def _within(record: Any, between: Sequence[tuple[int, float]] | None) -> bool:
    return between is None or any(a < record.number <= b for a, b in between)


def _leading_to(order: list[Record], wanted: set | None) -> set[Record]:
    """Those records from which one of `wanted` (None: anything) can be reached."""
    if wanted is None:
        return set(order)
    leading: set[Any] = set()
    for record in order:
        for x in record.inputs:
            if type(x) is Tensor and (x._record in wanted or x._record in leading):
                leading.add(record)
                break
    return leading


def _walk(
    starts: list, seeds: list, wanted: set | None, inside: set | None, bare: bool
) -> dict[Any, Any]:
    pending: dict[Any, Any] = {}  # gradient by each record and leaf, summed up so far
    # The records that a gradient has reached, the latest first. All uses of a result come later
    # than the result, so when its turn comes, its gradient is complete.
    heap: list[tuple[int, Any]] = []
    for (record, index), seed in zip(starts, seeds, strict=True):
        walked = type(record) in RECORDS and (inside is None or record in inside)
        if walked and record not in pending:
            heappush(heap, (-record.number, record))
        _add(pending, record, index, seed)
    kept: dict[Any, Any] = {}
    tracer = THREAD.mode.tracer
    while heap:
        _, record = heappop(heap)
        g = pending.pop(record)
        if record.kept is not None:
            _keep(record, g)
        if wanted is not None and record in wanted:
            kept[record] = g
        out = record.output
        if type(record) is TupleRecord:
            g = all_outputs(g, out, bare)
        if bare:
            args = record.values
        else:
            args = record.inputs
            out = _as_tensors(out, record)
            if tracer is not None:
                tracer.walking(record)
        primitive = record.primitive
        params = record.params
        inputs = record.inputs
        found: Sequence
        if primitive.rules == 2 and not params:
            # What `pulled_back` does, without the cost of passing on any number of arguments.
            a, b = args
            x1, x2 = inputs
            rule1, rule2 = primitive.vjp
            found = (
                rule1(g, out, a, b) if type(x1) is Tensor and x1._record is not None else None,
                rule2(g, out, a, b) if type(x2) is Tensor and x2._record is not None else None,
            )
        elif primitive.rules == 1 and not params:
            found = (primitive.vjp[0](g, out, args[0]),)
        else:
            found = pulled_back(primitive, inputs, g, out, args, params)
        for x, gx in zip(inputs, found):
            if gx is None or type(x) is not Tensor:
                continue
            target = x._record
            if target is None:
                continue
            value = x._value
            if gx.shape != value.shape:
                gx = unbroadcast(gx, value.shape)
            if gx.dtype is not value.dtype:
                gx = _cast_like(gx, value)
            if target in pending:
                if type(target) is TupleRecord:
                    _add(pending, target, x._index, gx)
                else:
                    pending[target] = pending[target] + gx
                continue
            if type(target) is TupleRecord:
                _add(pending, target, x._index, gx)
            else:
                pending[target] = gx
            if type(target) is not Leaf and (inside is None or target in inside):
                heappush(heap, (-target.number, target))  # type: ignore[union-attr]
    if tracer is not None:
        tracer.walking(None)
    # What is left was not walked through: leaves, and wanted records that lead to no other.
    for target, g in pending.items():
        if (wanted is not None and target in wanted) or (wanted is None and type(target) is Leaf):
            kept[target] = g
    return {
        target: [one if one is None else _finished(one) for one in _listed(g, target)]
        if type(target) is not Leaf
        else _finished(g)
        for target, g in kept.items()
    }


def pulled_back(
    primitive: Any, inputs: tuple, g: Any, out: Any, args: Sequence, params: dict
) -> Sequence:
    """The gradients by all inputs; None for those that no gradient is wanted of."""
    if primitive.joint is not None:
        return primitive.joint(g, out, *args, **params)
    return [
        rule(g, out, *args, **params) if type(x) is Tensor and x._record is not None else None
        for x, rule in zip(inputs, primitive.vjp, strict=True)
    ]


def _add(pending: dict, target: Any, index: int, g: Any) -> None:
    """Add `g` to the gradient of output number `index` of `target`."""
    before = pending.get(target)
    if type(target) is TupleRecord:
        if before is None:
            before = pending[target] = [None] * len(target.output)
        before[index] = g if before[index] is None else before[index] + g
    else:
        pending[target] = g if before is None else before + g


def _listed(g: Any, record: Record) -> list:
    return g if type(record) is TupleRecord else [g]


def _keep(record: Record, g: Any) -> None:
    for index, one in enumerate(_listed(g, record)):
        if one is not None:
            one = _finished(one)
            before = record.kept[index]  # type: ignore[index]
            if before is not None:
                one = wrap(before._value + one._value) if THREAD.mode.bare else before + one
            record.kept[index] = one  # type: ignore[index]


def _finished(g: Any) -> Tensor:
    return g if type(g) is Tensor else wrap(g)


def all_outputs(g: list, outputs: tuple, bare: bool) -> tuple:
    """The gradients of all outputs; of those that nobody used, zeros."""
    zeros = (
        np.zeros_like(out) if one is None else one for one, out in zip(g, outputs, strict=True)
    )
    return tuple(zeros) if bare else tuple(map(_finished, zeros))


def _as_tensors(out: Any, record: Record) -> Any:
    if type(out) is tuple:
        return tuple(wrap(one, record, index) for index, one in enumerate(out))
    return wrap(out, record)


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which an input of `shape` was broadcast.

    >>> unbroadcast(Tensor(np.ones((2, 3))), (3,)).numpy()
    array([2., 2., 2.])
    """
    if g.shape == shape:
        return g
    extra = len(g.shape) - len(shape)
    if extra >= 0:
        axes = tuple(range(extra)) + tuple(
            axis for axis, length in enumerate(shape, extra) if length == 1 and g.shape[axis] != 1
        )
        if axes:
            g = OPS["reduce_sum"](g, axis=axes, keepdims=True)
        if extra:
            g = OPS["reshape_to"](g, shape=g.shape[extra:])
    if g.shape != shape:  # the rule gave one gradient for many elements
        g = OPS["expand_to"](g, shape=shape)
    return g


def _cast_like(g: Any, value: Any) -> Any:
    if type(g) is Tensor:
        name = NAME_OF[value.dtype]
        return g if g.dtype == name else OPS["cast"](g, name)
    return g if g.dtype == value.dtype else g.astype(value.dtype)


OPS["backward"] = backward
