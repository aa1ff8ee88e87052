"""Inlining: functions that kernels call, and what becomes of them in machine code.

A function of Python is compiled into what calls it (`inline`). What Python cannot say, such as
LLVM's select, is an intrinsic: a function that emits code itself.
"""

import contextlib
import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.kernels.cache import digest, text_of

INLINES: dict[Callable, dict[str, Callable]] = {}
"""What kernels run in place of a function, by dtype."""

INTRINSICS: dict[Callable, Any] = {}
"""What emits the code of a function that kernels alone can call."""

_emitters: list[Callable] = []  # what makes intrinsics, once Numba is there
_waiting: list[Callable] = []  # inlined functions that Numba has not heard of
_apart: set[Callable] = set()  # of these functions, those that are called rather than inlined


def inline(
    function: Callable | None = None,
    *,
    jitted: Callable | None = None,
    by_dtype: dict[str, Callable] | None = None,
    emitted: Callable[[Any], Callable | None] | None = None,
    apart: bool = False,
) -> Callable:
    """Make a small function callable from kernels, which the compiler then inlines.

    The function itself stays plain Python and works on NumPy arrays too.

    Args:
        jitted: What kernels call instead, where that cannot be the same code; it must have the same
            arguments.
        by_dtype: What kernels call instead, for each dtype of the first argument.
        emitted: Called with the module numba when kernels are first compiled; returns what kernels
            call instead, such as an intrinsic, or None where the processor lacks what it takes.
        apart: Let the compiler call it instead: for loops that a kernel has in several places, each
            of which would take its time to compile.
    """
    if function is None:
        return lambda f: inline(f, jitted=jitted, by_dtype=by_dtype, emitted=emitted, apart=apart)
    if apart:
        _apart.add(function)
    INLINES[function] = by_dtype or {"": jitted or function}
    if emitted is not None:
        INLINES[function]["emitted"] = emitted
    _waiting.append(function)
    return function


def select(condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition holds, else b; both are computed, so no branch is needed."""
    return np.where(condition, a, b)


def emits(*functions: Callable, told: Callable[[], str] = str) -> Callable[[Callable], Callable]:
    """Declare what makes intrinsics: a function of the module numba, which notes them.

    Kernels in the disk cache depend on its code.

    Args:
        functions: What kernels call.
        told: Returns what else the emitted code depends on.
    """

    def declare(emitter: Callable) -> Callable:
        text = functools.cache(lambda: digest(text_of(emitter.__code__) + told()))
        for function in functions:
            name = function.__name__
            function.__minigrad_source__ = lambda name=name: f"{name} {text()}"  # type: ignore
        _emitters.append(emitter)
        return emitter

    return declare


def register(numba: Any) -> None:
    """Make all functions known to Numba that were declared since the last time."""
    if select not in INTRINSICS:
        _register_select(numba)
    while _emitters:
        # In another version of numba or llvmlite it may fail: what needs it runs in other ways.
        with contextlib.suppress(Exception):
            _emitters.pop()(numba)
    while _waiting:
        function = _waiting.pop()
        register = numba.extending.overload(
            function, strict=False, jit_options={"forceinline": function not in _apart}
        )
        candidates = INLINES[function]
        emitted = candidates.get("emitted")
        made = emitted(numba) if emitted is not None else None
        register(_chooser(candidates if made is None else {"": made}))


def _chooser(candidates: dict[str, Callable]) -> Callable:
    return lambda *types: candidates.get(str(types[0])) or candidates.get("")


def _register_select(numba: Any) -> None:
    # A Python `a if c else b` becomes a branch, into which LLVM may move the computation of a; the
    # loop is then no longer vectorised. So this emits LLVM's select instruction itself.
    @numba.extending.intrinsic
    def emit_select(typing_context, condition, a, b):
        result = typing_context.unify_types(a, b)

        def generate(context, builder, signature, args):
            left = context.cast(builder, args[1], signature.args[1], result)
            right = context.cast(builder, args[2], signature.args[2], result)
            return builder.select(args[0], left, right)

        return result(numba.types.boolean, a, b), generate

    INTRINSICS[select] = emit_select
    numba.extending.overload(select)(
        lambda condition, a, b: lambda condition, a, b: emit_select(condition, a, b)
    )


def with_global(function: types.FunctionType, name: str, value: Any) -> types.FunctionType:
    """Return the function with another value for a global name that it uses."""
    if name not in function.__code__.co_names:
        return function
    copy = types.FunctionType(
        function.__code__,
        {**function.__globals__, name: value},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__module__ = function.__module__
    copy.__qualname__ = function.__qualname__
    return copy


def with_intrinsics(function: types.FunctionType) -> types.FunctionType:
    """Return the function with intrinsics in place of what only kernels can call."""
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType) and value in INTRINSICS:
            function = with_global(function, name, INTRINSICS[value])
    return function
