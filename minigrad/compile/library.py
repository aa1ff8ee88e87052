"""Library: kernels of minigrad.kernels that a compiled step launches without going through Python.

Those of the first kind are functions of arrays, inputs first, then outputs; all have their rows
along the first axis and treat each row by itself, so that a launch may do some of them. Those of
the second kind are told which unit of the work to do, and get whole arrays. Convolutions have
native kernels of their own, and plans that these are told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.compile.expressions import HALF, computed
from minigrad.compile.fragments import Fragment, Number, shares
from minigrad.compile.launches import Call, Group
from minigrad.compile.program import Equation, Var
from minigrad.kernels import (
    attention,
    block_plans,
    convolution,
    cross_entropy,
    depthwise,
    gru,
    lstm,
    pooling,
    recurrence,
    units,
)
from minigrad.kernels.inlining import INLINES, inline
from minigrad.kernels.random import _mask, counts

_DRAW = 8  # additions that drawing a random number costs, about
FLOATS = ("float32", "float64")
ROWWISE: dict[str, Callable] = {
    "sparse_crossentropy": cross_entropy._sparse_forward.function,
    "sparse_crossentropy_slope": cross_entropy._sparse_backward.function,
    "dense_crossentropy": cross_entropy._dense_forward.function,
    "dense_crossentropy_slope": cross_entropy._dense_backward.function,
}


def _arg_max(x: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        best, place = x[i, 0], 0
        for j in range(x.shape[1]):
            # The first NaN counts as greatest, as in NumPy.
            if (x[i, j] > best) | ((x[i, j] != x[i, j]) & (best == best)):
                best, place = x[i, j], j
        out[i] = place


for _function in (*ROWWISE.values(), _arg_max):
    if _function not in INLINES:
        inline(_function)
_MASK = inline(_mask.function)


def fragment_of(call: Call) -> Fragment | None:
    """How to launch a call natively; None if it has to go through Python."""
    (equation,) = call.equations
    name = equation.primitive.name
    if name in ROWWISE and all(type(x) is Var for x in equation.inputs):
        first = equation.vars[0].dtype.name
        kinds = {x.dtype.name for x in (*equation.vars, *equation.outputs)}
        if first in FLOATS and kinds <= {first, "int32"} and equation.vars[0].size:
            return _rowwise(call, ROWWISE[name], [*equation.vars, *equation.outputs])
    if name == "arg_max" and _is_over_rows(equation):
        return _rowwise(call, _arg_max, [*equation.vars, *equation.outputs])
    if name == "dropout_mask":
        return _dropout_mask(call, equation)
    if name in UNITWISE and all(x is None or type(x) is Var for x in equation.inputs):
        beside = "int32" if name in POOLINGS else "bool"  # places; masks
        if _is_of_one_float(equation, beside, halves=UNITWISE[name] is _attention):
            return UNITWISE[name](call, equation)
    return None


def _is_of_one_float(equation: Equation, beside: str, halves: bool) -> bool:
    """Whether all arrays are float32 or all float64, but for those of another dtype, and none is
    empty; or, if such are taken, all halves of one kind, but for what is kept in float32."""
    arrays = (*equation.vars, *equation.outputs)
    kinds = {x.dtype.name for x in arrays} - {beside}
    if halves and kinds & HALF:
        kinds -= {"float32"}
    known = {*FLOATS} | HALF if halves else {*FLOATS}
    return len(kinds) == 1 and kinds <= known and all(x.size for x in arrays)


def _is_over_rows(equation: Equation) -> bool:
    (x,) = equation.vars
    axis = equation.params["axis"]
    return (
        x.dtype.name in ("float32", "float64", "int32", "int64")
        and len(x.shape) == 2
        and x.size > 0
        and axis == 1
        and not equation.params["keepdims"]
    )


def _stand_in(call: Call) -> Group:
    """A group that reads and writes what the call does."""
    group = Group(call.number, ())
    group.equations, group.reads, group.writes = call.equations, call.reads, call.writes
    return group


def _rowwise(call: Call, function: Callable, arrays: list[Var]) -> Fragment:
    name = call.equations[0].primitive.name
    block: list[Any] = list(arrays)
    lines = ["rows = stop - start"]
    names = []
    for i, var in enumerate(arrays):
        lengths = []
        for length in var.shape[1:]:
            block.append(("length", length))
            lengths.append(f"w[{len(block) - 1}]")
        step = " * ".join(["start", *lengths, str(var.dtype.itemsize)])
        shape = f"({', '.join(['rows', *lengths])},)" if lengths else "rows"
        lines.append(f"a{i} = {var.dtype.name}_at(w[{i}] + {step}, {shape})")
        names.append(f"a{i}")
    lines.append(f"{function.__name__}({', '.join(names)})")
    lines.insert(0, f"w = int64_at(block, {len(block)})")
    source = f"def {name}_rows(block, start, stop):\n" + "".join(f"    {line}\n" for line in lines)
    fragment = Fragment(_stand_in(call), f"{name}_rows", source, block, arrays[0].shape[0])
    fragment.namespace = {function.__name__: function}
    fragment.shares = min(fragment.rows, shares(arrays[0].size))
    return fragment


class NoMask:
    """A mask of so many axes that there is not."""

    def __init__(self, ndim: int) -> None:
        self.ndim = ndim


class InShape:
    """An array that the kernel sees in another shape."""

    def __init__(self, array: Var, shape: tuple[int, ...]) -> None:
        self.array = array
        self.shape = shape


def _unitwise(call: Call, function: Callable, arguments: list, count: int, work: int) -> Fragment:
    """A launch of `function(unit, *arguments)` for all units (see `kernels.units`).

    Args:
        arguments: Vars, in other shapes too, NumPy's arrays, Numbers, ints, and NoMask.
        work: How many multiplications it takes, about.
    """
    block: list[Any] = []
    kinds = []
    for one in arguments:
        if isinstance(one, int):
            kinds.append(("int64", 0))
            block.append(("number", one))
        elif isinstance(one, Number):
            kinds.append((one.dtype.name, 0))
            block.append(one)
        elif isinstance(one, NoMask):
            kinds.append(("bool", one.ndim))
            block += [("no address", 0), *[("length", 0)] * one.ndim]
        else:
            array = one.array if isinstance(one, InShape) else one
            kinds.append((array.dtype.name, len(one.shape)))
            block += [array, *[("length", length) for length in one.shape]]
    name, source = units.source_of(function, tuple(kinds))
    fragment = Fragment(_stand_in(call), name, source, block, count)
    fragment.namespace = {function.__name__: function}
    fragment.call = call
    fragment.shares = min(count, shares(work))
    return fragment


def _attention(call: Call, equation: Equation) -> Fragment:
    allowed = equation.inputs[-1]
    arrays = equation.vars if allowed is None else equation.vars[:-1]
    slope = equation.primitive.name == "attend_slope"
    q, k = arrays[slope : slope + 2]
    mask = NoMask(4) if allowed is None else allowed
    causal = int(equation.params["causal"])
    kind = computed(q.dtype)
    scale = Number(kind.type(equation.params["scale"]), kind)
    count, work = q.shape[0] * q.shape[2], q.size * k.shape[1]
    if slope:
        g, q, k, v, made, level = arrays
        arguments = [g, q, k, v, mask, scale, causal, made, level, *equation.outputs]
        return _unitwise(call, attention.slope_unit, arguments, count, 2 * work)
    arguments = [*arrays, mask, scale, causal, *equation.outputs]
    return _unitwise(call, attention.attend_unit, arguments, count, work)


def _convolution(call: Call, equation: Equation) -> Fragment | None:
    """By the plan for these shapes, with which eager mode does it too."""
    a, b = equation.vars
    name, params = equation.primitive.name, equation.params
    if convolution.is_depthwise(name, b.shape, a.dtype, params["strides"], params["groups"]):
        return _depthwise(call, equation)
    plan = convolution.plan_of(name, a.shape, b.shape, a.dtype, **params)
    if plan is None:
        return None
    name, source, namespace = block_plans.source(*plan.kernel)
    block: list[Any] = []
    for one in (a, b, *equation.outputs, plan.numbers):
        block += [one, ("length", one.size)]
    fragment = Fragment(_stand_in(call), name, source, block, plan.units)
    fragment.namespace = namespace
    fragment.call = call
    fragment.shares = plan.shares
    return fragment


def _depthwise(call: Call, equation: Equation) -> Fragment:
    (x, kernel), (out,) = equation.vars, equation.outputs
    by_input = equation.primitive.name == "convolve_by_input"
    placing = [equation.params[name] for name in ("strides", "before", "dilation")]
    (height, width), numbers = depthwise.numbers_of(kernel.shape[:-2], *placing, by_input)
    taps, lines = height * width, depthwise.wide(out.shape)
    block: list[Any] = []
    for one, shape in (
        (x, depthwise.wide(x.shape)),
        (kernel, (taps, kernel.shape[-1])),
        (numbers, numbers.shape),
        (out, lines),
    ):
        block += [one, *[("length", length) for length in shape]]
    name, source = depthwise.native(height, width, out.dtype.name)
    fragment = Fragment(_stand_in(call), name, source, block, lines[0] * lines[1])
    fragment.call = call
    fragment.shares = min(fragment.rows, shares(out.size * taps))
    return fragment


def _pooling(call: Call, equation: Equation) -> Fragment:
    """Windows of images: lines of them forward, and back all of an image."""
    name, params, outputs = equation.primitive.name, equation.params, equation.outputs
    if name == "to_places":
        g, where = equation.vars
        (out,) = outputs
        arrays = [InShape(one, pooling.flat_space(one.shape)) for one in (g, where, out)]
        return _unitwise(call, pooling.max_backward_image, arrays, out.shape[0], out.size)
    (x,) = equation.vars
    back = name == "mean_to_windows"
    shape = params["shape"] if back else x.shape
    _, wide, wide_out, geometry = pooling.layout(shape, *params["geometry"])
    if back:
        arguments = [InShape(x, wide_out), geometry, InShape(outputs[0], wide)]
        return _unitwise(
            call, pooling.average_backward_image, arguments, shape[0], math.prod(shape)
        )
    arguments = [InShape(x, wide), geometry, *[InShape(one, wide_out) for one in outputs]]
    function = pooling.average_line if name == "mean_of_windows" else pooling.max_line
    if name == "largest_of_windows":  # nobody asks where they are
        arguments.append(_NOWHERE)
    return _unitwise(call, function, arguments, math.prod(wide_out[:3]), x.size)


_NOWHERE = np.empty((0,) * 5, np.int32)


def _walk(call: Call, equation: Equation) -> Fragment:
    """LSTM and GRU: `inputs` of the primitive, of which the kernel takes some, and the mask."""
    function, wanted = WALKS[equation.primitive.name]
    given = dict(zip(equation.primitive.inputs, equation.inputs, strict=True))
    arrays: list[Any] = [given[name] for name in wanted.split()]
    counts = given["counts"]
    mask = [NoMask(2) if counts is None else counts]
    backwards = int(equation.params["backwards"])
    batch, steps = arrays[0].shape[:2]
    work = batch * steps * given["u"].size  # type: ignore[union-attr]
    arguments = [*arrays, *mask, backwards, *equation.outputs]
    return _unitwise(call, function, arguments, recurrence.blocks_of(batch), work)


WALKS: dict[str, tuple[Callable, str]] = {
    "lstm_walk": (lstm.lstm_block, "x h0 c0 u"),
    "lstm_slope": (lstm.lstm_slope_block, "dhs dcs cs gates c0 u"),
    "gru_walk": (gru.gru_block, "x h0 u bias"),
    "gru_slope": (gru.gru_slope_block, "dhs hs gates h0 u"),
}
POOLINGS = "max_of_windows largest_of_windows to_places mean_of_windows mean_to_windows".split()
UNITWISE: dict[str, Callable] = {
    "attend": _attention,
    "attend_slope": _attention,
    **dict.fromkeys(("convolve", "convolve_by_input", "convolve_by_kernel"), _convolution),
    **dict.fromkeys(POOLINGS, _pooling),
    **dict.fromkeys(WALKS, _walk),
}


def _dropout_mask(call: Call, equation: Equation) -> Fragment | None:
    (seed,), (out,) = equation.vars, equation.outputs
    rate = equation.params["rate"]
    if out.dtype.name not in FLOATS or seed.dtype != np.uint32 or not 0 <= rate < 1 or not out.size:
        return None
    threshold = Number(min(max(round(rate * 2**32), 0), 2**32), np.dtype(np.int64))
    value = Number(out.dtype.type(1 / (1 - rate)), out.dtype)
    name, item = out.dtype.name, out.dtype.itemsize
    source = f"""def dropout_mask_rows(block, start, stop):
    w = int64_at(block, 4)
    seed = uint32_at(w[0], 2)
    out = {name}_at(w[1] + start * {4 * item}, (stop - start) * 4)
    threshold = np.uint64(int64_at(w[2], 1)[0])
    value = {name}_at(w[3], 1)[0]
    k0, k1 = np.uint64(seed[0]), np.uint64(seed[1])
    {_MASK.__name__}(out, np.uint64(start), k0, k1, threshold, value)
"""
    block: list[Any] = [seed, out, threshold, value]
    rows = counts(out.size, "float32")  # four numbers each: arrays end at a whole cache line
    fragment = Fragment(_stand_in(call), "dropout_mask_rows", source, block, rows)
    fragment.namespace = {_MASK.__name__: _MASK}
    fragment.shares = min(rows, shares(_DRAW * out.size))
    return fragment
