"""The progress bar of `fit`: one moving line on a screen, plain lines in a log file."""

import math
import os
import shutil
import sys
import time
from collections.abc import Iterable

import numpy as np

from minigrad.messages import print_msg

BOLD, GREEN, GREY, PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"
LOG_FILE_PATIENCE = 200  # a log file gets a line every 200 intervals: 10 s unless told otherwise


class Progbar:
    """Shows how far a loop is, how long it still takes, and the values of its metrics.

    Args:
        target: the number of steps expected, or `None` if that is unknown.
        width: of the bar, in characters.
        verbose: 0 shows nothing, 1 a bar, 2 one line at the end.
        interval: the least time between two updates on the screen, in seconds.
        stateful_metrics: names of metrics shown as they come; all others are averaged over steps.
        stateless_metrics: the reverse: names of metrics that are averaged, all others are not.
        unit_name: what a step is called.

    Raises:
        ValueError: if both lists of metrics are given.

    Example:

    >>> bar = Progbar(target=3, verbose=2)
    >>> for step in range(1, 4):
    ...     bar.update(step, values=[("loss", 1 / step)])
    3/3 - 0s - ...s/step - loss: 0.3333
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` (all others are averaged) and `stateless_metrics` "
                "(all others are shown as they come) can be given. Received: "
                f"stateful_metrics={stateful_metrics}, stateless_metrics={stateless_metrics}"
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = None if stateful_metrics is None else set(stateful_metrics)
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)

        self._moves = _line_can_be_rewritten()
        self._colours = self._moves and "NO_COLOR" not in os.environ
        self._values: dict[str, tuple[float, float]] = {}  # name: (weighted sum, sum of weights)
        self._seen = 0
        self._shown_width = 0
        self._start = time.perf_counter()
        self._first_step_end: float | None = None
        # A line in a log file stays: the first is due after a while, on a screen at once.
        self._last_shown = -math.inf if self._moves else self._start

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, float]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Move to step `current`.

        Args:
            current: the number of steps done.
            values: pairs of a metric's name and its value in the last step.
            finalize: whether this is the last update; by default when `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._add_value(name, float(np.mean(np.asarray(value))), current, finalize)
        self._seen = current
        now = time.perf_counter()
        seconds_per_step = self._seconds_per_step(current, now)
        if self.verbose == 1:
            if finalize or self.is_due():
                self._last_shown = now
                self._show(self._bar_line(current, now, seconds_per_step, finalize), finalize)
        elif self.verbose == 2 and finalize and self.target:
            count = f"{current}/{self.target} - {now - self._start:.0f}s -"
            print_msg(f"{count} {self._pace(seconds_per_step)}{self._metrics()}")

    def is_due(self) -> bool:
        """Whether an update would change what is shown, because enough time has passed."""
        patience = self.interval if self._moves else self.interval * LOG_FILE_PATIENCE
        return time.perf_counter() - self._last_shown >= patience

    def add(self, n: int, values: Iterable[tuple[str, float]] | None = None) -> None:
        """Move on by `n` steps."""
        self.update(self._seen + n, values)

    def _add_value(self, name: str, value: float, current: int, finalize: bool) -> None:
        if self.stateless_metrics is None:
            averaged = name not in (self.stateful_metrics or ())
        else:
            averaged = name in self.stateless_metrics
        if averaged and not finalize:  # the last values are totals of the whole loop already
            steps = max(current - self._seen, 1)
            total, weight = self._values.get(name, (0.0, 0.0))
            self._values[name] = (total + value * steps, weight + steps)
        else:
            self._values[name] = (value, 1.0)

    def _bar_line(
        self, current: int, now: float, seconds_per_step: float, finalize: bool
    ) -> list[tuple[str, str]]:
        """The line as pairs of a colour and a text."""
        if self.target:
            done = min(int(self.width * current / self.target), self.width)
            line = [
                (BOLD, f"{current:>{len(str(self.target))}}/{self.target}"),
                (PLAIN, " "),
                (GREEN, "━" * done),
                # Without colours, what is left of the bar must look different.
                (GREY, ("━" if self._colours else "·") * (self.width - done)),
            ]
        else:
            line = [(PLAIN, f"{current:>7}/Unknown")]
        if self.target and not finalize:
            clock = _duration(seconds_per_step * (self.target - current))
        else:
            clock = f"{now - self._start:.0f}s"
        pace = f" {self._pace(seconds_per_step)}{self._metrics()}"
        return [*line, (PLAIN, " "), (BOLD, clock), (PLAIN, pace)]

    def _show(self, line: list[tuple[str, str]], finalize: bool) -> None:
        if not self._moves:
            print_msg("".join(text for _, text in line))
            return
        if not finalize:  # a line that wraps around cannot be rewritten
            line = _crop(line, shutil.get_terminal_size().columns - 1)
        width = sum(len(text) for _, text in line)
        message = "".join(
            f"{colour}{text}{PLAIN}" if self._colours and colour != PLAIN and text else text
            for colour, text in line
        )
        blank = " " * (self._shown_width - width)  # over what is left of a longer line
        self._shown_width = width
        print_msg(f"\r{message}{blank}" + ("\n" if finalize else ""), line_break=False)

    def _seconds_per_step(self, current: int, now: float) -> float:
        """The mean time of a step, without the first, which builds and compiles."""
        if not current:
            return 0.0
        if self._first_step_end is not None and current > 1:
            pace = (now - self._first_step_end) / (current - 1)
        else:
            pace = (now - self._start) / current
        if current == 1:
            self._first_step_end = now
        return pace

    def _pace(self, seconds: float) -> str:
        if seconds >= 1 or seconds == 0:
            amount = f"{seconds:.0f}s"
        elif seconds >= 1e-3:
            amount = f"{seconds * 1e3:.0f}ms"
        else:
            amount = f"{seconds * 1e6:.0f}us"
        return f"{amount}/{self.unit_name}"

    def _metrics(self) -> str:
        text = ""
        for name, (total, weight) in self._values.items():
            mean = total / weight
            text += f" - {name}: " + (f"{mean:.4f}" if abs(mean) > 1e-3 else f"{mean:.4e}")
        return text


def _line_can_be_rewritten() -> bool:
    """Whether output goes to a screen (a terminal, a notebook) and not to a file."""
    terminal = getattr(sys.stdout, "isatty", bool)() and os.environ.get("TERM") != "dumb"
    return terminal or "ipykernel" in sys.modules or "PYCHARM_HOSTED" in os.environ


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}" if minutes else f"{seconds}s"


def _crop(line: list[tuple[str, str]], columns: int) -> list[tuple[str, str]]:
    """The line as far as it fits."""
    cropped = []
    for colour, text in line:
        cropped.append((colour, text[: max(columns, 0)]))
        columns -= len(text)
    return cropped
