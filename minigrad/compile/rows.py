"""Rows: what the table of a replay holds for each step of a plan (see `kernels.launching`).

A row has the address of a kernel and that of its block: integers that tell the kernel its sizes and
where its arrays are.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.compile import fragments
from minigrad.compile.fragments import Fragment, Number
from minigrad.compile.launches import Product
from minigrad.compile.plan import Bundle, Fed, Plan
from minigrad.compile.program import Var
from minigrad.kernels import openblas, products

_log = logging.getLogger("minigrad")


class Rows:
    """Makes rows, for arrays that are where they are now.

    Attributes:
        blocks: All blocks; they are kept here, as tables hold their addresses.
        places: For each array, the blocks and the words in them that are its address.
        shareable: How many shares there are that several threads could take.
    """

    def __init__(self, plan: Plan, view: Callable[[Var], np.ndarray], arena: np.ndarray) -> None:
        self.plan = plan
        self.view = view
        self.arena = arena
        self.blocks: list[np.ndarray] = []
        self.places: dict[Any, list] = defaultdict(list)
        self.shareable = 0
        self._numbers: dict[Any, np.ndarray] = {}

    def _address(self, what: Any) -> int:
        if isinstance(what, Var):
            key = self.plan.memory(what)
            if isinstance(key, Var) and key in self.plan.fed:
                return int(self.arena.ctypes.data) + self.plan.arena.places[key]
            return int(self.view(what).ctypes.data)
        if isinstance(what, Number):
            key = (repr(what.value), what.dtype)
            array = self._numbers.get(key)
            if array is None:
                array = self._numbers[key] = np.array([what.value], what.dtype)
            return int(array.ctypes.data)
        if isinstance(what, np.ndarray):  # which its Fragment keeps
            return int(what.ctypes.data)
        _, size = what
        return int(size)

    def _block(self, words: list[Any]) -> int:
        """The address of a block: of integers, and of what `_address` knows."""
        block = np.array([x if type(x) is int else self._address(x) for x in words], np.int64)
        self.blocks.append(block)
        for place, word in enumerate(words):
            if type(word) is Var:
                self.places[self.plan.memory(word)].append((block, place))
        return int(block.ctypes.data)

    def of(self, step: Any) -> list[int] | None:
        """A step as a row of a table; None if it has to be called from Python."""
        if isinstance(step, Fragment):
            address = _address_of(step)
            if address is None:
                return None
            self.shareable += step.shares if step.shares > 1 else 0
            return [address, self._block(step.block), step.rows, step.shares]
        if isinstance(step, Bundle):
            part = step.parts[0]
            address = _address_of(part)
            if address is None:
                return None
            total = sum(step.lengths)
            shares = fragments.shares(total * part.work // part.rows)
            self.shareable += shares if shares > 1 else 0
            return [address, self._block(part.block), total, shares]
        if openblas.blas() is None:
            return None
        if isinstance(step, Product):
            return self._product(step)
        if isinstance(step, Fed):
            return self._product(step.product, step)
        return None

    def _product(self, step: Product, fed: Fed | None = None) -> list[int] | None:
        """A product as a row; with the update that it feeds, if there is one."""
        name = step.out.dtype.name
        m, n, k = step.sizes
        batch = step.out.size // (m * n) if m * n else 0
        item = step.out.dtype.itemsize
        turn = [products.TURNED if turned else products.STRAIGHT for turned in step.turned]
        words: list[Any] = [getattr(openblas.blas(), name), *turn, m, n, k]
        for var in (step.a, step.b, step.out):
            words += [var, var.shape[-1]]
        words += [var.shape[-1] * var.shape[-2] * item for var in (step.a, step.b, step.out)]
        strips, height, width = products.strips_of(m, n, k, fed is not None)
        words += [strips, height, width]
        if height < m:
            words += [height * item * (1 if step.turned[0] else k), height * item * n]
        else:
            words += [width * item * (k if step.turned[1] else 1), width * item]
        units = batch * strips
        self.shareable += batch * m * n * k // (4 * products.WORTH_A_THREAD)
        # Many small products: as many to a share as are worth a thread's while.
        shares = units
        if strips == 1:
            shares = min(units, max(units * m * n * k // products.WORTH_A_THREAD, 1))
        if fed is not None:
            address = _address_of(fed.part)
            if address is None:
                return None
            shares, told = fed.shares, fed.part.block
            (place,) = (i for i, x in enumerate(told) if type(x) is Var and self._is_out(x, step))
            words += [address, self._block(told), len(told), place, shares]
        tiled = None
        if fed is None and name == "float32":
            tiled = products.tiled_kernel(m, n, k, step.turned)
        address = (
            products.tiled_address(tiled) if tiled else products.address(name, fed is not None)
        )
        return [address, self._block(words), units, shares]

    def _is_out(self, var: Var, product: Product) -> bool:
        return self.plan.root(var) is self.plan.root(product.out)


def _address_of(fragment: Fragment) -> int | None:
    """The address of a kernel; None, with a message, if it could not be compiled."""
    try:
        return fragments.address(fragment)
    except Exception as error:
        _log.warning(
            "The kernel %s could not be compiled and runs as NumPy instead (%s: %s).",
            fragment.name,
            type(error).__name__,
            str(error).strip().split("\n")[0],
        )
        return None
