"""View: what a tool has found, as text in a terminal, as HTML in a notebook, and as a figure."""

import base64
import html
import io

from minigrad.drawing.picture import Saveable

# One set of colours for all pictures, which tell them apart for most eyes.
INK, MUTED, GRID = "#1f2933", "#7b8794", "#e4e7eb"
GOOD, BAD, WARN, ACCENT = "#15803d", "#dc2626", "#d97706", "#2563eb"
CLASSES = ("#2563eb", "#ea580c", "#059669", "#9333ea", "#db2777", "#ca8a04", "#0891b2", "#64748b")


class View(Saveable):
    """Base of results. `print` one, leave one at the end of a notebook cell, `plot` or `save` it.

    A subclass writes `text` and draws itself on a figure in `_draw`.
    """

    figure_size = (6.4, 4.8)

    def text(self):
        """What a terminal shows."""
        raise NotImplementedError(f"{type(self).__name__} has to write `text`.")

    def _draw(self, figure):
        raise NotImplementedError(f"{type(self).__name__} has to write `_draw(figure)`.")

    def plot(self):
        """Draw it; returns the `matplotlib.figure.Figure`, which `plt.show()` shows."""
        import matplotlib.pyplot as plt  # a third of a second, which only who draws pays for

        figure = plt.figure(figsize=self.figure_size, layout="constrained")
        self._draw(figure)
        return figure

    def _figure(self):
        """A figure that no window knows of."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=self.figure_size, layout="constrained")
        self._draw(figure)
        return figure

    def _html_text(self):
        """What a notebook shows below the figure."""
        style = "font-size:12px;line-height:1.35"
        return f'<pre style="{style}">{html.escape(self.text())}</pre>'

    def _repr_html_(self):
        width = round(self.figure_size[0] * 100)
        image = image_html(self._figure(), width, type(self).__name__)
        return f"<div>{image}{self._html_text()}</div>"

    def __str__(self):
        return self.text()

    def __repr__(self):
        return self.text()


def image_html(figure, width, alt):
    """A figure as an `<img>` that carries its pixels along."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160)
    data = base64.b64encode(buffer.getvalue()).decode()
    style = f"width:{width}px;max-width:100%"
    return f'<img alt="{html.escape(alt)}" style="{style}" src="data:image/png;base64,{data}">'


def tidy(axes, grid=None):
    """Take away from a panel what tells nothing; `grid` is "x", "y" or "both"."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelcolor=INK)
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)


def bare(axes):
    """Take the frame and the ticks away: for images."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def table(rows, right=()):
    """Rows of words as lines of equally wide columns; those in `right` end at the right.

    >>> print("\\n".join(table([["a", "1"], ["bcd", "23"]], right=[1])))
    a     1
    bcd  23
    """
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
