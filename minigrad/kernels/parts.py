"""What a kernel calls becomes a part of its machine code, and gets none of its own.

Numba compiles each function that a kernel calls as if somebody might call it alone: with a wrapper
for C, and to machine code. So it does, three times over, with a loop that threads share. But the
kernel's own code holds all that it calls, most of it inlined, and nobody calls the rest. Left out,
it saves a third of the time that compiling takes, and two thirds where threads share a loop.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Of a caller's options, those that what it calls is compiled by. Numba's key has the others too.
_INHERITED = "nrt", "fastmath", "error_model", "forceinline"


@contextmanager
def only(numba: Any, kernel: Any) -> Iterator[None]:
    """While the dispatcher `kernel` is compiled, nothing but itself becomes machine code."""
    try:
        CPUCodeLibrary, CPUContext = numba.core.codegen.CPUCodeLibrary, numba.core.cpu.CPUContext
        _FunctionCompiler = numba.core.dispatcher._FunctionCompiler
        flags_of = _FunctionCompiler._customize_flags
        executable_of = CPUContext.get_executable
        optimize = CPUCodeLibrary._optimize_final_module
        finish = CPUCodeLibrary._finalize_final_module
        Overload = numba.core.typing.templates._OverloadFunctionTemplate
        implementation_of = Overload._get_impl
        ConfigStack = numba.core.targetconfig.ConfigStack
    except AttributeError:  # another version of Numba: it does what it always does
        yield
        return
    name = kernel.py_func.__qualname__  # also that of its code's library

    def customize_flags(self, flags):
        flags = flags_of(self, flags)
        if flags.no_cpython_wrapper and self is not kernel._compiler:
            flags.no_cfunc_wrapper = True
        return flags

    def get_executable(self, library, about, environment):
        if library._finalized or library.name == name:  # it comes from the disk, or is the kernel
            return executable_of(self, library, about, environment)
        # What stands for the function among Numba's declarations; it is never called.
        kept = (library,)
        make = numba._dynfunc.make_function
        return make(about.lookup_module(), about.qualname, "", 0, environment, kept)

    def optimize_final_module(self):
        if self.name == name:  # what it calls is optimized together with it
            optimize(self)

    def finalize_final_module(self):
        if self.name == name:
            finish(self)
        else:  # it is linked into what calls it
            self._finalize_dynamic_globals()
            self._finalized = True

    def get_impl(self, args, kws):
        flags, inherited = ConfigStack.top_or_none(), numba.core.compiler.Flags()
        for name in _INHERITED:
            setattr(inherited, name, getattr(flags, name))
        with ConfigStack().enter(inherited):
            return implementation_of(self, args, kws)

    _FunctionCompiler._customize_flags = customize_flags
    CPUContext.get_executable = get_executable
    CPUCodeLibrary._optimize_final_module = optimize_final_module
    CPUCodeLibrary._finalize_final_module = finalize_final_module
    Overload._get_impl = get_impl
    try:
        yield
    finally:
        _FunctionCompiler._customize_flags = flags_of
        CPUContext.get_executable = executable_of
        CPUCodeLibrary._optimize_final_module = optimize
        CPUCodeLibrary._finalize_final_module = finish
        Overload._get_impl = implementation_of
