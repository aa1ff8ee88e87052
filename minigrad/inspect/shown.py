"""What draws itself as a figure, rather than on one; as SVG too where it has `svg()`."""

from minigrad.inspect.view import View


class Shown(View):
    """A View that writes `text()`, `_repr_html_()` and `_figure()` itself."""

    def plot(self):
        """The `matplotlib.figure.Figure` of it."""
        return self._figure()

    def show(self):
        """Print it."""
        print(self.text())
