"""filters: the weights of a layer as pictures, a picture for each unit."""

import numpy as np

from minigrad.inspect.view import INK, View, bare


class Filters(View):
    """The kernel of a layer, a picture per unit.

    Attributes:
        name: Of the layer.
        pictures: Shape `(units, height, width)`, or `(units, height, width, 3)` where the inputs
            are colours.
        norms: The length of the weights of each unit.
    """

    def __init__(self, name, pictures, norms, most):
        self.name, self.pictures, self.norms, self._most = name, pictures, norms, most
        count = min(len(pictures), most)
        self._columns = min(count, 8)
        self._rows = -(-count // self._columns)
        self.figure_size = (1.1 * self._columns + 0.4, 1.1 * self._rows + 0.6)

    def text(self):
        order = np.argsort(-self.norms)
        return "\n".join(
            [
                f"{self.name}: {len(self.pictures)} units, pictures of {self.pictures.shape[1:]}",
                f"strongest: unit {order[0]}, its weights have the length {self.norms.max():.3g}",
                f"weakest: unit {order[-1]}, {self.norms.min():.3g}",
            ]
        )

    def _draw(self, figure):
        axes = figure.subplots(self._rows, self._columns, squeeze=False).flat
        top = np.abs(self.pictures).max() or 1.0
        for number, panel in enumerate(axes):
            bare(panel)
            if number >= min(len(self.pictures), self._most):
                continue
            picture = self.pictures[number]
            if picture.ndim == 3:
                panel.imshow(0.5 + 0.5 * picture / top, interpolation="nearest")
            else:
                panel.imshow(picture, cmap="RdBu_r", vmin=-top, vmax=top, interpolation="nearest")
            panel.set_title(str(number), fontsize=7, pad=2, color=INK)
        figure.suptitle(
            f"{self.name}: red raises a unit, blue lowers it",
            x=0.02,
            ha="left",
            fontsize=10,
            color=INK,
        )


def filters(layer, *, shape=None, most=64):
    """The weights of a layer as pictures: of a convolution its filters, of a dense layer its units.

    Args:
        layer: A built layer with a kernel, of which the last axis counts the units.
        shape: Of the inputs of a dense layer as an image, `(height, width)`; by default a square,
            where that is possible.
        most: How many units to draw.

    Returns:
        Filters. Filters over many channels show the mean over these.

    Raises:
        ValueError: the layer has no kernel, or `shape` does not fit.

    >>> import minigrad as mg
    >>> layer = mg.layers.Conv2D(4, 3)
    >>> layer.build((None, 8, 8, 1))
    >>> mg.inspect.filters(layer).pictures.shape
    (4, 3, 3)
    """
    kernel = getattr(layer, "kernel", None) if getattr(layer, "built", False) else None
    if kernel is None:
        raise ValueError(
            "filters: the layer must be built, and have a kernel, as dense and convolutional "
            f"layers have. Received: layer={layer!r}"
        )
    weights = kernel.numpy().astype(np.float64)
    units = np.moveaxis(weights, -1, 0)
    norms = np.sqrt((units.reshape(len(units), -1) ** 2).sum(1))
    if units.ndim == 4:  # (units, height, width, channels)
        pictures = units if units.shape[-1] == 3 else units.mean(-1)
    elif units.ndim == 3:  # (units, length, channels)
        pictures = units.transpose(0, 2, 1)
    elif units.ndim == 2:
        pictures = units.reshape(len(units), *_image(units.shape[1], shape))
    else:
        raise ValueError(
            "filters: pictures have two axes; the kernel must have 2 to 4 axes. "
            f"Received: kernel.shape={weights.shape}"
        )
    return Filters(layer.name, pictures, norms, most)


def _image(size, shape):
    if shape is None:
        side = round(size**0.5)
        return (side, side) if side * side == size else (1, size)
    if int(np.prod(shape)) != size:
        raise ValueError(
            f"filters: the units have {size} inputs, which are no image of this shape. "
            f"Received: shape={shape}"
        )
    return tuple(shape)
