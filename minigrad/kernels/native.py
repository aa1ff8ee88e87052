"""Launch lists of compiled kernels, matrix products among them, without Python in between.

A native kernel is a function of three integers, `kernel(block, start, stop)`: the address of a
block of integers that holds its sizes and the addresses of its arrays, and which part of its rows
to do. All kernels being of one type, a list of them is just a table of numbers, and one compiled
loop goes through it. From Python a call of a kernel costs half a microsecond and a product another;
here it is nanoseconds, which is what makes networks of many small layers fast.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import glob
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigrad.kernels import jit, tiles

COLUMNS = 4
"""A row of a table: address of the kernel, address of its block, rows, shares."""

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
    """Whether native kernels can be made here; sets everything up the first time."""
    numba = jit.load_numba()
    if numba is None:
        return False
    try:
        _register(numba)
    except Exception:  # another version of numba or llvmlite: the slower ways remain
        return False
    return True


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

        jit._intrinsics[AT[name]] = array_at

    for name in AT:
        register_at(name)

    @intrinsic
    def emit_call(typing_context, function, block, start, stop):
        def generate(context, builder, signature, args):
            kind = ir.FunctionType(ir.VoidType(), [word] * 3)
            builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64, types.int64), generate

    tiles.register(numba)
    jit._intrinsics[call] = emit_call

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

        jit._intrinsics[function] = emit

    library = blas()
    integer = word if library is None or library.wide else ir.IntType(32)
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


# --- the BLAS that NumPy came with ----------------------------------------------------------------


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


# --- kernels that every program uses --------------------------------------------------------------


def strips_of(m: int, n: int, k: int, fed: bool = False) -> tuple[int, int, int]:
    """Into how many strips a matrix product is cut for threads, and their height and width.

    As many as the machine has processors, however many threads there are in the end: results must
    not depend on that. The longer side is cut, so that each thread packs little anew. A product
    that feeds an update is cut into rows, few enough that a strip is still in the cache when it is
    used.
    """
    library = blas()
    if library is None or library._set is None:  # it has threads of its own
        return 1, m, n
    count = max(1, min(os.cpu_count() or 1, m * n * k >> 20))
    if fed:
        count = max(count, m * n >> 16)
    side = m if fed else max(m, n)
    part = -(-side // (16 * count)) * 16  # whole blocks of the BLAS
    count = -(-side // part) if side else 1
    return (count, part, n) if fed or m >= n else (count, m, part)


def _matrix_products32(block, start, stop):
    w = int64_at(block, 20)
    strips, height, width = w[15], w[16], w[17]
    for unit in range(start, stop):
        i, strip = unit // strips, unit % strips
        a, b, c = w[6] + i * w[12], w[8] + i * w[13], w[10] + i * w[14]
        m, n = w[3], w[4]
        if height < m:
            a += strip * w[18]
            c += strip * w[19]
            m = min(height, m - strip * height)
        elif width < n:
            b += strip * w[18]
            c += strip * w[19]
            n = min(width, n - strip * width)
        product32(w[0], w[1], w[2], m, n, w[5], a, w[7], b, w[9], c, w[11])


def _matrix_products64(block, start, stop):
    w = int64_at(block, 20)
    strips, height, width = w[15], w[16], w[17]
    for unit in range(start, stop):
        i, strip = unit // strips, unit % strips
        a, b, c = w[6] + i * w[12], w[8] + i * w[13], w[10] + i * w[14]
        m, n = w[3], w[4]
        if height < m:
            a += strip * w[18]
            c += strip * w[19]
            m = min(height, m - strip * height)
        elif width < n:
            b += strip * w[18]
            c += strip * w[19]
            n = min(width, n - strip * width)
        product64(w[0], w[1], w[2], m, n, w[5], a, w[7], b, w[9], c, w[11])


def _fed_products32(block, start, stop):
    w = int64_at(block, 22)
    height, n = w[16], w[4]
    for strip in range(start, stop):
        first, last = strip * height, min((strip + 1) * height, w[3])
        a, c = w[6] + strip * w[18], w[10] + strip * w[19]
        product32(w[0], w[1], w[2], last - first, n, w[5], a, w[7], w[8], w[9], c, w[11])
        call(w[20], w[21], first * n, last * n)


def _fed_products64(block, start, stop):
    w = int64_at(block, 22)
    height, n = w[16], w[4]
    for strip in range(start, stop):
        first, last = strip * height, min((strip + 1) * height, w[3])
        a, c = w[6] + strip * w[18], w[10] + strip * w[19]
        product64(w[0], w[1], w[2], last - first, n, w[5], a, w[7], w[8], w[9], c, w[11])
        call(w[20], w[21], first * n, last * n)


def _launch(table):
    for k in range(0, table.size, 4):
        call(table[k], table[k + 1], 0, table[k + 2])


def _launch_parallel(table):
    for k in range(0, table.size, 4):
        shares, rows = table[k + 3], table[k + 2]
        if shares == 1:
            call(table[k], table[k + 1], 0, rows)
        else:
            for share in prange(shares):
                start, stop = share * rows // shares, (share + 1) * rows // shares
                call(table[k], table[k + 1], start, stop)


int64_at = AT["int64"]
prange = jit.prange
NATIVE = ("int64", "int64", "int64")
"""The arguments of every native kernel."""


def shares_out() -> bool:
    """Whether a parallel launcher can have several threads here."""
    with jit._lock:
        return jit._threading_layer() not in (None, "workqueue")


@functools.cache
def launcher(parallel: bool = False) -> Callable[[np.ndarray], None]:
    """The function that goes through a table (int64, `COLUMNS` numbers a launch)."""
    if parallel and not shares_out():
        return launcher(False)
    with jit._lock:
        function = _launch_parallel if parallel else _launch
        return jit._compile(function, ("int64[:]",), {}, parallel, False)


@functools.cache
def products(name: str, fed: bool = False) -> int:
    """The address of the native kernel for matrix products in float32 or float64.

    Args:
        fed: Of the kernel that hands each strip of rows to another kernel when it is done.
    """
    if fed:
        return address(_fed_products32 if name == "float32" else _fed_products64)
    return address(_matrix_products32 if name == "float32" else _matrix_products64)


def address(function: Callable) -> int:
    """Compile a native kernel, or load it from the disk, and return its address."""
    with jit._lock:
        dispatcher = jit._compile(function, NATIVE, {}, False, False)
    (compiled,) = dispatcher.overloads.values()
    _kept.append(dispatcher)  # machine code goes away with its dispatcher
    name = compiled.fndesc.llvm_cfunc_wrapper_name
    return int(compiled.library.get_pointer_to_function(name))


_kept: list[Any] = []
