"""What a kernel calls is part of its machine code, and has none of its own."""

import contextlib
import functools

import numpy as np

from minigrad.kernels import inlining, jit, parts
from minigrad.kernels.compiling import compile_function, native_code, prange


def tripled(x):
    return x + x + x


def doubled(x):
    return x + x


def triple(x, out):
    for i in range(x.size):
        out[i] = tripled(x[i])


def triple_and_double(x, out):
    for i in range(x.size):
        out[i] = tripled(x[i]) - doubled(x[i])


def triple_shared(x, out):
    for i in prange(x.size):
        out[i] = tripled(x[i])


def test_only_the_kernel_becomes_machine_code_and_its_parts_serve_others_too(monkeypatch):
    numba = jit.load_numba()
    core = numba.core.codegen
    library, context = core.CPUCodeLibrary, numba.core.cpu.CPUContext
    overload = numba.core.typing.templates._OverloadFunctionTemplate
    numba.extending.overload(tripled)(lambda x: tripled)
    numba.extending.overload(doubled)(lambda x: doubled)
    replaced = lambda: (  # noqa: E731
        context.get_executable,
        library._finalize_final_module,
        library._optimize_final_module,
        overload._get_impl,
    )
    before = replaced()
    add, added = core.JITCPUCodegen._add_module, []
    compiler = numba.core.dispatcher._FunctionCompiler
    compile_core, compiled = compiler._compile_core, []

    def noted(self, module):
        added.append(module.name)
        return add(self, module)

    def compiling(self, *args):
        compiled.append(self.py_func.__name__)
        return compile_core(self, *args)

    monkeypatch.setattr(core.JITCPUCodegen, "_add_module", noted)
    monkeypatch.setattr(compiler, "_compile_core", compiling)
    ours = functools.partial(parts.only, numba)
    for kernel, way, factor, parallel in (
        (triple, ours, 3, False),
        (triple_shared, ours, 3, True),
        (triple_and_double, contextlib.nullcontext, 1, False),  # by Numba's own way
    ):
        loop = inlining.with_global(kernel, "prange", numba.prange)
        dispatcher = numba.njit(loop, parallel=parallel, error_model="numpy")
        with way(dispatcher):
            dispatcher.compile("void(float32[::1], float32[::1])")
        out = np.empty(3, "float32")
        dispatcher(np.arange(3, dtype="float32"), out)
        np.testing.assert_array_equal(out, factor * np.arange(3))
        if way is ours:
            assert added[-1] == kernel.__name__ and compiled.count("tripled") == 1
    assert added[:2] == ["triple", "triple_shared"] and "doubled" in added[2:]
    assert before == replaced()


def test_what_is_called_by_its_address_has_no_wrapper_for_python():
    def first(x, out):
        out[0] = x[0]

    arguments = "float32[:]", "out float32[:]"
    (made,) = compile_function(first, arguments, {}, False, False).overloads.values()
    assert made.library.get_pointer_to_function(made.fndesc.llvm_cpython_wrapper_name)
    name, code = native_code(first, arguments)
    assert name.encode() in code and name.replace("cfunc", "cpython", 1).encode() not in code
