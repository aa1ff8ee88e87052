"""Curves in a terminal: each character of the braille block is a picture of two by four dots."""

import numpy as np

# The bit of each dot of a character, by row and column.
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


def braille_chart(curves, width=40, height=8):
    """Lines of text that show curves: values over their places, on a common scale.

    Args:
        curves: A list of lists of numbers; what is not finite is left out.
        width, height: In characters, without the numbers at the left.

    >>> print("\\n".join(braille_chart([[0, 1, 2, 3]], width=4, height=2)))
    3 ┤⠀⠀⡠⠊
    0 ┤⡠⠂⠀⠀
    """
    curves = [np.asarray(curve, float) for curve in curves]
    finite = [curve[np.isfinite(curve)] for curve in curves]
    values = np.concatenate(finite) if finite else np.zeros(0)
    if not values.size:
        return []
    low, high = float(values.min()), float(values.max())
    canvas = np.zeros((height * 4, width * 2), bool)
    longest = max(map(len, curves))
    for curve in curves:
        _draw(canvas, curve, low, high, longest)
    cells = canvas.reshape(height, 4, width, 2).transpose(0, 2, 1, 3)
    codes = 0x2800 + (cells * DOTS).sum((2, 3))
    labels = [f"{high:.4g}", *[""] * (height - 2), f"{low:.4g}"][:height]
    margin = max(map(len, labels))
    return [
        f"{label:>{margin}} ┤{''.join(map(chr, row))}"
        for label, row in zip(labels, codes, strict=True)
    ]


def _draw(canvas, curve, low, high, longest):
    """Set the dots of a curve, and of the lines between its points."""
    rows, columns = canvas.shape
    places = np.flatnonzero(np.isfinite(curve))
    x = places * ((columns - 1) / max(longest - 1, 1))
    y = (high - curve[places]) / max(high - low, 1e-300) * (rows - 1) if high > low else None
    y = np.full(len(places), (rows - 1) / 2) if y is None else y
    for i in range(len(places)):
        j = min(i + 1, len(places) - 1)
        steps = int(max(abs(x[j] - x[i]), abs(y[j] - y[i]), 1)) + 1
        across = np.linspace(x[i], x[j], steps).round().astype(int)
        down = np.linspace(y[i], y[j], steps).round().astype(int)
        canvas[down, across] = True
