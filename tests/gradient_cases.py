"""Where the gradient of every op is checked: a table of `Case`s, one file per family of ops.

A case is an op, its arguments, and which primitives it is there for. `tests/ops/test_gradients.py`
checks each case to second order in float64, and finds the primitives that no case reaches.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """`f(*inputs)`, to be differentiated by the floating inputs (NumPy arrays or numbers)."""

    name: str
    f: Callable
    inputs: tuple
    order: int = 2
    tolerance: float = 1e-6
    differences: bool = True  # whether the gradient is that of f: not where it is one in law


def case(name: str, f: Callable, *inputs: Any, **options: Any) -> Case:
    return Case(name, f, inputs, **options)


def all_cases() -> list[Case]:
    """The cases of every module `tests/ops/cases_*.py`."""
    import tests.ops

    found = []
    for module in pkgutil.iter_modules(tests.ops.__path__):
        if module.name.startswith("cases_"):
            found += importlib.import_module(f"tests.ops.{module.name}").CASES
    return found
