"""Numbers and arrays in few characters."""

import numpy as np

MINUS = str.maketrans("-", "−")


def number(x, digits=4):
    """A number as people write it.

    >>> number(-0.25), number(1234567.0), number(3), number(1e-9)
    ('−0.25', '1.235e+06', '3', '1e−09')
    """
    if isinstance(x, (bool, np.bool_)):
        return str(bool(x))
    if isinstance(x, (int, np.integer)):
        return str(int(x)).translate(MINUS)
    if isinstance(x, (complex, np.complexfloating)):
        return f"{x:.{digits}g}"
    return f"{float(x):.{digits}g}".translate(MINUS)


def shape_text(shape):
    """A shape, () for a scalar."""
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def summary(array):
    """An array in a line: all of it if it is small, else its range and spread.

    >>> import numpy as np
    >>> summary(np.array([1.0, -2.0]))
    '[1, −2]'
    >>> summary(np.arange(100.0))
    '0 … 99, mean 49.5, std 28.87'
    """
    array = np.asarray(array)
    if array.dtype.kind not in "fiubc":  # bfloat16 and its kin
        array = array.astype("float32")
    if array.ndim == 0:
        return number(array[()])
    if array.size == 0:
        return "empty"
    if array.size <= 4 and array.ndim == 1:
        return "[" + ", ".join(number(one, 3) for one in array) + "]"
    if array.dtype == bool:
        return f"{int(array.sum())} of {array.size} True"
    if array.dtype.kind == "c":
        return f"|·| ≤ {number(np.abs(array).max())}"
    wide = array.astype("float64") if array.dtype.kind == "f" else array
    finite = wide[np.isfinite(wide)]
    broken = array.size - finite.size
    note = f", {broken} not finite" if broken else ""
    if not finite.size:
        return note.removeprefix(", ")
    low, high = finite.min(), finite.max()
    if low == high:
        return f"all {number(low)}{note}"
    spread = f"mean {number(finite.mean())}, std {number(finite.std())}"
    return f"{number(low)} … {number(high)}, {spread}{note}"


def short(array):
    """`summary` in about 20 characters."""
    array = np.asarray(array)
    if array.ndim == 0 or (array.size <= 3 and array.ndim == 1):
        return summary(array)
    if array.size == 0 or array.dtype.kind == "c":
        return summary(array)
    wide = array.astype("float64")
    finite = wide[np.isfinite(wide)]
    if not finite.size:
        return "not finite"
    low, high = number(finite.min(), 2), number(finite.max(), 2)
    text = f"all {low}" if low == high else f"{low} … {high}"
    return text if finite.size == array.size else f"{text}, NaN/∞!"
