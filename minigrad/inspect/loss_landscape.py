"""loss_landscape: the loss around the weights of a model, and the way that training took there."""

import numpy as np

from minigrad.autograd.record import no_grad
from minigrad.callbacks import Callback
from minigrad.inspect.running import call
from minigrad.inspect.undisturbed import arrays_of, rows_of, undisturbed
from minigrad.inspect.view import BAD, GOOD, INK, View, tidy
from minigrad.stateless_scope import StatelessScope


class WeightPath(Callback):
    """A callback that keeps the trainable weights, for the path in `loss_landscape`.

    Args:
        every: Steps from one point of the path to the next; None: one per epoch.

    Attributes:
        points: A list of arrays per point; the first is before training.
    """

    def __init__(self, every=None):
        super().__init__()
        self.every, self.points = every, []

    def on_train_begin(self, logs=None):
        self._keep()

    def on_train_batch_end(self, batch, logs=None):
        if self.every and (batch + 1) % self.every == 0:
            self._keep()

    def on_epoch_end(self, epoch, logs=None):
        if not self.every:
            self._keep()

    def _keep(self):
        self.points.append([weight.numpy() for weight in self.model.trainable_weights])


class Landscape(View):
    """The loss on a plane through the weights of a model.

    Attributes:
        across, along: The coordinates of the grid, 0 at the weights of the model.
        losses: Of the points of the grid, shape `(along, across)`.
        center: The loss of the model itself.
        path: Coordinates of the path of training, shape `(points, 2)`, or None.
        explained: The share of the movement of the path that the plane shows, or None.
        directions: The two directions, each a list of arrays like the weights.
    """

    figure_size = (10.4, 4.6)

    def __init__(self, across, along, losses, center, path, explained, directions):
        self.across, self.along, self.losses = across, along, losses
        self.center, self.path, self.explained = center, path, explained
        self.directions = directions

    def text(self):
        low = np.unravel_index(np.nanargmin(self.losses), self.losses.shape)
        lines = [
            f"The loss is {self.center:.4g} at the weights, and from {np.nanmin(self.losses):.4g} "
            f"to {np.nanmax(self.losses):.4g} around them.",
            f"It is lowest at ({self.across[low[1]]:.2g}, {self.along[low[0]]:.2g}).",
        ]
        if self.path is not None:
            lines.append(
                f"The path has {len(self.path)} points; the plane shows {self.explained:.0%} of "
                "its movement."
            )
        return "\n".join(lines)

    def _draw(self, figure):
        from matplotlib.colors import LogNorm

        losses = np.where(np.isfinite(self.losses), self.losses, np.nan)
        low, high = np.nanmin(losses), np.nanquantile(losses, 0.98)
        logarithmic = low > 0 and high > 5 * low
        levels = (np.geomspace if logarithmic else np.linspace)(low, max(high, low + 1e-9), 22)
        norm = LogNorm(levels[0], levels[-1]) if logarithmic else None
        shown = np.clip(losses, levels[0], levels[-1])
        surface = figure.add_subplot(1, 2, 1, projection="3d")
        height = np.log10(shown) if logarithmic else shown
        x, y = np.meshgrid(self.across, self.along)
        surface.plot_surface(
            x, y, height, cmap="viridis", rcount=60, ccount=60, linewidth=0, antialiased=True
        )
        surface.view_init(38, -58)
        surface.tick_params(labelsize=7)
        title = f"The {'log₁₀ loss' if logarithmic else 'loss'} around the weights"
        surface.set_title(title, loc="left", color=INK, fontweight="bold")
        axes = figure.add_subplot(1, 2, 2)
        filled = axes.contourf(
            self.across, self.along, shown, levels=levels, norm=norm, cmap="viridis"
        )
        axes.contour(
            self.across, self.along, shown, levels=levels[::2], norm=norm, colors="white",
            linewidths=0.4, alpha=0.6,
        )  # fmt: skip
        if self.path is not None:
            axes.plot(*self.path.T, color="white", linewidth=2.6)
            axes.plot(*self.path.T, color=INK, linewidth=1.2, marker="o", markersize=3)
            axes.scatter(*self.path[0], color=BAD, s=60, zorder=4, edgecolor="white", label="start")
        axes.scatter(
            0, 0, color=GOOD, s=110, marker="*", zorder=5, edgecolor="white", label="the weights"
        )
        axes.legend(loc="best", fontsize=8)
        bar = figure.colorbar(filled, ax=axes, format="%.2g", label="loss")
        bar.outline.set_visible(False)
        title = "From above"
        if self.explained is not None:
            title += f", with {self.explained:.0%} of the path"
        axes.set_title(title, loc="left", color=INK, fontweight="bold")
        tidy(axes)


def loss_landscape(model, x, y, *, path=None, resolution=25, span=1.0, samples=512, seed=0):
    """The loss on a plane through the weights of a model.

    Without a path the plane has two random directions, in which every filter is as long as that of
    the model: so landscapes of different models can be compared, and no rescaling of weights makes
    one look flat. With a path it is the plane in which the path moves most.

    Args:
        model: A compiled model.
        x, y: Data for the loss.
        path: A WeightPath that was passed to `fit`, or its `points`.
        resolution: Points of the grid along each side.
        span: How far the plane goes: 1 is as far as the weights are long. With a path it goes as
            far as that does, and this share of it more.
        samples: How many samples the loss is computed on, at most.
        seed: Of the random directions.

    Returns:
        A Landscape. The model stays as it was.

    Raises:
        ValueError: the model is not compiled, or the path has fewer than three points.

    Source: Li et al. 2018, https://arxiv.org/abs/1712.09913: filter-normalised directions (section
    4) and the principal components of the path (section 7).
    """
    if not getattr(model, "compiled", False):
        raise ValueError(
            "loss_landscape: there is no loss. Call `model.compile(...)` first. "
            f"Received: model={getattr(model, 'name', model)!r}"
        )
    rows = slice(0, samples)
    data = arrays_of(rows_of(x, rows)), arrays_of(rows_of(y, rows))
    weights = model.trainable_weights
    here = [weight.numpy().astype(np.float64) for weight in weights]
    coordinates = explained = None
    if path is None:
        directions = random_directions(here, np.random.default_rng(seed))
        across = along = np.linspace(-span, span, resolution)
    else:
        points = getattr(path, "points", path)
        directions, coordinates, explained = principal_directions(points, here)
        low, high = np.minimum(coordinates.min(0), 0), np.maximum(coordinates.max(0), 0)
        room = 0.3 * span * np.maximum(high - low, 0.3 * (high - low).max() + 1e-12)
        across, along = np.linspace(low - room, high + room, resolution).T
    with undisturbed(model), no_grad():

        def loss_at(a, b):
            moved = [
                (weight, (w + a * u + b * v).astype(w.dtype))
                for weight, w, u, v in zip(weights, here, *directions, strict=True)
            ]
            with StatelessScope(moved):
                outputs = call(model, data[0], training=False)
                return float(model._compute_loss(*data, outputs, None, training=False))

        losses = np.array([[loss_at(a, b) for a in across] for b in along])
        center = loss_at(0.0, 0.0)
    return Landscape(across, along, losses, center, coordinates, explained, directions)


def random_directions(weights, rng):
    """Two directions in which each filter (each unit of a kernel) is as long as that in `weights`.

    Biases and other vectors do not move.
    """
    directions = []
    for _ in range(2):
        direction = []
        for w in weights:
            step = np.zeros_like(w)
            if w.ndim > 1:
                step = rng.standard_normal(w.shape)
                axes = tuple(range(w.ndim - 1))
                lengths = np.sqrt((step**2).sum(axes, keepdims=True))
                step *= np.sqrt((w**2).sum(axes, keepdims=True)) / np.maximum(lengths, 1e-12)
            direction.append(step)
        directions.append(direction)
    return directions


def principal_directions(points, here):
    """(directions, coordinates of the points, share of their movement that these show)."""
    if len(points) < 3:
        raise ValueError(
            "loss_landscape: a path needs at least 3 points; train for more epochs, or use "
            f"WeightPath(every=1). Received: {len(points)} points"
        )
    origin = np.concatenate([w.ravel() for w in here])
    moves = np.stack([np.concatenate([w.ravel() for w in point]) for point in points]) - origin
    _, strengths, axes = np.linalg.svd(moves, full_matrices=False)
    directions = []
    for axis in axes[:2]:
        parts = np.split(axis, np.cumsum([w.size for w in here])[:-1])
        directions.append([part.reshape(w.shape) for part, w in zip(parts, here, strict=True)])
    shown = float((strengths[:2] ** 2).sum() / max((strengths**2).sum(), 1e-300))
    return directions, moves @ axes[:2].T, shown
