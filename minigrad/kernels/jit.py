"""The one door to Numba: loops written in Python become machine code at their first call.

Numba is imported only then. A compiled kernel is kept in the user's cache folder, and loaded from
there by the next process. Where Numba is missing, broken or switched off (``NUMBA_DISABLE_JIT=1``),
every kernel runs its twin instead: the same function in NumPy or plain Python.

Writing a kernel. Type every literal (``half = np.float32(0.5)``): a plain one makes the arithmetic
float64. Don't call ``math.exp`` and its like, but `transcendental`. Write `select` for ``a if c
else b``. In a ``prange`` loop, compute indices other than the loop's own in ``np.uint64``: a signed
one might be negative, and the check for it keeps the loop from being vectorised.

Threads. A kernel has a serial form and, if it declares one, a parallel form for large arrays, both
from one source and equal bit for bit. The parallel form is not used in a forked child (OpenMP would
kill it), and on Numba's ``workqueue`` layer by one Python thread at a time (two would abort the
process).
"""

import contextlib
import ctypes
import os
import sys
import threading
import types
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from minigrad.kernels import parts, shares
from minigrad.kernels.cache import Cache, default_folder, digest, sources


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


_threads_wait_passively = _load_libgomp()

prange = range  # in a kernel: a loop whose rounds may run on several threads

# Contracting a * b + c into one rounding is safe and fast. Reordering sums or assuming that there
# is no NaN is not wanted: results must not depend on vector widths, and NaN must come through.
_FAST = frozenset({"contract"})

_lock = threading.RLock()  # held while something is compiled or loaded
_one_at_a_time = threading.Lock()  # held while a parallel kernel runs on the workqueue layer
_forked = False
_numba: Any = None
_no_numba_because: str | None = None
_inlines: dict[Callable, dict[str, Callable]] = {}  # what kernels run in its place, by dtype
_inlines_to_register: list[Callable] = []
_intrinsics: dict[Callable, Any] = {}  # what emits the code of a function, called by kernels alone
_apart: set[Callable] = set()  # of these functions, those that are called rather than inlined
_kernels: list["Kernel"] = []
_cache: Cache | None = None


def _after_fork_in_child() -> None:
    global _forked
    _forked = True
    _lock.release()


if hasattr(os, "register_at_fork"):
    # The lock is taken so that no other thread is inside the compiler when the child is made: its
    # lock would stay locked in the child for ever.
    os.register_at_fork(
        before=_lock.acquire,
        after_in_parent=_lock.release,
        after_in_child=_after_fork_in_child,
    )


def load_numba() -> Any:
    """Return the numba module, imported and set up; None where kernels run on their twins."""
    global _numba, _no_numba_because
    if _numba is not None or _no_numba_because is not None:
        return _numba
    with _lock:
        if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
            _no_numba_because = "NUMBA_DISABLE_JIT is set"
            return None
        try:
            import numba
            import numba.extending
        except Exception as error:  # a broken installation shows in many ways
            _no_numba_because = f"importing numba failed: {type(error).__name__}: {error}"
            return None
        _numba = numba
        _register_select()
        return numba


def is_loaded() -> bool:
    """Return True if numba has been imported for a kernel, so that the next one comes cheaply."""
    return _numba is not None


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
    _inlines[function] = by_dtype or {"": jitted or function}
    if emitted is not None:
        _inlines[function]["emitted"] = emitted
    _inlines_to_register.append(function)
    return function


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
            next(i for i, argument in enumerate(arguments) if _split(argument)[1] == name)
            for name in dtypes
        ]
        self._ready: dict[tuple[bool, tuple[str, ...]], Callable] = {}
        # The serial ones once more, by the dtype of the one argument that shows which it is.
        self._serial: dict[np.dtype, Callable] = {}
        self._shows: int | None = None
        if len(dtypes) == 1:
            (self._shows,) = self._telling
        elif not dtypes and _split(arguments[0])[2]:
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
            limit is not None and args[0].size >= limit and not _forked and _threads_wait_passively
        )
        key = parallel, tuple([args[i].dtype.char for i in self._telling])
        run = self._ready.get(key)
        if run is None:
            if self.patience > 0 and _numba is None:
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
        with _lock:
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
                elif parallel and _threading_layer() is None:
                    run = self._load((False, chars))
                else:
                    run = self._build(chosen, parallel)
                    if parallel and _threading_layer() == "workqueue":
                        run = _never_two_at_once(run, self._load((False, chars)))
                self._ready[key] = run
            return self._ready[key]

    def _build(self, dtypes: dict[str, str], parallel: bool) -> Callable:
        try:
            return _compile(self.function, self.arguments, dtypes, parallel, self.exact)
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


def num_threads() -> int:
    """Return how many threads a parallel kernel uses."""
    if load_numba() is None or _forked or not _threads_wait_passively:
        return 1
    return int(_numba.config.NUMBA_NUM_THREADS)


def info() -> dict[str, Any]:
    """Return what kernels run on: versions, threads, threading layer, cache folder."""
    numba = load_numba()
    cache = _disk()
    return {
        "numba": None if numba is None else numba.__version__,
        "jit": numba is not None,
        "jit_off_because": _no_numba_because,
        "threads": num_threads(),
        "threading_layer": None if numba is None else _threading_layer(),
        "cache_folder": str(cache.folder),
        "cache_usable": cache.usable,
        "cpu": None if numba is None else _processor(),
    }


# --- compiling ------------------------------------------------------------------------------------


def _compile(function, arguments, dtypes, parallel, exact, native=False) -> Callable:
    """Return the machine code of `function` for these argument types, from disk if it is there.

    Args:
        native: It is called by its address alone, and never from Python.
    """
    numba = _numba
    _register_inlines()
    if parallel:
        _threading_layer()
    with warnings.catch_warnings():
        # Numba's advice (on performance, on TBB's version) is for who writes kernels.
        warnings.simplefilter("ignore")
        dispatcher = numba.njit(
            parallel=parallel,
            fastmath=False if exact else set(_FAST),
            error_model="numpy",
            nogil=True,
            no_cpython_wrapper=native,
        )(_with_intrinsics(_with_global(function, "prange", numba.prange)))
        options = (parallel, exact, native, sorted(_FAST))
        dispatcher._cache = _DiskCache(function, options)
        with shares.called(numba), parts.only(numba, dispatcher):
            dispatcher.compile(tuple([_numba_type(argument, dtypes) for argument in arguments]))
        dispatcher.disable_compile()
    return dispatcher


def _split(argument: str) -> tuple[bool, str, int]:
    """Split "out T[:,:]" into (is it written, dtype, number of axes)."""
    words = argument.split()
    dtype, _, axes = words[-1].partition("[")
    return words[0] == "out", dtype, axes.count(":")


def _numba_type(argument: str, dtypes: dict[str, str]) -> Any:
    written, dtype, ndim = _split(argument)
    scalar = _numba.from_dtype(np.dtype(dtypes.get(dtype, dtype)))
    if ndim == 0:
        return scalar
    # Declared read-only, an argument accepts arrays that are and that aren't.
    return _numba.types.Array(scalar, ndim, "C", readonly=not written)


def _with_global(function: types.FunctionType, name: str, value: Any) -> types.FunctionType:
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


def _with_intrinsics(function: types.FunctionType) -> types.FunctionType:
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType) and value in _intrinsics:
            function = _with_global(function, name, _intrinsics[value])
    return function


def _register_inlines() -> None:
    while _inlines_to_register:
        function = _inlines_to_register.pop()
        register = _numba.extending.overload(
            function, strict=False, jit_options={"forceinline": function not in _apart}
        )
        candidates = _inlines[function]
        emitted = candidates.get("emitted")
        made = emitted(_numba) if emitted is not None else None
        register(_chooser(candidates if made is None else {"": made}))


def select(condition: Any, a: Any, b: Any) -> Any:
    """Return a where the condition holds, else b; both are computed, so no branch is needed."""
    return np.where(condition, a, b)


def _register_select() -> None:
    # A Python `a if c else b` becomes a branch, into which LLVM may move the computation of a; the
    # loop is then no longer vectorised. So this emits LLVM's select instruction itself.
    @_numba.extending.intrinsic
    def emit_select(typing_context, condition, a, b):
        result = typing_context.unify_types(a, b)

        def generate(context, builder, signature, args):
            left = context.cast(builder, args[1], signature.args[1], result)
            right = context.cast(builder, args[2], signature.args[2], result)
            return builder.select(args[0], left, right)

        return result(_numba.types.boolean, a, b), generate

    _intrinsics[select] = emit_select
    _numba.extending.overload(select)(
        lambda condition, a, b: lambda condition, a, b: emit_select(condition, a, b)
    )


def _chooser(candidates: dict[str, Callable]) -> Callable:
    return lambda *types: candidates.get(str(types[0])) or candidates.get("")


def _never_two_at_once(parallel: Callable, serial: Callable) -> Callable:
    def run(*args):
        if not _one_at_a_time.acquire(blocking=False):
            return serial(*args)
        try:
            return parallel(*args)
        finally:
            _one_at_a_time.release()

    return run


def _threading_layer() -> str | None:
    """Start Numba's threads and return the layer: tbb where it is installed, omp or workqueue."""
    from numba.np.ufunc import parallel

    if _forked:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parallel._launch_threads()
            return _numba.threading_layer()
        except (ValueError, ImportError):
            return None


# --- the disk cache, as Numba wants to see it -----------------------------------------------------


def _disk() -> Cache:
    global _cache
    if _cache is None or _cache.folder != default_folder():
        _cache = Cache(default_folder())
    return _cache


def _processor() -> str:
    from numba.core.registry import cpu_target

    return str(cpu_target.target_context.codegen().magic_tuple()[1])


def processor_has(feature: str) -> bool:
    """Return whether code is made for a processor with a feature, by LLVM's name of it."""
    if load_numba() is None:
        return False
    from numba.core.registry import cpu_target

    return f"+{feature}" in str(cpu_target.target_context.codegen().magic_tuple()[2]).split(",")


class _DiskCache:
    """Numba's cache interface over `Cache`: one file a kernel, its argument types and options."""

    cache_path = None

    def __init__(self, function: Callable, options: tuple):
        self._name = function.__name__
        makers = (_compile, _register_inlines, _register_select, shares.called, parts.only)
        texts = [text for f in (function, *makers) for text in sources(f, _inlines)]
        self._about = [repr(options), *texts]

    def load_overload(self, sig, target_context):
        from numba.core.runtime.nrt import rtsys

        # What machine code links to. Numba's declarations, which take a good part of a second to
        # import, are not needed for that; compiling makes sure of them by itself.
        rtsys.initialize(target_context)
        entry = self._entry(sig, target_context.codegen())
        payload = _disk().load(entry)
        if payload is None:
            return None
        import pickle

        from numba.core.compiler import CompileResult

        try:
            return CompileResult._rebuild(target_context, *pickle.loads(payload))
        except Exception:  # written by this user, yet by other libraries: compile anew
            return None

    def save_overload(self, sig, data):
        if data.lifted or data.library.has_dynamic_globals or not _disk().usable:
            return
        from numba.core.serialize import dumps

        *compiled, environments = data._reduce()
        # Those of what it calls are for Python objects, of which kernels have none; with those of
        # Numba's own functions, its declarations would be imported.
        own = tuple(one for one in environments if one is data.environment)
        _disk().save(self._entry(sig, data.codegen), dumps((*compiled, own)))

    def flush(self):
        """Forget nothing: entries are named by all that they depend on."""

    def _entry(self, sig, codegen) -> str:
        import llvmlite

        about = [
            *self._about,
            str(sig),
            repr(codegen.magic_tuple()),
            _numba.__version__,
            llvmlite.__version__,
            np.__version__,
            sys.version,
        ]
        return f"{self._name}-{digest(''.join([f'{len(a)}:{a}' for a in about]))[:32]}.nbc"
