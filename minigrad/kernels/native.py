"""Native kernels: functions of three integers, which compiled code calls by their addresses.

`kernel(block, start, stop)` gets the address of a block of integers that holds its sizes and the
addresses of its arrays, and which part of its rows to do. All kernels being of one type, a list of
them is just a table of numbers, and one compiled loop goes through it (see `launching`). From
Python a call of a kernel costs half a microsecond and a product another; here it is nanoseconds,
which is what makes networks of many small layers fast.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.kernels import inlining, openblas, prebuilt
from minigrad.kernels.compiling import native_code
from minigrad.kernels.inlining import INTRINSICS
from minigrad.kernels.jit import compile_source
from minigrad.kernels.loading import LOCK, load_numba, note, noted

NATIVE = ("int64", "int64", "int64")
"""The arguments of every native kernel."""

_ITEM = {"float32": 4, "float64": 8, "int32": 4, "int64": 8, "bool": 1, "uint8": 1}
_ITEM |= {"int8": 1, "int16": 2, "uint16": 2, "uint32": 4, "uint64": 8}
_ITEM |= {"float16": 2, "bfloat16": 2}
_BITS = {"float16": "uint16", "bfloat16": "uint16"}  # as what kernels see what Numba does not know


def _at(name: str) -> Callable:
    def array_at(address, n):
        size = int(np.prod(n)) * _ITEM[name]
        memory = (ctypes.c_char * size).from_address(int(address))
        return np.frombuffer(memory, _BITS.get(name, name)).reshape(n)

    array_at.__name__ = f"{name}_at"
    array_at.__doc__ = f"The array of n {name} at an address; n may be a shape."
    return array_at


AT = {name: _at(name) for name in _ITEM}
"""For each dtype the function that makes an array of an address and a length, in kernels too."""


def call(function, block, start, stop):
    """Call the native kernel at the address `function`; exists in compiled code only."""
    raise RuntimeError("native.call: only compiled kernels can call an address.")


def product32(function, turn_a, turn_b, m, n, k, a, lda, b, ldb, c, ldc):
    """c = a @ b in float32 by the BLAS at an address; exists in compiled code only."""
    raise RuntimeError("native.product32: only compiled kernels can call an address.")


def product64(function, turn_a, turn_b, m, n, k, a, lda, b, ldb, c, ldc):
    """c = a @ b in float64 by the BLAS at an address; exists in compiled code only."""
    raise RuntimeError("native.product64: only compiled kernels can call an address.")


def plus(a, b):
    """a + b in a sum of many, the order of which does not matter, so that it is vectorised."""
    return a + b


@functools.cache
def ready() -> bool:
    """Whether native kernels can be made here: an earlier process may have found out."""
    with LOCK:
        if noted() is not None:
            return True
        numba = load_numba()
        if numba is None:
            return False
        inlining.register(numba)
        works = call in INTRINSICS and hasattr(
            numba.core.codegen.CPUCodeLibrary, "_get_compiled_object"
        )
        if works:
            note()
        return works


def _integer() -> str:
    """The type of lengths in the BLAS."""
    library = openblas.blas()
    return "i64" if library is None or library.wide else "i32"


@inlining.emits(*AT.values(), call, product32, product64, told=_integer)
def _register(numba: Any) -> None:
    from llvmlite import binding, ir

    # Before a vector loop LLVM checks that arrays do not overlap, yet by default it gives up on
    # loops with more than four or five arrays. An optimizer's update has more.
    binding.set_option("minigrad", "-runtime-memory-check-threshold=200")
    intrinsic, overload, types = numba.extending.intrinsic, numba.extending.overload, numba.types
    word = ir.IntType(64)

    def register_at(name: str) -> None:
        item = numba.from_dtype(np.dtype(_BITS.get(name, name)))
        size = _ITEM[name]

        @intrinsic
        def array_at(typing_context, address, n):
            lengths = [n] if isinstance(n, types.Integer) else list(n)
            kind = types.Array(item, len(lengths), "C")

            def generate(context, builder, signature, args):
                shape = [args[1]]
                if not isinstance(n, types.Integer):
                    shape = numba.core.cgutils.unpack_tuple(builder, args[1])
                shape = [
                    context.cast(builder, one, length, types.intp)
                    for one, length in zip(shape, lengths, strict=True)
                ]
                strides = [context.get_constant(types.intp, size)]
                for length in shape[:0:-1]:
                    strides.insert(0, builder.mul(strides[0], length))
                array = context.make_array(kind)(context, builder)
                numba.np.arrayobj.populate_array(
                    array,
                    data=builder.inttoptr(args[0], context.get_data_type(item).as_pointer()),
                    shape=shape,
                    strides=strides,
                    itemsize=context.get_constant(types.intp, size),
                    meminfo=None,
                )
                return array._getvalue()

            return kind(types.int64, types.unliteral(n)), generate

        INTRINSICS[AT[name]] = array_at

    for name in AT:
        register_at(name)

    @intrinsic
    def emit_call(typing_context, function, block, start, stop):
        def generate(context, builder, signature, args):
            kind = ir.FunctionType(ir.VoidType(), [word] * 3)
            builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64, types.int64), generate

    def register_product(function: Callable, real: Any, integer: Any) -> None:
        c_int, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        one = ir.Constant(real, 1.0)
        zero = ir.Constant(real, 0.0)
        kind = ir.FunctionType(
            ir.VoidType(),
            [c_int] * 3
            + [integer] * 3
            + [real, pointer, integer, pointer, integer, real, pointer, integer],
        )

        @intrinsic
        def emit(typing_context, address, ta, tb, m, n, k, a, lda, b, ldb, c, ldc):
            def generate(context, builder, signature, args):
                def whole(x):
                    return x if integer is word else builder.trunc(x, integer)

                address, ta, tb, m, n, k, a, lda, b, ldb, c, ldc = args
                row_major = ir.Constant(c_int, 101)
                builder.call(
                    builder.inttoptr(address, kind.as_pointer()),
                    [
                        *(row_major, builder.trunc(ta, c_int), builder.trunc(tb, c_int)),
                        *(whole(m), whole(n), whole(k), one),
                        *(builder.inttoptr(a, pointer), whole(lda)),
                        *(builder.inttoptr(b, pointer), whole(ldb), zero),
                        *(builder.inttoptr(c, pointer), whole(ldc)),
                    ],
                )
                return context.get_dummy_value()

            return types.void(*[types.int64] * 12), generate

        INTRINSICS[function] = emit

    integer = word if _integer() == "i64" else ir.IntType(32)
    register_product(product32, ir.FloatType(), integer)
    register_product(product64, ir.DoubleType(), integer)

    @intrinsic
    def emit_plus(typing_context, a, b):
        def generate(context, builder, signature, args):
            return builder.fadd(args[0], args[1], flags=["reassoc", "nsz", "contract"])

        return a(a, b), generate

    @overload(plus)
    def _plus(a, b):
        if isinstance(a, types.Float) and a == b:
            return lambda a, b: emit_plus(a, b)
        return lambda a, b: a + b

    INTRINSICS[call] = emit_call


def address(function: Callable, arguments: tuple[str, ...] = NATIVE) -> int:
    """Compile a native kernel, or load it from the disk, and return its address."""
    with LOCK:
        name, code = native_code(function, arguments)
        return prebuilt.link(code, name)


def address_of_source(source: str, name: str, namespace: dict[str, Any]) -> int:
    """The address of the native kernel `name` of a source; it is compiled once."""
    found = _addresses.get(source)
    if found is None:
        kernel = compile_source(source, name, NATIVE, namespace)
        found = _addresses[source] = address(kernel.function)
    return found


_addresses: dict[str, int] = {}
