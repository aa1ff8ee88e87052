"""Health: a callback that watches activations, gradients and steps over the epochs."""

import numpy as np

from minigrad.callbacks import Callback
from minigrad.inspect.health_of_layers import check_history
from minigrad.inspect.health_report import HealthReport, run_checks
from minigrad.inspect.layer_health import measure
from minigrad.inspect.undisturbed import undisturbed
from minigrad.inspect.view import INK, View, table
from minigrad.messages import print_msg
from minigrad.utils.sample_weight import unpack_x_y_sample_weight

MOST_NAMES = 16  # of layers beside a panel: more would lie on each other

QUANTITIES = {
    "gradient": ("gradients (std)", "magma", True),
    "std": ("activations (std)", "viridis", True),
    "update": ("a step moves weights by", "cividis", True),
    "dead": ("dead units", "Reds", False),
}


class Health(Callback, View):
    """A callback that tells whether a training is healthy, while it runs and afterwards.

    At the end of every epoch the layers are looked at on one of its batches: activations,
    gradients, dead units, and how far a step of that epoch moved the weights. `print` it for the
    verdict, `plot` it for the flow of gradients over the epochs.

    Args:
        verbose: Whether to print problems and warnings when the training ends.

    Attributes:
        epochs: For each epoch a list with a LayerHealth per layer.
        report: The HealthReport at the end.

    >>> import minigrad as mg
    >>> model = mg.Sequential([mg.Input((1,)), mg.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> health = mg.inspect.Health(verbose=False)
    >>> x = mg.ops.ones((2, 1))
    >>> _ = model.fit(x, x, epochs=3, verbose=0, callbacks=[health])
    >>> len(health.epochs), health.epochs[0][0].kind
    (3, 'Dense')
    """

    figure_size = (10.0, 5.6)

    def __init__(self, verbose=True):
        super().__init__()
        self.verbose = verbose
        self.epochs, self.report = [], None
        self._batch = self._updates = self._original = self._spying = None

    # Hearing of one batch per epoch, and of the step that it makes

    def on_epoch_begin(self, epoch, logs=None):
        model = self.model
        if model.train_function is None:
            model.make_train_function()
        self._original, self._updates = model.train_function, None

        def spying(batches):
            if self._updates is not None:
                return self._original(batches)
            before = {id(weight): weight.numpy() for weight in model.trainable_weights}
            logs = self._original(batches)
            self._batch = batches[-1]
            self._updates = {
                id(weight): weight.numpy() - before[id(weight)]
                for weight in model.trainable_weights
                if id(weight) in before
            }
            return logs

        self._spying = spying
        object.__setattr__(model, "train_function", spying)

    def _stop_spying(self):
        if self.model.train_function is self._spying:
            object.__setattr__(self.model, "train_function", self._original)

    def on_epoch_end(self, epoch, logs=None):
        self._stop_spying()
        if self._batch is None:
            return
        batch = unpack_x_y_sample_weight(self._batch)
        with undisturbed(self.model):
            self.epochs.append(measure(self.model, *batch, self._updates)[0])

    def on_train_end(self, logs=None):
        self._stop_spying()
        if self._batch is None:
            return
        history = getattr(self.model, "history", None)
        findings = list(check_history(getattr(history, "history", {}) or {}))
        batch = unpack_x_y_sample_weight(self._batch)
        more, layers, loss = run_checks(self.model, *batch, updates=self._updates)
        self.report = HealthReport([*more, *findings], layers, loss)
        self._batch = None
        if self.verbose:
            for finding in self.report.findings:
                if finding.level != "note":
                    print_msg(f"Health: {finding.message}\n  → {finding.remedy}")

    # What it has seen

    def quantity(self, name):
        """A table, a row per layer and a column per epoch, of an attribute of LayerHealth."""
        rows = {}
        for epoch, layers in enumerate(self.epochs):
            for one in layers:
                row = rows.setdefault(one.name, np.full(len(self.epochs), np.nan))
                value = getattr(one, name)
                row[epoch] = np.nan if value is None else value
        return rows

    def text(self):
        if not self.epochs:
            return "Health: no epoch yet. Pass it to fit: `model.fit(x, y, callbacks=[health])`."
        rows = [["gradients (std)", "first epoch", "last epoch", "dead units", "step"]]
        for one in self.epochs[-1]:
            first = next((old for old in self.epochs[0] if old.name == one.name), one)
            step = "" if one.update is None else f"{one.update:.1e}"
            rows.append(
                [one.name, f"{first.gradient:.1e}", f"{one.gradient:.1e}", f"{one.dead:.0%}", step]
            )
        lines = table(rows, right=(1, 2, 3, 4))
        if self.report is not None:
            lines = [*map(str, self.report.findings), "", *lines]
            if self.report.healthy:
                lines.insert(0, "✓ Nothing is wrong that this report knows of.")
        return "\n".join(lines)

    def _draw(self, figure):
        from matplotlib.colors import LogNorm

        if not self.epochs:
            raise ValueError(
                "Health: there is nothing to draw yet. Pass it to fit: "
                "`model.fit(x, y, callbacks=[health])`. Received: no epoch"
            )
        for axes, (name, (title, colours, log)) in zip(
            figure.subplots(2, 2, sharey=True).flat, QUANTITIES.items(), strict=True
        ):
            rows = self.quantity(name)
            grid = np.stack(list(rows.values()))
            positive = grid[np.isfinite(grid) & (grid > 0)]
            norm = None
            if log and positive.size:
                low, high = positive.min(), positive.max()
                norm = LogNorm(low, max(high, 1.001 * low))
            extent = (0.5, grid.shape[1] + 0.5, len(rows) - 0.5, -0.5)
            image = axes.imshow(
                grid,
                aspect="auto",
                cmap=colours,
                norm=norm,
                extent=extent,
                interpolation="nearest",
                **({} if norm else {"vmin": 0, "vmax": 1}),
            )
            every = -(-len(rows) // MOST_NAMES)
            axes.set_yticks(range(0, len(rows), every), list(rows)[::every], fontsize=9)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.set_title(title, loc="left", color=INK, fontsize=10, fontweight="bold")
            axes.spines[:].set_visible(False)
            bar = figure.colorbar(image, ax=axes, pad=0.02)
            bar.outline.set_visible(False)
            bar.ax.tick_params(labelsize=8)
        for axes in figure.axes[2:4]:
            axes.set_xlabel("epoch")
