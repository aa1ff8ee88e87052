"""The one door to Numba: loops written in Python become machine code at their first call.

Numba is imported only then (`loading`). A compiled kernel is kept in the user's cache folder, and
loaded from there by the next process (`compiling`). Where Numba is missing, broken or switched off
(``NUMBA_DISABLE_JIT=1``), every kernel runs its twin instead: the same function in NumPy or plain
Python. What kernels may call is declared by `inlining`.

Writing a kernel. Type every literal (``half = np.float32(0.5)``): a plain one makes the arithmetic
float64. Don't call ``math.exp`` and its like, but `transcendental`. Write `select` for ``a if c
else b``. In a ``prange`` loop, compute indices other than the loop's own in ``np.uint64``: a signed
one might be negative, and the check for it keeps the loop from being vectorised.

Threads. A kernel has a serial form and, if it declares one, a parallel form for large arrays, both
from one source and equal bit for bit. The parallel form is not used in a forked child (OpenMP would
kill it), and on Numba's ``workqueue`` layer by one Python thread at a time (two would abort the
process).
"""

import threading
import types
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from minigrad.kernels import loading
from minigrad.kernels.cache import digest, disk
from minigrad.kernels.compiling import compile_function, prange, split
from minigrad.kernels.inlining import inline, select
from minigrad.kernels.loading import (
    LOCK,
    in_use,
    load_numba,
    num_threads,
    processor,
    processor_has,
    threading_layer,
)

__all__ = [
    "Kernel",
    "compile_source",
    "in_use",
    "info",
    "inline",
    "jit",
    "kernels",
    "load_numba",
    "num_threads",
    "prange",
    "processor_has",
    "select",
]

_one_at_a_time = threading.Lock()  # held while a parallel kernel runs on the workqueue layer
_kernels: list["Kernel"] = []


def jit(
    *arguments: str,
    twin: Callable | None = None,
    parallel_above: int | None = None,
    exact: bool = False,
    patience: int = 0,
    **dtypes: tuple[str, ...],
) -> Callable[[Callable], "Kernel"]:
    """Declare a kernel: a function of C-contiguous arrays and scalars, compiled at its first call.

    Args:
        arguments: The type of each argument, as ``"float32"``, ``"float32[:,:]"`` or
            ``"out float32[:]"`` for an array that is written. A name given in `dtypes` stands for
            any of those dtypes.
        twin: A function of the same arguments that does the same without Numba. Without it, the
            kernel's own source runs as Python.
        parallel_above: From this size of the first argument on, ``prange`` loops use all threads.
            None: never.
        exact: Round after every operation as NumPy does, so that twin and kernel agree bit for bit.
        patience: As long as Numba is not loaded, run the twin for so many elements (of the first
            argument, in total) before it is worth loading. The twin of a kernel that is not
            `exact` may round otherwise.
        dtypes: For example ``T=("float32", "float64")``: the kernel exists for each.

    Example:
        >>> @jit("T[:]", "T", "out T[:]", T=("float32", "float64"))
        ... def scale(x, factor, out):
        ...     for i in range(x.size):
        ...         out[i] = x[i] * factor
        >>> out = np.empty(2, "float32")
        >>> scale(np.array([1, 2], "float32"), 3.0, out)
        >>> out
        array([3., 6.], dtype=float32)
    """
    return lambda function: Kernel(
        function, arguments, twin, parallel_above, exact, patience, dtypes
    )


class Kernel:
    """A function that is compiled when it is first called with arrays of certain dtypes."""

    def __init__(self, function, arguments, twin, parallel_above, exact, patience, dtypes):
        self.function = function
        self.arguments = arguments
        self.twin = twin or function
        self.parallel_above = parallel_above
        self.exact = exact
        self.dtypes = dtypes
        self.patience = patience
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        # For each variable dtype, the position of the argument that shows which one it is.
        self._telling = [
            next(i for i, argument in enumerate(arguments) if split(argument)[1] == name)
            for name in dtypes
        ]
        self._ready: dict[tuple[bool, tuple[str, ...]], Callable] = {}
        # The serial ones once more, by the dtype of the one argument that shows which it is.
        self._serial: dict[np.dtype, Callable] = {}
        self._shows: int | None = None
        if len(dtypes) == 1:
            (self._shows,) = self._telling
        elif not dtypes and split(arguments[0])[2]:
            self._shows = 0
        _kernels.append(self)

    def __repr__(self) -> str:
        return f"<Kernel {self.__name__}({', '.join(self.arguments)})>"

    def __call__(self, *args):
        limit, shows = self.parallel_above, self._shows
        if shows is not None and (limit is None or args[0].size < limit):
            # Most calls; tens of nanoseconds count here.
            run = self._serial.get(args[shows].dtype)
            if run is not None:
                return run(*args)
        parallel = (
            limit is not None
            and args[0].size >= limit
            and loading.threads_wait_passively
            and not loading.forked
        )
        key = parallel, tuple([args[i].dtype.char for i in self._telling])
        run = self._ready.get(key)
        if run is None:
            if self.patience > 0 and not in_use():
                self.patience -= args[0].size + 4096  # even an empty call takes its time
                return self.twin(*args)
            alone = parallel and num_threads() == 1
            run = self._ready[key] = self._load((False, key[1]) if alone else key)
        if shows is not None and not parallel:
            self._serial[args[shows].dtype] = run
        return run(*args)

    def variants(self) -> list[tuple[str, ...]]:
        """Return the combinations of dtypes that the kernel exists for."""
        return list(product(*self.dtypes.values()))

    def compile(self, *dtypes: str, parallel: bool = False) -> Callable:
        """Return the compiled function for these dtypes (its twin where there is no Numba)."""
        chars = tuple([np.dtype(name).char for name in dtypes])
        return self._load((parallel, chars))

    def _load(self, key: tuple[bool, tuple[str, ...]]) -> Callable:
        with LOCK:
            if key not in self._ready:
                parallel, chars = key
                chosen = dict(zip(self.dtypes, [np.dtype(c).name for c in chars], strict=True))
                for name, dtype in chosen.items():
                    if dtype not in self.dtypes[name]:
                        raise TypeError(
                            f"{self.__name__}: the dtype {name} must be one of "
                            f"{', '.join(self.dtypes[name])}. Cast the array. "
                            f"Received: dtype={dtype}"
                        )
                if load_numba() is None:
                    run = self.twin
                elif parallel and threading_layer() is None:
                    run = self._load((False, chars))
                else:
                    run = self._build(chosen, parallel)
                    if parallel and threading_layer() == "workqueue":
                        run = _never_two_at_once(run, self._load((False, chars)))
                self._ready[key] = run
            return self._ready[key]

    def _build(self, dtypes: dict[str, str], parallel: bool) -> Callable:
        try:
            return compile_function(self.function, self.arguments, dtypes, parallel, self.exact)
        except Exception as error:
            # The message of a compiler helps nobody in the middle of a training; the twin does.
            summary = f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}"
            warnings.warn(
                f"The kernel {self.__name__} could not be compiled and runs as slow Python "
                f"({summary}). `minigrad info` shows what is installed.",
                RuntimeWarning,
                stacklevel=4,
            )
            return self.twin


def compile_source(
    source: str,
    name: str,
    arguments: tuple[str, ...],
    namespace: dict[str, Any] | None = None,
    *,
    filename: str | None = None,
    parallel_above: int | None = None,
    exact: bool = False,
) -> Kernel:
    """Return the function `name` of a generated source as a kernel (see `jit`).

    Args:
        source: Python source; it sees `namespace`, ``np`` and ``prange``.
        name: Which of its functions is the kernel; the others may be called by it.
        filename: Where the source was written to, for tracebacks and breakpoints; if None, the
            source can be seen in tracebacks all the same.
    """
    if filename is None:
        filename = f"<minigrad kernel {digest(source)[:12]}>"
        import linecache

        lines = source.splitlines(keepends=True)
        linecache.cache[filename] = (len(source), None, lines, filename)
    scope: dict[str, Any] = {"np": np, "prange": prange, "__name__": __name__, **(namespace or {})}
    before = set(scope)
    exec(compile(source, filename, "exec"), scope)
    for key, value in list(scope.items()):
        if key not in before and key != name and isinstance(value, types.FunctionType):
            value.__minigrad_source__ = source
            inline(value)
    scope[name].__minigrad_source__ = source
    kernel = Kernel(scope[name], arguments, None, parallel_above, exact, 0, {})
    _kernels.remove(kernel)  # the list is of the package's own; generated ones may come and go
    return kernel


def kernels() -> list[Kernel]:
    """Return all kernels that the imported modules declare."""
    return list(_kernels)


def info() -> dict[str, Any]:
    """Return what kernels run on: versions, threads, threading layer, cache folder."""
    numba = load_numba()
    cache = disk()
    return {
        "numba": None if numba is None else numba.__version__,
        "jit": numba is not None,
        "jit_off_because": loading.absence(),
        "threads": num_threads(),
        "threading_layer": None if numba is None else threading_layer(),
        "cache_folder": str(cache.folder),
        "cache_usable": cache.usable,
        "cpu": None if numba is None else processor(),
    }


def _never_two_at_once(parallel: Callable, serial: Callable) -> Callable:
    def run(*args):
        if not _one_at_a_time.acquire(blocking=False):
            return serial(*args)
        try:
            return parallel(*args)
        finally:
            _one_at_a_time.release()

    return run
