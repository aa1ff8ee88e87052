"""Loss curves: what happened in `fit`, as a picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np

LOG_RANGE = 10  # a quantity that falls to less than a tenth is drawn on a log scale


def plot_history(history: Any) -> Any:
    """Draw the curves of a training: a panel for each quantity, training and validation together.

    The scale is logarithmic where a quantity is positive and falls to less than a tenth.

    Args:
        history: what `fit` returned, or its `.history`: a dict of a list per quantity, a number
            per epoch; `val_loss` is drawn beside `loss`.

    Returns:
        The `matplotlib.figure.Figure`; show it with `plt.show()`, keep it with `.savefig(path)`.

    Raises:
        TypeError: if `history` is neither.
        ValueError: if it holds no epoch.

    Example:

    >>> figure = plot_history({"loss": [2.0, 0.9, 0.5], "val_loss": [2.1, 1.1, 0.8]})
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('epoch', 'loss')
    """
    curves = getattr(history, "history", history)
    if not isinstance(curves, Mapping):
        raise TypeError(
            "plot_history expects what `fit` returned, or a dict of a list per quantity. "
            f"Received: history={history!r} (of type {type(history).__name__})"
        )
    curves = {name: np.asarray(values, dtype=float) for name, values in curves.items()}
    if not any(values.size for values in curves.values()):
        raise ValueError(
            "plot_history: there is no epoch to draw; call `fit` with `epochs` of at least 1. "
            f"Received: history={history!r}"
        )
    first = next(iter(getattr(history, "epoch", ())), 0) + 1  # `initial_epoch` of `fit`

    import matplotlib.pyplot as plt  # takes a third of a second: only who draws pays for it

    quantities = list(dict.fromkeys(name.removeprefix("val_") for name in curves))
    quantities.sort(key="loss".__ne__)  # the loss is looked at first
    columns = min(len(quantities), 3)
    rows = -(-len(quantities) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(4.8 * columns, 3.6 * rows), squeeze=False, layout="constrained"
    )
    for panel, quantity in zip(axes.flat, quantities):
        _draw(panel, quantity, curves, first)
    for panel in axes.flat[len(quantities) :]:
        panel.remove()
    return figure


def _draw(panel: Any, quantity: str, curves: dict[str, np.ndarray], first: int) -> None:
    drawn = []
    for name, label, style in (
        (quantity, "training", {"color": "C0", "linestyle": "-"}),
        (f"val_{quantity}", "validation", {"color": "C1", "linestyle": "--"}),
    ):
        if name in curves:
            values = curves[name]
            # A single epoch is a point, and validation may be rarer than training.
            marker = "o" if len(values) < 3 else None
            panel.plot(_epochs(values, curves, first), values, label=label, marker=marker, **style)
            drawn.append(values)
    finite = [values[np.isfinite(values)] for values in drawn]
    if all((values > 0).all() for values in finite) and any(map(_falls_far, finite)):
        panel.set_yscale("log")
    panel.set_xlabel("epoch")
    panel.set_ylabel(quantity.replace("_", " "))
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.grid(alpha=0.3)
    if len(drawn) > 1:
        panel.legend()


def _falls_far(values: np.ndarray) -> bool:
    highest = np.maximum.accumulate(values)
    return bool((highest > LOG_RANGE * values).any())


def _epochs(values: np.ndarray, curves: dict[str, np.ndarray], first: int) -> np.ndarray:
    """The number of the epoch that each value belongs to: `validation_freq` leaves some out."""
    length = max(map(len, curves.values()))
    every = max(length // max(len(values), 1), 1)
    return first + np.arange(1, len(values) + 1) * every - 1
