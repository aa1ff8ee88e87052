"""Listing: a compiled step as a Python module, to read, to run, and to set breakpoints in."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from minigrad.autograd.primitive import PRIMITIVES
from minigrad.compile import expressions
from minigrad.compile.fragments import Fragment, Number
from minigrad.compile.launches import Call, Product
from minigrad.compile.plan import Bundle, Fed, Plan, launches_of
from minigrad.compile.program import Var
from minigrad.compile.replay import Replay


def title_of(step: Any) -> str:
    """The layers and ops that a step of a plan is for."""
    if isinstance(step, (Bundle, Fed)):
        return step.title
    return launches_of(step)[0].title


def block(*words: Any) -> int:
    """The address of what a kernel is told: sizes, and the addresses of arrays and numbers."""
    kept = []
    for word in words:
        if isinstance(word, np.ndarray):
            kept.append(int(word.ctypes.data))
        elif isinstance(word, np.generic):
            kept.append(int(_kept(np.array([word])).ctypes.data))
        else:
            kept.append(int(word))
    return int(_kept(np.array(kept, np.int64)).ctypes.data)


_blocks: list[np.ndarray] = []


def _kept(array: np.ndarray) -> np.ndarray:
    _blocks.append(array)
    del _blocks[:-10_000]
    return array


def module_source(replay: Replay) -> str:
    """A module with the kernels of a step, and the step that calls them; it runs as it is.

    Its function `step(m)` works on the arrays in the attributes of `m`, as `arrays_of` gives them.
    """
    plan = replay.plan
    lines = [
        '"""What a compiled step does, as Python. Compiled, the kernels are machine code."""',
        "",
        "from minigrad.compile.listing import load",
        "",
        "load(globals())",
        "",
    ]
    written: dict[str, str] = {}  # source -> name
    for step in plan.steps:
        fragment = step.parts[0] if isinstance(step, Bundle) else step
        fragment = step.part if isinstance(step, Fed) else fragment
        if _is_shown(fragment) and fragment.source not in written:
            for name, function in fragment.namespace.items():
                lines.append(f"from {function.__module__} import {name}")
            name = fragment.name
            count = sum(one.startswith(name) for one in written.values())
            written[fragment.source] = name if not count else f"{name}_{count + 1}"
            source = fragment.source.replace(f"def {name}(", f"def {written[fragment.source]}(")
            lines += ["", source]
    lines += ["", "def step(m):"]
    statements = [_statement(plan, step, written) for step in plan.steps]
    width = min(88, max((len(one) for one in statements), default=0))
    for step, statement in zip(plan.steps, statements, strict=True):
        lines.append(f"    {statement:<{width}}  # {title_of(step)}")
    if not plan.steps:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _is_shown(step: Any) -> bool:
    return isinstance(step, Fragment) and step.call is None


def _statement(plan: Plan, step: Any, names: dict[str, str]) -> str:
    if isinstance(step, Fed):
        return "; ".join(_statement(plan, one, names) for one in (step.product, step.part))
    if isinstance(step, Product):
        a, b = (
            f"{_name(plan, var)}.swapaxes(-1, -2)" if turned else _name(plan, var)
            for var, turned in zip((step.a, step.b), step.turned, strict=True)
        )
        return f"np.matmul({a}, {b}, out={_name(plan, step.out)})"
    if isinstance(step, Fragment) and step.call is not None:
        step = step.call
    if isinstance(step, Call):
        (equation,) = step.equations
        inputs = [_name(plan, x) if type(x) is Var else repr(x) for x in equation.inputs]
        params = [f"{key}={value!r}" for key, value in equation.params.items()]
        outputs = ", ".join(_name(plan, out) for out in equation.outputs)
        arguments = ", ".join([repr(equation.primitive.name), *inputs, *params])
        return f"call([{outputs}], {arguments})"
    part = step.parts[0] if isinstance(step, Bundle) else step
    rows = sum(step.lengths) if isinstance(step, Bundle) else step.rows
    words = []
    for one in part.block:
        if isinstance(one, Var):
            words.append(_name(plan, one))
        elif isinstance(one, Number):
            words.append(f"np.{one.dtype.name}({one.value!r})")
        else:
            words.append(str(one[1]))
    return f"{names[part.source]}(block({', '.join(words)}), 0, {rows})"


def _name(plan: Plan, var: Var) -> str:
    """How an array is called: by its Var; the old and the new value of a Variable are one."""
    return f"m.v{var.number}"


def arrays_of(replay: Replay) -> types.SimpleNamespace:
    """The arrays that `step` works on."""
    arrays = types.SimpleNamespace()
    plan = replay.plan
    for step in plan.steps:
        for launch in launches_of(step):
            for var in (*launch.reads, *launch.writes):
                setattr(arrays, f"v{var.number}", replay.view(var))
            for equation in launch.equations:
                for var in equation.vars:
                    if not hasattr(arrays, f"v{var.number}") and plan.holds(var):
                        setattr(arrays, f"v{var.number}", replay.view(var))
    return arrays


def call(outputs: list[np.ndarray], name: str, *inputs: Any, **params: Any) -> None:
    """Run the kernel of a primitive and copy what it returns into `outputs`."""
    made = PRIMITIVES[name].run(*inputs, **params)
    for place, one in zip(outputs, made if type(made) is tuple else (made,), strict=True):
        np.copyto(place, one)


def load(namespace: dict[str, Any]) -> None:
    """Put into a namespace what the modules made by `module_source` use."""
    namespace.update(expressions.NAMESPACE, block=block, call=call, np=np)
