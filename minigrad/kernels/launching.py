"""Launching: go through a table of native kernels, by one thread or by several together.

A row of a table is a launch: which kernel, its block, how many rows it has to do, and into how many
shares these may be cut. Several threads go through a table side by side. Each takes shares of a
launch as long as there are any, then waits until all of them are done, and goes on. As shares are
taken and not dealt out, a thread that comes late, or not at all, keeps nobody waiting, and the
results are the same whoever does what.

Threads wait by looking again and again, since in a step of training the next launch is often only
microseconds away; a sleeping thread takes 30-50 µs to wake. After some time they let others run.

Between steps the helpers sleep, and Linux likes to wake a thread on the processor of the one that
wakes it, where both then take turns. So helpers stay off the processor that their caller is on.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import os
import platform
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.kernels import jit, loading, native
from minigrad.kernels.inlining import INTRINSICS, emits
from minigrad.kernels.loading import LOCK
from minigrad.kernels.native import AT, call

int64_at = AT["int64"]

COLUMNS = 4
"""A row of a table: address of the kernel, address of its block, rows, shares."""

_JOB = 3  # numbers that describe a job: its first row in the table, the row after its last, shares
_LINE = 8  # words in a cache line: of no two jobs the counters are in the same
_LOOKS = 200  # how often a waiting thread looks before it lets others run
_HIGH = 32  # the upper half of a counter counts shares that were taken from the end
_WORDS = 11  # what threads are told, see _Together
_POOLED = ("int64",) * 4  # the arguments of what the pool of threads calls
_HERE = 7  # which of these words is the processor of the caller


def fetch_add(address, n):
    """Add n to the int64 at an address at once, and return what it was; in compiled code only."""
    raise RuntimeError("launching.fetch_add: only compiled kernels can call it.")


def loaded(address):
    """Return the int64 at an address, as other threads left it; in compiled code only."""
    raise RuntimeError("launching.loaded: only compiled kernels can call it.")


def pause():
    """Tell the processor that this is a waiting loop; in compiled code only."""
    raise RuntimeError("launching.pause: only compiled kernels can call it.")


def system(function, a, b, c):
    """Call a function of the system at an address: int of up to three; in compiled code only."""
    raise RuntimeError("launching.system: only compiled kernels can call it.")


@emits(fetch_add, loaded, pause, system)
def _register(numba: Any) -> None:
    from llvmlite import ir

    intrinsic, types, cgutils = numba.extending.intrinsic, numba.types, numba.core.cgutils
    word = ir.IntType(64)

    def pointer(builder: Any, address: Any) -> Any:
        return builder.inttoptr(address, word.as_pointer())

    @intrinsic
    def emit_fetch_add(typing_context, address, n):
        def generate(context, builder, signature, args):
            return builder.atomic_rmw("add", pointer(builder, args[0]), args[1], "seq_cst")

        return types.int64(types.int64, types.int64), generate

    @intrinsic
    def emit_loaded(typing_context, address):
        def generate(context, builder, signature, args):
            return builder.load_atomic(pointer(builder, args[0]), "acquire", 8)

        return types.int64(types.int64), generate

    is_x86 = platform.machine().lower() in ("x86_64", "amd64")

    @intrinsic
    def emit_pause(typing_context):
        def generate(context, builder, signature, args):
            if is_x86:
                kind = ir.FunctionType(ir.VoidType(), [])
                name = "llvm.x86.sse2.pause"
                builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
            return context.get_dummy_value()

        return types.void(), generate

    @intrinsic
    def emit_system(typing_context, function, a, b, c):
        def generate(context, builder, signature, args):
            kind = ir.FunctionType(ir.IntType(32), [word] * 3)
            made = builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
            return builder.sext(made, word)

        return types.int64(*[types.int64] * 4), generate

    INTRINSICS[fetch_add] = emit_fetch_add
    INTRINSICS[loaded] = emit_loaded
    INTRINSICS[pause] = emit_pause
    INTRINSICS[system] = emit_system


def _launch(table, length):
    w = int64_at(table, length)
    for k in range(0, length, 4):
        call(w[k], w[k + 1], 0, w[k + 2])


def _take_shares(arguments, sizes, steps, job):
    # What the pool calls, for sizes[0] threads from the one numbered arguments[0] on. Each job has
    # two counters: of the shares that were taken, and of those that are done. Half of the threads
    # take shares from the beginning, half from the end: what a thread has just written it then
    # reads in the next launch, from its own cache.
    w = int64_at(job, _WORDS)
    table, jobs = int64_at(w[0], w[1]), int64_at(w[2], w[3])
    let_run, stay, here = w[5], w[6], w[7]
    first_thread = int64_at(arguments, 1)[0]
    for thread in range(first_thread, first_thread + int64_at(sizes, 1)[0]):
        from_end = thread & 1
        if thread and here < w[9]:
            system(stay, 0, w[10], w[8] + here * w[10])
        place = w[4]
        for k in range(0, jobs.size, 3):
            first, last, shares = jobs[k], jobs[k + 1], jobs[k + 2]
            taken = fetch_add(place, 1 << (_HIGH * from_end))
            low, high = taken & ((1 << _HIGH) - 1), taken >> _HIGH
            while low + high < shares:
                share = shares - 1 - high if from_end else low
                for row in range(first, last, 4):
                    rows = table[row + 2]
                    start, stop = share * rows // shares, (share + 1) * rows // shares
                    call(table[row], table[row + 1], start, stop)
                fetch_add(place + 8, 1)
                taken = fetch_add(place, 1 << (_HIGH * from_end))
                low, high = taken & ((1 << _HIGH) - 1), taken >> _HIGH
            looks = 0
            while loaded(place + 8) < shares:
                looks += 1
                if looks < _LOOKS:
                    pause()
                else:
                    system(let_run, 0, 0, 0)
            place += 8 * _LINE


def is_shared() -> bool:
    """Whether several threads can go through a table here, if there are more than one."""
    with LOCK:
        return loading.threading_layer() not in (None, "workqueue")


def runner(rows: Sequence[Sequence[int]], parallel: bool = False) -> Callable[[], None]:
    """What goes through a table once; not to be called by two threads at a time.

    Args:
        rows: Of the table, `COLUMNS` numbers each.
        parallel: Let several threads do it, if there are.
    """
    table = np.array(rows, np.int64).reshape(-1)
    shared = parallel and jit.num_threads() > 1 and any(row[3] > 1 for row in rows)
    if not (shared and is_shared()):
        return _Alone(table)
    return _Together(table, rows)


class _Alone:
    """Goes through a table with one thread."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table
        self.launch = _launcher()
        self.told = table.ctypes.data, len(table)

    def __call__(self) -> None:
        self.launch(*self.told)


class _Together:
    """Goes through a table with several threads."""

    def __init__(self, table: np.ndarray, rows: Sequence[Sequence[int]]) -> None:
        self.alone = _Alone(table)
        self.jobs = np.array(_jobs(rows), np.int64).reshape(-1)
        self.counters = np.empty(len(self.jobs) // _JOB * _LINE, np.int64)
        threads = jit.num_threads()
        let_run, self.where, stay = _system()
        self.masks = masks = _masks(threads) if self.where is not None else _NO_MASKS
        told = [
            *(table.ctypes.data, len(table), self.jobs.ctypes.data, len(self.jobs)),
            *(self.counters.ctypes.data, let_run, stay, 0),
            *(masks.ctypes.data, len(masks), masks.strides[0]),
        ]
        # The pool adds a step to the argument, the number of a thread, for each thread.
        self.words = np.array([*told, 0, threads, 1], np.int64)
        place = self.words.ctypes.data
        number, count, step = (place + 8 * (_WORDS + i) for i in range(3))
        self.call = _shares(), number, count, step, place, 0, 1
        self.pool, self.threads = _pool()

    def __call__(self) -> None:
        if loading.forked:  # a child has one thread only
            self.alone()
            return
        self.counters.fill(0)
        if self.where is not None:
            self.words[_HERE] = self.where()
        self.pool(*self.call, self.threads())


def _jobs(rows: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
    """What threads take: launches in shares; of those that have one share, all in a row."""
    jobs = []
    numbers = range(len(rows))
    for shared, part in itertools.groupby(numbers, lambda i: i + 1 if rows[i][3] > 1 else 0):
        found = list(part)
        shares = rows[found[0]][3] if shared else 1
        jobs.append((COLUMNS * found[0], COLUMNS * (found[-1] + 1), shares))
    return jobs


@functools.cache
def _launcher() -> Callable[[int, int], None]:
    """What goes through a table alone, given its address and length."""
    word = ctypes.c_int64
    return ctypes.CFUNCTYPE(None, word, word)(native.address(_launch, ("int64", "int64")))


@functools.cache
def _shares() -> int:
    """The address of what each thread does."""
    return native.address(_take_shares, _POOLED)


@functools.cache
def _pool() -> tuple[Callable[..., None], Callable[[], int]]:
    """Numba's pool of threads, and how many of them the user lets it use.

    `pool(function, arguments, sizes, steps, data, 0, 1, threads)` calls a function of four
    addresses for sizes[0] threads, as it does for parallel loops.
    """
    word, address = ctypes.c_size_t, ctypes.c_void_p
    kind = ctypes.CFUNCTYPE(None, *[address] * 5, *[word] * 3)
    threads = loading.threads()
    return kind(threads.parallel_for), ctypes.CFUNCTYPE(ctypes.c_int)(threads.get_num_threads)


@functools.cache
def _system() -> tuple[int, Callable[[], int] | None, int]:
    """What the system has: the address of what lets other threads run; what says on which processor
    the caller is; and the address of what says where it may run. None and 0 where it has not."""
    if sys.platform == "win32":
        library, names = ctypes.WinDLL("kernel32"), ["SwitchToThread", "", ""]
    else:
        library, names = ctypes.CDLL(None), ["sched_yield", "sched_getcpu", "sched_setaffinity"]
    found = [getattr(library, name, None) if name else None for name in names]
    let_run, where, stay = found
    known = where is not None and stay is not None and hasattr(os, "sched_getaffinity")
    return _address(let_run), where if known else None, _address(stay) if known else 0


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0 if function is not None else 0


_NO_MASKS = np.zeros((0, 1), np.uint64)


def _masks(threads: int) -> np.ndarray:
    """For each processor that the caller may be on, all others that it may use, as bits."""
    allowed = os.sched_getaffinity(0)
    if len(allowed) < threads or max(allowed) >= 1024:
        return _NO_MASKS
    bits = np.zeros((max(allowed) + 1, 1024), bool)
    for here in allowed:
        bits[here, list(allowed - {here})] = True
    return np.packbits(bits, axis=1, bitorder="little").view(np.uint64)
