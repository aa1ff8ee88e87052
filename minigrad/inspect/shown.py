"""What can be looked at: in a notebook, in a terminal, as a figure, as a file."""

from minigrad.drawing.picture import save
from minigrad.inspect.view import View


class Shown(View):
    """A View that draws itself as HTML, as SVG where it has `svg()`, and without matplotlib.

    Subclasses write `text()`, `_repr_html_()` and `_figure()`.
    """

    title = "minigrad"

    def plot(self):
        """The `matplotlib.figure.Figure` of it."""
        return self._figure()

    def show(self):
        """Print it."""
        print(self.text())

    def save(self, path, dpi=150):
        """Write it to a file, in the form that its ending names; returns the path.

        Args:
            path: ".html", ".svg", ".txt", or what matplotlib writes: ".png", ".pdf".
            dpi: Points per inch of what matplotlib writes, less in very long pictures.
        """
        return save(self, path, dpi)

    def page(self):
        """A whole HTML page, which needs nothing besides."""
        from minigrad.drawing.page import page

        return page(self._repr_html_(), self.title)
