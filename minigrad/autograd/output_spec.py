"""What a function would return: shapes and dtypes, found out without computing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from minigrad import dtypes, tree
from minigrad.autograd.record import THREAD, switched
from minigrad.autograd.symbolic import KerasTensor, unnoted
from minigrad.autograd.tensor import Tensor

# What unknown lengths are filled with. Many numbers divide both, so that a function which splits
# an axis or folds it works, and none is so large that a mask made by the way costs anything.
LENGTHS = (60, 120)

_scope: Callable[[], AbstractContextManager] = nullcontext


def set_scope(scope: Callable[[], AbstractContextManager]) -> None:
    """Tell in which scope functions are tried out, so that Variables stay as they are."""
    global _scope
    _scope = scope


def compute_output_spec(fn: Callable, *args: Any, **kwargs: Any) -> Any:
    """The result of `fn(*args, **kwargs)`, with KerasTensors in the place of tensors.

    The function runs on KerasTensors, so nothing is computed. Unknown lengths are replaced by a
    number, then by another; where the results differ, the length of the result is unknown too.

    Args:
        fn: A function of tensors; it may read the shapes of its arguments, not their values.
        args, kwargs: Its arguments: KerasTensors, tensors, nested structures of them.

    >>> from minigrad import KerasTensor, ops
    >>> from minigrad.autograd import compute_output_spec
    >>> def pairs(x):
    ...     return ops.reshape(x, (x.shape[0] // 2, 2, 3))
    >>> compute_output_spec(pairs, KerasTensor((None, 3))).shape
    (None, 2, 3)
    """

    unknown = any(
        isinstance(x, KerasTensor) and None in x.shape for x in tree.flatten((args, kwargs))
    )
    call = _lenient(THREAD.mode.call) if unknown else THREAD.mode.call

    def result_with(length: int) -> Any:
        filled_args, filled_kwargs = tree.map_structure(
            lambda x: _without_values(x, length), (args, kwargs)
        )
        with _scope(), unnoted(), switched(call=call):
            return tree.map_structure(_spec, fn(*filled_args, **filled_kwargs))

    first = result_with(LENGTHS[0])
    if not unknown:
        return first
    return tree.map_structure(_common, first, result_with(LENGTHS[1]))


def _lenient(call: Callable) -> Callable:
    """Runs kernels like `call`; an index that is too great becomes 0.

    Positions counted up to a length that was made up may be more than a table has rows.
    """

    def call_leniently(kernel: Callable, *arrays: Any, **params: Any) -> Any:
        try:
            return call(kernel, *arrays, **params)
        except IndexError:
            return call(kernel, *map(_zero_where_index, arrays), **params)

    return call_leniently


def _zero_where_index(x: Any) -> Any:
    return np.zeros_like(x) if isinstance(x, np.ndarray) and x.dtype.kind in "iu" else x


def _without_values(x: Any, length: int) -> Any:
    if isinstance(x, (KerasTensor, Tensor, np.ndarray)):
        shape = tuple(length if one is None else one for one in x.shape)
        return KerasTensor(shape, dtypes.standardize_dtype(x.dtype))
    return x


def _spec(x: Any) -> Any:
    if isinstance(x, (bool, int, float)):
        return KerasTensor((), dtypes.result_type(type(x)))
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return KerasTensor(x.shape, dtypes.standardize_dtype(x.dtype))
    return x


def _common(a: Any, b: Any) -> Any:
    if not isinstance(a, KerasTensor):
        return a
    if a.ndim != b.ndim:
        raise ValueError(
            "compute_output_spec: the number of axes of the result depends on a length that is "
            f"not known. Received: shapes {a.shape} and {b.shape} for two different lengths"
        )
    shape = tuple(x if x == y else None for x, y in zip(a.shape, b.shape, strict=True))
    return KerasTensor(shape, a.dtype)
