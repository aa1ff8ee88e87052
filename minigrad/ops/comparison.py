"""Comparisons and logic: results are booleans, and nothing here has a gradient but `where`."""

import numpy as np

from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor, wrap

__all__ = [
    "equal",
    "greater",
    "greater_equal",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "where",
]


def _compared(name, kernel, sign, doc):
    return primitive(
        name, kernel, dtype="bool", inputs="x1 x2", fuse=f"{{0}} {sign} {{1}}", doc=doc
    )


equal = _compared("equal", np.equal, "==", "Whether x1 = x2, element by element.")
not_equal = _compared("not_equal", np.not_equal, "!=", "Whether x1 ≠ x2, element by element.")
less = _compared("less", np.less, "<", "Whether x1 < x2, element by element.")
less_equal = _compared("less_equal", np.less_equal, "<=", "Whether x1 ≤ x2, element by element.")
greater = _compared("greater", np.greater, ">", "Whether x1 > x2, element by element.")
greater_equal = _compared(
    "greater_equal", np.greater_equal, ">=", "Whether x1 ≥ x2, element by element."
)


def _logical(name, kernel, expression, inputs, doc):
    return primitive(
        name, kernel, dtype="bool", promote=None, inputs=inputs, fuse=expression, doc=doc
    )


logical_and = _logical(
    "logical_and", np.logical_and, "({0} != 0) & ({1} != 0)", "x1 x2", "Whether both are true."
)
logical_or = _logical(
    "logical_or", np.logical_or, "({0} != 0) | ({1} != 0)", "x1 x2", "Whether one is true."
)
logical_xor = _logical(
    "logical_xor", np.logical_xor, "({0} != 0) ^ ({1} != 0)", "x1 x2", "Whether just one is true."
)
logical_not = _logical("logical_not", np.logical_not, "{0} == 0", "x", "Whether x is false.")


def _tested(name, kernel, expression, doc):
    return primitive(name, kernel, dtype="bool", promote=None, inputs="x", fuse=expression, doc=doc)


isnan = _tested("isnan", np.isnan, "isnan({0})", "Whether x is NaN.")
isfinite = _tested("isfinite", np.isfinite, "isfinite({0})", "Whether x is neither NaN nor ±∞.")
isinf = _tested("isinf", np.isinf, "isinf({0})", "Whether x is ∞ or -∞.")

where_both = primitive(
    "where",
    np.where,
    (
        None,
        lambda g, out, condition, x1, x2: where_both(condition, g, 0.0),
        lambda g, out, condition, x1, x2: where_both(condition, 0.0, g),
    ),
    promote_from=1,
    inputs="condition x1 x2",
    fuse="{1} if {0} else {2}",
)


def indices_of(x):
    """The indices of the elements that are not 0: one int32 vector per axis."""
    x = as_tensor(x)
    if isinstance(x, KerasTensor):
        return tuple(KerasTensor((None,), "int32") for _ in x.shape)
    return tuple(wrap(one.astype(np.int32)) for one in np.nonzero(np.asarray(x)))


@op
def where(condition, x1=None, x2=None):
    """x1 where the condition holds, else x2.

    With the condition alone: the indices where it holds, one array per axis.

    No gradient flows to what was not chosen. Yet if computing that gave NaN or ∞, its own local
    derivative may be NaN, and 0 · NaN is NaN: choose a harmless input first, then compute.

    >>> from minigrad import ops
    >>> ops.where([True, False], 1.0, 2.0).numpy()
    array([1., 2.], dtype=float32)
    """
    if (x1 is None) != (x2 is None):
        raise ValueError("`x1` and `x2` either both should be `None` or both should be non-None.")
    if x1 is None:
        return indices_of(condition)
    condition = as_tensor(condition)
    if condition.dtype != "bool":
        condition = not_equal(condition, 0)
    return where_both(condition, x1, x2)
