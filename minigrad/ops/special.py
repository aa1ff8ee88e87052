"""More functions of one or two numbers, and what is nearly equal."""


from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import cast
from minigrad.ops.comparison import isfinite, isinf, isnan, where
from minigrad.ops.elementwise import absolute
from minigrad.ops.reduction import all as every

__all__ = [
    "allclose",
    "isclose",
    "nan_to_num",
    "select",
]


@op
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x1 - x2| <= atol + rtol · |x2|, element by element; infinities if they are equal."""
    x1, x2 = as_tensor(x1), as_tensor(x2)
    dtype = dtypes.result_type(x1.dtype, x2.dtype, float)
    x1, x2 = cast(x1, dtype), cast(x2, dtype)
    close = absolute(x1 - x2) <= atol + rtol * absolute(x2)
    close = (close & isfinite(x1) & isfinite(x2)) | (x1 == x2)
    return close | (isnan(x1) & isnan(x2)) if equal_nan else close


@op
def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether all elements are close, as `isclose` means it."""
    return every(isclose(x1, x2, rtol, atol, equal_nan))


@op
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """`x` with numbers in place of NaN, ∞ (by default the greatest there is) and -∞.

    >>> from minigrad import ops
    >>> ops.nan_to_num([1.0, float("nan"), float("inf")], posinf=9.0).numpy()
    array([1., 0., 9.], dtype=float32)
    """
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        return x
    limit = _greatest(x.dtype)
    x = where(isnan(x), cast(nan, x.dtype), x)
    x = where(isinf(x) & (x > 0), cast(limit if posinf is None else posinf, x.dtype), x)
    return where(isinf(x) & (x < 0), cast(-limit if neginf is None else neginf, x.dtype), x)


def _greatest(dtype):
    import ml_dtypes

    return float(ml_dtypes.finfo(dtypes.to_numpy_dtype(dtypes.standardize_dtype(dtype))).max)


@op
def select(condlist, choicelist, default=0):
    """The element of the first choice whose condition holds; `default` where none does."""
    if len(condlist) != len(choicelist) or not condlist:
        raise ValueError(
            "select: there must be as many conditions as choices, and at least one. "
            f"Received: len(condlist)={len(condlist)}, len(choicelist)={len(choicelist)}"
        )
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = where(condition, choice, result)
    return result
