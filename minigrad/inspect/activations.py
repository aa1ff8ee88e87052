"""activations: what every layer makes of an input, as pictures and numbers."""

from typing import NamedTuple

import numpy as np

from minigrad.autograd.record import no_grad
from minigrad.autograd.tensor import Tensor
from minigrad.inspect.layer_health import main_layers
from minigrad.inspect.running import call, layers_heard
from minigrad.inspect.undisturbed import arrays_of, length_of, undisturbed
from minigrad.inspect.view import INK, MUTED, View, bare, table, tidy
from minigrad.stateless_scope import StatelessScope

BARS = " ▁▂▃▄▅▆▇█"
MOST_CHANNELS = 8


class Activation(NamedTuple):
    """What one layer made: its name, its class, and its output for all samples, an array."""

    name: str
    kind: str
    values: np.ndarray


class Activations(View):
    """The outputs of all layers.

    Attributes:
        layers: An Activation for each layer, in the order of the calls.
    """

    def __init__(self, layers):
        self.layers = layers
        self.figure_size = (9.0, 0.6 + 1.25 * len(layers))

    def __getitem__(self, name):
        """The output of the layer of this name, in its first call."""
        found = {one.name: one.values for one in reversed(self.layers)}
        if name not in found:
            raise KeyError(
                f"activations: there is no layer {name!r}. Expected one of {list(found)[::-1]}."
            )
        return found[name]

    def text(self):
        rows = [["layer", "shape", "mean", "std", "zeros", "distribution"]]
        for one in self.layers:
            values, shape = _finite(one), str(one.values.shape)
            told = [f"{values.mean():.3g}", f"{values.std():.3g}"] if values.size else ["", ""]
            zeros = f"{(one.values == 0).mean():.0%}"
            rows.append([one.name, shape, *told, zeros, _distribution(values) + _broken(one)])
        return "\n".join(table(rows, right=(2, 3, 4)))

    def _draw(self, figure):
        """The first sample: images by channels, vectors as strips; beside it all values."""
        grid = figure.add_gridspec(len(self.layers), MOST_CHANNELS + 3)
        for row, one in enumerate(self.layers):
            values = one.values[0]
            if values.ndim == 3:
                top = _largest(values)
                for channel in range(min(values.shape[-1], MOST_CHANNELS)):
                    axes = figure.add_subplot(grid[row, channel])
                    axes.imshow(values[..., channel], cmap="RdBu_r", vmin=-top, vmax=top)
                    bare(axes)
                    if channel == 0:
                        _name(axes, one)
            else:
                axes = figure.add_subplot(grid[row, :MOST_CHANNELS])
                strip = values.reshape(1, -1) if values.ndim < 2 else values.T
                top = _largest(strip)
                axes.imshow(
                    strip,
                    cmap="RdBu_r",
                    vmin=-top,
                    vmax=top,
                    aspect="auto",
                    interpolation="nearest",
                )
                bare(axes)
                _name(axes, one)
            axes = figure.add_subplot(grid[row, MOST_CHANNELS:])
            axes.hist(_finite(one), bins=40, color="#64748b")
            axes.set_yticks([])
            axes.tick_params(labelsize=7)
            tidy(axes)
            axes.spines["left"].set_visible(False)
            if row == 0:
                axes.set_title("all values", fontsize=9, color=MUTED)


def _name(axes, one):
    axes.set_title(
        f"{one.name}  {one.values.shape[1:]}{_broken(one)}",
        **{"loc": "left", "fontsize": 9, "color": INK, "fontweight": "bold"},
    )


def _finite(one):
    values = one.values.astype(np.float64)
    return values[np.isfinite(values)]


def _broken(one):
    broken = one.values.size - _finite(one).size
    return f", {broken} of {one.values.size} NaN or ∞" * bool(broken)


def _distribution(values):
    """A small histogram in characters, between the least and the largest."""
    if not values.size:
        return "–"
    low, high = values.min(), values.max()
    counts, _ = np.histogram(values, bins=16, range=(low, high if high > low else low + 1))
    bars = np.ceil(8 * counts / counts.max()).astype(int)
    return f"{low:.3g} {''.join(BARS[bar] for bar in bars)} {high:.3g}"


def _largest(values):
    """The largest absolute value that is finite; 1 if there is none but 0."""
    return np.abs(values, where=np.isfinite(values), out=np.zeros(values.shape)).max() or 1.0


def activations(model, x, *, training=False):
    """What every layer makes of `x`.

    Args:
        model: A model or layer with layers inside.
        x: Its inputs; the picture shows the first sample.
        training: Whether layers behave as in training.

    Returns:
        Activations. The model stays as it was.

    Raises:
        ValueError: `x` has no samples, or no layer inside was called.

    >>> import minigrad as mg
    >>> model = mg.Sequential([mg.Input((2,)), mg.layers.Dense(3, name="wide")])
    >>> mg.inspect.activations(model, [[1.0, 2.0]])["wide"].shape
    (1, 3)
    """
    if not length_of(x):
        raise ValueError(f"activations: x must hold at least one sample. Received: x={x!r}")
    main, found = {id(layer) for layer in main_layers(model)}, []

    def listener(layer, args, kwargs, outputs):
        if id(layer) in main and type(outputs) is Tensor and outputs.ndim:
            found.append(Activation(layer.name, type(layer).__name__, outputs.numpy()))

    with undisturbed(model), no_grad(), layers_heard(model, listener), StatelessScope():
        call(model, arrays_of(x), training)
    if not found:
        raise ValueError(
            "activations: no layer inside was called. Pass a model made of layers. "
            f"Received: {model!r}"
        )
    return Activations(found)
