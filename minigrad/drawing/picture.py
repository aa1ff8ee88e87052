"""A scene in every form: in a notebook, in a terminal, as a figure, as a file."""

from pathlib import Path

from minigrad.drawing.figure import figure
from minigrad.drawing.page import page, page_fragment
from minigrad.drawing.svg import svg
from minigrad.drawing.text import dot, mermaid

MANY = 60  # cards: beyond that, inner boxes are closed at first
LONGEST, MOST_PIXELS = 12_000, 16_000_000  # along a side, and in all


class Saveable:
    """What can be written to a file: subclasses have `text()`, `_repr_html_()` and `_figure()`."""

    title = "minigrad"

    def save(self, path, dpi=150):
        """Write it to a file, in the form that its ending names; returns the path.

        Args:
            path: ".html", ".svg", ".txt", or what matplotlib writes: ".png", ".pdf".
            dpi: Points per inch of what matplotlib writes, less in very long pictures.
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
            made = self._figure()
            width, height = made.get_size_inches()
            dpi = min(dpi, LONGEST / max(width, height), (MOST_PIXELS / (width * height)) ** 0.5)
            # Much of a picture is white: packing it harder takes seconds and saves little.
            packing = {"pil_kwargs": {"compress_level": 3}} if kind == ".png" else {}
            made.savefig(path, dpi=dpi, **packing)
        return path

    def page(self):
        """A whole HTML page, which needs nothing besides."""
        return page(self._repr_html_(), self.title)


class Picture(Saveable):
    """A scene as SVG, HTML, figure, text, or file.

    Attributes:
        scene: What is drawn: cards, edges, boxes.
    """

    def __init__(self, scene, depth=None):
        self.scene = scene
        self.title = scene.title or "graph"
        boxes = scene.boxes()
        if depth is None and len(scene.cards) > MANY:
            depth = 1
        self.open_boxes = [box for box in boxes if depth is None or len(box) <= depth]

    def svg(self):
        """The picture as SVG."""
        return svg(self.scene, self.open_boxes)

    def _figure(self):
        return figure(self.scene, self.open_boxes)

    def to_dot(self):
        """The graph as text for Graphviz."""
        return dot(self.scene)

    def to_mermaid(self):
        """The graph as text for Mermaid."""
        return mermaid(self.scene)

    def plot(self):
        """Draw it; returns the `matplotlib.figure.Figure`, which `plt.show()` shows."""
        return figure(self.scene, self.open_boxes, windowed=True)

    def _repr_html_(self):
        return page_fragment(self.scene, self.open_boxes)

    def __str__(self):
        return self.text()

    def text(self):
        return "\n".join(_branches(self.scene))


def _branches(scene):
    """The graph as text: what a node leads to stands below it; a second time, only its name."""
    following, has_inputs = {}, set()
    for source, target, _ in scene.edges:
        if target not in following.setdefault(source, []):
            following[source].append(target)
        has_inputs.add(target)
    seen = set()
    stack = [(key, "", "") for key in reversed(scene.cards) if key not in has_inputs]
    while stack:
        key, lead, below = stack.pop()
        card = scene.cards[key]
        again = key in seen and key in following
        yield lead + (card.title + " …" if again else card.hint)
        if key in seen:
            continue
        seen.add(key)
        children = following.get(key, ())
        for place, child in reversed(list(enumerate(children))):
            last = place == len(children) - 1
            stack.append(
                (child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))
            )
