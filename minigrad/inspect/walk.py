"""The records of a result, and the walk back through them, one record at a time.

Nothing here leaves a trace: `.grad`, kept gradients and the tape stay as they are.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.autograd.backward import all_outputs, pulled_back, reachable, unbroadcast, upstream_of
from minigrad.autograd.record import Leaf, Record, TupleRecord, run_bare
from minigrad.autograd.tensor import Tensor, as_tensor


@dataclass
class Pull:
    """One step of the walk back.

    Attributes:
        record: The Record that is walked through.
        upstream: The gradient by its output, complete (a tuple where it has several outputs).
        sent: What it adds to the gradient of each input, an array, or None.
    """

    record: Any
    upstream: Any
    sent: list


def result_of(y, who):
    """`y` as a Tensor that has a tape."""
    y = as_tensor(y)
    if not isinstance(y._record, Record):
        raise ValueError(
            f"{who}: nothing was recorded for this tensor. Compute it from trainable Variables, or "
            "from Tensor(..., requires_grad=True), outside of no_grad. "
            f"Received: {y!r}"
        )
    return y


def records_of(y):
    """The records that a result was made of, in the order in which they were made."""
    return reachable([y._record], None)


def pulls(y, gradient=None, within=None):
    """Walk back from `y` (through records of `within` only), a Pull at a time, the latest first."""
    pending = {}
    _collect(pending, y._record, y._index, upstream_of(y, gradient)._value)
    for record in reversed(records_of(y)):
        g = pending.pop(record, None)
        if g is None or (within is not None and record not in within):
            continue
        if isinstance(record, TupleRecord):
            g = all_outputs(g, record.output, True)
        sent = run_bare(_sent, record, g)
        for x, gx in zip(record.inputs, sent):
            if gx is not None:
                _collect(pending, x._record, x._index, gx)
        yield Pull(record, g, sent)


def _sent(record, g):
    """What a record sends back, in the shapes and dtypes of its inputs."""
    found = pulled_back(
        record.primitive, record.inputs, g, record.output, record.values, record.params
    )
    sent = [None] * len(record.inputs)
    for place, (x, gx) in enumerate(zip(record.inputs, found)):
        if gx is None or not isinstance(x, Tensor) or x._record is None:
            continue
        value = x._value
        gx = unbroadcast(gx, value.shape)
        sent[place] = np.asarray(gx).astype(value.dtype, copy=False)
    return sent


def _collect(pending, target, index, g):
    before = pending.get(target)
    if isinstance(target, TupleRecord):
        if before is None:
            before = pending[target] = [None] * len(target.output)
        before[index] = g if before[index] is None else before[index] + g
    else:
        pending[target] = g if before is None else before + g


def gradients_of(y, gradient=None, within=None):
    """{record or leaf: gradient by its output} of a result; lists for several outputs."""
    found = {}
    for pull in pulls(y, gradient, within):
        found[pull.record] = (
            list(pull.upstream) if isinstance(pull.upstream, tuple) else pull.upstream
        )
        for x, gx in zip(pull.record.inputs, pull.sent):
            if gx is not None and isinstance(x._record, Leaf):
                found[x._record] = found[x._record] + gx if x._record in found else gx
    return found


def leaves_of(records):
    """{leaf: (Tensor, the first record that uses it)}, in the order of use."""
    found = {}
    for record in records:
        for x in record.inputs:
            if isinstance(x, Tensor) and isinstance(x._record, Leaf):
                found.setdefault(x._record, (x, record))
    return found


def was_walked(records):
    """Whether a backward pass has been here: some leaf or kept result has its gradient."""
    return any(leaf.grad is not None for leaf in leaves_of(records)) or any(
        record.kept and any(one is not None for one in record.kept) for record in records
    )


def leaf_name(leaf, record, count):
    """The name of a leaf: a weight's behind that of its layer, else x1, x2, …"""
    if leaf.name is None:
        return f"x{count}"
    return f"{record.where[-1]}/{leaf.name}" if record.where else leaf.name
