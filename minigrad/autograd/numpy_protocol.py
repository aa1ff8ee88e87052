"""NumPy's functions on Tensors: `np.exp(t)` is `ops.exp(t)` and stays on the tape.

A function that we lack raises instead of leaving the tape in silence.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.autograd.operators import OPS, Operators

# What only looks at values, and so has no gradient to lose.
QUERIES = frozenset(
    "shape ndim size allclose array_equal array_equiv array_repr array_str array2string "
    "result_type can_cast iscomplexobj isrealobj save savez savez_compressed savetxt unique "
    "histogram bincount may_share_memory shares_memory nonzero argwhere flatnonzero "
    "count_nonzero isin copyto in1d digitize searchsorted lexsort min_scalar_type "
    "common_type histogram2d histogramdd histogram_bin_edges".split()
)


def array_ufunc(ufunc: Any, method: str, inputs: tuple, kwargs: dict) -> Any:
    """What `Tensor.__array_ufunc__` does."""
    if method != "__call__":
        raise TypeError(
            f"np.{ufunc.__name__}.{method} is not available on tensors. Use a function of `ops`, "
            "such as ops.sum or ops.cumsum, or leave the tape by x.numpy()."
        )
    if kwargs.get("out") is not None:
        raise TypeError(
            f"np.{ufunc.__name__}: `out` cannot be a tensor, nor take one's result: tensors never "
            "change. Use the result, or leave the tape by x.numpy()."
        )
    if kwargs.get("where", True) is not True:
        raise TypeError(f"np.{ufunc.__name__}: use ops.where instead of the argument `where`.")
    operation = _op(ufunc.__name__)
    dtype = kwargs.get("dtype")
    result = operation(*inputs)
    return OPS["cast"](result, dtype) if dtype is not None else result


def array_function(function: Callable, args: tuple, kwargs: dict) -> Any:
    """What `Tensor.__array_function__` does."""
    name = function.__name__
    if name in ("shape", "ndim") and isinstance(args[0], Operators):
        return getattr(args[0], name)  # known of a KerasTensor too
    if name in QUERIES:
        return function(*_plain(args), **_plain(kwargs))
    if name in _FALSE_FRIENDS or function.__module__ == "numpy.fft":
        raise _no_counterpart(name)
    operation = _op(name)
    known = inspect.signature(operation).parameters
    unknown = [one for one in kwargs if one not in known]
    if unknown:
        raise TypeError(
            f"np.{name} on tensors is ops.{name}, which has no argument {unknown[0]!r}. "
            f"Its arguments are: {', '.join(known)}."
        )
    return operation(*args, **kwargs)


# NumPy's names where ours differ.
_RENAMED = {
    "invert": "bitwise_not",
    "remainder": "mod",
    "fabs": "absolute",
    "around": "round",
    "amax": "max",
    "amin": "min",
    "conjugate": "conj",
    "astype": "cast",
    "concat": "concatenate",
    "permute_dims": "transpose",
    "pow": "power",
    "float_power": "power",
    "cumulative_sum": "cumsum",
    "cumulative_prod": "cumprod",
}

# What is something else in our table: np.linalg.cond is a number, ops.cond a choice.
_FALSE_FRIENDS = frozenset("cond convolve put resize".split())


def _op(name: str) -> Callable:
    try:
        return OPS[_RENAMED.get(name, name)]
    except KeyError:
        raise _no_counterpart(name) from None


def _no_counterpart(name: str) -> TypeError:
    return TypeError(
        f"np.{name} has no counterpart in minigrad.ops, and leaving the tape in silence would "
        f"lose gradients. Leave it knowingly: np.{name}(x.numpy(), ...)."
    )


def _plain(x: Any) -> Any:
    if isinstance(x, Operators):
        return np.asarray(x)
    if isinstance(x, (list, tuple)):
        return type(x)(map(_plain, x))
    return {key: _plain(one) for key, one in x.items()} if isinstance(x, dict) else x
