"""Fragment: the source of one kernel, what it is told when it runs, and its machine code.

Sizes, addresses and numbers come in when a kernel runs: fragments of the same structure have the
same source, whatever their sizes, and share one kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.compile import expressions
from minigrad.compile.launches import Call, Group
from minigrad.kernels import jit, native

_PARALLEL_ABOVE = 1 << 15
_SHARE = 1 << 14


class Number:
    """A number that is passed to a kernel."""

    __slots__ = ("dtype", "value")

    def __init__(self, value: Any, dtype: np.dtype) -> None:
        self.value = value
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"{self.value!r}"


class Fragment:
    """A group as code, and what its kernel has to be told.

    Attributes:
        source: Of the kernel; `name` is its name.
        block: What the kernel's block holds: sizes, then Vars, Numbers and arrays, for their
            addresses.
        rows: How many rows there are to do.
        work: How many additions the whole of it costs, about.
        shares: In how many parts they may be done at the same time.
        call: The Call that it is, if its code is not for readers: a listing shows the call.
        flat: Whether the kernel does element by element of arrays that all have one size.
    """

    __slots__ = tuple("block call flat group name namespace rows shares source work".split())

    def __init__(self, group: Group, name: str, source: str, block: list, rows: int) -> None:
        self.group = group
        self.name = name
        self.source = source
        self.block = block
        self.rows = rows
        self.work = rows
        self.shares = 1
        self.call: Call | None = None
        self.flat = False
        self.namespace: dict[str, Any] = {}  # what the source uses besides the usual


def shares(size: int) -> int:
    """In how many parts work that costs so many additions may be done at the same time."""
    return size // _SHARE if size >= _PARALLEL_ABOVE else 1


def address(fragment: Fragment) -> int:
    """The address of a fragment's kernel, which is compiled if none of its kind has been yet."""
    namespace = {**expressions.NAMESPACE, **fragment.namespace}
    return native.address_of_source(fragment.source, fragment.name, namespace)


def function_of(fragment: Fragment) -> Callable[[int, int, int], None]:
    """A fragment's kernel as a Python function, which does the same at a snail's pace."""
    kernel = jit.compile_source(
        fragment.source,
        fragment.name,
        native.NATIVE,
        {**expressions.NAMESPACE, **fragment.namespace},
    )
    return kernel.function
