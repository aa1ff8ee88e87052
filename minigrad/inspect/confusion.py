"""confusion: which classes a model takes for which."""

import numpy as np

from minigrad.inspect.running import class_numbers, class_scores, outputs_of
from minigrad.inspect.undisturbed import undisturbed
from minigrad.inspect.view import INK, View, table


class Confusion(View):
    """Counts of true against predicted classes.

    Attributes:
        matrix: `matrix[i, j]`: how many samples of class i were taken for class j.
        names: Of the classes.
        accuracy: The share on the diagonal.
        precision, recall: Per class: of those that were taken for it, and of those that are of
            it, the share that is right; NaN where there are none.
    """

    def __init__(self, labels, scores, names):
        predicted = scores.argmax(-1)
        count = max(scores.shape[-1], int(labels.max(initial=0)) + 1)
        self.matrix = np.zeros((count, count), int)
        np.add.at(self.matrix, (labels, predicted), 1)
        self.names = [str(i) for i in range(count)] if names is None else list(map(str, names))
        if len(self.names) != count:
            raise ValueError(
                f"confusion: there are {count} classes, so {count} names are needed. "
                f"Received: names={names}"
            )
        self._labels, self._predicted, self._scores = labels, predicted, scores
        self.figure_size = (1.8 + 0.52 * max(count, 5), 1.4 + 0.5 * max(count, 5))

    @property
    def accuracy(self):
        return float(np.trace(self.matrix) / max(self.matrix.sum(), 1))

    @property
    def precision(self):
        return _shares(np.diag(self.matrix), self.matrix.sum(0))

    @property
    def recall(self):
        return _shares(np.diag(self.matrix), self.matrix.sum(1))

    def examples(self, true, predicted):
        """The rows of x that are of class `true` and were taken for `predicted`, surest first."""
        rows = np.flatnonzero((self._labels == true) & (self._predicted == predicted))
        return rows[np.argsort(-self._scores[rows, predicted], kind="stable")]

    def worst(self, count=3):
        """The most frequent mistakes: (how often, true class, predicted class)."""
        wrong = self.matrix - np.diag(np.diag(self.matrix))
        order = np.argsort(-wrong, axis=None, kind="stable")[:count]
        found = [(int(wrong.flat[i]), *map(int, np.unravel_index(i, wrong.shape))) for i in order]
        return [one for one in found if one[0]]

    def text(self):
        rows = [["true ↓ taken for →", *self.names, "recall"]]
        for name, counts, recall in zip(self.names, self.matrix, self.recall, strict=True):
            rows.append([name, *(str(n) if n else "·" for n in counts), f"{recall:.0%}"])
        rows.append(["precision", *(f"{one:.0%}" for one in self.precision), ""])
        lines = table(rows, right=range(1, len(self.names) + 2))
        lines.append(f"{self.accuracy:.1%} of {self.matrix.sum()} are right.")
        for times, true, predicted in self.worst():
            lines.append(f"{times} × {self.names[true]} was taken for {self.names[predicted]}.")
        return "\n".join(lines).replace("nan%", "-")

    def _draw(self, figure):
        axes = figure.subplots()
        shares = self.matrix / np.maximum(self.matrix.sum(1, keepdims=True), 1)
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        places = np.arange(len(self.names))
        long = max(map(len, self.names)) > 3
        axes.set_xticks(
            places, self.names, rotation=45 if long else 0, ha="right" if long else "center"
        )
        axes.set_yticks(places, self.names)
        if len(places) <= 25:
            for i, j in np.ndindex(*self.matrix.shape):
                if self.matrix[i, j]:
                    colour = "white" if shares[i, j] > 0.5 else INK
                    axes.text(
                        j, i, self.matrix[i, j], ha="center", va="center", color=colour, fontsize=9
                    )
        axes.set_xlabel("taken for")
        axes.set_ylabel("true class")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.set_xticks(places[1:] - 0.5, minor=True)
        axes.set_yticks(places[1:] - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=2)
        axes.tick_params(which="minor", length=0)
        axes.set_title(f"{self.accuracy:.1%} right", loc="left", color=INK, fontweight="bold")
        figure.colorbar(
            image, ax=axes, label="share of the true class", shrink=0.8
        ).outline.set_visible(False)


def _shares(right, of):
    return np.divide(right, of, out=np.full(len(of), np.nan), where=of > 0)


def confusion(model, x, y, names=None):
    """Which classes a classifier takes for which.

    Args:
        model: A classifier with one output: a column per class, or one column for class 1.
        x: Its inputs.
        y: The true classes: numbers, or one-hot.
        names: Of the classes; by default their numbers.

    Returns:
        A Confusion. The model stays as it was.

    Raises:
        ValueError: another number of names than classes, or of labels than inputs; no inputs;
            NaN among the outputs.

    >>> import minigrad as mg
    >>> model = mg.Sequential([mg.Input((1,)), mg.layers.Dense(1, kernel_initializer="ones")])
    >>> print(mg.inspect.confusion(model, [[-1.0], [1.0], [2.0]], [0, 1, 0], ["no", "yes"]))
    true ↓ taken for →   no  yes  recall
    no                    1    1     50%
    yes                   ·    1    100%
    precision          100%  50%
    66.7% of 3 are right.
    1 × no was taken for yes.
    """
    with undisturbed(model):
        scores = class_scores(outputs_of(model, x))
    labels = class_numbers(y, scores.shape[-1])
    if len(labels) != len(scores):
        raise ValueError(
            "confusion: there must be a label for every input. "
            f"Received: {len(scores)} inputs, {len(labels)} labels"
        )
    return Confusion(labels, scores, names)
