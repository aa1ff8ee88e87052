"""Primitives, the table that holds them, and `apply`: the one door through which every
computation goes.

A primitive is a name with rules attached: the kernel that computes it on arrays, one VJP rule per
input, the shape and dtype of its result, and how it looks inside a fused loop.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from itertools import count, repeat
from typing import Any

import numpy as np

from minigrad.autograd import symbolic
from minigrad.autograd.promotion import (
    FLOAT32,
    FLOAT64,
    HALVES,
    KEPT,
    SCALARS,
    cast_to_common,
    common_dtype,
)
from minigrad.autograd.record import THREAD, Mode, Record, TupleRecord, next_number
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import OPS, Tensor, as_tensor, wrap
from minigrad.kernels.halves import converted

NUMBERS = (float, int)
_NONE: frozenset = frozenset()
PLAIN = symbolic.PLAIN | {Tensor}
_new = object.__new__


def apply(primitive: Primitive, *inputs: Any, **params: Any) -> Any:
    """Compute `primitive` on `inputs`: the only place where a computation happens.

    Args:
        primitive: What to compute.
        inputs: Tensors, or anything that becomes one; a KerasTensor among them makes the result
            symbolic.
        params: What the result depends on besides the inputs: axes, shapes, flags.

    Returns:
        A Tensor (a tuple of Tensors where the kernel returns a tuple), recorded on the tape if an
        input is watched.
    """
    mode = THREAD.mode
    if mode.bare:
        return primitive.run(*inputs, **params)
    if mode.listeners:
        return _apply_any(primitive, inputs, params, mode)
    # The short way: Tensors of one dtype that the kernel takes as it is (`primitive.direct`), and
    # Python's own floats, which NumPy takes as weakly typed just as we do. What follows is
    # `_apply_any` unrolled for them, first for one Tensor, then for two; tens of nanoseconds
    # count here.
    direct = primitive.direct
    values: Any
    arity = len(inputs)
    if arity == 1:
        (x1,) = inputs
        if type(x1) is not Tensor:
            return _apply_any(primitive, inputs, params, mode)
        a = x1._value
        if a.dtype not in direct:
            return _apply_any(primitive, inputs, params, mode)
        values = (a,)
        watched = x1._record is not None
        if params:
            output = mode.call(primitive.kernel, a, **params)
        else:
            output = mode.call(primitive.kernel, a)
    elif arity == 2 and type(inputs[0]) is Tensor and type(inputs[1]) is Tensor:
        x1, x2 = inputs
        values = a, b = x1._value, x2._value
        if a.dtype not in direct or (b.dtype is not a.dtype and b.dtype not in primitive.mixed):
            return _apply_any(primitive, inputs, params, mode)
        watched = x1._record is not None or x2._record is not None
        if params:
            output = mode.call(primitive.kernel, a, b, **params)
        else:
            output = mode.call(primitive.kernel, a, b)
    else:
        dtype, watched, numbers, values = None, False, False, []
        for x in inputs:
            if type(x) is Tensor:
                value = x._value
                if value.dtype is not dtype:
                    if value.dtype not in (direct if dtype is None else primitive.mixed):
                        return _apply_any(primitive, inputs, params, mode)
                    if dtype is None:
                        dtype = value.dtype
                if x._record is not None:
                    watched = True
                values.append(value)
            elif type(x) is float or type(x) is int:
                numbers = True
                values.append(x)
            else:
                return _apply_any(primitive, inputs, params, mode)
        if dtype is None or (numbers and dtype is not FLOAT32 and dtype is not FLOAT64):
            return _apply_any(primitive, inputs, params, mode)
        if numbers and type(value) is np.ndarray:
            values = [_constant(x, dtype) if type(x) in NUMBERS else x for x in values]
        output = mode.call(primitive.kernel, *values, **params)
    if type(output) is tuple:
        return _finish(primitive, inputs, values, params, mode, output, watched)
    result = _new(Tensor)
    result._value = output
    result._index = 0
    if watched and mode.recording and primitive.differentiable:
        result._record = record = _new(Record)
        record.number = next_number()
        record.primitive = primitive
        record.inputs = inputs
        record.values = values
        record.params = params
        record.output = output
        record.kept = None
        record.where = mode.where
    else:
        result._record = None
    return result


_constants: dict[tuple, np.ndarray] = {}


def _constant(x: float, dtype: np.dtype) -> np.ndarray:
    """A Python number as an array of no axes: NumPy multiplies by that twice as fast."""
    try:
        return _constants[x, dtype]
    except KeyError:
        array = np.array(x, dtype)
        if x != 0 and len(_constants) < 1000:  # 0.0 and -0.0 are one key, but not one number
            _constants[x, dtype] = array
        return array


def unwatched(*inputs: Any) -> bool:
    """Whether no gradient by these will be asked for, and nobody listens to what is computed.

    An op may then compute its result alone, without what only the backward needs.
    """
    mode = THREAD.mode
    if mode.listeners:
        return False
    for x in inputs:
        if type(x) is not Tensor or (x._record is not None and mode.recording):
            return False
    return True


def no_gradient(*_: Any, **__: Any) -> None:
    """The rule of an input on which the result does not depend smoothly."""


class Primitive:
    """An operation with its rules. Make one with `primitive(...)`, call it like a function.

    Attributes:
        name: What the tape and the pictures call it.
        kernel: `kernel(*arrays, **params)` returns an array, or a tuple of arrays.
        vjp: One rule `rule(g, out, *inputs, **params)` per input, None where the result does not
            depend smoothly on it; or one function of the same arguments that returns all the
            gradients as a tuple; or None if nothing is differentiable. `g` is the gradient of the
            loss by the output. Rules are written in operators and ops, so that they can be
            differentiated themselves; the walk sums over broadcast axes, a rule need not.
        promote: "same": inputs are cast to their common dtype; "number": that, but booleans to
            int32; "float": to their common floating dtype; None: left as they are.
        promote_from: The first input that takes part in that.
        shape: `shape(*inputs, **params)` from inputs of which only shape and dtype are known (an
            axis of unknown length is None); None: the broadcast of the inputs.
        dtype: The dtype of the result: a name, a function like `shape`, or None: that of the
            promoted inputs.
        moves: float16 and bfloat16 need no float32 detour: the kernel only moves values around, or
            takes halves as they are.
        fuse: The expression inside a fused loop, with {0}, {1}… for the inputs.
    """

    __slots__ = (
        "__dict__",
        "differentiable",
        "direct",
        "dtype",
        "fuse",
        "inputs",
        "joint",
        "kernel",
        "mixed",
        "moves",
        "name",
        "promote",
        "promote_from",
        "rules",
        "shape",
        "vjp",
    )
    # Of a custom_gradient: runs its function again, on a list of other arguments.
    again: Callable | None = None

    def __init__(
        self,
        name: str,
        kernel: Callable,
        vjp: Sequence[Callable | None] | Callable | None = None,
        *,
        promote: str | None = "same",
        promote_from: int = 0,
        shape: Callable | None = None,
        dtype: str | Callable | None = None,
        moves: bool = False,
        fuse: str | None = None,
        inputs: str | None = None,
        doc: str | None = None,
    ) -> None:
        self.name = name
        self.kernel = kernel
        self.joint = vjp if callable(vjp) else None
        self.vjp = (
            None if vjp is None or callable(vjp) else tuple(rule or no_gradient for rule in vjp)
        )
        self.differentiable = vjp is not None
        # How many rules the walk back calls; 0 if there is one function for all.
        self.rules = len(self.vjp or ())
        self.promote = promote
        self.promote_from = promote_from
        self.shape = shape
        self.dtype = dtype
        self.moves = moves
        # The dtypes of inputs that the kernel takes as they are, if all have the same one, and
        # those that it takes beside another.
        self.direct = KEPT[promote] if moves else KEPT[promote] - HALVES
        self.mixed = self.direct if promote is None else _NONE
        self.fuse = fuse
        if inputs is None:
            inputs = {1: "x", 2: "x1 x2"}.get(len(self.vjp or ()), "x")
        self.inputs = tuple(inputs.split())
        self.__doc__ = doc
        self.__name__ = self.__qualname__ = name
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(one, inspect.Parameter.POSITIONAL_OR_KEYWORD) for one in self.inputs]
        )

    __call__ = apply

    def run(self, *values: Any, **params: Any) -> Any:
        """The kernel on arrays. Halves are computed in float32 and rounded back once."""
        if not self.moves:
            for value in values:
                if getattr(value, "dtype", None) in HALVES:
                    return self._run_widened(value.dtype, values, params)
        return self.kernel(*values, **params)

    def _run_widened(self, half: np.dtype, values: tuple, params: dict) -> Any:
        wide = [
            converted(value, FLOAT32) if getattr(value, "dtype", None) in HALVES else value
            for value in values
        ]
        outputs = self.kernel(*wide, **params)
        if isinstance(outputs, tuple):
            return tuple(converted(out, half) if out.dtype is FLOAT32 else out for out in outputs)
        return converted(outputs, half) if outputs.dtype is FLOAT32 else outputs

    def __reduce__(self) -> Any:
        if PRIMITIVES.get(self.name) is self:  # copies are the thing itself, found by its name
            return _named, (self.name,)
        return super().__reduce__()

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


PRIMITIVES: dict[str, Primitive] = {}


def _named(name: str) -> Primitive:
    return PRIMITIVES[name]


def primitive(name: str, kernel: Callable, vjp: Any = None, **rules: Any) -> Primitive:
    """Declare a primitive and enter it in the table. See `Primitive` for the arguments."""
    if name in PRIMITIVES:
        raise ValueError(f"The primitive {name!r} is declared twice; choose another name.")
    PRIMITIVES[name] = OPS[name] = made = Primitive(name, kernel, vjp, **rules)
    return made


def _apply_any(primitive: Primitive, inputs: tuple, params: dict, mode: Mode) -> Any:
    """The long way: inputs of any kind, dtypes promoted."""
    if params and primitive.inputs[-1] in params:  # called by name: add(x1=…, x2=…)
        named = [name for name in primitive.inputs if name in params]
        inputs += tuple(params.pop(name) for name in named)
    converted = list(inputs)
    for place, x in enumerate(inputs):
        if type(x) is not Tensor and x is not None and type(x) not in SCALARS:
            # NumPy's float64 scalar is what `np.sqrt(2)` gives: a Python float in all but name.
            x = converted[place] = float(x) if type(x) is np.float64 else as_tensor(x)
            if isinstance(x, KerasTensor):  # also a Variable that is symbolic in a StatelessScope
                return symbolic.apply(primitive, inputs, params, symbolic_spec)
    if primitive.promote:
        start = primitive.promote_from
        converted[start:] = cast_to_common(converted[start:], primitive.promote)
    watched = False
    values = []
    for x in converted:
        if type(x) is Tensor:
            watched = watched or x._record is not None
            values.append(x._value)
        else:
            values.append(x)
    output = None
    if mode.postpone is not None:
        output = mode.postpone(primitive, converted, values, params)
    if output is None:
        output = mode.call(primitive.run, *values, **params)
    return _finish(primitive, tuple(converted), values, params, mode, output, watched)


def _finish(
    primitive: Primitive,
    inputs: tuple,
    values: list,
    params: dict,
    mode: Mode,
    output: Any,
    watched: bool,
) -> Any:
    """Wrap what the kernel returned, record it, tell the listeners."""
    if mode.listeners:
        # Each output is an object of its own, by which a tracer knows it again: not a NumPy scalar
        # (there is only one np.True_), and not the array of an input.
        if type(output) is tuple:
            output = tuple(np.asarray(one).view() for one in output)
        else:
            output = np.asarray(output).view()
    record = None
    if watched and mode.recording and primitive.differentiable:
        kind = TupleRecord if type(output) is tuple else Record
        record = kind(primitive, inputs, values, params, output)
    if type(output) is tuple:
        result: Any = tuple(map(wrap, output, repeat(record), count()))
    else:
        result = wrap(output, record)
    for listener in mode.listeners:
        listener(primitive, inputs, params, result)
    return result


def symbolic_spec(primitive: Primitive, inputs: tuple, params: dict) -> Any:
    """The (shape, dtype) of the result, or a list of them, from inputs without values."""
    inputs = tuple(
        x if x is None or type(x) in SCALARS or isinstance(x, KerasTensor) else as_tensor(x)
        for x in inputs
    )
    start = primitive.promote_from
    promoted = inputs
    dtype: Any = primitive.dtype
    if primitive.promote:
        common = common_dtype(inputs[start:], primitive.promote)
        promoted = inputs[:start] + tuple(
            KerasTensor(x.shape, common, name="promoted") if hasattr(x, "shape") else x
            for x in inputs[start:]
        )
        dtype = dtype or common
    if callable(dtype):
        dtype = dtype(*promoted, **params)
    elif dtype is None:
        dtype = next(x.dtype for x in inputs if hasattr(x, "dtype"))
    if primitive.shape is None:
        shape: Any = symbolic.broadcast_shapes(
            *(getattr(x, "shape", ()) for x in inputs if x is not None)
        )
    else:
        shape = primitive.shape(*promoted, **params)
    if isinstance(shape, list):
        return list(
            zip(shape, dtype if isinstance(dtype, list) else [dtype] * len(shape), strict=True)
        )
    return shape, dtype


def op(function: Callable) -> Callable:
    """Enter a function in the table of ops, and make it one node of a symbolic graph.

    With Tensors the function just runs. With a KerasTensor among its arguments it runs too, which
    gives the shapes and dtypes, and what it returns is noted as its result.
    """

    @functools.wraps(function)
    def operation(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if type(x) not in PLAIN and symbolic.is_symbolic(x):
                return symbolic.call(operation, function, args, kwargs)
        if not kwargs:
            return function(*args)
        for x in kwargs.values():
            if type(x) not in PLAIN and symbolic.is_symbolic(x):
                return symbolic.call(operation, function, args, kwargs)
        return function(*args, **kwargs)

    OPS[function.__name__] = operation
    return operation
