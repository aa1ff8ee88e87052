"""Plans: a whole product of images and weights as blocks of sums, done by one native kernel.

A plan depends on shapes alone, and is kept. It says where elements lie, what is copied into frames
first (images with zeros around them, rows with zeros behind them), and how weights are packed.
Units of the work are blocks of rows. In eager mode and in compiled steps the same kernel does it.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from minigrad.kernels import blocks, jit, native
from minigrad.kernels.blocks import block
from minigrad.kernels.inlining import inline, with_global
from minigrad.kernels.jit import prange
from minigrad.kernels.native import call

_SHARE = 1 << 18
"""So many multiplications take about ten microseconds: less is not given to another thread."""

_CHUNK = 1 << 14  # bytes

NUMBERS = (
    "images total groups a_group b_group out_group a_image b_image out_image columns width depth "
    "a_step b_step a_column chunk packed runs b_row b_column a_frame a_run a_lines "
    "b_frame b_run b_lines tables parts rows"
).split()
"""What a plan begins with.

    images, total: how many there are, and whether their sums go to one result.
    groups: of columns. …_group, …_image: how far it is to the next in a, in b, in the result.
    columns, width: of a group, and of a panel, which are computed at a time.
    depth, a_step, b_step: of the reduction in a block.
    a_column: how far it is to the next column in a.
    chunk: how many taps are summed up for all rows before the next ones.
    packed: how many elements the packed weights have; 0: b is read where it is. runs: of rows that
        are packed for a tap, one behind the other. b_row, b_column: how far it is to the next row
        of a run and to the next column.
    …_frame: the size of a frame into which an image is copied, 0: it is read where it is. …_run,
        …_lines: in runs of so many elements, so many of them.
    tables: where the tables begin of where runs come from and go to, those of a, then those of b.
    parts: how many there are; `PART` numbers for each follow. rows: of a block.
"""

PART = "first last count taps a_rows out_rows a_taps b_taps sources".split()
"""A part is a set of rows with taps of their own: its first block, and the one after its last; how
many rows and taps (no taps: its results are zero); and where its tables are. `sources` says where
each run of weights is packed from; b_taps then, where they are in a packed panel."""

_HEAD, _PART = len(NUMBERS), len(PART)


@inline(apart=True)
def _frame(source, start, frame, run, lines, plan, table):
    """Copy the runs of an image into its frame."""
    for line in range(lines):
        at, to = np.uint64(start + plan[table + line]), np.uint64(plan[table + lines + line])
        for i in range(np.uint64(run)):
            frame[to + i] = source[at + i]


@inline(apart=True)
def _pack(b, start, row, column, columns, packed, to, depth, step, width, plan, table, runs):
    """Copy weights of a group and a part: panels of all their rows, zeros behind the last column.

    Of an inner form, `step` elements of a column are neighbours; of others, `step` columns.
    """
    zero = packed.dtype.type(0)
    for panel in range(0, columns, width):
        for run in range(runs):
            at = start + plan[table + run] + panel * column
            if width == 1:
                for k in range(depth * step):
                    packed[to + k] = b[at + k * row]
                to += depth * step
                continue
            filled = np.uint64(min(width, columns - panel))
            for _ in range(depth):
                source, target = np.uint64(at), np.uint64(to)
                if column == 1:
                    for j in range(filled):
                        packed[target + j] = b[source + j]
                else:
                    for j in range(filled):
                        packed[target + j] = b[source + j * np.uint64(column)]
                for j in range(filled, np.uint64(width)):
                    packed[target + j] = zero
                at, to = at + row, to + width
    return to


def _some_blocks(start, stop, a, b, out, plan):
    images, total, groups, a_group, b_group, out_group = plan[:6]
    a_image, b_image, out_image, columns, width, depth = plan[6:12]
    a_step, b_step, a_column, chunk, packed_size, runs, b_row, b_column = plan[12:20]
    a_size, a_run, a_lines, b_size, b_run, b_lines, tables, parts, rows = plan[20:29]
    a_frame, b_frame = np.zeros(a_size, a.dtype), np.zeros(b_size, b.dtype)
    packed, end = np.empty(packed_size, b.dtype), 0
    first_part, last_part = _HEAD, _HEAD + parts * _PART
    if packed_size:
        for group in range(groups):
            for part in range(first_part, last_part, _PART):
                taps, sources = plan[part + 3], plan[part + 8]
                end = _pack(
                    *(b, group * b_group, b_row, b_column, columns, packed, end),
                    *(depth // runs, b_step, width, plan, sources, taps * runs),
                )
    blocks = plan[last_part - _PART + 1]  # of an image
    for n in range(0 if total else start // blocks, images if total else -(-stop // blocks)):
        low = start if total else max(start - n * blocks, 0)
        high = stop if total else min(stop - n * blocks, blocks)
        a_now, a_image_start, b_now, b_image_start = a, n * a_image, b, n * b_image
        if a_size:
            _frame(a, a_image_start, a_frame, a_run, a_lines, plan, tables)
            a_now, a_image_start = a_frame, 0
        if b_size:
            _frame(b, b_image_start, b_frame, b_run, b_lines, plan, tables + 2 * a_lines)
            b_now, b_image_start = b_frame, 0
        if packed_size:
            b_now = packed
        panel_start = 0  # in what is packed
        for group in range(groups):
            a_start, out_start = a_image_start + group * a_group, n * out_image + group * out_group
            for part in range(first_part, last_part, _PART):
                first, last, count, taps, a_rows, out_rows, a_taps, b_taps = plan[part : part + 8]
                first_block, last_block = max(low, first) - first, min(high, last) - first
                if taps == 0:
                    for row in range(first_block * rows, min(last_block * rows, count)):
                        at = out_start + plan[out_rows + row]
                        out[at : at + columns] = 0
                for panel in range(0, columns, width):
                    done = min(width, columns - panel)
                    b_start = b_image_start + group * b_group + panel
                    if packed_size:
                        b_start = panel_start
                        panel_start += taps * depth * b_step
                    for tap in range(0, taps, chunk):
                        more = 1 if tap or (total and n) else 0
                        for k in range(first_block, last_block):
                            row = k * rows
                            block(
                                *(a_now, a_start + panel * a_column, b_now, b_start),
                                *(out, out_start + panel, plan, a_rows + row, out_rows + row),
                                *(a_taps + tap, b_taps + tap, min(chunk, taps - tap)),
                                *(depth, a_step, b_step, count - row, done, more),
                            )


@functools.cache
def source(form: str, shape: tuple[int, int], dtype: str) -> tuple[str, str, dict[str, Any]]:
    """The name and the source of a native kernel, and what that uses.

    Its block holds addresses and lengths of a, b, the result, and the plan.
    """
    # All these kernels may be loaded from the disk into one process: by name they must differ.
    name = f"{form}_{shape[0]}_{shape[1]}_{dtype}"
    function = with_global(_some_blocks, "block", blocks.declared(form, shape))
    function.__name__ = function.__qualname__ = f"some_{name}"
    inline(function)
    arrays = ", ".join(f"{dtype}_at(w[{i}], w[{i + 1}])" for i in (0, 2, 4))
    text = (
        f"def {name}(block, start, stop):\n"
        f"    w = int64_at(block, {_WORDS})\n"
        f"    some_{name}(start, stop, {arrays}, int64_at(w[6], w[7]))\n"
    )
    space = {f"{one}_at": native.AT[one] for one in (dtype, "int64")}
    return name, text, {**space, function.__name__: function}


_WORDS = 8


@functools.cache
def address(form: str, shape: tuple[int, int], dtype: str) -> int:
    """The address of a native kernel."""
    name, text, space = source(form, shape, dtype)
    return native.address_of_source(text, name, space)


@functools.cache
def ready() -> bool:
    """Whether blocks can be compiled here."""
    if not native.ready():
        return False
    try:
        address("outer", blocks.shapes("outer", "float32")[-1], "float32")
    except Exception:  # another version of numba or llvmlite: NumPy remains
        return False
    return True


def _run(a, b, out, plan, kernel, units, shares):
    told = np.empty(_WORDS, np.int64)
    told[0], told[2], told[4] = a.ctypes.data, b.ctypes.data, out.ctypes.data
    told[1], told[3], told[5] = a.size, b.size, out.size
    told[6], told[7] = plan.ctypes.data, plan.size
    for share in prange(shares):
        first, last = share * units // shares, (share + 1) * units // shares
        call(kernel, told.ctypes.data, first, last)


_ARGUMENTS = "T[:]", "T[:]", "out T[:]", "int64[:]", "int64", "int64", "int64"
_run_alone = jit.jit(*_ARGUMENTS, T=("float32", "float64"))(_run)
_run_together = jit.jit(*_ARGUMENTS, parallel_above=0, T=("float32", "float64"))(_run)


class Rows(NamedTuple):
    """A part of a plan: tables of offsets, as arrays of int64.

    b_taps tell where the rows of b are, run by run if they are to be packed.
    """

    a_rows: np.ndarray
    out_rows: np.ndarray
    a_taps: np.ndarray
    b_taps: np.ndarray


class Runs(NamedTuple):
    """How an array is copied into a frame of so many elements: in runs, from where, to where."""

    size: int
    run: int
    sources: np.ndarray
    targets: np.ndarray


class Plan:
    """How a product is computed for arrays of certain shapes.

    Attributes:
        shape: Of the result.
        kernel: Form, shape of a block and dtype: the arguments of `source`.
        numbers: The array that the kernel is told.
        units: How many blocks of rows there are to do; `shares`: into how many shares they are cut.
        work: How many multiplications it takes.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        form: str,
        dtype: np.dtype,
        parts: list[Rows],
        *,
        packs: bool = False,
        a_runs: Runs | None = None,
        b_runs: Runs | None = None,
        **numbers: int,
    ) -> None:
        n = dict.fromkeys(NUMBERS, 0) | {"groups": 1, "runs": 1} | numbers
        lanes = blocks.VECTOR_BYTES // dtype.itemsize
        if form == "inner":  # vectors of elements are added up
            n |= {"depth": n["depth"] // lanes, "a_step": lanes, "b_step": lanes}
        elif packs:
            n["b_step"] = 0
        filled = -(-n["columns"] // lanes) * lanes
        n["width"], n["rows"] = chosen = next(
            one
            for one in blocks.shapes(form, dtype.name)
            if one[0] <= lanes or filled % one[0] == 0
        )
        if packs and form == "outer":
            n["b_step"] = n["width"]
        panels = -(-n["columns"] // n["width"])
        reduction = sum(len(one.a_taps) for one in parts) * n["depth"]
        n["packed"] = n["groups"] * panels * reduction * n["b_step"] if packs else 0
        taps = max(len(one.a_taps) for one in parts)
        n["chunk"] = max(taps, 1)
        if n["total"]:  # what b has for a chunk shall stay in the first cache
            n["chunk"] = max(_CHUNK // (n["depth"] * n["b_step"] * dtype.itemsize), 1)
        tables: list[np.ndarray] = []
        for name, runs in (("a", a_runs), ("b", b_runs)):
            if runs is not None:
                n[f"{name}_frame"], n[f"{name}_run"] = runs.size, runs.run
                n[f"{name}_lines"] = len(runs.sources)
                tables += [runs.sources, runs.targets]
        n["parts"] = len(parts)
        n["tables"] = place = _HEAD + _PART * len(parts)
        place += sum(map(len, tables))
        described, first = [], 0
        for one in parts:
            last = first + -(-len(one.a_rows) // n["rows"])
            described += [first, last, len(one.a_rows), len(one.a_taps)]
            filled_up = np.repeat(one.a_rows[:1], -len(one.a_rows) % n["rows"])
            a_rows = np.concatenate([one.a_rows, filled_up])
            packed_taps = np.arange(len(one.a_taps), dtype=np.int64) * (n["depth"] * n["b_step"])
            b_taps = packed_taps if packs else one.b_taps
            for table in (a_rows, one.out_rows, one.a_taps, b_taps, one.b_taps):
                described.append(place)
                place += len(table)
                tables.append(table)
            first = last
        self.shape, self.dtype = shape, dtype
        self.kernel = form, chosen, dtype.name
        head = [n[name] for name in NUMBERS]
        self.numbers = np.concatenate([np.array(head + described, np.int64), *tables])
        self.units = first if n["total"] else first * n["images"]
        sums = sum(len(one.a_rows) * len(one.a_taps) for one in parts) * n["depth"]
        self.work = sums * n["images"] * n["groups"] * panels * n["width"]
        if form == "inner":
            self.work *= lanes
        self.shares = min(self.units, 1 + self.work // _SHARE, 4 * jit.num_threads())

    @functools.cached_property
    def address(self) -> int:
        """Of the kernel."""
        return address(*self.kernel)

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        out = np.empty(self.shape, self.dtype)
        run = _run_alone if self.shares == 1 else _run_together
        run(
            *(a.reshape(-1), b.reshape(-1), out.reshape(-1), self.numbers),
            *(self.address, self.units, self.shares),
        )
        return out
