"""Plan: which launches there are in the end, and in whose memory they work.

Two things are decided here. An update of a Variable is written straight into its home where nobody
needs the old value any more. And updates that do the same to many Variables, as an optimizer does,
become one launch: their arrays are laid one behind the other, weights with weights, gradients with
gradients, and one loop goes over all of them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from minigrad.compile import codegen, library
from minigrad.compile.fragments import Fragment, Number
from minigrad.compile.launches import Call, Fused, Group, Launch, Product
from minigrad.compile.memory import Arena, padded
from minigrad.compile.program import Var
from minigrad.compile.trace import VariableCell
from minigrad.kernels import openblas, products

_FED_FROM = 1 << 15
"""From so many elements on, a product whose result is for an update alone is done with it."""


class Bundle:
    """Groups with the same kernel, done in one launch.

    Attributes:
        parts: The fragment of each group.
        lengths: The padded number of elements of each.
        rows: For each place in the block, the memory of the parts there, or None where all parts
            share one number or array.
    """

    __slots__ = ("lengths", "parts", "rows")

    def __init__(self, parts: list[Fragment], rows: list[list[Any] | None]) -> None:
        self.parts = parts
        self.rows = rows
        self.lengths = [padded(part.rows) for part in parts]

    @property
    def title(self) -> str:
        return f"{len(self.parts)} × {self.parts[0].group.title}"


class Fed:
    """A product and the update that its result is for, strip by strip.

    A gradient of many weights does not fit into the caches. So what has been computed of it is
    used before the rest is computed, and it is never there as a whole.

    Attributes:
        product: The Product.
        part: The Fragment of the update.
        shares: In how many parts it may be done at the same time; each has a strip in memory.
        nbytes: The memory of these strips.
    """

    __slots__ = ("nbytes", "part", "product", "shares")

    def __init__(self, product: Product, part: Fragment) -> None:
        self.product = product
        self.part = part
        strips, height, _ = products.strips_of(*product.sizes, fed=True)
        self.shares = products.fed_shares(strips)
        self.nbytes = self.shares * height * product.out.shape[-1] * product.out.dtype.itemsize

    @property
    def title(self) -> str:
        return f"{self.product.title}, then {self.part.group.title}"


class Plan:
    """A fused program with memory decided, as far as it does not depend on addresses.

    Attributes:
        steps: Bundles, Fragments, Products, Feds and Calls in order.
        bundles: The Bundles as they lie in memory; in `steps` they lack the updates that are fed.
        fed: The Feds, by the result of the product, of which only strips have memory.
        in_place: For a Var, the cell in whose home it is written.
        late: Updates that are copied when all else is done.
        arena: Places of the arrays that live only during a step.
    """

    def __init__(self, fused: Fused) -> None:
        self.fused = fused
        self.program = fused.program
        self.constants = fused.program.constants
        self.root = fused.root
        self.states: dict[Var, Any] = {
            var: cell for cell, var in self.program.states if isinstance(cell, VariableCell)
        }
        self.in_place: dict[Var, Any] = {}
        self.late: list[tuple[Any, Var]] = []
        self._find_in_place()
        self.steps: list[Any] = []
        self.bundles: list[Bundle] = []
        self.fed: dict[Var, Fed] = {}
        self._write_kernels()
        self.arena = Arena()
        self._place()

    def memory(self, var: Var) -> Any:
        """What stands for the memory of a Var: the Variable whose home it is, or a Var."""
        var = self.root(var)
        cell = self.in_place.get(var) or self.states.get(var)
        return var if cell is None else cell.variable

    def holds(self, var: Var) -> bool:
        """Whether a Var has memory: what only a loop knows has none."""
        key = self.memory(var)
        return not isinstance(key, Var) or key in self.arena.places or key in self.constants

    # Updates in place

    def _find_in_place(self) -> None:
        launches = self.fused.launches
        maker = {var: (i, one) for i, one in enumerate(launches) for var in one.writes}
        readers: dict[Var, list[int]] = defaultdict(list)
        for i, launch in enumerate(launches):
            for var in launch.reads:
                readers[self.root(var)].append(i)
        end = len(launches)
        for result in self.program.results:
            readers[self.root(result)].append(end)
        for _, new in self.program.updates:
            if new is not None and self.root(new) in self.states:
                readers[self.root(new)].append(end)
        start_of = {cell: var for var, cell in self.states.items()}
        for cell, new in self.program.updates:
            if not isinstance(cell, VariableCell) or new is None:
                continue
            root = self.root(new)
            if root not in maker or root in self.in_place:
                self.late.append((cell, new))
                continue
            i, launch = maker[root]
            old = start_of.get(cell)
            if old is None or all(
                reader < i or (reader == i and _may_overwrite(launch, old, root))
                for reader in readers[old]
            ):
                self.in_place[root] = cell
            else:
                self.late.append((cell, new))

    # Kernels, and bundles of them

    def _write_kernels(self) -> None:
        fragments: dict[Launch, Fragment] = {}
        alike: dict[Any, list[Fragment]] = defaultdict(list)
        sinks = self._sinks()
        for launch in self.fused.launches:
            if isinstance(launch, Group):
                fragment = fragments[launch] = codegen.generate(
                    launch, self.program.constants, self.memory
                )
                if launch in sinks and fragment.flat:
                    alike[self._likeness(fragment)].append(fragment)
            elif isinstance(launch, Call) and (native_one := library.fragment_of(launch)):
                fragments[launch] = native_one
        bundled: set[Launch] = set()
        taken: set[Any] = set()
        for parts in alike.values():
            bundle = self._bundle(parts, taken)
            if bundle is not None:
                self.bundles.append(bundle)
                bundled.update(part.group for part in bundle.parts)
        fed = self._find_fed()
        self.fed = {self.root(one.product.out): one for one in fed.values()}
        feeding = {one.product for one in fed.values()}
        for launch in self.fused.launches:
            if launch not in bundled and launch not in feeding:
                self.steps.append(fragments.get(launch, launch))
        for bundle in self.bundles:
            run: list[Fragment] = []
            for part in bundle.parts:
                if part not in fed:
                    run.append(part)
                    continue
                if run:
                    self.steps.append(Bundle(run, bundle.rows))
                    run = []
                self.steps.append(fed[part])
            if run:
                self.steps.append(Bundle(run, bundle.rows))

    def _find_fed(self) -> dict[Fragment, Fed]:
        """The updates in bundles that need large products, which nobody else needs."""
        if openblas.blas() is None:
            return {}
        readers: dict[Var, list[Launch]] = defaultdict(list)
        for launch in self.fused.launches:
            for var in launch.reads:
                readers[self.root(var)].append(launch)
        wanted = {self.root(var) for var in self.program.outputs()}
        changed = {id(cell.variable) for cell in self.in_place.values()}
        makers = {
            self.root(one.out): one
            for one in self.fused.launches
            if isinstance(one, Product)
            and one.out.size == one.out.shape[-1] * one.out.shape[-2] >= _FED_FROM
            and self.root(one.out) not in wanted
            and not changed & {id(self.memory(one.a)), id(self.memory(one.b))}
        }
        found = {}
        for bundle in self.bundles:
            for part in bundle.parts:
                for var in part.block:
                    product = makers.get(self.root(var)) if isinstance(var, Var) else None
                    if product and readers[self.root(var)] == [part.group]:
                        found[part] = Fed(product, part)
        return found

    def _sinks(self) -> set[Launch]:
        """Groups whose results nobody needs within the step."""
        read = {self.root(var) for one in self.fused.launches for var in one.reads}
        read |= {self.root(var) for var in self.program.results}
        read |= {self.root(var) for _, var in self.late}
        return {
            one
            for one in self.fused.launches
            if isinstance(one, Group)
            and all(var in self.in_place and var not in read for var in one.writes)
        }

    def _likeness(self, fragment: Fragment) -> Any:
        """Equal for fragments that may be bundled."""
        shared: list[Any] = []
        for one in fragment.block:
            if isinstance(one, Number):
                shared.append((repr(one.value), one.dtype))
            elif one.size < fragment.rows or one.size == 1:
                shared.append(id(self.memory(one)))  # one for all elements
            else:
                shared.append(one.dtype)
        return (fragment.source, *shared)

    def _bundle(self, parts: list[Fragment], taken: set[Any]) -> Bundle | None:
        parts = [part for part in parts if part.rows > 1 and self._reads_no_others(part.group)]
        chosen = []
        for part in parts:
            memory = [
                self.memory(one)
                for one in part.block
                if isinstance(one, Var) and one.size == part.rows
            ]
            ids = set(map(id, memory))
            if all(map(self._is_movable, memory)) and len(ids) == len(memory) and not ids & taken:
                taken |= ids
                chosen.append(part)
        if len(chosen) < 2:
            return None
        rows: list[list[Any] | None] = []
        for place, one in enumerate(chosen[0].block):
            if isinstance(one, Var) and one.size == chosen[0].rows:
                rows.append([self.memory(part.block[place]) for part in chosen])
            else:
                rows.append(None)
        return Bundle(chosen, rows)

    def _reads_no_others(self, group: Group) -> bool:
        """Whether of the Variables that a group reads none is overwritten by another launch: it
        may then be done later."""
        own = {id(self.in_place[var]) for var in group.writes}
        written = {id(cell) for cell in self.in_place.values()}
        cells = (self.states.get(self.root(var)) for var in group.reads)
        return all(id(cell) in own or id(cell) not in written for cell in cells)

    def _is_movable(self, memory: Any) -> bool:
        """Whether we may say where this lies."""
        if not isinstance(memory, Var):
            return True
        return memory not in self.program.constants and memory not in self.program.inputs

    def homes(self) -> list[list[Any]]:
        """The Variables of the program in the rows in which they should live."""
        rows: list[list[Any]] = []
        seen: set[int] = set()
        for bundle in self.bundles:
            for row in bundle.rows:
                if row and not isinstance(row[0], Var):
                    rows.append(row)
                    seen.update(map(id, row))
        cells = [*self.states.values(), *self.in_place.values(), *(cell for cell, _ in self.late)]
        for cell in cells:
            if isinstance(cell, VariableCell) and id(cell.variable) not in seen:
                seen.add(id(cell.variable))
                rows.append([cell.variable])
        return rows

    # What lives only during a step

    def _place(self) -> None:
        first: dict[Any, int] = {}
        last: dict[Any, int] = {}

        def use(var: Var, i: int) -> None:
            key = self.memory(var)
            if isinstance(key, Var) and key not in self.program.constants:
                first.setdefault(key, i)
                last[key] = i

        for var in self.program.inputs:
            use(var, -1)
        for cell, var in self.program.states:
            if not isinstance(cell, VariableCell):
                use(var, -1)
        for i, step in enumerate(self.steps):
            for launch in launches_of(step):
                for var in (*launch.reads, *launch.writes):
                    use(var, i)
        for var in self.program.outputs():
            use(var, len(self.steps))
        in_row: dict[Any, tuple[Any, int]] = {}
        for number, bundle in enumerate(self.bundles):
            for place, row in enumerate(bundle.rows):
                if row and isinstance(row[0], Var):
                    parts = zip(row, bundle.lengths, strict=True)
                    kept = [(one, length) for one, length in parts if one not in self.fed]
                    if not kept:
                        continue
                    item = row[0].dtype.itemsize
                    whole = ("row", number, place)
                    lives, at = [], 0
                    for one, length in kept:
                        in_row[one] = whole, at
                        lives.append((at, length * item, first[one], last[one]))
                        at += length * item
                    start, end = min(x[2] for x in lives), max(x[3] for x in lives)
                    self.arena.want(whole, at, start, end, lives)
        for key in first:
            if key not in in_row:
                nbytes = self.fed[key].nbytes if key in self.fed else key.nbytes
                self.arena.want(key, nbytes, first[key], last[key])
        self.arena.place()
        for one, (whole, offset) in in_row.items():
            self.arena.places[one] = self.arena.places[whole] + offset


def launches_of(step: Any) -> list[Launch]:
    """The launches that a step of a plan consists of."""
    if isinstance(step, Bundle):
        return [part.group for part in step.parts]
    if isinstance(step, Fed):
        return [step.product, step.part.group]
    if isinstance(step, Fragment):
        return [step.group]
    return [step]


def _may_overwrite(launch: Launch, old: Var, new: Var) -> bool:
    """Whether a launch may write `new` where it reads `old`: element by element, it may."""
    if isinstance(launch, Call):  # called from Python, its result is copied when it is done
        return library.fragment_of(launch) is None
    return (
        isinstance(launch, Group)
        and not launch.cells  # one loop may need what an earlier one has overwritten
        and new in launch.elements
        and old.shape == launch.shape
        and old in launch.reads
        and old.dtype == new.dtype
    )
