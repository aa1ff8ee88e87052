"""decision_boundary: which class a model gives to every point of the plane, and how sure it is."""

import numpy as np

from minigrad.inspect.running import class_numbers, class_scores, outputs_of
from minigrad.inspect.undisturbed import undisturbed
from minigrad.inspect.view import CLASSES, INK, View, tidy

SYMBOLS = "·o+x#*%@"


class Boundary(View):
    """The decisions of a model on a grid.

    Attributes:
        horizontal, vertical: The coordinates of the grid.
        probabilities: Of the classes, shape `(vertical, horizontal, classes)`.
        points, labels: The data, and the classes they have (None: unknown).
        predicted: The classes that the model gives to the data.
        accuracy: The share of the data that it gets right, or None.
    """

    figure_size = (6.4, 5.2)

    def __init__(self, horizontal, vertical, probabilities, points, labels, scores, axes_names):
        self.horizontal, self.vertical = horizontal, vertical
        self.probabilities = probabilities
        self.points, self.labels = points, labels
        self.predicted = scores.argmax(-1)
        self.accuracy = None if labels is None else float((self.predicted == labels).mean())
        self._names = axes_names
        self.title = ""

    @property
    def classes(self):
        """The class of every point of the grid, shape `(vertical, horizontal)`."""
        return self.probabilities.argmax(-1)

    def text(self):
        rows = np.linspace(len(self.vertical) - 1, 0, 20).astype(int)
        columns = np.linspace(0, len(self.horizontal) - 1, 60).astype(int)
        # A class is a letter where the model is sure of it, a dot where it is not.
        sure = self.probabilities.max(-1) > 0.5 + 0.3 / self.probabilities.shape[-1]
        lines = [
            "".join(
                SYMBOLS[1 + self.classes[row, column] % 7] if sure[row, column] else SYMBOLS[0]
                for column in columns
            )
            for row in rows
        ]
        shares = np.bincount(self.classes.ravel(), minlength=self.probabilities.shape[-1])
        key = ", ".join(
            f"{SYMBOLS[1 + number % 7]} class {number} ({share:.0%} of the plane)"
            for number, share in enumerate(shares / shares.sum())
        )
        right = "" if self.accuracy is None else f"{self.accuracy:.1%} of the points are right. "
        return "\n".join([*lines, f"{right}{key}; · undecided"])

    def _draw(self, figure):
        self.draw_on(figure.subplots())

    def draw_on(self, axes):
        """Draw it into a panel of your own."""
        extent = (*self.horizontal[[0, -1]], *self.vertical[[0, -1]])
        axes.imshow(self._picture(), extent=extent, origin="lower", aspect="auto", zorder=0)
        for number in range(self.probabilities.shape[-1]):
            others = np.delete(self.probabilities, number, axis=-1).max(-1)
            lead = self.probabilities[..., number] - others
            if lead.min() < 0 < lead.max():
                axes.contour(
                    *(self.horizontal, self.vertical, lead),
                    levels=[0],
                    colors=[INK],
                    linewidths=1.2,
                )
        if self.labels is None:
            axes.scatter(*self.points.T, s=14, color=INK, linewidth=0)
        else:
            for number in np.unique(self.labels):
                mine = self.labels == number
                right = self.points[mine & (self.predicted == number)]
                wrong = self.points[mine & (self.predicted != number)]
                colour = CLASSES[number % len(CLASSES)]
                axes.scatter(*right.T, s=22, color=colour, edgecolor="white", linewidth=0.7)
                axes.scatter(*wrong.T, s=44, color=colour, marker="X", edgecolor=INK, linewidth=0.8)
        axes.set_xlim(extent[:2])
        axes.set_ylim(extent[2:])
        axes.set_xlabel(self._names[0])
        axes.set_ylabel(self._names[1])
        right = "" if self.accuracy is None else f"{self.accuracy:.1%} right (✕: wrong)"
        title = "   ".join(filter(None, (self.title, right)))
        axes.set_title(title, loc="left", color=INK, fontweight="bold")
        tidy(axes)

    def _picture(self):
        """Colours of the classes, the paler the less sure the model is."""
        from matplotlib.colors import to_rgb

        count = self.probabilities.shape[-1]
        colours = np.array([to_rgb(CLASSES[i % len(CLASSES)]) for i in range(count)])
        best = self.probabilities.max(-1, keepdims=True)
        certainty = np.clip((best - 1 / count) / (1 - 1 / count), 0, 1)
        strength = 0.06 + 0.42 * certainty
        return 1 - strength * (1 - colours[self.classes])


def decision_boundary(model, x, y=None, *, features=(0, 1), resolution=160, margin=0.15):
    """Which class a classifier gives to every point of a plane, with the data on it.

    Args:
        model: A model of vectors, or any function of arrays `(n, features)`, with one output: a
            column per class, or one column for class 1 against 0; probabilities or logits.
        x: Points, shape `(n, features)`.
        y: Their classes: numbers, or one-hot.
        features: The two columns of `x` that span the plane; others are kept at their means.
        resolution: Points of the grid along each side.
        margin: How far the plane goes beyond the data, as a share of its width.

    Returns:
        A Boundary. The model stays as it was.

    Raises:
        ValueError: `x` has no two columns, no rows, or NaN; or the model gives NaN.

    >>> import numpy as np
    >>> from minigrad import inspect
    >>> right = inspect.decision_boundary(lambda x: x[:, :1] > 0, [[-1.0, 0.0], [1.0, 1.0]], [0, 1])
    >>> right.accuracy
    1.0
    """
    points = np.asarray(x, np.float32)
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError(
            "decision_boundary: a plane has two axes; x must have the shape (n, features) with at "
            f"least 2 features. Received: x.shape={points.shape}"
        )
    if not len(points) or not np.isfinite(points).all():
        raise ValueError(
            "decision_boundary: x must hold points, and numbers only, to span a plane. Take rows "
            f"with NaN or infinity out. Received: {len(points)} points, "
            f"{(~np.isfinite(points)).sum()} of their coordinates not finite"
        )
    plane = points[:, list(features)]
    low, high = plane.min(0), plane.max(0)
    room = margin * np.maximum(high - low, 1e-6)
    horizontal, vertical = np.linspace(low - room, high + room, resolution, dtype=np.float32).T
    grid = np.tile(points.mean(0), (resolution**2, 1))
    grid[:, list(features)] = np.stack(np.meshgrid(horizontal, vertical), -1).reshape(-1, 2)
    # Together, so that logits are told from probabilities alike.
    both = np.concatenate([grid, points])
    if hasattr(model, "_call_signature"):
        with undisturbed(model):
            outputs = outputs_of(model, both, batch=8192)
    else:
        outputs = np.asarray(model(both))
    scores = class_scores(outputs)
    probabilities = scores[: len(grid)].reshape(resolution, resolution, -1)
    labels = None if y is None else class_numbers(y, scores.shape[-1])
    names = [f"feature {one}" for one in features]
    return Boundary(horizontal, vertical, probabilities, plane, labels, scores[len(grid) :], names)
