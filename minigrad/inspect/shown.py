"""What can be looked at: in a notebook, in a terminal, as a figure, as a file."""

from pathlib import Path

MOST_PIXELS = 12000


class Shown:
    """The base of everything that a tool returns for being looked at.

    Subclasses define `__str__` for terminals, `_repr_html_` for notebooks and `figure()`, which
    gives a matplotlib figure; `svg()` where they have one.
    """

    title = "minigrad"

    def figure(self):
        """A matplotlib figure."""
        raise NotImplementedError

    def show(self):
        """Print it."""
        print(self)

    def save(self, path):
        """Write it to a file, in the form that its ending names; returns the path.

        Args:
            path: ".html", ".svg", ".txt", or what matplotlib writes: ".png", ".pdf".
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind in (".html", ".htm"):
            path.write_text(self.page(), encoding="utf-8")
        elif kind in (".txt", ".md"):
            path.write_text(f"{self}\n", encoding="utf-8")
        elif kind == ".svg" and hasattr(self, "svg"):
            path.write_text(self.svg(), encoding="utf-8")
        else:
            made = self.figure()
            longest = max(made.get_size_inches())
            made.savefig(path, dpi=min(150, MOST_PIXELS / longest))
        return path

    def page(self):
        """A whole HTML page, which needs nothing besides."""
        from minigrad.drawing.page import page

        return page(self._repr_html_(), self.title)

    def __repr__(self):
        return f"<{type(self).__name__}: {self.title}>"
