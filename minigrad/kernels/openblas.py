"""The OpenBLAS that NumPy came with: where its matrix products are, and how many threads it has.

Compiled steps call it without NumPy in between. Two pools of threads on the same processors wait
for each other, so while threads of ours call it, it must start none.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import glob
import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np


class Blas:
    """Where the matrix products of NumPy's own library are.

    Attributes:
        float32, float64: The addresses of cblas_sgemm and cblas_dgemm.
        wide: Whether lengths are 64-bit integers.
    """

    def __init__(
        self, library: Any, names: tuple[str, str], wide: bool, threads: tuple[str, str]
    ) -> None:
        self.library = library  # kept, so that it stays loaded
        self.wide = wide
        self._get, self._set = (getattr(library, name, None) for name in threads)
        self._lock = threading.Lock()
        self._users: list[int] = []  # threads inside `alone`, as often as they entered it
        self._threads = 1
        self.float32, self.float64 = (
            int(ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0) for name in names
        )

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """In the block the library starts no threads: those that call it are the threads."""
        if self._get is None or self._set is None:
            yield
            return
        me = threading.get_ident()
        with self._lock:
            if not self._users:
                self._threads = self._get()
                self._set(1)
            self._users.append(me)
        try:
            yield
        finally:
            with self._lock:
                self._users.remove(me)
                if not self._users:
                    self._set(self._threads)

    def survive_forks(self) -> None:
        """See to it that a forked child, which has one thread only, finds everything in order."""
        if not hasattr(os, "register_at_fork"):
            return
        os.register_at_fork(
            before=self._lock.acquire,
            after_in_parent=self._lock.release,
            after_in_child=self._leave_for_threads_that_are_gone,
        )

    def _leave_for_threads_that_are_gone(self) -> None:
        me = threading.get_ident()
        stayed = [user for user in self._users if user == me]
        if self._users and not stayed:
            self._set(self._threads)
        self._users = stayed
        self._lock.release()


@functools.cache
def blas() -> Blas | None:
    """The OpenBLAS that np.matmul calls, or None where it is another or cannot be found."""
    for path in _openblas_files():
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for start, end, wide in (
            ("scipy_cblas_", "64_", True),
            ("scipy_cblas_", "", False),
            ("cblas_", "64_", True),
            ("cblas_", "", False),
        ):
            names = f"{start}sgemm{end}", f"{start}dgemm{end}"
            if all(hasattr(library, name) for name in names):
                stem = start.replace("cblas", "openblas")
                threads = f"{stem}get_num_threads{end}", f"{stem}set_num_threads{end}"
                found = Blas(library, names, wide, threads)
                found.survive_forks()
                return found
    return None


def alone() -> Any:
    """A context in which the BLAS starts no threads of its own."""
    library = blas()
    return contextlib.nullcontext() if library is None else library.alone()


def _openblas_files() -> list[str]:
    found = []
    try:
        with open("/proc/self/maps") as maps:  # what is loaded already
            found = sorted({line.split(maxsplit=5)[-1].strip() for line in maps if "blas" in line})
    except OSError:
        folder = os.path.dirname(np.__file__)
        for pattern in ("../numpy.libs/*openblas*", ".dylibs/*openblas*"):
            found += glob.glob(os.path.join(folder, pattern))
    return [path for path in found if "openblas" in os.path.basename(path)]
