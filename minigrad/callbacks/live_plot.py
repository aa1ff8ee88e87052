"""Live curves: loss, metrics and learning rate while `fit` runs, wherever it runs."""

import os
import shutil
import sys

from minigrad.callbacks.callback import Callback
from minigrad.messages import print_msg
from minigrad.utils.braille import braille_chart
from minigrad.utils.plotting import plot_history

UP, DELETE, DOWN = "\x1b[{}A", "\x1b[{}M", "\x1b[{}B"
COLUMNS, ROWS = 34, 7  # of a chart, in characters


class LivePlot(Callback):
    """Shows the curves of a training as they grow, after every epoch.

    In a notebook the figure is updated in its place, and nothing else of the cell's output is
    touched. In a terminal the curves are drawn in braille characters and stay below the lines of
    the progress bar. In a log file each epoch is a line of text.

    Args:
        every: Epochs from one update to the next.
        path: Where to save the figure when the training ends; None does not.
        where: "notebook", "terminal" or "log"; None finds out.

    Attributes:
        curves: A list of numbers for each quantity, a number per epoch; the learning rate too.

    >>> plot = LivePlot(where="log")
    >>> plot.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    epoch 1: loss 0.5, val_loss 0.75
    """

    def __init__(self, every=1, path=None, where=None):
        super().__init__()
        if where not in (None, "notebook", "terminal", "log"):
            raise ValueError(
                "LivePlot: `where` must be 'notebook', 'terminal', 'log' or None. "
                f"Received: where={where!r}"
            )
        self.every, self.path, self.where = every, path, where
        self.curves, self.epochs = {}, []
        self._handle = self._counter = None
        self._height = 0  # of the curves in the terminal, in lines

    def on_train_begin(self, logs=None):
        self.curves, self.epochs = {}, []
        self._handle, self._height = None, 0
        if (self.where or _surroundings()) == "terminal":
            self._counter = _LineCounter(sys.stdout)
            sys.stdout = self._counter

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch)
        numbers = {**(logs or {}), **self._learning_rate()}
        for name, value in numbers.items():
            before = self.curves.setdefault(name, [])
            # A quantity may be missing in an epoch: validation is rarer than training.
            before += [float("nan")] * (len(self.epochs) - 1 - len(before))
            before.append(float(value))
        if len(self.epochs) % self.every == 0 or len(self.epochs) == 1:
            self._show(numbers)

    def on_train_end(self, logs=None):
        self._let_go()
        if self.path is not None and self.epochs:
            self.save(self.path)

    def _let_go(self):
        if self._counter is not None:
            if sys.stdout is self._counter:
                sys.stdout = self._counter.stream
            self._counter = None

    def _learning_rate(self):
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            return {}
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        return {"learning_rate": float(inner.learning_rate)}

    # Showing

    def _show(self, numbers):
        where = self.where or _surroundings()
        if where == "notebook":
            self._show_in_notebook()
        elif where == "terminal" and self._counter is not None:
            self._show_in_terminal()
        else:
            words = ", ".join(f"{name} {float(value):.4g}" for name, value in numbers.items())
            print_msg(f"epoch {self.epochs[-1] + 1}: {words}")

    def _show_in_notebook(self):
        from IPython.display import display

        shown = _Shown(self.plot())
        if self._handle is None:
            self._handle = display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def _show_in_terminal(self):
        stream, below = self._counter.stream, self._counter.lines
        width, height = shutil.get_terminal_size()
        lines = [line[: width - 1] for line in self.lines(width)]
        if self._height and self._height + below < height:
            # Take the old curves out from above what has been printed since, and keep that.
            stream.write(UP.format(self._height + below) + DELETE.format(self._height))
            stream.write(DOWN.format(below) if below else "")
        stream.write("\r" + "".join(f"{line}\x1b[K\n" for line in lines))
        stream.flush()
        self._height, self._counter.lines = len(lines), 0

    def lines(self, width=100):
        """The curves as lines of text: as many charts side by side as `width` allows."""
        panels = []
        for quantity in self._quantities():
            names = [name for name in (quantity, f"val_{quantity}") if name in self.curves]
            last = ", ".join(f"{name} {self.curves[name][-1]:.4g}" for name in names)
            chart = braille_chart([self.curves[name] for name in names], COLUMNS, ROWS)
            if chart:
                panels.append([last, *chart])
        room = max(len(line) for panel in panels for line in panel) + 2 if panels else 1
        count = max(width // room, 1)
        lines = []
        for start in range(0, len(panels), count):
            for row in zip(*panels[start : start + count], strict=True):
                lines.append("".join(cell.ljust(room) for cell in row).rstrip())
        return lines

    def _quantities(self):
        names = list(dict.fromkeys(name.removeprefix("val_") for name in self.curves))
        return sorted(names, key=lambda name: (name != "loss", name == "learning_rate"))

    # The figure

    def plot(self):
        """The curves as a `matplotlib.figure.Figure`."""
        return plot_history(self.curves)

    def save(self, path):
        """Write the figure to a file; the ending tells the format."""
        import matplotlib.pyplot as plt

        figure = self.plot()
        figure.savefig(path, dpi=150)
        plt.close(figure)


class _Shown:
    """A figure for a notebook, as the pixels that it has now."""

    def __init__(self, figure):
        import io

        import matplotlib.pyplot as plt

        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=96)
        plt.close(figure)  # or the notebook shows it once more when the cell ends
        self._png = buffer.getvalue()

    def _repr_png_(self):
        return self._png


class _LineCounter:
    """Standard output that counts the lines that pass through it."""

    def __init__(self, stream):
        self.stream, self.lines = stream, 0

    def write(self, text):
        self.lines += text.count("\n")
        return self.stream.write(text)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def _surroundings():
    """Where the output goes."""
    if "ipykernel" in sys.modules:
        return "notebook"
    terminal = getattr(sys.stdout, "isatty", bool)() and os.environ.get("TERM") != "dumb"
    return "terminal" if terminal else "log"
