"""Explain: what a compiled step consists of, as text and as a picture."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad.compile.launches import Call, Product
from minigrad.compile.listing import module_source, title_of
from minigrad.compile.plan import Fed, Plan, launches_of
from minigrad.compile.program import Program, Var
from minigrad.compile.replay import Replay


@dataclass(slots=True)
class Cost:
    """What one launch of a step takes.

    Attributes:
        title: The layers and ops that it is for.
        kind: "product", "kernel" or "call".
        seconds: The shortest time measured.
        nbytes: The bytes that it must read and write.
        flops: Additions and multiplications, of products only: elsewhere bytes decide.
        floor: The seconds that it would take at best: a product its own time, all else the time
            of moving its bytes.
    """

    title: str
    kind: str
    seconds: float
    nbytes: int
    flops: int
    floor: float


class Explanation:
    """All about one compiled step. `print` it, `plot` it, or look at its attributes.

    Attributes:
        recorded: The program as it was recorded.
        simplified: The program in small equations, none of them twice or in vain.
        launches: The groups, products and calls that it became.
        source: A Python module: the kernels, and a function `step` that calls them.
        costs: What each launch takes, measured.
    """

    def __init__(self, recorded: Program, replay: Replay, title: str = "step") -> None:
        self.title = title
        self.recorded = recorded
        self.plan: Plan = replay.plan
        self.simplified = replay.program
        self.launches = str(replay.plan.fused)
        self.source = module_source(replay)
        self.costs = measure(replay)

    @property
    def memory(self) -> str:
        """How much memory the step works in, and how much of it is used again."""
        plan = self.plan
        sizes = {}
        for step in plan.steps:
            for launch in launches_of(step):
                for var in (*launch.reads, *launch.writes):
                    key = plan.memory(var)
                    sizes[id(key)] = key, var.nbytes
        passing = [n for key, n in sizes.values() if isinstance(key, Var)]
        kept = [n for key, n in sizes.values() if not isinstance(key, Var)]
        recorded = sum(out.nbytes for one in self.recorded.equations for out in one.outputs)
        return (
            f"{len(kept)} Variables, changed in place: {_bytes(sum(kept))}\n"
            f"{len(passing)} arrays on the way, {_bytes(sum(passing))} in an arena of "
            f"{_bytes(plan.arena.nbytes)}, as they share their places\n"
            f"the recorded equations made {_bytes(recorded)}"
        )

    def __str__(self) -> str:
        total = sum(cost.seconds for cost in self.costs)
        lines = [f"{self.title}: {len(self.recorded.equations)} equations recorded, "]
        lines[0] += f"{len(self.simplified.equations)} left, {len(self.costs)} launches, "
        lines[0] += f"{_time(total)} ({_time(sum(cost.floor for cost in self.costs))} at best)"
        lines.append(f"{'time':>10}{'bytes':>10}{'GB/s':>8}{'GFLOP/s':>9}  launch")
        for cost in self.costs:
            speed = cost.nbytes / cost.seconds / 1e9
            flops = f"{cost.flops / cost.seconds / 1e9:9.1f}" if cost.flops else " " * 9
            lines.append(
                f"{_time(cost.seconds):>10}{_bytes(cost.nbytes):>10}{speed:8.1f}{flops}"
                f"  {cost.title}"
            )
        sections = [
            ("memory", self.memory),
            ("recorded", str(self.recorded)),
            ("simplified", str(self.simplified)),
            ("fused", self.launches),
            ("source", self.source),
        ]
        for name, text in sections:
            lines += ["", f"--- {name} {'-' * (60 - len(name))}", text]
        return "\n".join(lines)

    __repr__ = __str__

    def save(self, path: Any) -> None:
        """Write `source` to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.source)

    def plot(self, path: Any = None) -> Any:
        """A bar per launch, as long as it takes, with a mark where its floor is.

        Args:
            path: Where to save the picture, in place of showing it.

        Returns:
            The matplotlib Figure, which `plt.show()` shows if there is no path.
        """
        import matplotlib.pyplot as plt
        from matplotlib.figure import Figure

        merged = _merged(self.costs)
        colors = {"product": "#4c72b0", "kernel": "#55a868", "call": "#c44e52"}
        new = plt.figure if path is None else Figure
        figure = new(figsize=(9, 1.6 + 0.28 * len(merged)), layout="constrained")
        axes = figure.subplots()
        places = range(len(merged))
        axes.barh(
            places,
            [cost.seconds * 1e6 for cost in merged],
            color=[colors[cost.kind] for cost in merged],
        )
        for place, cost in zip(places, merged, strict=True):
            axes.plot([cost.floor * 1e6] * 2, [place - 0.4, place + 0.4], color="black", lw=1.5)
        axes.set_yticks(places, [_short(cost.title) for cost in merged], fontsize=8)
        axes.invert_yaxis()
        total = sum(cost.seconds for cost in merged)
        floor = sum(cost.floor for cost in merged)
        axes.set_xlabel("µs")
        axes.set_title(f"{self.title}: {_time(total)}; black marks: {_time(floor)} at best")
        handles = [axes.barh([0], [0], color=color) for color in colors.values()]
        axes.legend(handles, ["matrix product", "fused kernel", "call of NumPy"], fontsize=8)
        if path is not None:
            figure.savefig(path, dpi=150)
        return figure


def _short(title: str) -> str:
    return title if len(title) <= 60 else title[:59] + "…"


def _merged(costs: list[Cost], most: int = 40) -> list[Cost]:
    """Costs as they are, or, where they are many, the largest and the sum of the rest."""
    if len(costs) <= most:
        return costs
    ranked = sorted(costs, key=lambda cost: -cost.seconds)
    shown = set(map(id, ranked[: most - 1]))
    rest = [cost for cost in costs if id(cost) not in shown]
    return [cost for cost in costs if id(cost) in shown] + [
        Cost(
            f"{len(rest)} others",
            "kernel",
            sum(cost.seconds for cost in rest),
            sum(cost.nbytes for cost in rest),
            0,
            sum(cost.floor for cost in rest),
        )
    ]


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def _bytes(n: int) -> str:
    for unit in ("B", "kB", "MB"):
        if n < 1000:
            return f"{n:.3g} {unit}"
        n /= 1000  # type: ignore[assignment]
    return f"{n:.3g} GB"


# --- measuring ------------------------------------------------------------------------------------


def measure(replay: Replay, repeats: int = 20) -> list[Cost]:
    """The cost of each launch, by running it alone; what the step computes stays as it is."""
    speed = _bytes_per_second()
    with replay.undone():
        for var in replay.program.inputs:
            replay.view(var)[...] = 0  # what came last has been written over; 0 is an index too
        return [_cost(replay, step, speed, repeats) for step in replay.plan.steps]


def _cost(replay: Replay, step: Any, speed: float, repeats: int) -> Cost:
    run = replay.runner(step)
    seconds = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds = min(seconds, time.perf_counter() - start)
    launches = launches_of(step)
    nbytes = sum(var.nbytes for one in launches for var in {*one.reads, *one.writes})
    flops = 0
    kind = "call" if isinstance(step, Call) else "kernel"
    product = step.product if isinstance(step, Fed) else step
    if isinstance(product, Product):
        kind = "product"
        inner = product.a.shape[-2 if product.turned[0] else -1]
        flops = 2 * product.out.size * inner
    floor = seconds if kind == "product" else min(seconds, nbytes / speed)
    return Cost(title_of(step), kind, seconds, nbytes, flops, floor)


def _bytes_per_second() -> float:
    """How fast this machine reads and writes what is in its caches."""
    source, target = np.ones(1 << 18, "float32"), np.zeros(1 << 18, "float32")
    seconds = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        np.copyto(target, source)
        seconds = min(seconds, time.perf_counter() - start)
    return 2 * source.nbytes / seconds
