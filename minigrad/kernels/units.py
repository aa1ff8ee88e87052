"""Kernels that do their work in units: `function(unit, *arguments)`, any number at the same time.

One compiled form serves eager mode and compiled steps: a native kernel (see `native`), whose block
holds for each array its address and its lengths, for each number in float32 or float64 an address,
and for each whole number the number itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.kernels import launching, native

_BITS = {"float16": "uint16", "bfloat16": "int16"}


@functools.cache
def source_of(function: Callable, kinds: tuple[tuple[str, int], ...]) -> tuple[str, str]:
    """The name and the source of the native kernel for arguments of such kinds.

    Args:
        function: An inlined one.
        kinds: For each argument its dtype and its number of axes.
    """
    lines, place = [], 0
    for i, (dtype, ndim) in enumerate(kinds):
        place += 1
        if ndim:
            lengths = "".join(f"w[{place + axis}], " for axis in range(ndim))
            lines.append(f"a{i} = {_BITS.get(dtype, dtype)}_at(w[{place - 1}], ({lengths}))")
            place += ndim
        elif dtype == "int64":
            lines.append(f"a{i} = w[{place - 1}]")
        else:
            lines.append(f"a{i} = {dtype}_at(w[{place - 1}], 1)[0]")
    names = ", ".join(f"a{i}" for i in range(len(kinds)))
    lines.insert(0, f"w = int64_at(block, {place})")
    lines += ["for unit in range(start, stop):", f"    {function.__name__}(unit, {names})"]
    name = f"{function.__name__.lstrip('_')}s"
    body = "".join(f"    {line}\n" for line in lines)
    return name, f"def {name}(block, start, stop):\n{body}"


@functools.cache
def _address(function: Callable, kinds: tuple[tuple[str, int], ...]) -> int:
    name, source = source_of(function, kinds)
    space = {f"{dtype}_at": at for dtype, at in native.AT.items()}
    space[function.__name__] = function
    return native.address_of_source(source, name, space)


def run(function: Callable, arguments: list[Any], units: int, shares: int) -> None:
    """Do all units now.

    Args:
        arguments: C-contiguous arrays, NumPy's floats, and ints.
        shares: Into how many parts the units are cut, which threads may do at the same time.
    """
    kinds, words, kept = [], [], []
    for one in arguments:
        if isinstance(one, int):
            kinds.append(("int64", 0))
            words.append(one)
            continue
        array = one if isinstance(one, np.ndarray) else np.array([one])
        kept.append(array)
        kinds.append((array.dtype.name, array.ndim if array is one else 0))
        words += [array.ctypes.data, *(array.shape if array is one else ())]
    block = np.array(words, np.int64)
    address = _address(function, tuple(kinds))
    launching.runner([(address, block.ctypes.data, units, shares)], shares > 1)()
