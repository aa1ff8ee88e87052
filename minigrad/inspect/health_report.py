"""health_report: what keeps a model from learning, in plain words, with the remedy."""

import warnings

import numpy as np

from minigrad import tree
from minigrad.inspect.findings import problem
from minigrad.inspect.health_of_data import (
    check_broadcasting,
    check_inputs,
    check_labels,
    check_size,
)
from minigrad.inspect.health_of_layers import (
    check_architecture,
    check_first_loss,
    check_history,
    check_layers,
)
from minigrad.inspect.layer_health import measure
from minigrad.inspect.running import outputs_of
from minigrad.inspect.undisturbed import arrays_of, data_of, length_of, rows_of, undisturbed
from minigrad.inspect.view import ACCENT, BAD, GOOD, INK, MUTED, WARN, View, table, tidy

ORDER = ("problem", "warning", "note")
COLOURS = {"problem": BAD, "warning": WARN, "note": MUTED}


class HealthReport(View):
    """Findings about a model and its training.

    Attributes:
        findings: Findings, the gravest first.
        layers: A LayerHealth for each layer, where a batch could be run.
        loss: Of that batch, or None.
        healthy: Whether there is no problem and no warning.
    """

    figure_size = (9.6, 4.4)

    def __init__(self, findings, layers, loss):
        unique = {(one.code, one.message): one for one in findings}
        self.findings = sorted(unique.values(), key=lambda one: ORDER.index(one.level))
        self.layers, self.loss = layers, loss

    @property
    def healthy(self):
        return all(one.level == "note" for one in self.findings)

    @property
    def codes(self):
        """The codes of the findings, in their order."""
        return [one.code for one in self.findings]

    def text(self):
        lines = list(map(str, self.findings))
        if self.healthy:
            lines.insert(0, "✓ Nothing is wrong that this report knows of.")
        if self.layers:
            rows = [["layer", "activation", "mean", "std", "dead", "gradient", "step"]]
            for one in self.layers:
                step = "" if one.update is None else f"{one.update:.1e}"
                dead = f"{one.dead:.0%}" if one.dead else ""
                dead = f"{one.saturated:.0%} flat" if one.saturated > 0.05 else dead
                rows.append(
                    [
                        *(one.name, one.activation, f"{one.mean:.3g}", f"{one.std:.3g}"),
                        *(dead, f"{one.gradient:.1e}", step),
                    ]
                )
            lines += ["", *table(rows, right=(2, 3, 4, 5, 6))]
        return "\n".join(lines)

    def _draw(self, figure):
        if not self.layers:
            axes = figure.subplots()
            axes.axis("off")
            axes.text(0, 1, self.text(), va="top", family="monospace", fontsize=9, color=INK)
            return
        panels = figure.subplots(1, 3, sharey=True)
        names = [one.name for one in self.layers]
        places = np.arange(len(names))[::-1]
        bad = {one.name for one in self.layers for f in self.findings if one.name in f.message}
        colours = [BAD if name in bad else ACCENT for name in names]
        titles = ("activations (std)", "gradients (std)", "a step moves weights by")
        columns = (
            [one.std for one in self.layers],
            [one.gradient for one in self.layers],
            [one.update or np.nan for one in self.layers],
        )
        for axes, title, values in zip(panels, titles, columns, strict=True):
            values = np.array(values, float)
            shown = np.isfinite(values) & (values > 0)
            axes.set_title(title, loc="left", color=INK, fontsize=10, fontweight="bold")
            tidy(axes, "x")
            if not shown.any():
                continue
            low = values[shown].min() / 5
            axes.hlines(
                places[shown], low, values[shown],
                color=[c for c, s in zip(colours, shown) if s], linewidth=5, alpha=0.3,
            )  # fmt: skip
            axes.scatter(
                values[shown],
                places[shown],
                c=[c for c, s in zip(colours, shown) if s],
                s=60,
                zorder=3,
            )
            axes.set_xscale("log")
            axes.set_xlim(low, values[shown].max() * 4)
        panels[2].axvspan(1e-4, 1e-2, color=GOOD, alpha=0.1, zorder=0)
        panels[0].set_yticks(places, names)
        panels[0].set_ylim(-0.6, len(names) - 0.4)
        worst = [one for one in self.findings if one.level != "note"]
        words = worst[0].message if worst else "Nothing is wrong that this report knows of."
        figure.suptitle(
            words, x=0.01, ha="left", color=BAD if worst else GOOD, fontsize=11, wrap=True
        )


def health_report(model, x=None, y=None, *, sample_weight=None, history=None, batch_size=128):
    """What is wrong with a model, its data and its training, in plain words, with the remedy.

    It looks at labels and loss, at scales, at the layers on one batch (activations, gradients, dead
    units), at how far a step moves the weights, and at the curves of the last training.

    Args:
        model: A compiled model.
        x, y, sample_weight: Data of the kind it is trained on; without, only the model and its
            history are judged.
        history: What `fit` returned, or its `.history`; by default that of the model.
        batch_size: Samples of the batch that is run.

    Returns:
        A HealthReport. The model, its optimizer and its seeds stay as they were.

    Raises:
        ValueError: the model is not compiled.

    >>> import minigrad as mg
    >>> model = mg.Sequential([mg.Input((2,)), mg.layers.Dense(3, activation="softmax")])
    >>> model.compile("adam", "sparse_categorical_crossentropy")
    >>> mg.inspect.health_report(model, [[0.1, 0.2]] * 4, [[0, 1, 0], [1, 0, 0]] * 2).codes
    ['labels_are_one_hot']
    """
    if not getattr(model, "compiled", False):
        raise ValueError(
            "health_report: a training is judged by its loss and optimizer. Call "
            f"`model.compile(...)` first. Received: model={getattr(model, 'name', model)!r}"
        )
    history = getattr(model, "history", None) if history is None else history
    curves = getattr(history, "history", history) or {}
    findings, layers, loss = list(check_history(curves)), [], None
    if x is None:
        return HealthReport([*check_architecture(model), *findings], layers, loss)
    with undisturbed(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the findings say it better
        x, y = data_of(x), data_of(y)
        single = not tree.is_nested(x)
        if single:
            findings += check_inputs(model, x)
        rows = slice(0, batch_size)
        shape = None
        try:
            shape = (length_of(x), *outputs_of(model, rows_of(x, rows)).shape[1:])
            findings += check_architecture(model)
            if single and y is not None and model.loss and not tree.is_nested(model.loss):
                findings += check_labels(model, x, y, shape)
            if single:
                findings += check_size(model, x)
        except ValueError as error:
            findings.append(_fails("The model", error))
        wrong = any(one.level == "problem" and one.code.startswith("labels") for one in findings)
        if shape is not None and y is not None and not wrong:
            batch = [None if one is None else rows_of(one, rows) for one in (x, y, sample_weight)]
            more, layers, loss = run_checks(model, *batch)
            findings += more
    return HealthReport(findings, layers, loss)


def run_checks(model, x, y, sample_weight=None, updates=None):
    """Findings from one batch, its LayerHealths and its loss; the model stays as it was."""
    findings = []
    batch = [None if one is None else arrays_of(one) for one in (x, y, sample_weight)]
    steps = 0 if model.optimizer is None else int(model.optimizer.iterations)
    with undisturbed(model):
        try:
            layers, loss, outputs = measure(model, *batch)
            findings += check_broadcasting(lambda: measure(model, *batch), length_of(batch[0]))
        except (ValueError, TypeError) as error:
            return [_fails("The loss", error)], [], None
    if updates is None and model.trainable_weights:
        updates = step_of(model, *batch)
    if updates:
        with undisturbed(model):
            layers, loss, outputs = measure(model, *batch, updates)
    findings += check_layers(layers)
    shape = getattr(outputs, "shape", ())
    if len(shape) == 2 and "crossentropy" in str(model.loss).lower():
        findings += check_first_loss(loss, max(shape[-1], 2), steps)
    return findings, layers, loss


def step_of(model, x, y, sample_weight=None):
    """How far one step of training moves each weight: `{id: array}`; then all is put back."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    weights = model.trainable_weights
    with undisturbed(model):
        before = [weight.numpy() for weight in weights]
        model.train_step((x, y, sample_weight) if sample_weight is not None else (x, y))
        return {id(w): w.numpy() - old for w, old in zip(weights, before, strict=True)}


def _fails(what, error):
    return problem(
        "fails", f"{what} fails on this data: {error}", "Correct that first; the message says how."
    )
