"""What a kernel calls is part of its machine code, and has none of its own."""

import contextlib
import functools

import numpy as np

from minigrad.kernels import jit, parts
from minigrad.kernels.compiling import compile_function, native_code


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


def test_only_the_kernel_becomes_machine_code_and_its_parts_can_be_used_by_others(monkeypatch):
    numba = jit.load_numba()
    core = numba.core.codegen
    library, context = core.CPUCodeLibrary, numba.core.cpu.CPUContext
    numba.extending.overload(tripled)(lambda x: tripled)
    numba.extending.overload(doubled)(lambda x: doubled)
    before = context.get_executable, library._finalize_final_module
    add, added = core.JITCPUCodegen._add_module, []

    def noted(self, module):
        added.append(module.name)
        return add(self, module)

    monkeypatch.setattr(core.JITCPUCodegen, "_add_module", noted)
    for kernel, way, factor in (
        (triple, functools.partial(parts.only, numba), 3),
        (triple_and_double, contextlib.nullcontext, 1),  # by Numba's own way
    ):
        dispatcher = numba.njit(kernel)
        with way(dispatcher):
            dispatcher.compile("void(float32[::1], float32[::1])")
        out = np.empty(3, "float32")
        dispatcher(np.arange(3, dtype="float32"), out)
        np.testing.assert_array_equal(out, factor * np.arange(3))
    assert "triple" in added and "tripled" not in added
    assert "triple_and_double" in added and "doubled" in added
    assert before == (context.get_executable, library._finalize_final_module)


def test_what_is_called_by_its_address_has_no_wrapper_for_python():
    def first(x, out):
        out[0] = x[0]

    arguments = "float32[:]", "out float32[:]"
    (made,) = compile_function(first, arguments, {}, False, False).overloads.values()
    assert made.library.get_pointer_to_function(made.fndesc.llvm_cpython_wrapper_name)
    name, code = native_code(first, arguments)
    assert name.encode() in code and name.replace("cfunc", "cpython", 1).encode() not in code
