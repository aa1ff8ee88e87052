"""Compiling one function for certain argument types, or loading its machine code from the disk."""

import functools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.kernels import inlining, loading, parts, prebuilt, shares
from minigrad.kernels.cache import digest, disk, sources

prange = range  # in a kernel: a loop whose rounds may run on several threads

# Contracting a * b + c into one rounding is safe and fast. Reordering sums or assuming that there
# is no NaN is not wanted: results must not depend on vector widths, and NaN must come through.
_FAST = frozenset({"contract"})


def compile_function(function, arguments, dtypes, parallel, exact) -> Callable:
    """Return the machine code of `function` for these argument types, from disk if it is there."""
    options = {"parallel": parallel, "fastmath": False if exact else set(_FAST)}
    cache = _DiskCache(function, (parallel, exact, sorted(_FAST)))
    return _compiled(function, arguments, dtypes, options, cache)


def native_code(function, arguments) -> tuple[str, bytes]:
    """Return machine code to be called by its address alone, from disk if it is there.

    Returns:
        The name of the function, and the code that holds it: see `prebuilt.link`.
    """
    about = [repr((arguments, sorted(_FAST), prebuilt.about())), *_texts(function)]
    entry = _entry(function.__name__, about)
    content = disk().load(entry)
    if content is None:
        options = {"fastmath": set(_FAST), "no_cpython_wrapper": True}
        dispatcher = _compiled(function, arguments, {}, options)
        (made,) = dispatcher.overloads.values()
        name = made.fndesc.llvm_cfunc_wrapper_name.encode()
        content = name + b"\0" + made.library._get_compiled_object()
        disk().save(entry, content)
    name, _, code = content.partition(b"\0")
    return name.decode(), code


def _compiled(function, arguments, dtypes, options, cache=None) -> Any:
    """Numba's dispatcher of a function, compiled for these argument types."""
    numba = loading.load_numba()
    inlining.register(numba)
    if options.get("parallel"):
        loading.threading_layer()
    with warnings.catch_warnings():
        # Numba's advice (on performance, on TBB's version) is for who writes kernels.
        warnings.simplefilter("ignore")
        dispatcher = numba.njit(error_model="numpy", nogil=True, **options)(
            inlining.with_intrinsics(inlining.with_global(function, "prange", numba.prange))
        )
        if cache is not None:
            dispatcher._cache = cache
        with shares.called(numba), parts.only(numba, dispatcher):
            dispatcher.compile(tuple([_type(numba, argument, dtypes) for argument in arguments]))
        dispatcher.disable_compile()
    return dispatcher


def split(argument: str) -> tuple[bool, str, int]:
    """Split "out T[:,:]" into (is it written, dtype, number of axes)."""
    words = argument.split()
    dtype, _, axes = words[-1].partition("[")
    return words[0] == "out", dtype, axes.count(":")


def _type(numba: Any, argument: str, dtypes: dict[str, str]) -> Any:
    written, dtype, ndim = split(argument)
    scalar = numba.from_dtype(np.dtype(dtypes.get(dtype, dtype)))
    if ndim == 0:
        return scalar
    # Declared read-only, an argument accepts arrays that are and that aren't.
    return numba.types.Array(scalar, ndim, "C", readonly=not written)


class _DiskCache:
    """Numba's cache interface over `Cache`: one file a kernel, its argument types and options."""

    cache_path = None

    def __init__(self, function: Callable, options: tuple):
        self._name = function.__name__
        self._about = [repr(options), *_texts(function)]

    def load_overload(self, sig, target_context):
        core = loading.load_numba().core
        # What machine code links to. Numba's declarations, which take a good part of a second to
        # import, are not needed for that; compiling makes sure of them by itself.
        core.runtime.nrt.rtsys.initialize(target_context)
        entry = self._entry(sig, target_context.codegen())
        payload = disk().load(entry)
        if payload is None:
            return None
        import pickle

        try:
            return core.compiler.CompileResult._rebuild(target_context, *pickle.loads(payload))
        except Exception:  # written by this user, yet by other libraries: compile anew
            return None

    def save_overload(self, sig, data):
        if data.lifted or data.library.has_dynamic_globals or not disk().usable:
            return
        library, *compiled, environments = data._reduce()
        name, kind, code = library
        if kind == "object":
            # Nobody links to a kernel: of LLVM's code, which takes long to read, names will do.
            library = name, kind, (code[0], _names_alone(data))
        # Environments of what it calls are for Python objects, of which kernels have none; those of
        # Numba's own functions would have its declarations imported.
        own = tuple(one for one in environments if one is data.environment)
        payload = loading.load_numba().core.serialize.dumps((library, *compiled, own))
        disk().save(self._entry(sig, data.codegen), payload)

    def flush(self):
        """Forget nothing: entries are named by all that they depend on."""

    def _entry(self, sig, codegen) -> str:
        import llvmlite

        about = [
            *self._about,
            str(sig),
            repr(codegen.magic_tuple()),
            loading.load_numba().__version__,
            llvmlite.__version__,
            np.__version__,
            sys.version,
        ]
        return _entry(self._name, about)


def _texts(function: Callable) -> list[str]:
    """The sources that the machine code of a function depends on."""
    return [*_makers(), *sources(function, inlining.INLINES)]


@functools.cache
def _makers() -> list[str]:
    """The sources of what makes machine code."""
    own = compile_function, native_code, _compiled
    others = inlining.register, inlining._register_select, shares.called, parts.only
    return [text for one in (*own, *others) for text in sources(one, inlining.INLINES)]


def _entry(name: str, about: list[str]) -> str:
    """The name of an entry in the cache for a function of which all this is known."""
    return f"{name}-{digest(''.join([f'{len(text)}:{text}' for text in about]))[:32]}.nbc"


def _names_alone(data: Any) -> bytes:
    """LLVM's code of a module in which the functions that a kernel is called by do nothing."""
    from llvmlite import binding

    about = data.fndesc
    wrappers = {about.llvm_cpython_wrapper_name, about.llvm_cfunc_wrapper_name}
    names = wrappers & {one.name for one in data.library.get_defined_functions()}
    text = "\n".join([f'define void @"{name}"() {{ ret void }}' for name in sorted(names)])
    return bytes(binding.parse_assembly(text).as_bitcode())
