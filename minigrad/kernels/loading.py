"""Loading Numba, when the first kernel needs it, and with it the threads of parallel loops.

Where Numba is missing, broken or switched off (``NUMBA_DISABLE_JIT=1``), there is none, and kernels
run their twins. Parallel loops are not run in a forked child (OpenMP would kill it).
"""

import contextlib
import ctypes
import functools
import os
import sys
import threading
import warnings
from typing import Any

from minigrad.kernels import prebuilt

LOCK = threading.RLock()
"""Held while something is compiled or loaded."""

forked = False
"""Whether this process is a child that has no threads of its own."""

_numba: Any = None
_in_use = False
_absence: str | None = None  # why there is no Numba


def _load_libgomp() -> bool:
    """Load OpenMP's library so that its threads wait passively; False if it was there before.

    After a parallel loop its threads wait for the next one by spinning, and so starve NumPy's BLAS
    threads: a train step takes 30 times as long. Waiting passively, a thread takes 30-50 µs to
    wake; a spin of some µs bridges consecutive kernels (1.2 µs a call) and costs BLAS nothing to
    speak of. The library reads the variables once, when it is loaded; other libraries' OpenMP and
    child processes must not find them, so they are taken back.
    """
    if "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ:
        return True  # the user's choice
    wanted = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "300"}
    if sys.platform != "linux":
        os.environ.update(wanted)
        return True
    with contextlib.suppress(OSError), open("/proc/self/maps") as maps:
        if "/libgomp.so" in maps.read():
            return False
    os.environ.update(wanted)
    with contextlib.suppress(OSError):
        ctypes.CDLL("libgomp.so.1")
    for name in wanted:
        del os.environ[name]
    return True


threads_wait_passively = _load_libgomp()


def _after_fork_in_child() -> None:
    global forked
    forked = True
    LOCK.release()


if hasattr(os, "register_at_fork"):
    # The lock is taken so that no other thread is inside the compiler when the child is made: its
    # lock would stay locked in the child for ever.
    os.register_at_fork(
        before=LOCK.acquire,
        after_in_parent=LOCK.release,
        after_in_child=_after_fork_in_child,
    )


def load_numba() -> Any:
    """Return the numba module, imported and set up; None where kernels run on their twins."""
    global _numba, _absence, _in_use
    if _numba is not None or _absence is not None:
        return _numba
    with LOCK:
        if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
            _absence = "NUMBA_DISABLE_JIT is set"
            return None
        try:
            import numba
            import numba.extending
        except Exception as error:  # a broken installation shows in many ways
            _absence = f"importing numba failed: {type(error).__name__}: {error}"
            return None
        _numba, _in_use = numba, True
        return numba


def in_use() -> bool:
    """Return True if compiled code is used in this process, so that no kernel need wait for it.

    That does not depend on whether its code came from the disk: kernels and their twins round
    differently, and all runs of a program shall be equal.
    """
    return _in_use


def noted() -> prebuilt.Note | None:
    """Return what there is to know of Numba as long as it is not loaded; None: load it."""
    global _in_use
    note = prebuilt.noted() if _numba is None else None
    _in_use = _in_use or note is not None
    return note


def absence() -> str | None:
    """Return why there is no Numba, if that is known."""
    return _absence


def num_threads() -> int:
    """Return how many threads a parallel kernel uses."""
    if forked or not threads_wait_passively:
        return 1
    if noted() is not None:
        return _wanted_threads()
    return 1 if load_numba() is None else int(_numba.config.NUMBA_NUM_THREADS)


def _wanted_threads() -> int:
    """As Numba finds out how many threads to start."""
    with contextlib.suppress(KeyError, ValueError):
        return int(os.environ["NUMBA_NUM_THREADS"])
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def threading_layer() -> str | None:
    """Start Numba's threads and return the layer: tbb where it is installed, omp or workqueue."""
    if forked:
        return None
    with LOCK:
        if (note := noted()) is not None:
            with contextlib.suppress(ImportError):
                _start(note["layer"])
                return note["layer"]
        if load_numba() is None:
            return None
        from numba.np.ufunc import parallel

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                parallel._launch_threads()
                return _numba.threading_layer()
            except (ValueError, ImportError):
                return None


_MODULES = {"tbb": "tbbpool", "omp": "omppool", "workqueue": "workqueue"}


def threads() -> Any:
    """Return Numba's module of its threads, which must have been started."""
    return prebuilt.extension(f"numba.np.ufunc.{_MODULES[str(threading_layer())]}")


@functools.cache
def _start(layer: str) -> None:
    """Start threads as Numba does, without Numba."""
    module = prebuilt.extension(f"numba.np.ufunc.{_MODULES[layer]}")
    for function in module.launch_threads, module.set_num_threads:
        ctypes.CFUNCTYPE(None, ctypes.c_int)(function)(_wanted_threads())


def note() -> None:
    """Note for later processes that Numba works, and what they must know of it."""
    layer = threading_layer()
    if layer is not None:
        prebuilt.note(_features(), layer)


def processor() -> str:
    """Return LLVM's name of the processor."""
    return str(_codegen().magic_tuple()[1])


def processor_has(feature: str) -> bool:
    """Return whether code is made for a processor with a feature, by LLVM's name of it."""
    if (note := noted()) is not None:
        return f"+{feature}" in note["features"]
    return load_numba() is not None and f"+{feature}" in _features()


def _features() -> list[str]:
    return str(_codegen().magic_tuple()[2]).split(",")


def _codegen() -> Any:
    return _numba.core.registry.cpu_target.target_context.codegen()
