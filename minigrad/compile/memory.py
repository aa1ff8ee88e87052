"""Memory: where every array of a program lives.

The values of Variables move into homes: places in long arrays, where a compiled step changes them
in place. Whoever reads a Variable gets a copy, so that a value once handed out never changes. What
a step computes on the way lives in one arena, where arrays that are not needed at the same time
share their place.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minigrad.autograd.tensor import Tensor, wrap

ALIGNMENT = 64
MOVES = [0]
"""How often homes have moved so far: a compiled step that knows an older number looks again."""


class Store:
    """Some homes that belong together, and the lock that keeps readers from half a step."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.copied: list[Any] = []  # Variables of which somebody holds a copy since the last step

    def forget_copies(self) -> None:
        """The values have changed: copies are no longer the value of their Variables."""
        copied, self.copied = self.copied, []
        for variable in copied:
            if not variable._home.outdated:
                variable._value = None


class Home:
    """Where the value of a Variable lives: `array`, unless `outdated` by an assignment."""

    __slots__ = ("array", "outdated", "store")

    def __init__(self, array: np.ndarray, store: Store) -> None:
        self.array = array
        self.store = store
        self.outdated = False

    def read(self, variable: Any) -> Tensor:
        """A copy of the value, which is the Variable's value until the next step."""
        with self.store.lock:
            if variable._value is None:
                variable._value = wrap(self.array.copy(), variable._watch())
                self.store.copied.append(variable)
            return variable._value

    def refresh(self, variable: Any) -> None:
        """Take over what was assigned to the Variable since."""
        if self.outdated:
            np.copyto(self.array, variable._value._value)
            self.outdated = False
            self.store.copied.append(variable)


def padded(size: int) -> int:
    """A number of elements rounded up, so that what follows starts at a cache line too."""
    return -(-size // 16) * 16


def empty(nbytes: int) -> np.ndarray:
    """Zeroed bytes that start at a cache line."""
    raw = np.zeros(nbytes + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + nbytes]


def settle(rows: Iterable[Sequence[Any]]) -> None:
    """Give Variables homes, those of one row one behind the other.

    A row whose Variables live like that already stays where it is.
    """
    kept = [list(row) for row in rows if row]
    known = [v._home.store for row in kept for v in row if v._home is not None]
    store = known[0] if known else Store()
    for row in kept:
        if not _are_neighbours(row):
            _move(row, store)


def neighbours_at(row: Sequence[Any]) -> list[int]:
    """The distance, in elements, of each Variable of a row from the first."""
    places, place = [], 0
    for variable in row:
        places.append(place)
        place += padded(variable.size)
    return places


def _itemsize(variable: Any) -> int:
    current = variable._home.array if variable._home is not None else variable._current()._value
    return int(current.dtype.itemsize)


def _are_neighbours(row: list) -> bool:
    if any(variable._home is None for variable in row):
        return False
    start = row[0]._home.array.ctypes.data
    item = row[0]._home.array.dtype.itemsize
    return all(
        variable._home.array.ctypes.data == start + place * item
        and variable._home.array.dtype.itemsize == item
        for variable, place in zip(row, neighbours_at(row), strict=True)
    )


def _move(row: list, store: Store) -> None:
    item = _itemsize(row[0])
    places = neighbours_at(row)
    last = row[-1]
    memory = empty((places[-1] + padded(last.size)) * item)
    for variable, place in zip(row, places, strict=True):
        old = variable._home
        with old.store.lock if old is not None else store.lock:
            value = old.array if old is not None else np.asarray(variable._current()._value)
            part = memory[place * item : place * item + value.nbytes]
            array = part.view(value.dtype).reshape(value.shape)
            if old is None or not old.outdated:
                np.copyto(array, value)
            if old is None:
                variable._home = Home(array, store)
                store.copied.append(variable)
            else:
                old.array = array
    MOVES[0] += 1


class Arena:
    """Places for arrays in one block of memory, by when they are needed.

    `place` assigns greedily, largest first: each array goes to the lowest place where no array
    lies that is needed at the same time.
    """

    def __init__(self) -> None:
        self.wanted: list[tuple[int, int, int, Any, list]] = []
        self.places: dict[Any, int] = {}
        self.nbytes = 0

    def want(self, key: Any, nbytes: int, first: int, last: int, parts: list | None = None) -> None:
        """Ask for room from step `first` to step `last`, both included.

        Args:
            parts: Where not all of it is needed all that time: offset, bytes, first and last step
                of each part.
        """
        rounded = -(-max(nbytes, 1) // ALIGNMENT) * ALIGNMENT
        self.wanted.append((rounded, first, last, key, parts or [(0, rounded, first, last)]))

    def place(self) -> None:
        """Decide where everything goes."""
        taken: list[tuple[int, int, int, int]] = []  # start, end, first, last
        for nbytes, first, last, key, parts in sorted(self.wanted, key=lambda one: -one[0]):
            start = 0
            for a, b, begin, end in taken:  # sorted by where they start
                if begin <= last and first <= end:
                    if a - start >= nbytes:
                        break
                    start = max(start, b)
            self.places[key] = start
            self.nbytes = max(self.nbytes, start + nbytes)
            for offset, length, begin, end in parts:
                bisect.insort(taken, (start + offset, start + offset + length, begin, end))
